import { Evaluator, type EvaluateState, type ExceptionCause, resetState } from '../../../src/lib/arm64/evaluate.ts';
import type { AccessBits } from '../../../src/lib/arm64/emitter.ts';
import { pstateFields } from '../../../src/lib/arm64/pstate.ts';
import { sysregKey, sysregName } from '../../../src/lib/arm64/sysregs.ts';
import type {
  Cpu,
  CpuCluster,
  CpuConfig,
  CpuMemory,
  CreateCpus,
  EntryState,
  ExceptionRecord,
  RunExit,
  TimerState,
} from '../../../src/lib/emulator/cpu/types.ts';
import type { CpuHost } from '../../../src/lib/emulator/cpu/host.ts';
import { PageUse } from '../../../src/lib/emulator/cpu/page-use.ts';

/** Abandons an instruction that has taken an exception. */
class Taken extends Error {}

const Pstate = { irqMask: 1n << 7n, fiqMask: 1n << 6n, daif: 0x3c0n, el1h: 5n } as const;
const vectorOffset = { synchronous: 0x200n, irq: 0x280n, fiq: 0x300n, serror: 0x380n } as const;
const noMmu = 'a plain CPU has no MMU and no debugger';

/**
 * A CPU of the plainest kind, for testing the board without the real ones: it executes the instruction table's rows directly, at EL1 with
 * the MMU off. About a million instructions a second.
 */
class PlainCpu {
  readonly index: number;
  readonly state: EvaluateState = resetState();
  #evaluator: Evaluator;
  #host: CpuHost;
  #memory: CpuMemory;
  #view: DataView;
  #daif: bigint = Pstate.daif;
  #system = new Map<string, bigint>();
  #irq = false;
  #fiq = false;
  #executed = 0;
  #limit = 0;
  #stop = false;
  #wait: 'wfi' | 'yield' | undefined;

  constructor(index: number, host: CpuHost, memory: CpuMemory) {
    this.index = index;
    this.#host = host;
    this.#memory = memory;
    const ram = memory.view();
    this.#view = new DataView(ram.buffer, ram.byteOffset, ram.length);
    this.#evaluator = new Evaluator(this.state, {
      load: (bits, address) => this.#load(bits, address),
      store: (bits, address, value) => this.#store(bits, address, value),
      exception: (cause, immediate) => this.#exception(cause, immediate),
      eret: () => {
        this.state.pc = this.#get('elr_el1');
        this.#setPstate(this.#get('spsr_el1'));
      },
      mrs: (key) => this.#read(key),
      msr: (key, value) => this.#write(key, value),
      msrImmediate: (field, immediate) => {
        const bits = BigInt(immediate) << 6n;
        if (field === pstateFields.daifset) this.#daif |= bits;
        else if (field === pstateFields.daifclr) this.#daif &= ~bits;
      },
      sys: () => undefined,
      hint: (which) => {
        if (which === 'wfi') this.#wait = 'wfi';
        else if (which === 'yield' || which === 'wfe') this.#wait = 'yield';
      },
    });
  }

  reset(entry: EntryState): void {
    Object.assign(this.state, resetState(), { pc: BigInt(entry.pc) });
    [entry.x0, entry.x1, entry.x2, entry.x3].forEach((value, n) => (this.state.x[n] = value ?? 0n));
    this.#daif = Pstate.daif;
    this.#system.clear();
    this.#wait = undefined;
  }

  run(budget: number): RunExit {
    this.#executed = 0;
    this.#limit = budget;
    if (this.#wait === 'wfi' && !this.#irq && !this.#fiq) return { reason: 'wfi', executed: 0 };
    this.#wait = undefined;
    while (this.#executed < this.#limit && !this.#stop) {
      if (this.#irq && !(this.#daif & Pstate.irqMask)) this.#take('irq', this.state.pc, 0n);
      else if (this.#fiq && !(this.#daif & Pstate.fiqMask)) this.#take('fiq', this.state.pc, 0n);
      this.#step();
      this.#executed++;
      if (this.#wait === 'yield') return { reason: 'yield', executed: this.#executed };
      if (this.#wait === 'wfi' && !this.#irq && !this.#fiq) return { reason: 'wfi', executed: this.#executed };
      this.#wait = undefined;
    }
    const reason = this.#stop ? 'stopped' : 'budget';
    this.#stop = false;
    return { reason, executed: this.#executed };
  }

  #step(): void {
    try {
      const offset = this.#ram(this.state.pc, 4);
      if (offset === undefined) this.#abort(0x86000010n, this.state.pc);
      else this.#evaluator.execute(this.#view.getUint32(offset, true));
    } catch (cause) {
      if (!(cause instanceof Taken)) throw cause;
    }
  }

  #ram(address: bigint, bytes: number): number | undefined {
    const offset = Number(address) - this.#memory.base;
    return offset >= 0 && offset + bytes <= this.#memory.size ? offset : undefined;
  }

  #load(bits: AccessBits, address: bigint): bigint {
    const bytes = bits / 8;
    const offset = this.#ram(address, bytes);
    if (offset !== undefined) {
      let value = 0n;
      for (let i = bytes; i-- > 0;) value = (value << 8n) | BigInt(this.#view.getUint8(offset + i));
      return value;
    }
    const value = bytes <= 8 ? this.#host.busRead(Number(address), bytes as 1 | 2 | 4 | 8) : undefined;
    return value ?? this.#abort(0x96000010n, address);
  }

  #store(bits: AccessBits, address: bigint, value: bigint): void {
    const bytes = bits / 8;
    const offset = this.#ram(address, bytes);
    if (offset !== undefined) {
      for (let i = 0; i < bytes; i++) this.#view.setUint8(offset + i, Number((value >> BigInt(8 * i)) & 0xffn));
    } else if (bytes > 8 || !this.#host.busWrite(Number(address), bytes as 1 | 2 | 4 | 8, value)) this.#abort(0x96000050n, address);
  }

  #abort(esr: bigint, address: bigint): never {
    this.#system.set('far_el1', address);
    this.#take('synchronous', this.state.pc, esr);
    throw new Taken();
  }

  #exception(cause: ExceptionCause, immediate: bigint): void {
    const { pc } = this.state;
    if ((cause === 'hvc' || cause === 'smc') && this.#host.conduit(this.index, cause)) {
      this.state.pc = pc + 4n;
      return;
    }
    if (cause === 'svc') this.#take('synchronous', pc + 4n, 0x56000000n | immediate);
    else if (cause === 'brk') this.#take('synchronous', pc, 0xf2000000n | immediate);
    else this.#take('synchronous', pc, 0x02000000n);
  }

  #take(kind: ExceptionRecord['kind'], elr: bigint, esr: bigint): void {
    const spsr = BigInt(this.state.nzcv) | this.#daif | Pstate.el1h;
    const vector = this.#get('vbar_el1') + vectorOffset[kind];
    this.#system.set('elr_el1', elr);
    this.#system.set('spsr_el1', spsr);
    if (kind === 'synchronous') this.#system.set('esr_el1', esr);
    this.#daif = Pstate.daif;
    this.state.pc = vector;
    this.#host.exceptionTaken?.(this.index, { kind, vector, elr, esr: this.#get('esr_el1'), far: this.#get('far_el1'), spsr });
  }

  #setPstate(spsr: bigint): void {
    this.state.nzcv = Number(spsr & 0xf0000000n);
    this.#daif = spsr & Pstate.daif;
  }

  #get(name: string): bigint {
    return this.#system.get(name) ?? 0n;
  }

  #read(key: number): bigint {
    const name = sysregName(key) ?? '';
    switch (name) {
      case 'currentel':
        return 4n;
      case 'daif':
        return this.#daif;
      case 'nzcv':
        return BigInt(this.state.nzcv);
      case 'spsel':
        return 1n;
      case 'mpidr_el1':
        return 0x80000000n | BigInt(this.index);
      case 'cntfrq_el0':
        return 62_500_000n;
      case 'isr_el1':
        return (this.#irq ? 0x80n : 0n) | (this.#fiq ? 0x40n : 0n);
      case 'cntpct_el0':
      case 'cntvct_el0':
        return this.#host.counter();
      case 'cntp_ctl_el0':
      case 'cntv_ctl_el0': {
        const { control, compare, counter } = this.timer(name.startsWith('cntp') ? 'physical' : 'virtual');
        return BigInt(control) | (control & 1 && counter >= compare ? 4n : 0n);
      }
    }
    if (!name.startsWith('icc_')) return this.#get(name);
    const value = this.#host.gicRead(this.index, key);
    return value ?? this.#undefined();
  }

  #write(key: number, value: bigint): void {
    const name = sysregName(key, 'write') ?? '';
    if (name.startsWith('icc_')) {
      if (!this.#host.gicWrite(this.index, key, value)) this.#undefined();
      return;
    }
    if (name === 'daif') this.#daif = value & Pstate.daif;
    else if (/^cnt[pv]_tval/.test(name)) this.#system.set(`${name.slice(0, 4)}_cval_el0`, this.#host.counter() + BigInt.asIntN(32, value));
    else this.#system.set(name, /_ctl_/.test(name) ? value & 3n : value);
    if (/^cnt[pv]_/.test(name)) this.#host.timerChanged(this.index);
  }

  #undefined(): never {
    this.#take('synchronous', this.state.pc, 0x02000000n);
    throw new Taken();
  }

  timer(which: 'physical' | 'virtual'): TimerState {
    const prefix = which === 'physical' ? 'cntp' : 'cntv';
    const control = Number(this.#get(`${prefix}_ctl_el0`));
    return { control, compare: this.#get(`${prefix}_cval_el0`), counter: this.#host.counter() };
  }

  /** As the board sees it. */
  door(): Cpu {
    const notHere = (): never => {
      throw new Error(noMmu);
    };
    const { state } = this;
    return {
      index: this.index,
      reset: (entry) => this.reset(entry),
      run: (budget) => this.run(budget),
      executed: () => this.#executed,
      shorten: (count) => void (this.#limit = Math.min(this.#limit, Math.max(count, this.#executed + 1))),
      stop: () => void (this.#stop = true),
      setIrq: (level) => void (this.#irq = level),
      setFiq: (level) => void (this.#fiq = level),
      raiseSError: notHere,
      deschedule: () => this.#evaluator.clearExclusive(),
      timer: (which) => this.timer(which),
      x: (n) => state.x[n],
      setX: (n, value) => void (state.x[n] = value),
      get sp() {
        return state.sp;
      },
      get pc() {
        return state.pc;
      },
      pstate: 0n,
      v: (n) => state.v[n],
      setV: (n, value) => void (state.v[n] = value),
      exceptionLevel: 1,
      systemRegister: (name) => {
        const key = sysregKey(name.toLowerCase());
        return key === undefined ? undefined : this.#get(name.toLowerCase());
      },
      setSystemRegister: notHere,
      systemRegisterNames: () => [],
      translate: notHere,
      peek: (address, length) => this.#memory.load(Number(address), length) ?? new Uint8Array(0),
      poke: notHere,
      translationTables: notHere,
      tlb: notHere,
      setBreakpoints: notHere,
      setWatchpoints: notHere,
      passNext: notHere,
      save: () => {
        const all = [...state.x, ...state.v, state.sp, state.pc, BigInt(state.nzcv), this.#daif, this.#wait === 'wfi' ? 1n : 0n];
        const system = [...this.#system].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name} ${value}`);
        return { version: 2, registers: new TextEncoder().encode(`${all.join(' ')};${system.join(';')}`), tlb: new Float64Array(0) };
      },
      restore: ({ registers }) => {
        const [all, ...system] = new TextDecoder().decode(registers).split(';');
        const values = all.split(' ').map(BigInt);
        Object.assign(state, { x: values.slice(0, 31), v: values.slice(31, 63), sp: values[63], pc: values[64], nzcv: Number(values[65]) });
        this.#daif = values[66];
        this.#wait = values[67] === 1n ? 'wfi' : undefined;
        this.#system = new Map(system.filter(Boolean).map((entry) => [entry.split(' ')[0], BigInt(entry.split(' ')[1])]));
      },
    };
  }
}

/** Makes plain CPUs on RAM of their own. */
export const createPlainCpus: CreateCpus = (config: CpuConfig, host: CpuHost): CpuCluster => {
  const ram = new Uint8Array(config.ram.size);
  const { base, size } = config.ram;
  const within = (address: number, length: number) => address >= base && address + length <= base + size;
  const memory: CpuMemory = {
    base,
    size,
    view: () => ram,
    fill: (address, length, byte) => {
      if (!within(address, length)) return false;
      ram.fill(byte, address - base, address - base + length);
      return true;
    },
    load: (address, length) => (within(address, length) ? ram.slice(address - base, address - base + length) : undefined),
    store: (address, bytes) => {
      if (!within(address, bytes.length)) return false;
      ram.set(bytes, address - base);
      return true;
    },
  };
  return {
    pageUse: new PageUse(config.ram.size / 4096),
    memory,
    cpus: Array.from({ length: config.cpus }, (_, i) => new PlainCpu(i, host, memory).door()),
  };
};
