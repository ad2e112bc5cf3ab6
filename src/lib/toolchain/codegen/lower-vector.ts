/**
 * Operations on vectors. What NEON has an instruction for is done on whole registers; the rest element by element with the code for scalars.
 */
import type { Instruction } from '../ir/index.ts';
import { calleeName } from './lower-intrinsic.ts';
import { floatOperation, integerOperation, negate } from './lower-vector-arithmetic.ts';
import { lowerVectorBitcast, lowerVectorCast } from './lower-vector-cast.ts';
import { divideByConstant } from './lower-vector-division.ts';
import { choose, compareFloatVectors, compareVectors } from './lower-vector-compare.ts';
import { lowerVectorIntrinsic } from './lower-vector-intrinsic.ts';
import { takenApartByLoad } from './lower-structure.ts';
import { scalarise } from './lower-vector-scalar.ts';
import { lowerExtractElement, lowerInsertElement, lowerShuffle } from './lower-vector-shuffle.ts';
import type { Lowering } from './lowering.ts';
import type { Reg } from './mir.ts';
import { isMaskType, shapeOf, shapeOfValue } from './vectors.ts';

/** Whether an instruction makes or reads vectors in a way that code for scalars does not see. */
export function isVectorOperation(i: Instruction): boolean {
  switch (i.op) {
    case 'load':
    case 'store':
    case 'phi':
    case 'ret':
    case 'extractvalue':
    case 'insertvalue':
    case 'atomicrmw':
    case 'cmpxchg':
    case 'va_arg':
      return false;
    case 'call':
      if (calleeName(i) === 'llvm.fake.use') return false;
      return calleeName(i).startsWith('llvm.') && (i.type.kind === 'vector' || i.args.some((a) => a.value.type.kind === 'vector'));
    case 'select':
      return i.operands[0].type.kind === 'vector' || isMaskType(i.type);
    case 'br':
    case 'alloca':
    case 'fence':
    case 'unreachable':
    case 'callbr':
    case 'switch':
    case 'indirectbr':
      return false;
    default:
      return i.type.kind === 'vector' || i.operands.some((o) => o.type.kind === 'vector');
  }
}

export function lowerVector(L: Lowering, i: Instruction, d: Reg[]): void {
  if (!native(L, i, d)) scalarise(L, i, d);
}

/** False when there is no form for whole registers. Nothing has been emitted then. */
function native(L: Lowering, i: Instruction, d: Reg[]): boolean {
  const shape = shapeOfValue(i);
  switch (i.op) {
    case 'add':
    case 'sub':
    case 'mul':
    case 'and':
    case 'or':
    case 'xor':
    case 'shl':
    case 'lshr':
    case 'ashr':
      return shape !== undefined && integerOperation(L, i, shape, d);
    case 'udiv':
    case 'sdiv':
    case 'urem':
    case 'srem':
      return shape !== undefined && !isMaskType(i.type) && divideByConstant(L, i, shape, d);
    case 'fadd':
    case 'fsub':
    case 'fmul':
    case 'fdiv':
      return shape !== undefined && floatOperation(L, i, shape, d);
    case 'fneg':
      return shape !== undefined && negate(L, i.operands[0], shape, d);
    case 'freeze':
      L.regsOf(i.operands[0]).forEach((r, n) => L.copy(d[n], r));
      return true;
    case 'icmp':
      return compareVectors(L, i, d);
    case 'fcmp':
      return compareFloatVectors(L, i, d);
    case 'select':
      return shape !== undefined && choose(L, i, shape, d);
    case 'bitcast':
      return lowerVectorBitcast(L, i, d);
    case 'trunc':
    case 'zext':
    case 'sext':
    case 'fptrunc':
    case 'fpext':
    case 'fptoui':
    case 'fptosi':
    case 'uitofp':
    case 'sitofp':
    case 'ptrtoint':
    case 'ptrtoaddr':
    case 'inttoptr':
    case 'addrspacecast':
      return lowerVectorCast(L, i, d);
    case 'shufflevector':
      if (!shape || !shapeOf(i.operands[0].type)) return false;
      if (!takenApartByLoad(L, i, d)) lowerShuffle(L, i, d);
      return true;
    case 'extractelement':
      if (!shapeOf(i.operands[0].type)) return false;
      lowerExtractElement(L, i, d[0]);
      return true;
    case 'insertelement':
      if (!shape) return false;
      lowerInsertElement(L, i, d);
      return true;
    case 'call':
      return lowerVectorIntrinsic(L, i, d);
    default:
      return false;
  }
}
