/**
 * What must hold between the passes, as a list of what does not. Written apart from the passes, from the meaning of the code alone: it knows nothing of
 * intervals or of what a pass meant to do.
 */
import { forEachReg, livenessOf } from './liveness.ts';
import {
  asksFlags,
  calleeSaved,
  fp,
  insText,
  isVirtual,
  lr,
  makesFlags,
  zr,
  type MBlock,
  type MFunction,
  type MIns,
  type Reg,
} from './mir.ts';

/** After any pass: edges and jumps agree, jumps lead to blocks of the function, flags are made before they are asked for. */
export function verifyCode(fn: MFunction): string[] {
  return [...verifyEdges(fn), ...fn.blocks.flatMap((b) => verifyFlags(fn, b))];
}

/**
 * For a function whose registers are given but not written yet: values that are alive together have different registers, calls destroy none of
 * them, and what is written early shares no register with what the same instruction reads.
 */
export function verifyAssignment(fn: MFunction, assigned: ReadonlyMap<Reg, Reg>): string[] {
  const wrong: string[] = [];
  const placeOf = (reg: Reg): Reg => (isVirtual(reg) ? (assigned.get(reg) ?? -1) : reg);
  const { liveOut } = livenessOf(fn);
  for (const b of fn.blocks) {
    const live = new Set<Reg>();
    forEachReg(liveOut[b.index], (reg) => live.add(reg));
    for (const i of b.ins.toReversed()) {
      const complain = (what: string): void => void wrong.push(`${fn.name}, ${b.name}: ${what}: ${insText(i)}`);
      const source = i.row === '$copy' ? i.regs.find((r) => r.use)?.reg : undefined;
      const after = [...live];
      for (const d of i.regs) {
        if (!d.def || d.reg === zr) continue;
        if (placeOf(d.reg) < 0) complain('a definition without a register');
        // A copy's source has the same value, so they may share.
        for (const other of after)
          if (other !== d.reg && other !== source && placeOf(other) === placeOf(d.reg)) complain('a definition overwrites what is alive');
        if (d.early)
          for (const u of i.regs)
            if (u.use && u !== d && placeOf(u.reg) === placeOf(d.reg)) complain('an early definition overwrites an operand');
      }
      for (const destroyed of i.clobbers ?? [])
        for (const other of after)
          if (placeOf(other) === destroyed && !i.regs.some((r) => r.def && r.reg === other)) complain('what is alive is destroyed');
      for (const r of i.regs) if (r.def) live.delete(r.reg);
      for (const r of i.regs) if (r.use && r.reg !== zr) live.add(r.reg);
    }
  }
  return wrong;
}

/**
 * From the moment that it is known where the frame is built: on every way it is built and taken down in turn, it does not stand at an exit, and without
 * it nothing reads or writes a register that the caller wants kept, calls, or uses the stack. Saving, restoring and the stack pointer are the work of
 * `$enter` and `$leave`, so this is also their balance.
 */
export function verifyFrame(fn: MFunction): string[] {
  if (fn.naked) return [];
  const wrong: string[] = [];
  const builds = fn.blocks.some((b) => b.ins.some((i) => i.row === '$enter'));
  // Without any frame the stack pointer leads to what the caller put there.
  const asks = (i: MIns): boolean => asksFrame(i) && (builds || !i.frame || i.frame.slot < 0 || fn.slots[i.frame.slot].kind !== 'incoming');
  const standing = new Map<MBlock, boolean>([[fn.blocks[0], false]]);
  for (const [b, before] of standing) {
    let framed = before;
    for (const i of b.ins) {
      const complain = (what: string): void => void wrong.push(`${fn.name}, ${b.name}: ${what}: ${insText(i)}`);
      if (i.row === '$enter' && framed) complain('a second frame');
      if ((i.row === '$ret' || i.row === '$tail') && framed) complain('the frame stands at an exit');
      if (i.row === '$leave' ? !framed : asks(i) && !framed) complain('there is no frame');
      if (i.row === '$enter') framed = true;
      if (i.row === '$leave') framed = false;
    }
    for (const s of b.successors) {
      const known = standing.get(s);
      if (known === undefined) standing.set(s, framed);
      else if (known !== framed) wrong.push(`${fn.name}, ${s.name}: reached with the frame and without, from ${b.name}`);
    }
  }
  return wrong;
}

function asksFrame(i: MIns): boolean {
  const named = [...i.regs.map((r) => r.reg), ...(i.clobbers ?? [])];
  if (i.frame !== undefined || i.row === '$alloca' || i.row === '$set_sp') return true;
  return named.some((reg) => calleeSaved.has(reg) || reg === fp || reg === lr);
}

function verifyEdges(fn: MFunction): string[] {
  const wrong: string[] = [];
  const known = new Set(fn.blocks);
  fn.blocks.forEach((b, n) => {
    if (b.index !== n) wrong.push(`${fn.name}, ${b.name}: index ${b.index} at ${n}`);
    const last = b.ins.at(-1);
    const leaves = last && (last.row === 'b' || last.row === 'br' || last.table || ['$ret', '$tail', '$unreachable'].includes(last.row));
    if (!leaves && !fn.naked) wrong.push(`${fn.name}, ${b.name}: falls off its end`);
    for (const i of b.ins) {
      for (const to of [...(i.target ? [i.target] : []), ...(i.table ?? [])]) {
        if (!known.has(to)) wrong.push(`${fn.name}, ${b.name}: a jump to ${to.name}, which is not there`);
        if (!b.successors.includes(to)) wrong.push(`${fn.name}, ${b.name}: ${to.name} is no successor`);
      }
    }
    for (const s of b.successors) if (!s.predecessors.includes(b)) wrong.push(`${fn.name}, ${s.name}: ${b.name} is no predecessor`);
  });
  return wrong;
}

/** Pseudo instructions that compare on their own, and calls. Inline assembly may leave flags as a result. */
const spoilsFlags = /^(bl|blr|\$rmw|\$cmpxchg.*|msr.*)$/;

function verifyFlags(fn: MFunction, b: MBlock): string[] {
  const wrong: string[] = [];
  let made = false;
  for (const i of b.ins) {
    if (asksFlags.test(i.row) && !made) wrong.push(`${fn.name}, ${b.name}: no flags for ${insText(i)}`);
    if (spoilsFlags.test(i.row)) made = false;
    if (makesFlags.test(i.row)) made = true;
  }
  return wrong;
}
