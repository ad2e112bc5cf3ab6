import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assembleFile } from '../../src/lib/toolchain/assembler/assembler.ts';
import { writeElf } from '../../src/lib/toolchain/object/elf-writer.ts';
import { printObject } from '../../src/lib/toolchain/object/print.ts';
import { haveOracles } from '../oracle.ts';
import { directiveCorpus, doubtfulCorpus, lineCorpus, wrongCorpus } from './asm-corpus.ts';
import { programs } from './asm-programs.ts';
import { assembleElf, comparable, gnuAssemble } from './asm-objects.ts';

describe.skipIf(!haveOracles('aarch64-linux-gnu-as'))('assembler and GNU as', () => {
  it.each(Object.entries(directiveCorpus))('agree on %s', (_name, text) => {
    const theirs = gnuAssemble(`${text}\n`);
    if (typeof theirs === 'string') throw new Error(`GNU as rejects the corpus: ${theirs}`);
    expect(comparable(assembleElf(text))).toEqual(comparable(theirs));
  });

  it.each(Object.entries(wrongCorpus))('reject %s', (_name, text) => {
    expect(typeof gnuAssemble(`${text}\n`)).toBe('string');
    const ours = assembleFile(text, { file: 'a.s' });
    expect(ours.ok).toBe(false);
    if (!ours.ok)
      expect(ours.problems.some(({ severity, place }) => severity === 'error' && (place === undefined || place.file === 'a.s'))).toBe(true);
  });
});

describe.skipIf(!haveOracles('aarch64-linux-gnu-as'))('random programs', () => {
  it('become the same objects as by GNU as, and come back from print', () => {
    let compared = 0;
    fc.assert(
      fc.property(programs, (text) => {
        const theirs = gnuAssemble(text);
        // A few are out of some range; those say nothing here.
        if (typeof theirs === 'string') return;
        compared++;
        const ours = comparable(assembleElf(text));
        expect(ours).toEqual(comparable(theirs));
        const assembled = assembleFile(text, { file: 'a.s' });
        if (assembled.ok) expect(comparable(assembleElf(printObject(assembled.value.object)))).toEqual(ours);
      }),
      { numRuns: 300, seed: 4 },
    );
    expect(compared).toBeGreaterThan(150);
  });
});

describe.skipIf(!haveOracles('aarch64-linux-gnu-as', 'aarch64-linux-gnu-readelf'))('line information', () => {
  /** Rows of the line table as readelf decodes them: line, address, statement. */
  const decoded = (elf: Uint8Array): string[] => {
    const dir = mkdtempSync(join(tmpdir(), 'ukulele-lines-'));
    try {
      writeFileSync(join(dir, 'a.o'), elf);
      const { stdout, stderr } = spawnSync('aarch64-linux-gnu-readelf', ['--debug-dump=decodedline', join(dir, 'a.o')], {
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      return stdout
        .split('\n')
        .flatMap((line) => /^\S.*? +(\d+|-) +(?:0x)?([0-9a-f]+) *(?:\d+)? *(x?)(?: {2}END)?$/.exec(line)?.slice(1).join(' ') ?? []);
    } finally {
      rmSync(dir, { recursive: true });
    }
  };

  it.each(Object.entries(lineCorpus))('is that of GNU as: %s', (_name, text) => {
    const own = text.includes('.loc');
    const theirs = gnuAssemble(text, ...(own ? [] : ['-g']));
    if (typeof theirs === 'string') throw new Error(theirs);
    const ours = assembleFile(text, { file: 'a.s', ...(own ? {} : { debug: { directory: '/src', producer: 'test' } }) });
    if (!ours.ok) throw new Error(ours.problems[0].message);
    const written = writeElf(ours.value.object);
    if (!written.ok) throw new Error(written.problems[0].message);
    const rows = decoded(theirs);
    expect(rows.length).toBeGreaterThan(3);
    expect(decoded(written.value)).toEqual(rows);
  });
});

describe.skipIf(!haveOracles('csmith', 'aarch64-linux-gnu-as', 'aarch64-linux-gnu-gcc'))('what GCC writes', () => {
  it.each([1, 2, 3])('becomes the same object as by GNU as: csmith program %i', (seed) => {
    // It writes a file to where it is run.
    const folder = mkdtempSync(join(tmpdir(), 'csmith-'));
    const program = spawnSync('csmith', ['--seed', String(seed), '--no-float'], { encoding: 'utf8', cwd: folder }).stdout;
    rmSync(folder, { recursive: true });
    const flags = ['-w', '-O2', '-mgeneral-regs-only', '-I/usr/include/csmith', '-xc', '-S', '-o', '-', '-'];
    const compiled = spawnSync('aarch64-linux-gnu-gcc', flags, { input: program, encoding: 'utf8', maxBuffer: 1 << 26 });
    expect(compiled.status).toBe(0);
    const theirs = gnuAssemble(compiled.stdout);
    if (typeof theirs === 'string') throw new Error(theirs);
    expect(comparable(assembleElf(compiled.stdout))).toEqual(comparable(theirs));
  });
});

describe.skipIf(!haveOracles('aarch64-linux-gnu-as'))('printed assembly', () => {
  it.each(Object.entries(directiveCorpus))('gives the same object: %s', (_name, text) => {
    const assembled = assembleFile(text, { file: 'a.s' });
    if (!assembled.ok) throw new Error(assembled.problems[0].message);
    const before = comparable(assembleElf(text));
    const printed = printObject(assembled.value.object);
    expect(comparable(assembleElf(printed))).toEqual(before);
    const theirs = gnuAssemble(printed);
    if (typeof theirs === 'string') throw new Error(`${theirs}\n${printed}`);
    expect(comparable(theirs)).toEqual(before);
  });
});

describe('assembler', () => {
  it.each(Object.entries(doubtfulCorpus))('rejects %s', (_name, text) => {
    expect(assembleFile(text, { file: 'a.s' })).toMatchObject({
      ok: false,
      problems: [{ severity: 'error', place: { file: 'a.s', line: 1 } }],
    });
  });

  it('never throws, whatever the text', () => {
    const words = Object.values(directiveCorpus)
      .join(' ')
      .split(/\s+/)
      .filter((word) => word !== '');
    const piece = fc.oneof(
      fc.constantFrom(...words),
      fc.constantFrom(...'(),:;"\'\\#%@+-*/=.[]{}'.split(''), '\n\t', '\n'),
      fc.string({ maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const result = assembleFile(pieces.join(' '), { file: 'fuzz.s' });
        expect(result.ok || result.problems.length > 0).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});
