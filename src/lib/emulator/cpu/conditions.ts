import { Flags, State } from './layout.ts';
import type { FunctionWriter } from './wasm.ts';

/** Pairs of condition codes (Arm ARM C1.2.4) by code >> 1; the odd code of a pair is the opposite. */
const Condition = { eq: 0, cs: 1, mi: 2, vs: 3, hi: 4, ge: 5, gt: 6 } as const;

/** Whether logical results, kept as A - 0, differ from the subtraction: they clear C, which subtracting zero sets. */
function readsCarry(pair: number): boolean {
  return pair === Condition.cs || pair === Condition.hi;
}

/** Pushes the comparison of the operands in State.flagA and State.flagB that a condition amounts to. */
function pushComparison(code: FunctionWriter, pair: number): void {
  const a = (): FunctionWriter => code.get(0).memory('i64.load', State.flagA);
  const b = (): FunctionWriter => code.get(0).memory('i64.load', State.flagB);
  switch (pair) {
    case Condition.eq:
      a();
      b().op('i64.eq');
      break;
    case Condition.cs:
      a();
      b().op('i64.ge_u');
      break;
    case Condition.mi:
      a();
      b().op('i64.sub').i64(0n).op('i64.lt_s');
      break;
    case Condition.vs:
      // Operands of unlike signs and a difference whose sign is not the first one's.
      a();
      b().op('i64.xor');
      a();
      a();
      b().op('i64.sub').op('i64.xor').op('i64.and').i64(0n).op('i64.lt_s');
      break;
    case Condition.hi:
      a();
      b().op('i64.gt_u');
      break;
    case Condition.ge:
      a();
      b().op('i64.ge_s');
      break;
    default:
      a();
      b().op('i64.gt_s');
  }
}

/** Pushes i32 0 or 1: whether a condition holds. Local 0 is the state. `holds` gives the index of {@link writeHolds}'s function. */
export function conditionInline(code: FunctionWriter, condition: number, holds: () => number): void {
  const pair = condition >> 1;
  code.get(0).memory('i32.load', State.flagKind);
  if (readsCarry(pair)) code.op('i32.eqz');
  else code.i32(Flags.logic).op('i32.le_u');
  code.if('i32');
  pushComparison(code, pair);
  code.else().get(0).i32(pair).call(holds()).end();
  if (condition & 1) code.op('i32.eqz');
}

const bit = { n: 31, z: 30, c: 29, v: 28 } as const;

/** (state) -> NZCV in bits 31:28, from any representation. */
export function writeNzcv(code: FunctionWriter): void {
  const kind = code.local('i32');
  const a = code.local('i64');
  const b = code.local('i64');
  const result = code.local('i64');
  code.get(0).memory('i64.load', State.flagA).set(a);
  code.get(0).memory('i32.load', State.flagKind).tee(kind).i32(Flags.packed).op('i32.eq').if();
  code.get(a).op('i32.wrap_i64').return().end();
  code.get(0).memory('i64.load', State.flagB).set(b);
  code.get(kind).i32(Flags.add).op('i32.eq').if('i64').get(a).get(b).op('i64.add').else().get(a).get(b).op('i64.sub').end().set(result);
  code.get(result).i64(63n).op('i64.shr_u').op('i32.wrap_i64').i32(bit.n).op('i32.shl');
  code.get(result).op('i64.eqz').i32(bit.z).op('i32.shl').op('i32.or');
  code.get(kind).i32(Flags.add).op('i32.eq').if('i32');
  code.get(result).get(a).op('i64.lt_u').i32(bit.c).op('i32.shl');
  code.get(a).get(result).op('i64.xor').get(b).get(result).op('i64.xor').op('i64.and');
  code.i64(63n).op('i64.shr_u').op('i32.wrap_i64').i32(bit.v).op('i32.shl').op('i32.or');
  code.else();
  // Logical results have no carry and, B being zero, no overflow.
  code.get(a).get(b).op('i64.ge_u').get(kind).op('i32.eqz').op('i32.and').i32(bit.c).op('i32.shl');
  code.get(a).get(b).op('i64.xor').get(a).get(result).op('i64.xor').op('i64.and');
  code.i64(63n).op('i64.shr_u').op('i32.wrap_i64').i32(bit.v).op('i32.shl').op('i32.or');
  code.end().op('i32.or');
}

/** (state, pair) -> whether the even condition of a pair holds, from any representation. `nzcv` is {@link writeNzcv}'s function. */
export function writeHolds(code: FunctionWriter, nzcv: number): void {
  const flags = code.local('i32');
  const flag = (position: number): FunctionWriter => code.get(flags).i32(position).op('i32.shr_u').i32(1).op('i32.and');
  const when = (pair: number, push: () => void): void => {
    code.get(1).i32(pair).op('i32.eq').if();
    push();
    code.return().end();
  };
  code.get(0).call(nzcv).set(flags);
  when(Condition.eq, () => flag(bit.z));
  when(Condition.cs, () => flag(bit.c));
  when(Condition.mi, () => flag(bit.n));
  when(Condition.vs, () => flag(bit.v));
  when(Condition.hi, () => {
    flag(bit.c);
    flag(bit.z).op('i32.gt_u');
  });
  when(Condition.ge, () => {
    flag(bit.n);
    flag(bit.v).op('i32.eq');
  });
  flag(bit.n);
  flag(bit.v).op('i32.eq');
  flag(bit.z).op('i32.gt_u');
}
