import { describe, expect, it } from 'vitest';
import { pack } from '../../packing.ts';
import type { Cpu, CpuCluster, CpuMemory, CreateCpus, EntryState, RunExit, TimerState } from '../cpu/types.ts';
import type { CpuHost } from '../cpu/host.ts';
import { PageUse } from '../cpu/page-use.ts';
import { Machine, type MachineExit, type MachineOptions } from './machine.ts';
import { MemoryMap, nsPerTick } from './memory-map.ts';

/** What a scripted CPU can do in one instruction. */
type Step =
  | { store: number; value: number }
  | { load: number }
  | { hvc: bigint[] }
  | { timer: bigint }
  | 'wfi'
  | 'nop'
  /** Goes `back` steps back, for ever. */
  | { back: number };

/**
 * Stands in for the CPUs, so that the board is tested by itself: each CPU carries out a list of steps, one an instruction, and
 * counts interrupts instead of taking them.
 */
class ScriptedCpu {
  at = 0;
  irqs = 0;
  loaded: bigint[] = [];
  index: number;
  line = false;
  registers = new BigUint64Array(31);
  compare = 0n;
  timerOn = false;
  #script: readonly Step[];
  #host: CpuHost;
  #executed = 0;
  #limit = 0;
  #stop = false;

  constructor(index: number, script: readonly Step[], host: CpuHost) {
    this.index = index;
    this.#script = script;
    this.#host = host;
  }

  reset(entry: EntryState): void {
    this.at = 0;
    this.registers[0] = entry.x0 ?? 0n;
  }

  run(budget: number): RunExit {
    this.#executed = 0;
    this.#limit = budget;
    while (this.#executed < this.#limit && !this.#stop) {
      if (this.line) {
        // The handler: turn the timer off, which drops the line.
        this.irqs++;
        this.timerOn = false;
        this.#host.timerChanged(this.index);
        this.line = false;
      }
      const step = this.#script.at(this.at++) ?? 'wfi';
      const waits = step === 'wfi';
      this.#perform(step);
      this.#executed++;
      if (waits && !this.line) return { reason: 'wfi', executed: this.#executed };
    }
    const reason = this.#stop ? 'stopped' : 'budget';
    this.#stop = false;
    return { reason, executed: this.#executed };
  }

  #perform(step: Step): void {
    if (typeof step === 'string') return;
    if ('store' in step) this.#host.busWrite(step.store, 4, BigInt(step.value));
    else if ('load' in step) this.loaded.push(this.#host.busRead(step.load, 4) ?? -1n);
    else if ('back' in step) this.at -= step.back + 1;
    else if ('timer' in step) {
      this.compare = this.#host.counter() + step.timer;
      this.timerOn = true;
      this.#host.timerChanged(this.index);
    } else {
      step.hvc.forEach((value, i) => (this.registers[i] = value));
      this.#host.conduit(this.index, 'hvc');
    }
  }

  executed(): number {
    return this.#executed;
  }

  shorten(count: number): void {
    this.#limit = Math.min(this.#limit, Math.max(count, this.#executed + 1));
  }

  stop(): void {
    this.#stop = true;
  }

  timer(which: 'physical' | 'virtual'): TimerState {
    return { control: which === 'virtual' && this.timerOn ? 1 : 0, compare: this.compare, counter: this.#host.counter() };
  }

  as(memory: CpuMemory): Cpu {
    const notHere = (): never => {
      throw new Error('not part of a scripted CPU');
    };
    return {
      index: this.index,
      reset: (entry) => this.reset(entry),
      run: (budget) => this.run(budget),
      executed: () => this.executed(),
      shorten: (count) => this.shorten(count),
      stop: () => this.stop(),
      setIrq: (level) => void (this.line = level),
      setFiq: () => undefined,
      raiseSError: notHere,
      deschedule: () => undefined,
      timer: (which) => this.timer(which),
      x: (n) => this.registers[n],
      setX: (n, value) => void (this.registers[n] = value),
      sp: 0n,
      pc: 0n,
      pstate: 0n,
      v: notHere,
      setV: notHere,
      exceptionLevel: 1,
      systemRegister: () => 0n,
      setSystemRegister: notHere,
      systemRegisterNames: () => [],
      translate: notHere,
      peek: (address, length) => memory.load(Number(address), length) ?? new Uint8Array(0),
      poke: notHere,
      translationTables: notHere,
      tlb: notHere,
      setBreakpoints: notHere,
      setWatchpoints: notHere,
      passNext: notHere,
      save: () => ({ version: 2, registers: new Uint8Array([this.at]), tlb: new Float64Array(0) }),
      restore: (state) => void (this.at = state.registers[0]),
    };
  }
}

async function machineWith(scripts: readonly (readonly Step[])[], options: Partial<MachineOptions> = {}) {
  const cpus: ScriptedCpu[] = [];
  const createCpus: CreateCpus = (config, host): CpuCluster => {
    const ram = new Uint8Array(config.ram.size);
    const within = (address: number, length: number) => address >= config.ram.base && address + length <= config.ram.base + ram.length;
    const memory: CpuMemory = {
      ...config.ram,
      view: () => ram,
      fill: (address, length, byte) => {
        ram.fill(byte, address - config.ram.base, address - config.ram.base + length);
        return true;
      },
      load: (address, length) =>
        within(address, length) ? ram.slice(address - config.ram.base, address - config.ram.base + length) : undefined,
      store: (address, bytes) => {
        if (!within(address, bytes.length)) return false;
        ram.set(bytes, address - config.ram.base);
        return true;
      },
    };
    cpus.push(...scripts.map((script, i) => new ScriptedCpu(i, script, host)));
    return { pageUse: new PageUse(config.ram.size / 4096), memory, cpus: cpus.map((cpu) => cpu.as(memory)) };
  };
  // A flat image of four bytes; nobody executes it.
  const created = await Machine.create(
    { image: Uint8Array.of(1, 2, 3, 4), memoryBytes: 4 << 20, cpus: scripts.length, ...options },
    createCpus,
  );
  if (!created.ok) throw new Error(created.problems[0].message);
  let output = '';
  created.value.onUart = (bytes) => (output += new TextDecoder().decode(bytes));
  return { machine: created.value, cpus, output: () => output };
}

const uart = MemoryMap.uart;
const print = (text: string): Step[] => [...text].map((c) => ({ store: uart, value: c.charCodeAt(0) }));
const powerOff: Step = { hvc: [0x84000008n] };
/** Distributor and CPU interface on, virtual timer and UART interrupts enabled for CPU 0. */
const enableGic: Step[] = [
  { store: MemoryMap.gicDistributor, value: 1 },
  { store: MemoryMap.gicDistributor + 0x100, value: 1 << 27 },
  { store: MemoryMap.gicDistributor + 0x104, value: 1 << 1 },
  { store: MemoryMap.gicCpuInterface, value: 1 },
  { store: MemoryMap.gicCpuInterface + 4, value: 0xff },
];

function runToEnd(machine: Machine, slice: number): MachineExit {
  for (;;) {
    const exit = machine.run(slice);
    if (exit.reason !== 'budget') return exit;
  }
}

describe('Machine', () => {
  it('prints, counts and powers off', async () => {
    const { machine, output } = await machineWith([[...print('hi\n'), powerOff]]);
    expect(machine.run(1000)).toEqual({ reason: 'poweroff' });
    expect(machine.run(1000)).toEqual({ reason: 'poweroff' });
    expect(output()).toBe('hi\n');
    expect(machine.counters).toEqual({ instructions: 4, virtualNs: 4 });
  });

  it('spends waiting time at once, to the tick at which the timer fires', async () => {
    const { machine, cpus } = await machineWith([[...enableGic, { timer: 1000n }, 'wfi', 'nop', powerOff]]);
    expect(machine.run(100)).toEqual({ reason: 'poweroff' });
    expect(cpus[0].irqs).toBe(1);
    expect(machine.counters.instructions).toBe(enableGic.length + 4);
    // The timer was set at tick 0; nop and hvc come after it.
    expect(machine.counters.virtualNs).toBe(1000 * nsPerTick + 2);
  });

  it('stops a run in time for an event that is scheduled within it', async () => {
    const spin: Step[] = ['nop', { back: 1 }];
    const { machine, cpus } = await machineWith([[...enableGic, { timer: 10n }, ...spin]]);
    machine.run(nsPerTick * 10);
    expect(cpus[0].irqs).toBe(0);
    machine.run(1);
    expect(cpus[0].irqs).toBe(1);
  });

  it('gives its output before time passes that all CPUs wait', async () => {
    const { machine } = await machineWith([[...enableGic, { timer: 1000n }, ...print('a> '), 'wfi', 'nop', powerOff]]);
    const seen: [string, number][] = [];
    machine.onUart = (bytes) => {
      seen.push([new TextDecoder().decode(bytes), machine.counters.virtualNs]);
      machine.stop();
    };
    // The first byte comes at once, the rest of a line when nothing follows.
    expect(machine.run(1000)).toEqual({ reason: 'stopped' });
    expect(machine.run(1000)).toEqual({ reason: 'stopped' });
    expect(seen.map(([text]) => text)).toEqual(['a', '> ']);
    expect(seen[1][1]).toBe(enableGic.length + 5);
    expect(machine.run(1000)).toEqual({ reason: 'poweroff' });
    expect(machine.counters.virtualNs).toBe(1000 * nsPerTick + 2);
  });

  it('is idle without events, until input comes', async () => {
    const { machine, cpus } = await machineWith([[...enableGic, { store: uart + 0x38, value: 0x10 }, 'wfi', { load: uart }, powerOff]]);
    expect(machine.run(1000)).toEqual({ reason: 'idle' });
    expect(machine.run(1000)).toEqual({ reason: 'idle' });
    machine.sendInput(new TextEncoder().encode('k'));
    expect(machine.unreadInput).toBe(1);
    expect(machine.run(1000)).toEqual({ reason: 'poweroff' });
    expect(cpus[0].loaded).toEqual([0x6bn]);
  });

  it('lets time pass no further than it is told, for who paces it', async () => {
    const { machine } = await machineWith([[...enableGic, { timer: 1000n }, 'wfi', powerOff]]);
    expect(machine.run(100, 5000)).toEqual({ reason: 'idle', wakeAt: 16_000 });
    expect(machine.counters.virtualNs).toBe(5000);
    expect(machine.run(100, 15_999)).toEqual({ reason: 'idle', wakeAt: 16_000 });
    expect(machine.run(100, 20_000)).toEqual({ reason: 'poweroff' });
  });

  it('does the same however a run is cut into slices', async () => {
    const worker: Step[] = [...print('bb'), 'nop', 'nop', { back: 5 }];
    const scripts: Step[][] = [
      [
        { hvc: [0xc4000003n, 1n, 0x40000000n, 7n] },
        ...Array.from({ length: 25_000 }, (): Step => 'nop'),
        ...print('a'),
        ...print('aaaa'),
        powerOff,
      ],
      worker,
    ];
    const whole = await machineWith(scripts);
    runToEnd(whole.machine, 1e9);
    for (const slice of [1, 7, 9_999, 10_000, 12_345]) {
      const cut = await machineWith(scripts);
      runToEnd(cut.machine, slice);
      expect(cut.output()).toBe(whole.output());
      expect(cut.machine.counters).toEqual(whole.machine.counters);
      expect(cut.machine.stateHash()).toBe(whole.machine.stateHash());
    }
  });

  it('turns CPUs on with their context, and off', async () => {
    const { machine, cpus, output } = await machineWith([
      [{ hvc: [0xc4000003n, 1n, 0x40100000n, 42n] }, 'wfi'],
      [...print('one'), { hvc: [0x84000002n] }, ...print('never')],
    ]);
    expect(machine.run(1e6)).toEqual({ reason: 'idle' });
    expect(cpus[0].registers[0]).toBe(0n);
    expect(cpus[1].registers[0]).toBe(0n);
    expect(output()).toBe('one');
  });

  it('keeps output in bounded pieces whatever the guest does', async () => {
    const { machine } = await machineWith([[...print('x'), { back: 1 }]]);
    const sizes: number[] = [];
    machine.onUart = (bytes) => sizes.push(bytes.length);
    machine.run(100_000);
    expect(sizes.reduce((a, b) => a + b)).toBe(50_000);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4096);
  });

  it('stops when told to, from within as well', async () => {
    const { machine } = await machineWith([[...print('x\n'), { back: 2 }]]);
    machine.onUart = () => machine.stop();
    expect(machine.run(1e9)).toEqual({ reason: 'stopped' });
    machine.onUart = () => undefined;
    expect(machine.run(100)).toEqual({ reason: 'budget' });
  });

  it('goes on after a reset, with memory as at power-on', async () => {
    const { machine, output } = await machineWith([[...print('boot\n'), { hvc: [0x84000009n] }]]);
    expect(machine.run(100)).toEqual({ reason: 'reset' });
    machine.memory.store(MemoryMap.ram + 0x10_0000, Uint8Array.of(9));
    machine.reset();
    expect(machine.memory.load(MemoryMap.ram + 0x10_0000, 1)).toEqual(Uint8Array.of(0));
    expect(machine.run(100)).toEqual({ reason: 'reset' });
    expect(output()).toBe('boot\nboot\n');
    expect(machine.counters.instructions).toBe(12);
  });

  it('restores to the run that would have followed', async () => {
    const script: Step[] = [...enableGic, { timer: 100n }, ...print('abc'), 'wfi', ...print('def'), powerOff];
    const one = await machineWith([script]);
    one.machine.sendInput(new TextEncoder().encode('queued'));
    one.machine.run(7);
    const state = structuredClone(one.machine.save());
    const hash = one.machine.stateHash();
    const two = await machineWith([script]);
    two.machine.restore(state);
    expect(two.machine.stateHash()).toBe(hash);
    // A scripted CPU keeps its timer outside its state.
    two.cpus[0].timerOn = one.cpus[0].timerOn;
    two.cpus[0].compare = one.cpus[0].compare;
    two.machine.restore(state);
    for (const m of [one.machine, two.machine]) expect(runToEnd(m, 3)).toEqual({ reason: 'poweroff' });
    expect(two.machine.stateHash()).toBe(one.machine.stateHash());
    expect(one.output()).toBe('abcdef');
    expect(two.output()).toBe('bcdef');
  });

  it.each([
    [{ memoryBytes: 1000 }, '64 KiB to 3 GiB'],
    [{ memoryBytes: 4 * 2 ** 30 }, '64 KiB to 3 GiB'],
    [{ memoryBytes: 2 ** 20 + 1 }, 'multiple of 4 KiB'],
    [{ image: Uint8Array.of(0x1f, 0x8b, 8, 0, 1, 2, 3) }, 'damaged gzip'],
  ])('refuses %o', async (options, message) => {
    await expect(machineWith([[]], options)).rejects.toThrow(message);
  });

  it('unpacks a gzipped image', async () => {
    const { machine } = await machineWith([[]], { image: await pack(Uint8Array.of(1, 2, 3, 4), 'gzip') });
    expect(machine.memory.load(machine.boot.image.start, 4)).toEqual(Uint8Array.of(1, 2, 3, 4));
  });
});
