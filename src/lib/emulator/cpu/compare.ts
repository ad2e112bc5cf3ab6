/**
 * Executes one instruction by compiled handlers and by the direct evaluator of the instruction table, from the same random state, and says
 * where they differ. For tests.
 */
import { Evaluator, resetState, type EvaluateHost, type EvaluateState } from '../../arm64/evaluate.ts';
import type { Row } from '../../arm64/index.ts';
import type { Threading } from './handler-interface.ts';
import { createCpus, type Cpu, type CpuCluster, type CpuHost } from './cpu.ts';

/** A small deterministic generator (xorshift32): the same cases everywhere. */
export class Random {
  #state: number;

  constructor(seed: number) {
    // Never zero, and different for neighbouring seeds.
    this.#state = Math.imul(seed, 2) + 1;
  }

  next(): number {
    let s = this.#state;
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    this.#state = s;
    return s >>> 0;
  }

  below(n: number): number {
    return this.next() % n;
  }

  /** Often a value at some edge, where mistakes live. */
  wide(): bigint {
    const value = (BigInt(this.next()) << 32n) | BigInt(this.next());
    switch (this.below(8)) {
      case 0:
        return [0n, 1n, 0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, 0xffff_ffff_ffff_ffffn, 0x8000_0000n, 0x7fff_ffffn, 0xffff_ffffn][
          this.below(8)
        ];
      case 1:
        return BigInt.asUintN(64, BigInt.asIntN(8, value));
      case 2:
        return value >> BigInt(this.below(64));
      case 3:
        return this.floating();
      default:
        return value;
    }
  }

  /** Bits that are interesting as a double or as two singles. */
  floating(): bigint {
    const single = (): bigint => {
      const exponents = [0, 1, 64, 126, 127, 128, 150, 190, 254, 255];
      const fraction = [0, 1, 0x400000, 0x7fffff, this.next() & 0x7fffff][this.below(5)];
      return BigInt(((this.below(2) << 31) | (exponents[this.below(exponents.length)] << 23) | fraction) >>> 0);
    };
    if (this.below(2)) return (single() << 32n) | single();
    const exponents = [0n, 1n, 900n, 1022n, 1023n, 1024n, 1075n, 1100n, 2046n, 2047n];
    const fractions = [0n, 1n, 1n << 51n, (1n << 52n) - 1n, BigInt(this.next()) << 20n];
    return (BigInt(this.below(2)) << 63n) | (exponents[this.below(exponents.length)] << 52n) | fractions[this.below(5)];
  }
}

/** 128 bits: anything, or lanes of one format that lie within 2^-12 and 2^12, some with few significant bits. */
function vectorValue(random: Random): bigint {
  const kind = random.below(4);
  if (kind >= 2) return (random.wide() << 64n) | random.wide();
  const [width, fraction, bias] = kind === 0 ? [32n, 23n, 127n] : [64n, 52n, 1023n];
  let value = 0n;
  for (let at = 0n; at < 128n; at += width) {
    const exponent = bias + BigInt(random.below(24)) - 12n;
    const bits = ((BigInt(random.next()) << 32n) | BigInt(random.next())) & ((1n << fraction) - 1n);
    const few = random.below(3) === 0 ? (bits >> (fraction - 4n)) << (fraction - 4n) : bits;
    value |= ((BigInt(random.below(2)) << (width - 1n)) | (exponent << fraction) | few) << at;
  }
  return value;
}

const ramBase = 0x4000_0000;
export const ramSize = 0x1_0000;
const tables = ramBase;
const vectors = ramBase + 0x1000;
const code = ramBase + 0x2800;
const data = ramBase + 0x8000;

class MemoryFault extends Error {}

const host: CpuHost = {
  busRead: () => undefined,
  busWrite: () => false,
  counter: () => 0n,
  timerChanged: () => undefined,
  conduit: () => false,
  gicRead: () => undefined,
  gicWrite: () => false,
};

const exceptionClasses: Readonly<Record<string, number>> = { svc: 0x15, brk: 0x3c, hvc: 0, smc: 0, hlt: 0, undefined: 0 };

/** System instructions mean different things to the two: the evaluator leaves them to its host. */
export function isComparable(row: Row): boolean {
  return !['mrs', 'msr', 'msr_imm', 'sys', 'sysl', 'eret', 'hint', 'wfi', 'wfe'].includes(row.name);
}

export class Comparison {
  readonly #cluster: CpuCluster;
  readonly #cpu: Cpu;
  readonly #random: Random;
  readonly #ram = new Uint8Array(ramSize);
  /** Whether the instruction has accessed memory that RAM has only the beginning of. */
  #crossesEnd = false;
  readonly #view = new DataView(this.#ram.buffer);

  constructor(seed: number, threading?: Threading) {
    this.#random = new Random(seed);
    this.#cluster = createCpus({ ram: { base: ramBase, size: ramSize }, cpus: 1 }, host, ...(threading ? [threading] : []));
    this.#cpu = this.#cluster.cpus[0];
    for (let i = 0x3000; i < ramSize; i++) this.#ram[i] = this.#random.below(256);
    // One gigabyte of normal memory at its own address; everything else faults.
    this.#view.setBigUint64(8, BigInt(ramBase) | 0x701n, true);
    this.#cluster.memory.store(ramBase, this.#ram);
    const set = (name: string, value: bigint): void => void this.#cpu.setSystemRegister(name, value);
    set('mair_el1', 0xffn);
    set('tcr_el1', 25n | (25n << 16n) | (2n << 32n) | (2n << 30n));
    set('ttbr0_el1', BigInt(tables));
    set('vbar_el1', BigInt(vectors));
    set('cpacr_el1', 3n << 20n);
    set('sctlr_el1', 0x1005n);
  }

  /** Undefined when both do the same with the word. */
  run(word: number): string | undefined {
    this.#view.setUint32(code - ramBase, word, true);
    this.#cluster.memory.store(code, this.#ram.subarray(code - ramBase, code - ramBase + 4));
    const state = this.#randomState();
    this.#toCpu(state);
    const before = structuredClone(state);
    this.#crossesEnd = false;
    const cause = this.#evaluate(state, word);
    const exit = this.#cpu.run(1);
    if (this.#crossesEnd) this.#takeEnd();
    if (exit.executed !== 1) return `executed ${exit.executed}`;
    // A store-exclusive checks its alignment first; the evaluator only when it stores.
    const alignmentFault = ((this.#cpu.systemRegister('esr_el1') ?? 0n) & 0x3fn) === 0x21n;
    if (cause === undefined && storesExclusive(word) && this.#cpu.pc !== state.pc && alignmentFault) return undefined;
    return this.#difference(cause === undefined ? state : before, cause);
  }

  /** What a store that ends in an abort has written before is unknown: each of its parts is an access of its own (B2.2.1). */
  #takeEnd(): void {
    const end = ramSize - 16;
    this.#ram.set(this.#cluster.memory.view().subarray(end, ramSize), end);
  }

  /** Runs the evaluator; gives the cause when an exception ended the instruction. */
  #evaluate(state: EvaluateState, word: number): string | undefined {
    let cause: string | undefined;
    const at = (address: bigint, bits: number): number => {
      const offset = address - BigInt(ramBase);
      // The map has a whole gigabyte, RAM is less: what lies behind it is an external abort.
      if (offset < 0n || offset + BigInt(bits / 8) > BigInt(ramSize)) {
        this.#crossesEnd ||= offset >= 0n && offset < BigInt(ramSize);
        throw new MemoryFault();
      }
      return Number(offset);
    };
    const evaluateHost: EvaluateHost = {
      load: (bits, address, kind) => {
        if (kind.ordered && address & BigInt(bits / 8 - 1)) throw new MemoryFault();
        const offset = at(address, bits);
        let value = 0n;
        for (let i = bits / 8 - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#ram[offset + i]);
        return value;
      },
      store: (bits, address, value, kind) => {
        if (kind.ordered && address & BigInt(bits / 8 - 1)) throw new MemoryFault();
        const offset = at(address, bits);
        for (let i = 0; i < bits / 8; i++) this.#ram[offset + i] = Number((value >> BigInt(8 * i)) & 0xffn);
      },
      exception: (c) => {
        cause = c;
      },
      eret: () => undefined,
      mrs: () => 0n,
      msr: () => undefined,
      msrImmediate: () => undefined,
      sys: () => undefined,
    };
    try {
      new Evaluator(state, evaluateHost).execute(word);
    } catch (error) {
      if (!(error instanceof MemoryFault)) throw error;
      cause = 'fault';
    }
    return cause;
  }

  #randomState(): EvaluateState {
    const random = this.#random;
    const state = resetState();
    for (let i = 0; i < 31; i++) {
      const kind = random.below(4);
      // Half of the registers are good as addresses, some as offsets.
      if (kind < 2) state.x[i] = BigInt(data + random.below(0x7000)) & (kind === 0 ? ~15n : ~0n);
      else if (kind === 2 && random.below(2)) state.x[i] = BigInt.asUintN(64, BigInt(random.below(512) - 256));
      else state.x[i] = random.wide();
    }
    for (let i = 0; i < 32; i++) state.v[i] = vectorValue(random);
    state.sp = BigInt(data + 0x1000 + random.below(0x600) * 16);
    state.nzcv = (random.below(16) << 28) >>> 0;
    state.pc = BigInt(code);
    if (random.below(4) === 0) state.fpcr = (random.below(4) << 22) | (random.below(4) << 24);
    state.fpsr = random.below(2) ? 16 : 0;
    return state;
  }

  #toCpu(state: EvaluateState): void {
    const cpu = this.#cpu;
    cpu.deschedule();
    // EL1 with SP_EL1, everything masked; UAO, so that LDTR and STTR are plain accesses as to the evaluator.
    cpu.pstate = 0x80_03c5n | BigInt(state.nzcv);
    state.x.forEach((value, n) => cpu.setX(n, value));
    state.v.forEach((value, n) => cpu.setV(n, value));
    cpu.sp = state.sp;
    cpu.pc = state.pc;
    cpu.setSystemRegister('fpcr', BigInt(state.fpcr));
    cpu.setSystemRegister('fpsr', BigInt(state.fpsr));
  }

  #difference(expected: EvaluateState, cause: string | undefined): string | undefined {
    const cpu = this.#cpu;
    for (let n = 0; n < 31; n++) if (cpu.x(n) !== expected.x[n]) return `x${n}: ${hex(cpu.x(n))}, expected ${hex(expected.x[n])}`;
    for (let n = 0; n < 32; n++) if (cpu.v(n) !== expected.v[n]) return `v${n}: ${hex(cpu.v(n))}, expected ${hex(expected.v[n])}`;
    if (cpu.sp !== expected.sp) return `sp: ${hex(cpu.sp)}, expected ${hex(expected.sp)}`;
    const fpsr = cpu.systemRegister('fpsr');
    if (fpsr !== BigInt(expected.fpsr)) return `fpsr: ${hex(fpsr ?? 0n)}, expected ${expected.fpsr.toString(16)}`;
    if (cause === undefined) {
      if (cpu.pc !== expected.pc) return `pc: ${hex(cpu.pc)}, expected ${hex(expected.pc)}`;
      const nzcv = cpu.pstate & 0xf000_0000n;
      if (nzcv !== BigInt(expected.nzcv)) return `nzcv: ${hex(nzcv)}, expected ${expected.nzcv.toString(16)}`;
    } else {
      if (cpu.pc !== BigInt(vectors + 0x200)) return `no exception, pc ${hex(cpu.pc)}, expected ${cause}`;
      const exceptionClass = Number((cpu.systemRegister('esr_el1') ?? 0n) >> 26n);
      const wanted = cause === 'fault' ? 0x25 : exceptionClasses[cause];
      if (exceptionClass !== wanted) return `exception class ${exceptionClass.toString(16)}, expected ${wanted.toString(16)}`;
    }
    const view = this.#cluster.memory.view();
    const got = new Uint32Array(view.buffer, view.byteOffset, ramSize / 4);
    const wanted = new Uint32Array(this.#ram.buffer);
    for (let i = 0; i < wanted.length; i++) {
      if (got[i] !== wanted[i])
        return `memory at ${(ramBase + 4 * i).toString(16)}: ${hex(BigInt(got[i]))}, expected ${hex(BigInt(wanted[i]))}`;
    }
    return undefined;
  }
}

function storesExclusive(word: number): boolean {
  return (word & 0x3fc0_0000) === 0x0800_0000;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
