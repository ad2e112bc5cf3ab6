import { describe, expect, it } from 'vitest';
import { Random } from './compare.ts';
import { createCpus, type Cpu } from './cpu.ts';
import { assembleLines, cpuWith, emptyHost, testBase } from './testing.ts';

const hexState = (cpu: Cpu): string => Buffer.from(cpu.save().registers).toString('hex');
const vector = testBase + 0x800;
const endless = ['add x0, x0, #1', 'b #-4'];

describe.each(['tailCalls', 'loop'] as const)('run (%s)', (threading) => {
  it('executes exactly as many instructions as asked for', () => {
    const random = new Random(5);
    const { cpu } = cpuWith(endless, {}, threading);
    let total = 0;
    for (let i = 0; i < 200; i++) {
      const budget = random.below(i < 100 ? 5 : 5000);
      expect(cpu.run(budget)).toEqual({ reason: 'budget', executed: budget });
      total += budget;
      expect(cpu.x(0)).toBe(BigInt(Math.ceil(total / 2)));
    }
  });

  it('counts over page boundaries', () => {
    const nops = new Array<string>(1500).fill('add x1, x1, #1');
    const { cpu } = cpuWith([...nops, `b #-${nops.length * 4}`], {}, threading);
    for (const budget of [1023, 1, 1, 475, 1, 1500, 1]) {
      expect(cpu.run(budget).executed).toBe(budget);
    }
    expect(cpu.x(1)).toBe(3000n);
    expect(cpu.pc).toBe(BigInt(testBase));
  });

  it('takes an interrupt on the instruction that unmasks it, and not before', () => {
    const { cpu, memory } = cpuWith(['add x0, x0, #1', 'msr daifclr, #2', 'add x0, x0, #1', 'b #0'], {}, threading);
    memory.store(vector, assembleLines(new Array<string>(256).fill('nop')));
    cpu.setSystemRegister('vbar_el1', BigInt(vector));
    cpu.setIrq(true);
    expect(cpu.run(10)).toEqual({ reason: 'budget', executed: 10 });
    expect(cpu.x(0)).toBe(1n);
    expect(cpu.systemRegister('elr_el1')).toBe(BigInt(testBase + 8));
    expect(cpu.pc).toBe(BigInt(vector + 0x280 + 8 * 4));
  });

  it('waits in WFI until a line is up, masked or not', () => {
    const { cpu } = cpuWith(['wfi', 'add x0, x0, #1', 'b #0'], {}, threading);
    expect(cpu.run(10)).toEqual({ reason: 'wfi', executed: 1 });
    expect(cpu.run(10)).toEqual({ reason: 'wfi', executed: 0 });
    cpu.setIrq(true);
    expect(cpu.run(10)).toEqual({ reason: 'budget', executed: 10 });
    expect(cpu.x(0)).toBe(1n);
  });

  it('is shortened and stopped from within a device access', () => {
    const calls: number[] = [];
    let act = (): void => undefined;
    const host = { busRead: () => (calls.push(cpu.executed()), act(), 7n) };
    const { cpu } = cpuWith(['movz x1, #0x900, lsl #16', 'ldr w2, [x1]', 'add x0, x0, #1', 'b #-8'], host, threading);
    expect(cpu.run(11).executed).toBe(11);
    expect(calls).toEqual([1, 4, 7, 10]);
    act = () => cpu.shorten(3);
    // add, b, ldr: that is three, and the access was the third.
    expect(cpu.run(100)).toEqual({ reason: 'budget', executed: 3 });
    act = () => cpu.shorten(0);
    expect(cpu.run(100)).toEqual({ reason: 'budget', executed: 3 });
    act = () => cpu.stop();
    expect(cpu.run(100)).toEqual({ reason: 'stopped', executed: 3 });
    expect(cpu.pc).toBe(BigInt(testBase + 8));
    expect(cpu.executed()).toBe(0);
  });

  it('says when exceptions can lead nowhere', () => {
    // VBAR_EL1 is 0: nothing is there.
    const { cpu } = cpuWith(['nop', 'br x5'], {}, threading);
    cpu.setX(5, 0x1_0000_0000n);
    const exit = cpu.run(1000);
    expect(exit).toMatchObject({ reason: 'stuck', exception: { kind: 'synchronous', elr: 0x1_0000_0000n, far: 0x1_0000_0000n } });
    expect(exit.executed).toBeLessThan(6);
    expect(cpu.run(1000)).toMatchObject({ reason: 'stuck', executed: 0 });
  });

  it('says so when the vector holds no instructions', () => {
    const { cpu } = cpuWith(['svc #1'], {}, threading);
    cpu.setSystemRegister('vbar_el1', BigInt(vector));
    expect(cpu.run(1000)).toMatchObject({ reason: 'stuck', exception: { esr: 0x5600_0001n, elr: BigInt(testBase + 4) } });
  });

  it('executes what was stored over code a moment ago', () => {
    // Replaces the next instruction by the one in w2, then by its old self in w3, for ever.
    const lines = ['str w2, [x1]', 'add x0, x0, #1', 'str w3, [x1]', 'b #-12'];
    const { cpu } = cpuWith(lines, {}, threading);
    const [plus16] = new Uint32Array(assembleLines(['add x0, x0, #16']).buffer);
    const [plus1] = new Uint32Array(assembleLines(['add x0, x0, #1']).buffer);
    cpu.setX(1, BigInt(testBase + 4));
    cpu.setX(2, BigInt(plus16));
    cpu.setX(3, BigInt(plus1));
    cpu.run(4 * 100);
    expect(cpu.x(0)).toBe(1600n);
  });

  it('executes a page of code that was data in between, again and again', () => {
    const [plus1, plus2, ret] = new Uint32Array(assembleLines(['add x0, x0, #1', 'add x0, x0, #2', 'ret']).buffer);
    const { cpu } = cpuWith(
      [
        // A function of 64 additions in the next page, which is written a word at a time, called, and written with the others.
        'movz x6, #64',
        'mov x8, x1',
        'str w2, [x8], #4',
        'sub x6, x6, #1',
        'cbnz x6, #-8',
        'str w4, [x8]',
        'blr x1',
        'eor x2, x2, x5',
        'sub x7, x7, #1',
        'cbnz x7, #-36',
        'b #0',
      ],
      {},
      threading,
    );
    const rounds = 30;
    [testBase + 0x1000, plus1, 0, ret, plus1 ^ plus2, 0, rounds].forEach((value, i) => cpu.setX(i + 1, BigInt(value >>> 0)));
    cpu.run(rounds * 300);
    expect(cpu.x(0)).toBe(BigInt((rounds / 2) * 64 * (1 + 2)));
  });

  it('goes on with a page that it overwrites itself', () => {
    const [nop] = new Uint32Array(assembleLines(['nop']).buffer);
    // The instructions from the sixth on become NOPs, from the last one back.
    const { cpu } = cpuWith(
      ['add x0, x0, #1', 'str w2, [x1], #-4', 'sub x6, x6, #1', 'cbnz x6, #-12', 'b #4', ...new Array<string>(40).fill('brk #0'), 'b #0'],
      {},
      threading,
    );
    [testBase + 4 * 44, nop, 0, 0, 0, 40].forEach((value, i) => cpu.setX(i + 1, BigInt(value >>> 0)));
    expect(cpu.run(250).reason).toBe('budget');
    expect([cpu.x(0), cpu.pc]).toEqual([40n, BigInt(testBase + 4 * 45)]);
  });

  it.each([
    { dropped: 'its own page', page: 0x1_0000, sum: 2n },
    { dropped: 'another page', page: 0x1_1000, sum: 1n },
  ])('goes on where $dropped is mapped when that is dropped from the TLBs', ({ page, sum }) => {
    const [here, first, second, level1, level2, level3] = [0x1_0000, 0x2_0000, 0x3_0000, 0x8_0000, 0x8_1000, 0x8_2000].map(
      (at) => testBase + at,
    );
    const { cpu, memory } = cpuWith(['br x9'], {}, threading);
    const write = (at: number, ...values: bigint[]): boolean => memory.store(at, new Uint8Array(BigUint64Array.from(values).buffer));
    const leaf = (physical: number): bigint => BigInt(physical) | 0x703n;
    write(level1 + 8, BigInt(level2) | 3n);
    write(level2, BigInt(level3) | 3n);
    write(level3, ...Array.from({ length: 256 }, (_, i) => leaf(testBase + 0x1000 * i)));
    write(level3 + 8 * 0x10, leaf(first));
    const lines = (step: number): string[] => ['str x1, [x2]', 'dsb sy', 'tlbi vae1, x3', 'isb', `add x0, x0, #${step}`, 'b #0'];
    memory.store(first, assembleLines(lines(1)));
    memory.store(second, assembleLines(lines(2)));
    cpu.setSystemRegister('ttbr0_el1', BigInt(level1));
    cpu.setSystemRegister('tcr_el1', 25n);
    cpu.setSystemRegister('mair_el1', 0xffn);
    cpu.setSystemRegister('sctlr_el1', (cpu.systemRegister('sctlr_el1') ?? 0n) | 1n);
    cpu.setX(1, leaf(second));
    cpu.setX(2, BigInt(level3 + 8 * 0x10));
    cpu.setX(3, BigInt(testBase + page) >> 12n);
    cpu.setX(9, BigInt(here));
    cpu.run(10);
    expect(cpu.pc).toBe(BigInt(here + 4 * 5));
    expect(cpu.x(0)).toBe(sum);
  });

  it('sees code that a device or loader stores', () => {
    const { cpu, memory } = cpuWith(endless, {}, threading);
    cpu.run(10);
    memory.store(testBase, assembleLines(['add x0, x0, #2']));
    cpu.run(10);
    expect(cpu.x(0)).toBe(15n);
  });
});

describe('debugging', () => {
  it('stops before the instruction at a breakpoint, and goes on from there', () => {
    const { cpu } = cpuWith(['add x0, x0, #1', 'add x1, x1, #1', 'b #-8']);
    cpu.setBreakpoints([BigInt(testBase + 4)]);
    expect(cpu.run(100)).toEqual({ reason: 'breakpoint', executed: 1, pc: BigInt(testBase + 4) });
    expect(cpu.run(100)).toEqual({ reason: 'breakpoint', executed: 3, pc: BigInt(testBase + 4) });
    expect(cpu.x(1)).toBe(1n);
    expect(cpu.run(1)).toEqual({ reason: 'budget', executed: 1 });
    cpu.setBreakpoints([]);
    expect(cpu.run(100).reason).toBe('budget');
  });

  it('does not stop at another page that maps the same code', () => {
    const { cpu } = cpuWith(['add x0, x0, #1', 'b #-4']);
    cpu.setBreakpoints([BigInt(testBase + 0x1000)]);
    expect(cpu.run(1001)).toEqual({ reason: 'budget', executed: 1001 });
    expect(cpu.x(0)).toBe(501n);
  });

  it('stops before a watched access', () => {
    const { cpu } = cpuWith(['str x0, [x1]', 'add x0, x0, #1', 'ldrb w2, [x1, #7]', 'b #-12']);
    const address = BigInt(testBase + 0x2000);
    cpu.setX(1, address);
    cpu.setWatchpoints([{ address: address + 4n, length: 4, read: false, write: true }]);
    expect(cpu.run(100)).toEqual({ reason: 'watchpoint', executed: 0, pc: BigInt(testBase), address, write: true });
    expect(cpu.run(100)).toEqual({ reason: 'watchpoint', executed: 4, pc: BigInt(testBase), address, write: true });
    cpu.setWatchpoints([{ address: address + 7n, length: 1, read: true, write: false }]);
    expect(cpu.run(100)).toMatchObject({ reason: 'watchpoint', executed: 2, address: address + 7n, write: false });
    cpu.setWatchpoints([]);
    expect(cpu.run(100).reason).toBe('budget');
  });

  it('takes software step exceptions after each instruction', () => {
    const { cpu, memory } = cpuWith([]);
    memory.store(testBase + 0x4000, assembleLines(['add x0, x0, #1', 'add x0, x0, #1', 'b #0']));
    memory.store(
      vector + 0x400,
      assembleLines(['mrs x1, esr_el1', 'mrs x2, spsr_el1', 'orr x2, x2, #0x200000', 'msr spsr_el1, x2', 'add x3, x3, #1', 'eret']),
    );
    cpu.setSystemRegister('vbar_el1', BigInt(vector));
    cpu.setSystemRegister('oslar_el1', 0n);
    cpu.setSystemRegister('mdscr_el1', 1n);
    cpu.pstate = 0x20_0000n;
    cpu.pc = BigInt(testBase + 0x4000);
    // Two steps, each with six instructions of the handler.
    cpu.run(14);
    expect([cpu.x(0), cpu.x(1), cpu.x(3), cpu.pc]).toEqual([
      2n,
      (0xcb00_0022n & ~0x100_0000n) | 0x100_0000n,
      2n,
      BigInt(testBase + 0x4008),
    ]);
  });
});

describe('snapshots', () => {
  const program = [
    'ldxr x4, [x20]',
    'add x4, x4, x0',
    'stxr w5, x4, [x20]',
    'adds x0, x0, x4',
    'ldr x6, [x21], #8',
    'eor x7, x7, x6',
    'str x7, [x21]',
    'and x21, x21, #-2049',
    'csel x8, x0, x7, mi',
    'msr tpidr_el0, x8',
    'mrs x9, tpidr_el0',
    'ldp x10, x11, [x20], #16',
    'and x20, x20, #-1025',
    'b #-52',
  ];

  it('restore to the run that would have followed, at any point', () => {
    const make = (): ReturnType<typeof cpuWith> => {
      const made = cpuWith(program);
      made.cpu.setX(0, 0x1234_5678_9abc_def1n);
      made.cpu.setX(20, BigInt(testBase + 0x1_0000));
      made.cpu.setX(21, BigInt(testBase + 0x2_0000));
      return made;
    };
    const random = new Random(8);
    const length = 4000;
    const whole = make();
    whole.cpu.run(length);
    for (let i = 0; i < 40; i++) {
      const first = make();
      const at = random.below(length);
      first.cpu.run(at);
      const state = structuredClone(first.cpu.save());
      const second = make();
      second.memory.store(testBase, first.memory.view());
      second.cpu.restore(state);
      expect(hexState(second.cpu)).toBe(hexState(first.cpu));
      second.cpu.run(length - at);
      expect(hexState(second.cpu)).toBe(hexState(whole.cpu));
      expect(Buffer.compare(second.memory.view(), whole.memory.view())).toBe(0);
    }
  });
});

describe('several CPUs', () => {
  it('see each other’s stores, code and loss of reservations', () => {
    const { memory, cpus } = createCpus({ ram: { base: testBase, size: 1 << 20 }, cpus: 2 }, emptyHost);
    const [a, b] = cpus;
    memory.store(testBase, assembleLines(['add x0, x0, #1', 'b #-4']));
    memory.store(testBase + 0x1000, assembleLines(['str w2, [x1]', 'b #0']));
    memory.store(testBase + 0x2000, assembleLines(['ldxr x3, [x4]', 'stxr w5, x3, [x4]', 'b #-8']));
    a.reset({ pc: testBase });
    b.reset({ pc: testBase + 0x1000, x1: BigInt(testBase), x2: BigInt(new Uint32Array(assembleLines(['add x0, x0, #5']).buffer)[0]) });
    a.run(10);
    b.run(1);
    a.run(10);
    expect(a.x(0)).toBe(30n);
    a.reset({ pc: testBase + 0x2000 });
    a.setX(4, BigInt(testBase + 0x3000));
    a.run(3);
    expect(a.x(5)).toBe(0n);
    a.run(1);
    a.deschedule();
    a.run(1);
    expect(a.x(5)).toBe(1n);
    expect(b.systemRegister('MPIDR_EL1')).toBe(0x8000_0001n);
  });
});

describe('whatever a guest does', () => {
  it('random words run within the budget, without a host exception', () => {
    const random = new Random(77);
    const { cpus, memory } = createCpus(
      { ram: { base: testBase, size: 1 << 18 }, cpus: 1 },
      { ...emptyHost, busRead: () => 0n, busWrite: () => true },
    );
    const [cpu] = cpus;
    const words = new Uint32Array(1 << 12);
    let executed = 0;
    for (let round = 0; round < 150; round++) {
      for (let i = 0; i < words.length; i++) words[i] = random.next();
      // Vectors that go on somewhere, so that much is executed.
      memory.store(testBase, new Uint8Array(words.buffer));
      for (let at = 0; at < 0x800; at += 0x80)
        memory.store(
          testBase + 0x8000 + at,
          assembleLines([
            'mrs x30, elr_el1',
            'add x30, x30, #4',
            'and x30, x30, #0x3fff',
            'orr x30, x30, #0x40000000',
            'msr elr_el1, x30',
            'eret',
          ]),
        );
      cpu.reset({ pc: testBase });
      cpu.setSystemRegister('cpacr_el1', 3n << 20n);
      cpu.setSystemRegister('vbar_el1', BigInt(testBase + 0x8000));
      for (let n = 0; n < 31; n++) cpu.setX(n, BigInt(testBase + random.below(1 << 18)));
      for (let slice = 0; slice < 10; slice++) {
        const exit = cpu.run(500);
        expect(exit.executed).toBeLessThanOrEqual(500);
        executed += exit.executed;
        if (exit.reason === 'stuck') break;
        if (exit.reason === 'wfi') cpu.pc += 4n;
      }
    }
    expect(executed).toBeGreaterThan(50_000);
  });
});
