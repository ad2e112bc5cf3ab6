import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { imageName, packProject, unpackProject } from './archive.ts';
import { defaultMachine, type Project } from './project.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,10}\.(c|h|S)$/);
const text = fc.string({ unit: fc.constantFrom('a', 'ä', '\n', '\t', '"', '{', '$') });
const project = fc.record<Project>({
  id: fc.constant('p'),
  name: fc.stringMatching(/^[\w ./'"$#-]{1,20}$/),
  example: fc.constantFrom('helloworld', 'threads'),
  files: fc.dictionary(name, text).map((files) => ({ ...files, 'Makefile.uk': 'X := 1\n' })),
  settings: fc.dictionary(fc.stringMatching(/^[A-Z_]{1,10}$/), text),
  machine: fc.record({
    gic: fc.constantFrom(2 as const, 3 as const),
    cpus: fc.integer({ min: 1, max: 8 }),
    memoryMiB: fc.integer({ min: 1, max: 2048 }),
    commandLine: text,
  }),
});

/** A file of 2 MiB that says it had ten bytes. */
function lyingZip(): Uint8Array {
  const length = 2 << 20;
  const zip = zipSync({ 'Makefile.uk': strToU8(''), 'zeros.c': new Uint8Array(length).fill(32) });
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  for (let at = 0; at + 4 <= zip.length; at++) if (view.getUint32(at, true) === length) view.setUint32(at, 10, true);
  return zip;
}

describe('a project as a zip file', () => {
  it('comes back as it was, and is the same file each time', () =>
    fc.assert(
      fc.property(project, (p) => {
        const zip = packProject(p, new Uint8Array([0x7f, 0x45]));
        expect(unpackProject(zip, 'p')).toEqual({ ok: true, value: p });
        expect(packProject(p, new Uint8Array([0x7f, 0x45]))).toEqual(zip);
      }),
      { numRuns: 50 },
    ));

  it('has a Makefile whose command is what was set, whatever the command line holds', () => {
    const machine = { ...defaultMachine, gic: 3 as const, memoryMiB: 128, commandLine: `a $HOME 'b' "c" # d` };
    const zip = packProject(
      { id: 'x', name: 'my app', example: 'helloworld', files: { 'Makefile.uk': '' }, settings: {}, machine },
      strToU8('image'),
    );
    const files = unzipSync(zip);
    const folder = mkdtempSync(join(tmpdir(), 'archive-'));
    try {
      for (const [path, bytes] of Object.entries(files)) writeFileSync(join(folder, path), bytes);
      const run = spawnSync('make', ['-s', '-C', folder, 'QEMU=printf "%s\\n"'], { encoding: 'utf8' });
      expect(run.stderr).toBe('');
      const words = run.stdout.split('\n');
      expect(words.slice(0, 2)).toEqual(['-M', 'virt,gic-version=3']);
      expect(words[words.indexOf('-kernel') + 1]).toBe('my-app.elf');
      expect(words[words.indexOf('-append') + 1]).toBe(machine.commandLine);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('may be any application that has one folder around it', () => {
    const zip = zipSync({ 'app/Makefile.uk': strToU8('A := b\n'), 'app/main.c': strToU8('int main;\n'), 'app/x.elf': strToU8('no') });
    expect(unpackProject(zip, 'i')).toMatchObject({
      ok: true,
      value: { name: 'imported', files: { 'Makefile.uk': 'A := b\n', 'main.c': 'int main;\n' } },
    });
  });

  it.each([
    ['something else', new Uint8Array([1, 2, 3]), 'damaged'],
    ['a path that leaves the folder', zipSync({ 'Makefile.uk': strToU8(''), 'a/../../b.c': strToU8('') }), 'cannot be used'],
    ['markup in a name', zipSync({ 'Makefile.uk': strToU8(''), '<img src=x>.c': strToU8('') }), 'cannot be used'],
    ['a bomb', zipSync({ 'Makefile.uk': strToU8(''), 'zeros.c': new Uint8Array(2 << 20).fill(32) }), 'at most'],
    ['a bomb that lies about its size', lyingZip(), 'sizes in it do not fit'],
    ['too many files', zipSync(Object.fromEntries(Array.from({ length: 501 }, (_, i) => [`f${i}.c`, strToU8('')]))), 'at most'],
    ['no application', zipSync({ 'readme.txt': strToU8('hi') }), 'Makefile.uk'],
    ['wrong details', zipSync({ 'Makefile.uk': strToU8(''), 'ukulele.json': strToU8('{"machine":{"cpus":99}}') }), 'machine.cpus'],
  ])('refuses %s with a reason', (_, bytes, reason) => {
    const result = unpackProject(bytes, 'x');
    expect(result.ok ? '' : result.problems[0].message).toContain(reason);
  });

  it('makes file names of project names', () => expect(['a b/c', '..', 'ok-1.2'].map(imageName)).toEqual(['a-b-c', 'unikernel', 'ok-1.2']));
});
