import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Machine, type MachineExit } from '../../../src/lib/emulator/board/machine.ts';
import { createCpus, type CreateCpus } from '../../../src/lib/emulator/cpu/cpu.ts';
import { haveOracles } from '../../oracle.ts';
import { createPlainCpus } from './plain-cpu.ts';
import { buildProgram, Person, printedByQemu } from './programs.ts';

/** `plain` is false where the program needs more than CPUs of the plain make have. */
type Case = { program: string; defines?: string[]; gic: 2 | 3; cpus: number; input?: string; plain?: false };

const lines = 'hello\nsome longer line that does not fit into the FIFO at once\n\nquit\n';

const cases: Case[] = [
  { program: 'entry', gic: 2, cpus: 1 },
  { program: 'entry', gic: 3, cpus: 1 },
  { program: 'aborts', gic: 2, cpus: 1 },
  { program: 'timer', defines: ['GIC=2'], gic: 2, cpus: 1 },
  { program: 'timer', defines: ['GIC=3'], gic: 3, cpus: 1 },
  { program: 'smp', defines: ['GIC=2'], gic: 2, cpus: 4 },
  { program: 'smp', defines: ['GIC=3'], gic: 3, cpus: 4 },
  { program: 'gic', defines: ['GIC=2'], gic: 2, cpus: 2 },
  { program: 'gic', defines: ['GIC=3'], gic: 3, cpus: 2 },
  { program: 'calls', gic: 2, cpus: 2 },
  { program: 'devices', gic: 2, cpus: 1 },
  { program: 'monitors', defines: ['GIC=2'], gic: 2, cpus: 1, plain: false },
  { program: 'monitors', defines: ['GIC=3'], gic: 3, cpus: 1, plain: false },
  { program: 'echo', defines: ['RXIM=0x10'], gic: 2, cpus: 1, input: lines },
  { program: 'echo', defines: ['RXIM=0x50'], gic: 2, cpus: 1, input: lines },
];

async function boot(elf: string, { gic, cpus, input }: Pick<Case, 'gic' | 'cpus' | 'input'>, createOn: CreateCpus = createCpus) {
  const created = await Machine.create({ image: readFileSync(elf), gic, cpus, memoryBytes: 8 << 20 }, createOn);
  if (!created.ok) throw new Error(created.problems[0].message);
  const machine = created.value;
  const output = { text: '' };
  const person = new Person(
    () => machine.pressPowerKey(),
    (text) => machine.sendInput(Buffer.from(text)),
  );
  machine.onUart = (bytes) => {
    const text = Buffer.from(bytes).toString();
    output.text += text;
    if (input === undefined) person.reads(text);
  };
  machine.sendInput(Buffer.from(input ?? ''));
  return { machine, output };
}

function runToEnd(machine: Machine, slice: number): MachineExit {
  for (let left = 100_000_000; left > 0; left -= slice) {
    const exit = machine.run(slice);
    if (exit.reason !== 'budget') return exit;
  }
  return { reason: 'budget' };
}

const name = (c: Case) => `${c.program} ${c.defines?.join(' ') ?? ''} gic ${c.gic}, ${c.cpus} CPUs`;

describe.skipIf(!haveOracles('qemu-system-aarch64', 'aarch64-linux-gnu-gcc'))('bare-metal programs', () => {
  it.each(cases.map((c) => [name(c), c] as const))('%s: prints what it prints under QEMU, and powers off', async (_, c) => {
    const elf = buildProgram(c.program, c.defines);
    const { machine, output } = await boot(elf, c);
    expect(runToEnd(machine, 1_000_000)).toEqual({ reason: 'poweroff' });
    expect(output.text).toBe(await printedByQemu(elf, c, c.input));
    if (c.plain === false) return;
    // CPUs of another make take the same instructions and the same time.
    const plain = await boot(elf, c, createPlainCpus);
    runToEnd(plain.machine, 1_000_000);
    expect(plain.output.text).toBe(output.text);
    expect(plain.machine.counters).toEqual(machine.counters);
  });

  it.each(cases.map((c) => [name(c), c] as const))('%s: is the same run in slices of any size, and from any snapshot', async (_, c) => {
    const elf = buildProgram(c.program, c.defines);
    const whole = await boot(elf, c);
    runToEnd(whole.machine, 1e9);
    const hash = whole.machine.stateHash();
    const cut = await boot(elf, c);
    const half = Math.floor(whole.machine.counters.instructions / 2);
    cut.machine.run(half);
    const state = structuredClone(cut.machine.save());
    const printed = cut.output.text;
    runToEnd(cut.machine, 997);
    expect(cut.machine.counters).toEqual(whole.machine.counters);
    expect(cut.machine.stateHash()).toBe(hash);
    expect(cut.output.text).toBe(whole.output.text);
    const resumed = await boot(elf, c.input === undefined ? c : { ...c, input: '' });
    resumed.machine.restore(state);
    runToEnd(resumed.machine, 1e9);
    expect(resumed.machine.stateHash()).toBe(hash);
    expect(printed + resumed.output.text).toBe(whole.output.text);
  });

  it('PSCI answers SMC as it answers HVC', async () => {
    const board = { gic: 2, cpus: 2 } as const;
    const [hvc, smc] = await Promise.all([[], ['CONDUIT=smc']].map((defines) => boot(buildProgram('calls', defines), board)));
    for (const { machine } of [hvc, smc]) expect(runToEnd(machine, 1_000_000)).toEqual({ reason: 'poweroff' });
    expect(smc.output.text).toBe(hvc.output.text);
    expect(smc.machine.counters).toEqual(hvc.machine.counters);
  });

  it.each([
    [0, /instruction abort at PC 0x0: nothing answers.*No exception vectors are set \(VBAR_EL1 is 0\)/],
    [1, /data abort at PC 0x402[0-9a-f]{5}, writing address 0xc000010: nothing answers.*No exception vectors/],
    [2, /BRK #3 at PC 0x402[0-9a-f]{5}.*exception vector at 0x40100200 faults at once/],
  ])('wild %i: the fault names the cause and the place, and repeats when asked again', async (wild, message) => {
    const { machine, output } = await boot(buildProgram('wild', [`WILD=${wild}`]), { gic: 2, cpus: 1 });
    for (let i = 0; i < 2; i++) {
      const exit = machine.run(100_000);
      expect(exit.reason === 'fault' && exit.fault.message).toMatch(message);
    }
    expect(output.text).toBe('before\n');
    machine.reset();
    expect(machine.run(100_000).reason).toBe('fault');
    expect(output.text).toBe('before\nbefore\n');
  });
});
