import { firstVirtual, type MBlock, type MFunction, type Reg } from './mir.ts';

/** Live-in and live-out sets by block index: bits by register number. Iterates to the fixpoint, backwards. */
export type Liveness = { liveIn: Uint32Array[]; liveOut: Uint32Array[]; words: number };

/** `registers`: how many there are to look at, from number 0 on. */
export function livenessOf(fn: MFunction, registers = firstVirtual + fn.classes.length): Liveness {
  const words = (registers + 31) >>> 5;
  const make = () => fn.blocks.map(() => new Uint32Array(words));
  const use = make();
  const def = make();
  for (const b of fn.blocks) {
    const u = use[b.index];
    const d = def[b.index];
    for (const i of b.ins) {
      for (const r of i.regs) if (r.use && !has(d, r.reg)) set(u, r.reg);
      for (const r of i.regs) if (r.def) set(d, r.reg);
    }
  }
  const liveIn = make();
  const liveOut = make();
  const pending = [...fn.blocks];
  const queued = new Uint8Array(fn.blocks.length).fill(1);
  while (pending.length > 0) {
    const b = pending.pop() as MBlock;
    queued[b.index] = 0;
    const out = liveOut[b.index];
    for (const s of b.successors) or(out, liveIn[s.index]);
    const into = liveIn[b.index];
    let changed = false;
    for (let w = 0; w < words; w++) {
      const next = use[b.index][w] | (out[w] & ~def[b.index][w]);
      if (next !== (into[w] | 0)) {
        into[w] = next;
        changed = true;
      }
    }
    if (!changed) continue;
    for (const p of b.predecessors) {
      if (queued[p.index]) continue;
      queued[p.index] = 1;
      pending.push(p);
    }
  }
  return { liveIn, liveOut, words };
}

/** Whether a register is in the set. */
export function has(bits: Uint32Array, reg: Reg): boolean {
  return ((bits[reg >>> 5] >>> (reg & 31)) & 1) === 1;
}
function set(bits: Uint32Array, reg: Reg): void {
  bits[reg >>> 5] |= 1 << (reg & 31);
}
function or(into: Uint32Array, from: Uint32Array): void {
  for (let w = 0; w < into.length; w++) into[w] |= from[w];
}

/** Calls back for every register in the set. */
export function forEachReg(bits: Uint32Array, see: (reg: Reg) => void): void {
  for (let w = 0; w < bits.length; w++) {
    for (let rest = bits[w]; rest !== 0; rest &= rest - 1) see((w << 5) + (31 - Math.clz32(rest & -rest)));
  }
}
