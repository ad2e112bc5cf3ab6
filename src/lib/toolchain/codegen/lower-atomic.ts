/** Atomic read-modify-write: LSE instructions where there are any, else load-exclusive/store-exclusive loops. */
import { sizeOf, type Ordering } from '../ir/index.ts';
import { asSingle } from './lower-float.ts';
import { nonZero } from './lower-memory.ts';
import { type InstructionOf, type Lowering } from './lowering.ts';
import { zr, type Reg } from './mir.ts';

const acquires = (o: Ordering): boolean => o === 'acquire' || o === 'acq_rel' || o === 'seq_cst';
const releases = (o: Ordering): boolean => o === 'release' || o === 'acq_rel' || o === 'seq_cst';

/** Suffix of a row by size: `b`, `h`, `_w`, `_x`. */
export function sizeSuffix(bytes: number): string {
  return { 1: 'b', 2: 'h', 4: '_w', 8: '_x' }[bytes] ?? '';
}

const lseNames: Record<string, string> = {
  add: 'ldadd',
  and: 'ldclr',
  or: 'ldset',
  xor: 'ldeor',
  max: 'ldsmax',
  min: 'ldsmin',
  umax: 'ldumax',
  umin: 'ldumin',
  xchg: 'swp',
  sub: 'ldadd',
};

export function lowerAtomicRmw(L: Lowering, i: InstructionOf<'atomicrmw'>, d: Reg[]): void {
  const bytes = sizeOf(i.type);
  if (i.type.kind !== 'int' && i.type.kind !== 'ptr' && !(i.rmw === 'xchg' || i.rmw === 'fadd' || i.rmw === 'fsub'))
    L.unsupported(`atomicrmw ${i.rmw} of ${i.type.kind}`);
  if (!rmwOperations.includes(i.rmw)) L.unsupported(`atomicrmw ${i.rmw}`);
  if (bytes > 8) return modifyPair(L, i, d);
  const address = nonZero(L, L.one(i.operands[0]));
  const floating = i.type.kind === 'float' || i.type.kind === 'double';
  const operand = L.one(i.operands[1]);
  const old = d.length > 0 && !floating ? d[0] : L.reg();
  const acquire = acquires(i.ordering);
  const release = releases(i.ordering);
  if (L.module.options.lse && lseNames[i.rmw] && !floating) {
    const sf = bytes === 8 ? 1 : 0;
    let value = operand;
    if (i.rmw === 'sub')
      value = L.op(
        'sub_shift',
        [
          ['Rn', zr],
          ['Rm', operand],
        ],
        { sf, shift: 0, imm6: 0 },
      );
    if (i.rmw === 'and')
      value = L.op(
        'orn_shift',
        [
          ['Rn', zr],
          ['Rm', operand],
        ],
        { sf, shift: 0, imm6: 0 },
      );
    const order = `${acquire ? 'a' : ''}${release ? 'l' : ''}`;
    L.emit(`${lseNames[i.rmw]}${order}${sizeSuffix(bytes)}`, [
      ['Rt', old, 'd'],
      ['Rs', value, 'u'],
      ['Rn', address, 'u'],
    ]);
    return;
  }
  let value = operand;
  if (floating && i.rmw === 'xchg') {
    value = L.reg();
    L.emit(bytes === 8 ? 'fmov_x_d' : 'fmov_w_s', [
      ['Rd', value, 'd'],
      ['Rn', operand, 'u'],
    ]);
  }
  const arithmetic = floating && i.rmw !== 'xchg';
  const fresh = L.reg();
  const status = L.reg();
  L.emit(
    '$rmw',
    [
      ['Rt', old, 'e'],
      ['Rd', fresh, 'e'],
      ['Rs', status, 'e'],
      ['Rn', address, 'u'],
      ['Rm', value, 'u'],
      ...(arithmetic ? [['Va', L.reg('vector'), 'e'] as const] : []),
    ],
    { bytes, acquire: acquire ? 1 : 0, release: release ? 1 : 0, operation: rmwOperations.indexOf(i.rmw) },
  );
  if (floating && d.length > 0)
    L.emit(bytes === 8 ? 'fmov_d_x' : 'fmov_s_w', [
      ['Rd', d[0], 'd'],
      ['Rn', old, 'u'],
    ]);
}

export const rmwOperations: readonly string[] = [
  'xchg',
  'add',
  'sub',
  'and',
  'nand',
  'or',
  'xor',
  'max',
  'min',
  'umax',
  'umin',
  'fadd',
  'fsub',
];

function modifyPair(L: Lowering, i: InstructionOf<'atomicrmw'>, d: Reg[]): void {
  if (i.type.kind !== 'int' || i.type.bits !== 128) L.unsupported(`atomicrmw ${i.rmw} of this type`);
  const address = nonZero(L, L.one(i.operands[0]));
  const old = d.length > 0 ? d : [L.reg(), L.reg()];
  pairLoop(L, i.rmw, address, old, L.regsOf(i.operands[1]), acquires(i.ordering), releases(i.ordering));
}

/** Sixteen bytes are read and written as one by nothing but exclusive pairs, so loads write back what they read, and stores read. */
function pairLoop(
  L: Lowering,
  rmw: string,
  address: Reg,
  old: readonly Reg[],
  operand: readonly Reg[],
  acquire: boolean,
  release: boolean,
): void {
  L.emit(
    '$rmw_pair',
    [
      ['Rt', old[0], 'e'],
      ['Rt2', old[1], 'e'],
      ['Rd', L.reg(), 'e'],
      ['Rd2', L.reg(), 'e'],
      ['Rs', L.reg(), 'e'],
      ['Rn', address, 'u'],
      ['Rm', operand[0], 'u'],
      ['Rm2', operand[1], 'u'],
    ],
    { acquire: acquire ? 1 : 0, release: release ? 1 : 0, operation: rmwOperations.indexOf(rmw) },
  );
}

/** An atomic load of 16 bytes. */
export function loadPair(L: Lowering, address: Reg, ordering: Ordering, d: readonly Reg[]): void {
  pairLoop(L, 'or', nonZero(L, address), d, [zr, zr], acquires(ordering), ordering === 'seq_cst');
}

/** An atomic store of 16 bytes. */
export function storePair(L: Lowering, address: Reg, ordering: Ordering, words: readonly Reg[]): void {
  pairLoop(L, 'xchg', nonZero(L, address), [L.reg(), L.reg()], words, ordering === 'seq_cst', releases(ordering));
}

/** d: the old value, and whether it was the expected one. */
export function lowerCompareExchange(L: Lowering, i: InstructionOf<'cmpxchg'>, d: Reg[]): void {
  const type = i.operands[1].type;
  const bytes = sizeOf(type);
  const address = nonZero(L, L.one(i.operands[0]));
  const acquire = acquires(i.success) || acquires(i.failure);
  const release = releases(i.success) || i.failure === 'seq_cst';
  const order = `${acquire ? 'a' : ''}${release ? 'l' : ''}`;
  const success = d[d.length - 1];
  if (bytes === 16) return exchangePair(L, i, d, acquire, release);
  const expected = type.kind === 'int' && type.bits < 32 ? L.zeroExtended(i.operands[1]) : L.one(i.operands[1]);
  const desired = L.one(i.operands[2]);
  const sf = bytes === 8 ? 1 : 0;
  if (L.module.options.lse) {
    // CAS replaces its comparand by what it found.
    const found = L.reg();
    L.copy(found, expected);
    L.emit(`cas${order}${sizeSuffix(bytes)}`, [
      ['Rs', found, 'du'],
      ['Rt', desired, 'u'],
      ['Rn', address, 'u'],
    ]);
    L.emit(
      'subs_shift',
      [
        ['Rd', zr, 'd'],
        ['Rn', found, 'u'],
        ['Rm', expected, 'u'],
      ],
      { sf, shift: 0, imm6: 0 },
    );
    L.emit(
      'csinc',
      [
        ['Rd', success, 'd'],
        ['Rn', zr, 'u'],
        ['Rm', zr, 'u'],
      ],
      { sf: 0, cond: 1 },
    );
    L.copy(d[0], found);
    return;
  }
  const status = L.reg();
  L.emit(
    '$cmpxchg',
    [
      ['Rt', d[0], 'e'],
      ['Rs', status, 'e'],
      ['Rn', address, 'u'],
      ['Rm', expected, 'u'],
      ['Ra', desired, 'u'],
    ],
    { bytes, acquire: acquire ? 1 : 0, release: release ? 1 : 0 },
  );
  L.emit(
    'subs_shift',
    [
      ['Rd', zr, 'd'],
      ['Rn', d[0], 'u'],
      ['Rm', expected, 'u'],
    ],
    { sf, shift: 0, imm6: 0 },
  );
  L.emit(
    'csinc',
    [
      ['Rd', success, 'd'],
      ['Rn', zr, 'u'],
      ['Rm', zr, 'u'],
    ],
    { sf: 0, cond: 1 },
  );
}

function exchangePair(L: Lowering, i: InstructionOf<'cmpxchg'>, d: Reg[], acquire: boolean, release: boolean): void {
  const address = nonZero(L, L.one(i.operands[0]));
  const expected = L.regsOf(i.operands[1]);
  const desired = L.regsOf(i.operands[2]);
  L.emit(
    '$cmpxchg_pair',
    [
      ['Rt', d[0], 'e'],
      ['Rt2', d[1], 'e'],
      ['Rs', L.reg(), 'e'],
      ['Rn', address, 'u'],
      ['Rm', expected[0], 'u'],
      ['Rm2', expected[1], 'u'],
      ['Ra', desired[0], 'u'],
      ['Ra2', desired[1], 'u'],
    ],
    { acquire: acquire ? 1 : 0, release: release ? 1 : 0 },
  );
  L.emit(
    'subs_shift',
    [
      ['Rd', zr, 'd'],
      ['Rn', d[0], 'u'],
      ['Rm', expected[0], 'u'],
    ],
    { sf: 1, shift: 0, imm6: 0 },
  );
  L.emit(
    'ccmp_reg',
    [
      ['Rn', d[1], 'u'],
      ['Rm', expected[1], 'u'],
    ],
    { sf: 1, cond: 0, nzcv: 0 },
  );
  L.emit(
    'csinc',
    [
      ['Rd', d[2], 'd'],
      ['Rn', zr, 'u'],
      ['Rm', zr, 'u'],
    ],
    { sf: 0, cond: 1 },
  );
}

export function lowerFence(L: Lowering, i: InstructionOf<'fence'>): void {
  if (i.syncscope === 'singlethread') return;
  L.emit('dmb', [], { CRm: i.ordering === 'acquire' ? 9 : 11 });
}

export { asSingle };
