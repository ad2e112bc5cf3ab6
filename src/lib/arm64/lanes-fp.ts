/** Floating-point operations lane by lane: vectors taken apart into bit patterns and put together again. */
import type { Emitter } from './emitter.ts';
import type { Fields } from './table.ts';

/** Lanes of single or double precision. */
export type LaneWidth = 32 | 64;

export const laneWidth = (sz: number): LaneWidth => (sz ? 64 : 32);

/** Double precision has no arrangement in half a register. */
export const wholeIfDouble = (f: Fields): boolean => f.sz === 0 || f.Q === 1;

export function laneCount(width: LaneWidth, Q: number): number {
  return (Q ? 128 : 64) / width;
}

/** One lane, an i32 or i64. */
export function lane<V, R>(e: Emitter<V, R>, v: V, width: LaneWidth, index: number): V {
  return width === 64 ? e.half(v, index === 0 ? 0 : 1) : e.simd('i32x4.extract_lane', [v], [index]);
}

/** The lowest `count` lanes. */
export function lanesOf<V, R>(e: Emitter<V, R>, v: V, width: LaneWidth, count: number): V[] {
  return Array.from({ length: count }, (_, i) => lane(e, v, width, i));
}

/** 64 bits of two i32. */
export function pack64<V, R>(e: Emitter<V, R>, low: V, high: V): V {
  return e.or(e.extendU(low), e.shl(e.extendU(high), e.i64(32n)));
}

/** A vector of these lanes, which fill it or its lower half; the upper half is then zero. */
export function vectorOf<V, R>(e: Emitter<V, R>, lanes: readonly V[], width: LaneWidth): V {
  if (width === 64) return e.v128(lanes[0], lanes.length > 1 ? lanes[1] : e.i64(0n));
  return e.v128(pack64(e, lanes[0], lanes[1]), lanes.length > 2 ? pack64(e, lanes[2], lanes[3]) : e.i64(0n));
}

/** An operation on each lane of vectors, or of their lower halves; the upper half of the result is then zero. */
export function onLanes<V, R>(e: Emitter<V, R>, op: string, width: LaneWidth, Q: number, vectors: readonly V[]): V {
  if (Q) return e.fpVector(op, width, vectors);
  const count = laneCount(width, Q);
  const sources = vectors.map((v) => lanesOf(e, v, width, count));
  const results = Array.from({ length: count }, (_, i) =>
    e.fpOp(
      op,
      width,
      sources.map((lanes) => lanes[i]),
    ),
  );
  return vectorOf(e, results, width);
}

/** A vector of one lane repeated. */
export function splat<V, R>(e: Emitter<V, R>, element: V, width: LaneWidth): V {
  return e.simd(width === 64 ? 'i64x2.splat' : 'i32x4.splat', [element]);
}
