import type { Emitter } from './emitter.ts';
import { insertElement } from './lanes.ts';
import { row, type Fields, type Operands } from './table.ts';

/** Loads and stores of vector structures, LD1-LD4, ST1-ST4 and LD1R-LD4R: Arm ARM C4.1.68 "Advanced SIMD load/store". */

/** Suffixes of row names: no write-back, by what was moved, by a register. */
const modes = ['', '_post', '_post_reg'] as const;
type Mode = (typeof modes)[number];

/** The base register after the access; `bytes` is how many were moved. */
function writeBack<V, R>(e: Emitter<V, R>, o: Operands<V, R>, mode: Mode, base: V, bytes: number): void {
  if (mode === '_post') e.setX(64, o.r.Rn, e.add(base, e.i64(BigInt(bytes))), 'sp');
  else if (mode === '_post_reg') e.setX(64, o.r.Rn, e.add(base, e.x(64, o.r.Rm)), 'sp');
}

function addressText(mode: Mode, bytes: string): string {
  return mode === '' ? '[{Xn|sp}{zero}]' : mode === '_post' ? `[{Xn|sp}]{${bytes}}` : '[{Xn|sp}], {Xm}';
}

/** Bit 23 and Rm of an encoding. Rm 31 stands for the immediate form. */
function modeBits(mode: Mode): { post: string; Rm: string; valid: (f: Fields) => boolean; checksRegisters: boolean } {
  return {
    post: mode === '' ? '0' : '1',
    Rm: mode === '' ? '00000' : mode === '_post' ? '11111' : 'Rm:5',
    valid: (f) => mode !== '_post_reg' || f.Rm !== 31,
    checksRegisters: mode === '_post_reg',
  };
}

// Whole registers

/** `n` registers make one structure; LD1 moves `registers` of them one after another. */
type Multiple = { id: string; n: number; registers: number; opcode: string };
const multiples = [
  { id: '1_1', n: 1, registers: 1, opcode: '0111' },
  { id: '1_2', n: 1, registers: 2, opcode: '1010' },
  { id: '1_3', n: 1, registers: 3, opcode: '0110' },
  { id: '1_4', n: 1, registers: 4, opcode: '0010' },
  { id: '2', n: 2, registers: 2, opcode: '1000' },
  { id: '3', n: 3, registers: 3, opcode: '0100' },
  { id: '4', n: 4, registers: 4, opcode: '0000' },
] as const satisfies readonly Multiple[];

/**
 * Vector whose byte k is byte `from(k)` of two to four sources laid end to end, each with `used` bytes. Sources hold
 * zero above those, and so does the result.
 */
function gather<V, R>(e: Emitter<V, R>, sources: readonly V[], used: 8 | 16, from: (k: number) => number): V {
  const bytes = Array.from({ length: used }, (_, k) => ({ source: Math.floor(from(k) / used), lane: from(k) % used }));
  // When only half is used, byte 15 of a source is zero; what later sources give may be anything at first.
  const two = Array.from({ length: 16 }, (_, k) => (k < used && bytes[k].source < 2 ? bytes[k].source * 16 + bytes[k].lane : 15));
  let result = e.simd('i8x16.shuffle', [sources[0], sources[1]], two);
  for (let s = 2; s < sources.length; s++) {
    const lanes = Array.from({ length: 16 }, (_, k) => (k < used && bytes[k].source === s ? 16 + bytes[k].lane : k));
    result = e.simd('i8x16.shuffle', [result, sources[s]], lanes);
  }
  return result;
}

/** Byte of memory, of the whole access, that byte `k` of register `r` comes from. */
function memoryByte(n: number, size: number, used: number, r: number, k: number): number {
  if (n === 1) return r * used + k;
  const bytes = 1 << size;
  return ((k >> size) * n + r) * bytes + (k & (bytes - 1));
}

function loadMultiple<V, R>(e: Emitter<V, R>, o: Operands<V, R>, { n, registers }: Multiple, mode: Mode): void {
  e.checkFpEnabled();
  const used = o.n.Q ? 16 : 8;
  const base = e.x(64, o.r.Rn, 'sp');
  const pieces = Array.from({ length: registers }, (_, i) => {
    const address = e.add(base, e.i64(BigInt(i * used)));
    return used === 16 ? e.load(128, address) : e.v128(e.load(64, address), e.i64(0n));
  });
  writeBack(e, o, mode, base, registers * used);
  const values = n === 1 ? pieces : pieces.map((_, r) => gather(e, pieces, used, (k) => memoryByte(n, o.n.size, used, r, k)));
  values.forEach((value, r) => e.setV(e.registerAfter(o.r.Rt, r), value));
}

function storeMultiple<V, R>(e: Emitter<V, R>, o: Operands<V, R>, { n, registers }: Multiple, mode: Mode): void {
  e.checkFpEnabled();
  const used = o.n.Q ? 16 : 8;
  const base = e.x(64, o.r.Rn, 'sp');
  const values = Array.from({ length: registers }, (_, r) => e.v(e.registerAfter(o.r.Rt, r)));
  // Inverse of memoryByte.
  const source = new Map<number, number>();
  for (let r = 0; r < registers; r++) for (let k = 0; k < used; k++) source.set(memoryByte(n, o.n.size, used, r, k), r * used + k);
  for (let i = 0; i < registers; i++) {
    const piece = n === 1 ? values[i] : gather(e, values, used, (k) => source.get(i * used + k) ?? 0);
    const address = e.add(base, e.i64(BigInt(i * used)));
    if (used === 16) e.store(128, address, piece);
    else e.store(64, address, e.half(piece, 0));
  }
  writeBack(e, o, mode, base, registers * used);
}

const multipleRows = multiples.flatMap((m) =>
  ([0, 1] as const).flatMap((L) =>
    modes.map((mode) => {
      const bits = modeBits(mode);
      const name = `${L ? 'ld' : 'st'}${m.n}`;
      return row(`${L ? 'ld' : 'st'}${m.id}${mode}`, `0 Q 001100 ${bits.post} ${L} 0 ${bits.Rm} ${m.opcode} size:2 Rn:5 Rt:5`, {
        feature: 'simd',
        syntax: `${name} {Vt.T*${m.registers}}, ${addressText(mode, `list${m.registers}`)}`,
        // Only LD1 and ST1 have single doublewords.
        valid: (f) => (m.n === 1 || f.size !== 3 || f.Q === 1) && bits.valid(f),
        checksRegisters: bits.checksRegisters,
        does: (e, o) => (L ? loadMultiple(e, o, m, mode) : storeMultiple(e, o, m, mode)),
      });
    }),
  ),
);

// One lane. Q is the half of the register; where in the half is an immediate.

type Lane = { letter: string; bits: 8 | 16 | 32 | 64; opcode: string; fields: string; index: string; within: (f: Fields) => number };
const lanes = [
  { letter: 'b', bits: 8, opcode: '00', fields: 'S size:2', index: 'Q:S:size', within: (f) => (f.S << 2) | f.size },
  { letter: 'h', bits: 16, opcode: '01', fields: 'S sz 0', index: 'Q:S:sz', within: (f) => (f.S << 1) | f.sz },
  { letter: 's', bits: 32, opcode: '10', fields: 'S 00', index: 'Q:S', within: (f) => f.S },
  { letter: 'd', bits: 64, opcode: '10', fields: '0 01', index: 'Q', within: () => 0 },
] as const satisfies readonly Lane[];

const laneRows = lanes.flatMap((lane) =>
  ([1, 2, 3, 4] as const).flatMap((n) =>
    ([0, 1] as const).flatMap((L) =>
      modes.map((mode) => {
        const bits = modeBits(mode);
        const name = `${L ? 'ld' : 'st'}${n}`;
        const bytes = lane.bits / 8;
        const R = (n - 1) & 1;
        return row(
          `${L ? 'ld' : 'st'}${n}_lane_${lane.letter}${mode}`,
          `0 Q 001101 ${bits.post} ${L} ${R} ${bits.Rm} ${lane.opcode}${n > 2 ? 1 : 0} ${lane.fields} Rn:5 Rt:5`,
          {
            feature: 'simd',
            syntax: `${name} {Vt.${lane.letter}[${lane.index}]*${n}}, ${addressText(mode, `lane${n * bytes}`)}`,
            immediates: ['S', 'size', 'sz'].filter((field) => lane.fields.includes(field)),
            imm: (f) => BigInt(lane.within(f) * lane.bits),
            valid: bits.valid,
            checksRegisters: bits.checksRegisters,
            does: (e, o) => {
              e.checkFpEnabled();
              const base = e.x(64, o.r.Rn, 'sp');
              const address = (i: number) => e.add(base, e.i64(BigInt(i * bytes)));
              const register = (i: number) => e.registerAfter(o.r.Rt, i);
              if (L) {
                const elements = Array.from({ length: n }, (_, i) => e.load(lane.bits, address(i)));
                writeBack(e, o, mode, base, n * bytes);
                elements.forEach((element, i) => {
                  const wide = lane.bits === 64 ? element : e.extendU(element);
                  e.setV(register(i), insertElement(e, e.v(register(i)), lane.bits, o.n.Q, o.imm, wide));
                });
                return;
              }
              for (let i = 0; i < n; i++) {
                const moved = e.shrU(e.half(e.v(register(i)), o.n.Q ? 1 : 0), o.imm);
                e.store(lane.bits, address(i), lane.bits === 64 ? moved : e.wrap(moved));
              }
              writeBack(e, o, mode, base, n * bytes);
            },
          },
        );
      }),
    ),
  ),
);

// One element to all lanes

const elementBits = [8, 16, 32, 64] as const;
const splats = ['i8x16.splat', 'i16x8.splat', 'i32x4.splat', 'i64x2.splat'] as const;

const replicateRows = ([1, 2, 3, 4] as const).flatMap((n) =>
  modes.map((mode) => {
    const bits = modeBits(mode);
    return row(`ld${n}r${mode}`, `0 Q 001101 ${bits.post} 1 ${(n - 1) & 1} ${bits.Rm} 11${n > 2 ? 1 : 0} 0 size:2 Rn:5 Rt:5`, {
      feature: 'simd',
      syntax: `ld${n}r {Vt.T*${n}}, ${addressText(mode, `each${n}`)}`,
      valid: bits.valid,
      checksRegisters: bits.checksRegisters,
      does: (e, o) => {
        e.checkFpEnabled();
        const bytes = 1 << o.n.size;
        const base = e.x(64, o.r.Rn, 'sp');
        const elements = Array.from({ length: n }, (_, i) => e.load(elementBits[o.n.size], e.add(base, e.i64(BigInt(i * bytes)))));
        writeBack(e, o, mode, base, n * bytes);
        elements.forEach((element, i) => {
          const all = e.simd(splats[o.n.size], [element]);
          e.setV(e.registerAfter(o.r.Rt, i), o.n.Q ? all : e.v128(e.half(all, 0), e.i64(0n)));
        });
      },
    });
  }),
);

export const structureRows = [...multipleRows, ...laneRows, ...replicateRows];
