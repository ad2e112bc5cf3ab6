/**
 * Vectors that lie interleaved in memory, as colours do in a picture: LD2 to LD4 and ST2 to ST4. In IR they are one wide load that shuffles take apart, or
 * shuffles into one wide store. The registers must follow each other, which allocation cannot promise: fixed ones are used, and copies, most of
 * which become nothing by the hints that they are.
 */
import { storeSizeOf, type Instruction, type Value } from '../ir/index.ts';
import { addressOf, materialize, offsetAddress } from './lower-memory.ts';
import type { InstructionOf, Lowering } from './lowering.ts';
import { v, type Reg } from './mir.ts';
import { isMaskType, qField, registersOf, shapeOf, sizeField, type Lane, type Shape, type VectorRegister } from './vectors.ts';

type Factor = 2 | 3 | 4;
type Shuffle = InstructionOf<'shufflevector'>;

const factors: readonly Factor[] = [2, 3, 4];
/** Four vectors are joined two by two first, and those shuffled. */
const attempts = factors.flatMap((factor) => [1, 2, 3].map((depth) => [factor, depth] as const));

/** A wide load of which only shuffles ask, each for every second, third or fourth element. */
export type InterleavedLoad = { factor: Factor; shape: Shape; parts: { first: number; d: readonly Reg[] }[] };

/** Whether each register is full, so that the instructions move nothing else. */
function isWhole(shape: Shape): boolean {
  return registersOf(shape).every(({ count, bits }) => count * shape.lane === bits && (bits === 128 || shape.lane < 64));
}

/** The first element and the distance of the next, if the mask takes elements at a distance. */
function stepOf(mask: readonly number[], length: number): { first: number; factor: Factor } | undefined {
  const factor = factors.find((f) => f * mask.length === length);
  const first = factor && mask[0] >= 0 && mask[0] < factor ? mask[0] : undefined;
  if (factor === undefined || first === undefined) return undefined;
  return mask.every((m, n) => m < 0 || m === first + n * factor) ? { first, factor } : undefined;
}

/** Loads that LD2 to LD4 can do, found before anything is selected. */
export function interleavedLoads(L: Lowering): Map<Instruction, InterleavedLoad> {
  const users = new Map<InstructionOf<'load'>, Shuffle[]>();
  for (const block of L.ir.blocks)
    for (const i of block.instructions) {
      if (i.op !== 'shufflevector') continue;
      const [from] = i.operands;
      if (from.kind !== 'instruction' || from.op !== 'load' || from.volatile || from.ordering !== 'notatomic') continue;
      users.set(from, [...(users.get(from) ?? []), i]);
    }
  const found = new Map<Instruction, InterleavedLoad>();
  for (const [load, shuffles] of users) {
    const shape = shapeOf(load.type);
    if (!shape || isMaskType(load.type) || L.useCounts.get(load) !== shuffles.length) continue;
    const steps = shuffles.map((shuffle) => stepOf(shuffle.mask, shape.count));
    const factor = steps[0]?.factor;
    const part = factor && { ...shape, count: shape.count / factor };
    if (!part || !isWhole(part) || !steps.every((step) => step?.factor === factor)) continue;
    found.set(load, { factor, shape: part, parts: [] });
  }
  return found;
}

/** Leaves a shuffle to the load that it takes apart. */
export function takenApartByLoad(L: Lowering, i: Shuffle, d: readonly Reg[]): boolean {
  const [from] = i.operands;
  const load = from.kind === 'instruction' ? L.interleavedLoads.get(from) : undefined;
  const step = load && stepOf(i.mask, load.shape.count * load.factor);
  if (!step) return false;
  load.parts.push({ first: step.first, d });
  return true;
}

export function lowerInterleavedLoad(L: Lowering, i: InstructionOf<'load'>, { factor, shape, parts }: InterleavedLoad): void {
  const address = { kind: 'base', base: materialize(L, addressOf(L, i.operands[0], storeSizeOf(i.type))), offset: 0n } as const;
  let at = 0;
  registersOf(shape).forEach((r, n) => {
    const regs = consecutive(L, factor);
    access(L, `ld${factor}`, shape.lane, r, regs, materialize(L, offsetAddress(L, address, at)));
    for (const { first, d } of parts) L.copy(d[n], regs[first]);
    at += (factor * r.bits) / 8;
  });
}

/** False when what is stored is not several whole vectors, element by element in turn. */
export function storeInterleaved(L: Lowering, i: InstructionOf<'store'>): boolean {
  const [value, pointer] = i.operands;
  if (value.kind !== 'instruction' || value.op !== 'shufflevector' || L.useCounts.get(value) !== 1 || isMaskType(value.type)) return false;
  const whole = shapeOf(value.type);
  if (!whole || i.volatile || i.ordering !== 'notatomic') return false;
  for (const [factor, depth] of attempts) {
    const shape = { ...whole, count: whole.count / factor };
    if (!Number.isInteger(shape.count) || !isWhole(shape)) continue;
    const sources = Array.from({ length: factor }, (_, k) => {
      const lanes = Array.from({ length: shape.count }, (_, n) => originOf(value, n * factor + k, depth));
      return contiguous(lanes, shape);
    });
    if (!sources.every((source) => source !== undefined)) continue;
    const columns = sources.map(({ value: from, register }) => L.regsOf(from).slice(register));
    const address = { kind: 'base', base: materialize(L, addressOf(L, pointer, storeSizeOf(value.type))), offset: 0n } as const;
    let at = 0;
    registersOf(shape).forEach((r, n) => {
      const regs = consecutive(L, factor);
      regs.forEach((reg, k) =>
        L.emit(
          '$copy',
          [
            ['Rd', reg, 'd'],
            ['Rm', columns[k][n], 'u'],
          ],
          r.bits === 128 ? { q: 1 } : {},
        ),
      );
      access(L, `st${factor}`, shape.lane, r, regs, materialize(L, offsetAddress(L, address, at)));
      at += (factor * r.bits) / 8;
    });
    return true;
  }
  return false;
}

type Origin = { value: Value; lane: number };

/** Where an element comes from, through so many shuffles at most; absent when it may be anything. */
function originOf(value: Value, lane: number, depth: number): Origin | undefined {
  let at: Origin = { value, lane };
  for (let n = 0; n < depth && at.value.kind === 'instruction' && at.value.op === 'shufflevector'; n++) {
    const { mask, operands } = at.value;
    const m = mask[at.lane];
    if (m < 0 || operands[0].type.kind !== 'vector') return undefined;
    const { length } = operands[0].type;
    at = m < length ? { value: operands[0], lane: m } : { value: operands[1], lane: m - length };
  }
  return at;
}

/** One vector, or whole registers of it, in order. */
function contiguous(lanes: readonly (Origin | undefined)[], { lane, count }: Shape): { value: Value; register: number } | undefined {
  const [first] = lanes;
  if (!first || shapeOf(first.value.type)?.lane !== lane) return undefined;
  if (!lanes.every((o, n) => o?.value === first.value && o.lane === first.lane + n)) return undefined;
  const register = (first.lane * lane) / 128;
  const length = first.value.type.kind === 'vector' ? first.value.type.length : 0;
  return Number.isInteger(register) && (count * lane >= 128 || length === count) ? { value: first.value, register } : undefined;
}

/** First registers of groups of four that no call keeps and no scratch is in. */
const groups = [16, 20, 24, 0, 4];

/** Two to four fixed registers that follow each other, others each time, so that groups can be alive together. */
export function consecutive(L: Lowering, count: number): Reg[] {
  if (L.tupleRegisters % 4 > 0 && (count > 2 || L.tupleRegisters % 4 > 2)) L.tupleRegisters += 4 - (L.tupleRegisters % 4);
  const at = L.tupleRegisters;
  L.tupleRegisters += count;
  const first = groups[(at >> 2) % groups.length] + (at % 4);
  return Array.from({ length: count }, (_, n) => v(first + n));
}

function access(L: Lowering, row: string, lane: Lane, r: VectorRegister, regs: readonly Reg[], base: Reg): void {
  const role = row.startsWith('ld') ? 'd' : 'u';
  L.emit(row, [...regs.map((reg, n) => [n === 0 ? 'Rt' : '$', reg, role] as const), ['Rn', base, 'u']], {
    Q: qField(lane, r),
    size: sizeField(lane),
  });
}
