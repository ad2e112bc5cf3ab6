import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main as replay } from '../../cli/replay.ts';
import { main as run, openMachine } from '../../cli/run.ts';
import { parseRunOptions } from '../../cli/run-options.ts';
import { main as snapshot } from '../../cli/snapshot.ts';
import { assembleLines } from '../../src/lib/emulator/cpu/testing.ts';

/** Adds up what comes by the UART, for ever. */
const guest = ['movz x2, #0x0900, lsl #16', 'ldr w3, [x2, #0x18]', 'tbnz w3, #4, #-4', 'ldr w4, [x2]', 'add x0, x0, x4', 'b #-16'];

describe('uk snapshot, uk replay and uk run --record', () => {
  let folder = '';
  const file = (name: string): string => join(folder, name);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'uk-snapshot-'));
    writeFileSync(file('guest'), assembleLines(guest));
    writeFileSync(file('input'), 'some input');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('save a run, go on from there, and prove it again', async () => {
    const machine = ['--machine', 'virt,mem=4M'];
    expect(await snapshot([file('guest'), ...machine, '--input', file('input'), '--at', '5000', '--out', file('first')])).toBe(0);
    expect(await snapshot(['--info', file('first')])).toBe(0);
    expect(await run([file('first'), '--max-instructions', '9000', '--record', file('second')])).toBe(4);
    expect(await replay([file('second'), '--json', file('figures')])).toBe(0);
    expect(JSON.parse(readFileSync(file('figures'), 'utf8'))).toMatchObject({ instructions: 9000, equal: true });
  });

  it('open for the tiers that the command line asks for', async () => {
    expect(await snapshot([file('guest'), '--machine', 'virt,mem=4M', '--at', '1000', '--out', file('small')])).toBe(0);
    for (const [args, translate] of [
      [[file('small')], true],
      [[file('small'), '--no-jit'], false],
    ] as const) {
      const options = parseRunOptions(args);
      if (options === 'help' || 'mistake' in options) throw new Error('options are refused');
      const opened = await openMachine(options, { file: file('small'), image: readFileSync(file('small')) });
      expect(opened.ok && opened.value.machine.options.translate).toBe(translate);
    }
  });

  it('refuse what is no snapshot, and say how they are used', async () => {
    expect(await replay([file('guest')])).toBe(1);
    expect(await snapshot(['--info', file('guest')])).toBe(1);
    expect(await snapshot([file('guest')])).toBe(2);
    expect(await replay([])).toBe(2);
  });
});
