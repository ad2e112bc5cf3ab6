/** Vector operations that NEON has no instruction for: element by element, with the code for scalars. */
import { mapOperands, operandsOf, sizeOf, type Instruction, type Param, type Type, type Value } from '../ir/index.ts';
import { lowerInto } from './lower-function.ts';
import { calleeName } from './lower-intrinsic.ts';
import { constantElements, isConstant } from './lower-vector-constant.ts';
import { lowBit } from './lower-vector-shuffle.ts';
import { constantInt, type InstructionOf, type Lowering } from './lowering.ts';
import type { Reg } from './mir.ts';
import { partsOf } from './parts.ts';
import {
  buildVector,
  extractLane,
  isMaskType,
  qField,
  registersOf,
  shapeOf,
  shapeOfValue,
  sizeField,
  unary,
  type Shape,
  type VectorType,
} from './vectors.ts';

const noAttributes: Param['attributes'] = new Map();
/** Lanes come out with zeros above them. */
const cleanElement: Param['attributes'] = new Map([['zeroext', true]]);

/** The elements of a vector as values of their own: constants, or parameters of which the registers are known. */
export function elementsOf(L: Lowering, value: Value): Value[] {
  const { type } = value;
  if (type.kind !== 'vector') throw new Error('elements of something that is no vector');
  if (isConstant(value) && value.kind !== 'expr') return [...constantElements(value)];
  const shape = shapeOfValue(value);
  const regs = L.regsOf(value);
  const each = shape ? 128 / shape.lane : partsOf(type.element).length;
  return Array.from({ length: type.length }, (_, n) => {
    if (!shape) return elementValue(L, type.element, regs.slice(n * each, (n + 1) * each), noAttributes);
    const scalar = extractLane(L, shape, regs[Math.floor(n / each)], n % each);
    if (isMaskType(type)) lowBit(L, scalar);
    return elementValue(L, type.element, [scalar], cleanElement);
  });
}

/** A value that lives in the given registers. */
function elementValue(L: Lowering, type: Type, regs: Reg[], attributes: Param['attributes']): Value {
  const made: Param = { kind: 'param', index: -1, type, name: '', attributes };
  L.alias(made, regs);
  return made;
}

export function scalarise(L: Lowering, i: Instruction, d: readonly Reg[]): void {
  switch (i.op) {
    case 'extractelement':
    case 'insertelement':
    case 'shufflevector':
      return rearrangeScalars(L, i, d);
    case 'bitcast': {
      const slot = L.newSlot(Math.max(16, sizeOf(i.type)), 16);
      L.storeParts(i.operands[0].type, L.passedRegs(i.operands[0]), { slot, offset: 0 });
      return L.loadParts(i.type, [...d], { slot, offset: 0 });
    }
    default:
      return eachElement(L, i, d);
  }
}

function eachElement(L: Lowering, i: Instruction, d: readonly Reg[]): void {
  const lanes = new Map<Value, Value[]>();
  for (const o of operandsOf(i)) if (o.type.kind === 'vector' && !lanes.has(o)) lanes.set(o, elementsOf(L, o));
  const count = vectorLength(i.type);
  if (count === undefined) return L.unsupported(`${i.op === 'call' ? `the intrinsic ${calleeName(i)}` : i.op} of this vector`);
  const type = elementType(i.type);
  const results = Array.from({ length: count }, (_, n) => {
    const into = partsOf(type).map((p) => L.reg(p.cls, p.bits > 64 ? 128 : 64));
    const one: Instruction = { ...i, type };
    mapOperands(one, (o) => lanes.get(o)?.[n] ?? o);
    lowerInto(L, one, into);
    return into;
  });
  if (i.type.kind !== 'struct') return assemble(L, i.type, shapeOfValue(i), d, results);
  // A result and whether it overflowed: two vectors.
  let at = 0;
  let part = 0;
  for (const field of i.type.fields) {
    const each = partsOf(elementType(field)).length;
    const size = partsOf(field).length;
    assemble(
      L,
      field,
      shapeOf(field),
      d.slice(at, at + size),
      results.map((r) => r.slice(part, part + each)),
    );
    at += size;
    part += each;
  }
}

function vectorLength(type: Type): number | undefined {
  if (type.kind === 'struct') return type.fields.length > 0 ? vectorLength(type.fields[0]) : undefined;
  return type.kind === 'vector' ? type.length : undefined;
}

function elementType(type: Type): Type {
  if (type.kind === 'struct') return { kind: 'struct', packed: false, fields: type.fields.map(elementType) };
  return type.kind === 'vector' ? type.element : type;
}

/** A vector of elements that have been computed one by one. */
function assemble(L: Lowering, type: Type, shape: Shape | undefined, d: readonly Reg[], elements: readonly (readonly Reg[])[]): void {
  if (!shape) {
    const all = elements.flat();
    d.forEach((into, n) => L.copy(into, all[n]));
    return;
  }
  buildVector(
    L,
    shape,
    d,
    elements.map(([r]) => r),
  );
  // From 0 and 1 to 0 and all ones.
  if (isMaskType(type))
    registersOf(shape).forEach((r, n) => unary(L, 'neg_v', d[n], d[n], { Q: qField(shape.lane, r), size: sizeField(shape.lane) }));
}

/** Vectors kept as scalars are rearranged by naming other registers. */
function rearrangeScalars(
  L: Lowering,
  i: InstructionOf<'extractelement'> | InstructionOf<'insertelement'> | InstructionOf<'shufflevector'>,
  d: readonly Reg[],
): void {
  const [vector] = i.operands;
  const { type } = vector;
  if (type.kind !== 'vector') throw new Error('an element of something that is no vector');
  const each = partsOf(type.element).length;
  const regs = L.regsOf(vector);
  const copyTo = (at: number, from: readonly Reg[]): void => from.forEach((r, n) => L.copy(d[at * each + n], r));
  const element = (all: readonly Reg[], n: number): Reg[] => all.slice(n * each, (n + 1) * each);
  if (i.op === 'shufflevector') {
    const all = [...regs, ...L.regsOf(i.operands[1])];
    // Where anything will do, the first element costs nothing.
    return i.mask.forEach((from, n) => copyTo(n, element(all, Math.max(from, 0))));
  }
  const index = i.op === 'extractelement' ? i.operands[1] : i.operands[2];
  const k = constantInt(index);
  if (k === undefined) return variableElement(L, i, type, regs, index, d);
  const at = Number(k % BigInt(type.length));
  if (i.op === 'extractelement') return copyTo(0, element(regs, at));
  const inserted = L.regsOf(i.operands[1]);
  for (let n = 0; n < type.length; n++) copyTo(n, n === at ? inserted : element(regs, n));
}

function variableElement(
  L: Lowering,
  i: InstructionOf<'extractelement'> | InstructionOf<'insertelement'>,
  type: VectorType,
  regs: readonly Reg[],
  index: Value,
  d: readonly Reg[],
): void {
  const size = sizeOf(type.element);
  const bits = Math.ceil(Math.log2(Math.max(2, type.length)));
  const slot = L.newSlot(size << bits, 16);
  const place = (n: number) => ({ slot, offset: n * size });
  const each = partsOf(type.element).length;
  for (let n = 0; n < type.length; n++) L.storeParts(type.element, regs.slice(n * each, (n + 1) * each), place(n));
  const masked = L.op('and_imm', [['Rn', L.one(index)]], { sf: 1, N: 1, immr: 0, imms: bits - 1 });
  const address = L.op(
    'madd',
    [
      ['Rn', masked],
      ['Rm', L.constant(BigInt(size), 64)],
      ['Ra', L.frameAddress(slot, 0)],
    ],
    { sf: 1 },
  );
  if (i.op === 'extractelement') return L.loadParts(type.element, [...d], { base: address });
  L.storeParts(type.element, L.regsOf(i.operands[1]), { base: address });
  for (let n = 0; n < type.length; n++) L.loadParts(type.element, d.slice(n * each, (n + 1) * each), place(n));
}
