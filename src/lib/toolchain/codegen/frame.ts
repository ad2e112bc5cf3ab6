/**
 * Stack frames. From the top: saved registers with the frame record (X29, X30) lowest, then locals and spills, then
 * the area for outgoing arguments, at SP.
 *
 *   incoming arguments
 *   saved registers        <- X29 + 16 ...
 *   X29, X30               <- X29
 *   locals, spills
 *   outgoing arguments     <- SP
 */
import { calleeSaved, fp, sp, type FrameRef, type MFunction, type Reg, type StackSlot } from './mir.ts';

export type Frame = {
  /** Saved registers in pairs, lowest address first; a pair is of one class. */
  saves: { regs: [Reg] | [Reg, Reg]; offset: number }[];
  saveBytes: number;
  /** Locals, spills and outgoing arguments. */
  localBytes: number;
  /** Whether X29 holds the frame record's address. */
  record: boolean;
  dynamic: boolean;
};

const align = (n: number, to: number): number => Math.ceil(n / to) * to;

/** `framePointer`: even a function that calls nothing has a frame record. */
export function layoutFrame(fn: MFunction, framePointer: boolean): Frame {
  const used = new Set<Reg>();
  for (const b of fn.blocks)
    for (const i of b.ins) {
      for (const r of i.regs) if (r.def && calleeSaved.has(r.reg)) used.add(r.reg);
      if (i.clobbers) for (const r of i.clobbers) if (calleeSaved.has(r)) used.add(r);
    }
  const linkClobbered = fn.blocks.some((b) => b.ins.some((i) => i.row === '$asm' && i.clobbers?.includes(30)));
  const record = fn.hasCalls || fn.keepsFrame || fn.dynamicStack || linkClobbered || framePointer;
  const sorted = [...used].sort((a, b) => a - b);
  const general = sorted.filter((r) => r < 32);
  const vector = sorted.filter((r) => r >= 32);
  const saves: Frame['saves'] = [];
  let offset = 0;
  if (record) {
    saves.push({ regs: [29, 30], offset });
    offset = 16;
  }
  for (const list of [general, vector]) {
    for (let n = 0; n < list.length; n += 2) {
      saves.push({ regs: n + 1 < list.length ? [list[n], list[n + 1]] : [list[n]], offset });
      offset += 16;
    }
  }
  let at = fn.outgoing;
  // Large alignments first, so that padding is rare.
  const order = fn.slots.filter((s) => s.kind !== 'incoming' && s.kind !== 'guard').sort((a, b) => b.align - a.align);
  order.push(...fn.slots.filter((s) => s.kind === 'guard'));
  for (const slot of order) {
    at = align(at, slot.align);
    slot.offset = at;
    at += slot.size;
  }
  return { saves, saveBytes: offset, localBytes: align(at, 16), record, dynamic: fn.dynamicStack };
}

/** Distance in bytes of a slot from the canonical frame address: the stack pointer before the call. */
export function distanceFromCfa(frame: Frame, slot: StackSlot): number {
  return slot.kind === 'incoming' ? slot.offset : slot.offset - frame.localBytes - frame.saveBytes;
}

/** Base register and offset of a place in the frame. A negative slot is the area of outgoing arguments. */
export function framePlace(fn: MFunction, frame: Frame, ref: FrameRef): { base: Reg; offset: number } {
  if (ref.slot < 0) return { base: sp, offset: ref.offset };
  const slot = fn.slots[ref.slot];
  const { dynamic, localBytes, saveBytes, record } = frame;
  const within = slot.offset + ref.offset;
  if (slot.kind !== 'incoming') return dynamic ? { base: fp, offset: within - localBytes } : { base: sp, offset: within };
  return dynamic || (record && localBytes > 0)
    ? { base: fp, offset: within + saveBytes }
    : { base: sp, offset: within + saveBytes + localBytes };
}
