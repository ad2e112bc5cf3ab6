/**
 * Random instruction sequences whose state is known at every step: each instruction is executed by the evaluator as it is
 * chosen, so that addresses can be led into the data window and branches to where code will be.
 */
import { Evaluator, resetState, type EvaluateHost, type EvaluateState } from '../../../src/lib/arm64/evaluate.ts';
import { decode, encode, encodeRow, moveImmediate, systemKey, type AccessKind, type Row } from '../../../src/lib/arm64/index.ts';

/** As harness.c has them. */
export const layout = { code: 0x2000000000n, leaveBytes: 512, words: 128, data: 0x1000000000n, window: 512 } as const;
/** A sequence ends before this word, so that the last instruction and what leads it fit. */
const lastStart = layout.words - 16;
const anchor = 28;

export class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  /** 32 random bits (mulberry32). */
  word(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }
  below(n: number): number {
    return Math.floor((this.word() / 2 ** 32) * n);
  }
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }
  /** 64 bits; often a value at which arithmetic turns. */
  value(): bigint {
    const wide = (BigInt(this.word()) << 32n) | BigInt(this.word());
    switch (this.below(8)) {
      case 0:
        return BigInt(this.below(4));
      case 1:
        return BigInt.asUintN(64, -1n - BigInt(this.below(4)));
      case 2:
        return BigInt.asUintN(64, (1n << BigInt(this.below(64))) - BigInt(this.below(3)));
      case 3:
        return wide & 0xffffffffn;
      case 4:
        return BigInt.asUintN(64, BigInt.asIntN(32, wide));
      default:
        return wide;
    }
  }
}

/** Bits of floating-point values at which arithmetic turns: zeros, subnormals, ones, infinities, quiet and signalling NaNs. */
const notableFloats = {
  32: [
    0n,
    1n,
    0x7fffffn,
    0x800000n,
    0x3f800000n,
    0x3f800001n,
    0x4b800000n,
    0x5f000000n,
    0x7f7fffffn,
    0x7f800000n,
    0x7fc00000n,
    0x7f800001n,
  ],
  64: [
    0n,
    1n,
    0xfffffffffffffn,
    1n << 52n,
    0x3ffn << 52n,
    0x41en << 52n,
    0x43en << 52n,
    (0x7ffn << 52n) - 1n,
    0x7ffn << 52n,
    0xfff8n << 47n,
    (0x7ffn << 52n) + 1n,
  ],
} as const;

/** A number within 2^-12 and 2^12, without sign: sums cancel and conversions are in range. */
function moderateFloat(random: Random, bits: 32 | 64): bigint {
  const [fraction, bias] = bits === 64 ? [52n, 1023n] : [23n, 127n];
  const exponent = bias + BigInt(random.below(24)) - 12n;
  const ones = (1n << fraction) - 1n;
  // Now and then few significant bits, so that results are exact.
  const mask = random.below(3) ? ones : ones ^ (ones >> 4n);
  return (exponent << fraction) | (((BigInt(random.word()) << 32n) | BigInt(random.word())) & mask);
}

/** Lanes at the ends of their ranges, or with small numbers that shift and saturate, or with any. */
function integerLanes(random: Random): bigint {
  const bits = random.pick([8, 16, 32, 64] as const);
  const least = 1n << BigInt(bits - 1);
  let value = 0n;
  for (let at = 0; at < 128; at += bits) {
    const small = BigInt(random.below(bits + 4));
    const lane = random.pick([least, least, least - 1n, least + 1n, -1n, 0n, 1n, small, -small, least >> small, random.value()]);
    value |= BigInt.asUintN(bits, lane) << BigInt(at);
  }
  return value;
}

/** 128 bits for a vector register. */
function vectorValue(random: Random): bigint {
  if (random.below(3) === 0) return integerLanes(random);
  const bits = random.pick([32, 64, 128] as const);
  if (bits === 128) return (random.value() << 64n) | random.value();
  let value = 0n;
  for (let at = 0; at < 128; at += bits) {
    const sign = BigInt(random.below(2)) << BigInt(bits - 1);
    const magnitude = random.below(2) ? random.pick(notableFloats[bits]) : moderateFloat(random, bits);
    value |= (magnitude | sign) << BigInt(at);
  }
  return value;
}

export type Snapshot = { state: EvaluateState; window: Uint8Array };

export type Case = {
  before: Snapshot;
  after: Snapshot;
  words: Uint32Array;
  /** Indices of the words that run, in order. */
  trace: number[];
};

/** An access outside the window, or one that a probe has seen. */
class Stopped extends Error {}

/** Memory of one case: the data window, and its own code up to what is written. */
class Memory implements EvaluateHost {
  window: Uint8Array = new Uint8Array(layout.window);
  probed: { bits: number; address: bigint; kind: AccessKind } | undefined;
  probing = false;
  readonly words: Uint32Array;
  readonly start: bigint;
  readonly state: EvaluateState;
  readonly written: () => number;

  constructor(state: EvaluateState, words: Uint32Array, start: bigint, written: () => number) {
    this.state = state;
    this.words = words;
    this.start = start;
    this.written = written;
  }

  #bytes(bits: number, address: bigint, kind: AccessKind, write: boolean): { bytes: Uint8Array; at: number } {
    if (this.probing) {
      this.probed = { bits, address, kind };
      throw new Stopped();
    }
    const size = bits / 8;
    if ((kind.ordered ?? false) && address % BigInt(size) !== 0n) throw new Stopped();
    for (const [base, bytes, length] of [
      [layout.data, this.window, layout.window],
      [this.start, new Uint8Array(this.words.buffer), write ? 0 : this.written() * 4],
    ] as const) {
      const at = address - base;
      if (at >= 0n && at + BigInt(size) <= BigInt(length)) return { bytes, at: Number(at) };
    }
    throw new Stopped();
  }
  load(bits: number, address: bigint, kind: AccessKind): bigint {
    const { bytes, at } = this.#bytes(bits, address, kind, false);
    let value = 0n;
    for (let i = bits / 8 - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i]);
    return value;
  }
  store(bits: number, address: bigint, value: bigint, kind: AccessKind): void {
    const { bytes, at } = this.#bytes(bits, address, kind, true);
    for (let i = 0; i < bits / 8; i++) bytes[at + i] = Number((value >> BigInt(8 * i)) & 0xffn);
  }
  exception(): void {
    throw new Stopped();
  }
  eret(): void {
    throw new Stopped();
  }
  mrs(key: number): bigint {
    if (key === systemRegisters.nzcv) return BigInt(this.state.nzcv);
    if (key === systemRegisters.fpsr) return BigInt(this.state.fpsr);
    throw new Stopped();
  }
  msr(key: number, value: bigint): void {
    if (key !== systemRegisters.nzcv) throw new Stopped();
    this.state.nzcv = Number(value & 0xf0000000n);
  }
  msrImmediate(): void {
    throw new Stopped();
  }
  sys(): void {
    throw new Stopped();
  }
}

const systemRegisters = { nzcv: systemKey(3, 3, 4, 2, 0), fpsr: systemKey(3, 3, 4, 4, 1) } as const;

export function copyState(s: EvaluateState): EvaluateState {
  return { ...s, x: [...s.x], v: [...s.v] };
}

/** Rows that can run in user mode, without leaving the sequence. */
export function runnable(row: Row): boolean {
  return !/^(svc|hvc|smc|brk|hlt|udf|eret|drps|dcps|msr_imm|sys|sysl|wfe|wfi|hint)/.test(row.name);
}

class Sequence {
  readonly random: Random;
  readonly rows: readonly Row[];
  readonly state: EvaluateState;
  readonly memory: Memory;
  readonly evaluator: Evaluator;
  readonly words = new Uint32Array(layout.words);
  readonly trace: number[] = [];
  readonly start: bigint;
  position = 0;

  constructor(index: number, random: Random, rows: readonly Row[]) {
    this.random = random;
    this.rows = rows;
    this.start = layout.code + BigInt(layout.leaveBytes + index * layout.words * 4);
    this.state = resetState();
    const s = this.state;
    s.x = s.x.map(() => random.value());
    s.v = s.v.map(() => vectorValue(random));
    // Alternative half precision, default NaN, flush to zero, rounding mode.
    s.fpcr = random.below(2) * random.below(32) * (1 << 22);
    s.x[anchor] = layout.data + BigInt(layout.window / 2);
    s.x[30] = this.start;
    s.sp = s.x[anchor];
    s.nzcv = (random.below(16) << 28) >>> 0;
    s.pc = this.start;
    this.memory = new Memory(s, this.words, this.start, () => this.position);
    for (let i = 0; i < layout.window; i++) this.memory.window[i] = random.below(256);
    this.evaluator = new Evaluator(s, this.memory);
  }

  snapshot(): Snapshot {
    return { state: copyState(this.state), window: this.memory.window.slice() };
  }

  /** Tries to add words and run them; leaves everything as it was if they cannot. */
  #try(words: () => Iterable<number>): boolean {
    const before = this.snapshot();
    const position = this.position;
    const steps = this.trace.length;
    try {
      for (const word of words()) this.#step(word);
      if (this.state.x[anchor] !== before.state.x[anchor]) throw new Stopped();
      return true;
    } catch (cause) {
      if (!(cause instanceof Stopped)) throw cause;
      Object.assign(this.state, before.state);
      this.memory.window = before.window;
      this.position = position;
      this.trace.length = steps;
      return false;
    }
  }

  #step(word: number): void {
    const at = this.position;
    this.words[at] = word;
    this.trace.push(at);
    this.state.pc = this.start + BigInt(at * 4);
    this.evaluator.execute(word);
    const next = Number(this.state.pc - this.start) / 4;
    if (next <= at || next > layout.words - 2) throw new Stopped();
    // What is jumped over never runs.
    for (let i = at + 1; i < next; i++) this.words[i] = this.#randomWord();
    this.position = next;
  }

  #randomWord(): number {
    for (;;) {
      const row = this.random.pick(this.rows);
      const word = encodeRow(row, this.#fields(row));
      if (decode(word)) return word;
    }
  }

  #fields(row: Row): Record<string, number> {
    const fields: Record<string, number> = {};
    for (const { name, width } of row.fields) {
      const most = 2 ** width - 1;
      const pick = this.random.below(10);
      fields[name] = pick === 0 ? 0 : pick === 1 ? most : pick === 2 && width > 5 ? this.random.below(8) : this.random.below(most + 1);
    }
    return fields;
  }

  /** Words that put a constant into a register. */
  *#set(register: number, value: bigint): Generator<number> {
    for (const { op, ...fields } of moveImmediate(BigInt.asUintN(64, value), 64))
      yield op === 'orr' ? encode('orr_imm', { sf: 1, Rn: 31, Rd: register, ...fields }) : encode(op, { sf: 1, Rd: register, ...fields });
  }

  /** First access of an instruction as the registers are now. */
  #probe(word: number): Memory['probed'] {
    const before = copyState(this.state);
    this.memory.probing = true;
    this.memory.probed = undefined;
    try {
      this.state.pc = this.start + BigInt(this.position * 4);
      this.evaluator.execute(word);
    } catch (cause) {
      if (!(cause instanceof Stopped)) throw cause;
    }
    this.memory.probing = false;
    Object.assign(this.state, before);
    return this.memory.probed;
  }

  /** Adds one instruction, with what it needs before it. */
  add(): void {
    for (let attempt = 0; attempt < 50; attempt++) {
      const row = this.random.pick(this.rows);
      const fields = this.#fields(row);
      this.#confine(row, fields);
      const word = encodeRow(row, fields);
      if (decode(word)?.row !== row || unpredictable(row, fields)) continue;
      if (this.#try(() => this.#withContext(row, fields, word))) return;
    }
  }

  /** Leads branches forward, and literal loads back. */
  #confine(row: Row, f: Record<string, number>): void {
    for (const field of ['imm26', 'imm19', 'imm14'] as const) {
      if (f[field] === undefined) continue;
      const width = Number(field.slice(3));
      f[field] = row.name.endsWith('_lit') ? 2 ** width - 1 - this.random.below(this.position + 1) : 1 + this.random.below(6);
    }
    if (row.name === 'mrs' || row.name === 'msr') Object.assign(f, { o0: 1, op1: 3, CRn: 4, CRm: 2, op2: 0 });
  }

  *#withContext(row: Row, f: Record<string, number>, word: number): Generator<number> {
    if (/^(br|blr|ret)$/.test(row.name)) {
      if (f.Rn === 31) throw new Stopped();
      const distance = 2 + this.random.below(4);
      yield encode('adr', { immlo: 0, immhi: distance, Rd: f.Rn });
      yield word;
      return;
    }
    if (/^stl?x[rp]/.test(row.name)) {
      yield* this.#exclusivePair(row, f, word);
      return;
    }
    const access = this.#probe(word);
    if (access && f.Rn !== undefined) yield* this.#lead(f, access);
    yield word;
  }

  /** Moves the base register so that the access falls into the window. */
  *#lead(f: Record<string, number>, access: { bits: number; address: bigint; kind: AccessKind }): Generator<number> {
    const base = f.Rn === 31 ? this.state.sp : this.state.x[f.Rn];
    const offset = access.address - base;
    const size = access.bits / 8;
    let at = this.random.below(layout.window - size * 2);
    if (access.kind.ordered) at -= at % size;
    const target = layout.data + BigInt(at) - offset;
    if (f.Rn !== 31) {
      yield* this.#set(f.Rn, target);
      return;
    }
    const free = Array.from({ length: 28 }, (_, i) => i).find((r) => !Object.values(f).includes(r)) ?? 0;
    yield* this.#set(free, target);
    yield encode('add_imm', { sf: 1, sh: 0, imm12: 0, Rn: free, Rd: 31 });
  }

  /** A store-exclusive after the load that it belongs to, or after CLREX. */
  *#exclusivePair(row: Row, f: Record<string, number>, word: number): Generator<number> {
    const load = this.rows.find((r) => r.name === row.name.replace(/^stl/, 'lda').replace(/^st/, 'ld'));
    if (!load) throw new Stopped();
    const others = Array.from({ length: 28 }, (_, i) => i).filter((r) => !Object.values(f).includes(r));
    const loadWord = encodeRow(load, { ...f, Rt: others[0], Rt2: others[1] });
    const access = this.#probe(loadWord);
    if (!access) throw new Stopped();
    yield* this.#lead(f, access);
    yield loadWord;
    if (this.random.below(3) === 0) yield encode('clrex', { CRm: 15 });
    yield word;
  }
}

/** Encodings whose effect the architecture leaves open (CONSTRAINED UNPREDICTABLE). */
export function unpredictable(row: Row, f: Readonly<Record<string, number>>): boolean {
  if (f.Rn === undefined || f.Rt === undefined || row.feature === 'simd') return false;
  const vector = row.feature === 'fp';
  const writeback = /_(pre|post)$/.test(row.name);
  const exclusive = /^(ld|st)[al]?x[rp]/.test(row.name);
  if (writeback && !vector && f.Rn !== 31 && (f.Rt === f.Rn || f.Rt2 === f.Rn)) return true;
  if (f.Rt2 !== undefined && f.Rt === f.Rt2 && row.name.startsWith('ld')) return true;
  if (!exclusive) return false;
  return f.Rs !== undefined && (f.Rs === f.Rt || f.Rs === f.Rt2 || (f.Rs === f.Rn && f.Rn !== 31));
}

/**
 * One case of about a hundred instructions, or fewer when the words are. `index` is its place in the harness's input, which fixes its addresses.
 */
export function makeCase(index: number, seed: number, rows: readonly Row[], words = lastStart): Case {
  const sequence = new Sequence(index, new Random(seed), rows);
  const before = sequence.snapshot();
  while (sequence.position < Math.min(words, lastStart)) {
    const position = sequence.position;
    sequence.add();
    if (sequence.position === position) break;
  }
  // From the end of the sequence to the way back.
  for (let i = sequence.position; i < layout.words; i++) sequence.words[i] = encode('hint', { CRm: 0, op2: 0 });
  return { before, after: sequence.snapshot(), words: sequence.words, trace: sequence.trace };
}

/** Executes the first `steps` instructions of a case again. */
export function replay(c: Case, steps: number): Snapshot {
  const state = copyState(c.before.state);
  const start = state.pc;
  const memory = new Memory(state, c.words, start, () => layout.words);
  memory.window = c.before.window.slice();
  const evaluator = new Evaluator(state, memory);
  for (let i = 0; i < steps; i++) evaluator.execute(c.words[Number(state.pc - start) / 4]);
  return { state, window: memory.window };
}
