import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { build } from 'vite';
import { createMachine, openSnapshot, recordInput, Replay, writeSnapshot } from '../../src/lib/emulator/index.ts';
import { assembleLines } from '../../src/lib/emulator/cpu/testing.ts';

/** Computes with integers, floating point and vectors, stores, and takes what comes by the UART into account. */
const guest = assembleLines([
  'mov x9, #0x300000',
  'msr cpacr_el1, x9',
  'isb',
  'movz x1, #0x4020, lsl #16',
  'movz x2, #0x0900, lsl #16',
  'add x0, x0, x0, lsl #3',
  'add x0, x0, #7',
  'scvtf d0, x0',
  'fsqrt d0, d0',
  'fadd d1, d1, d0',
  'add v2.4s, v2.4s, v1.4s',
  'str d1, [x1, x5]',
  'add x5, x5, #1032',
  'and x5, x5, #0xffff8',
  'ldr w3, [x2, #0x18]',
  'tbnz w3, #4, #-40',
  'ldr w4, [x2]',
  'add x0, x0, x4',
  'str w4, [x2]',
  'b #-56',
]);

const entry = new URL('../../src/lib/emulator/index.ts', import.meta.url).pathname;

type Emulator = { openSnapshot: typeof openSnapshot; createMachine: typeof createMachine; Replay: typeof Replay };

test('a recording replays in Chromium to the state that it had in Node', async ({ page }) => {
  const made = await createMachine({ image: guest, memoryBytes: 4 << 20, cpus: 2, gic: 3 });
  if (!made.ok) throw new Error(made.problems[0].message);
  const machine = made.value;
  const log = recordInput(machine);
  for (let i = 0; i < 20; i++) {
    machine.sendInput(new TextEncoder().encode(`line ${i}\n`));
    machine.run(10_007 * i);
  }
  const file = await writeSnapshot(machine, log);

  const out = mkdtempSync(join(tmpdir(), 'uk-replay-'));
  try {
    const bundle = { entry, formats: ['iife' as const], name: 'Emulator', fileName: () => 'emulator.js' };
    await build({ configFile: false, logLevel: 'silent', build: { lib: bundle, outDir: out, emptyOutDir: false } });
    await page.addInitScript(`${readFileSync(join(out, 'emulator.js'), 'utf8')}; globalThis.Emulator = Emulator;`);
    await page.goto('about:blank');
    const inChromium = await page.evaluate(
      async (bytes) => {
        const emulator: Emulator = Reflect.get(globalThis, 'Emulator');
        const opened = await emulator.openSnapshot(Uint8Array.from(bytes));
        if (!opened.ok) throw new Error(opened.problems[0].message);
        const { machine: saved, log: recorded, info } = opened.value;
        const fresh = await emulator.createMachine(saved.options);
        if (!fresh.ok) throw new Error(fresh.problems[0].message);
        const replay = new emulator.Replay(fresh.value, recorded);
        while (fresh.value.counters.instructions < info.instructions)
          replay.run(Math.min(12_345, info.instructions - fresh.value.counters.instructions));
        return { restored: saved.stateHash(), replayed: fresh.value.stateHash(), events: recorded.length };
      },
      [...file],
    );
    expect(inChromium).toEqual({ restored: machine.stateHash(), replayed: machine.stateHash(), events: 20 });
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
});
