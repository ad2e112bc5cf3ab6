/**
 * Pairs of loads and stores, and addresses that are stepped by the access itself. Before: registers are allocated and the frame is laid out. After: the
 * same effects in the same order, but that accesses of neighbouring places may have moved past what cannot tell.
 */
import { framePlace, type Frame } from './frame.ts';
import { sp, zr, type MBlock, type MFunction, type MIns, type Reg, type RegOperand } from './mir.ts';

export function pairAccesses(fn: MFunction, frame: Frame): void {
  for (const b of fn.blocks) {
    new Pairing(fn, frame, b).run();
    stepAddresses(b);
  }
}

/** A plain access of a register at a constant distance from a base. */
type Access = { load: boolean; bytes: number; data: RegOperand; base: Reg; offset: number; row: string; pair?: string };

/** Rows of single accesses: bytes, and the row for two of them. */
const rows: Readonly<Record<string, { bytes: number; pair?: string }>> = {
  ldr_x: { bytes: 8, pair: 'ldp_x' },
  ldr_w: { bytes: 4, pair: 'ldp_w' },
  ldrsw_x: { bytes: 4, pair: 'ldpsw_x' },
  ldr_s: { bytes: 4, pair: 'ldp_s' },
  ldr_d: { bytes: 8, pair: 'ldp_d' },
  ldr_q: { bytes: 16, pair: 'ldp_q' },
  str_x: { bytes: 8, pair: 'stp_x' },
  str_w: { bytes: 4, pair: 'stp_w' },
  str_s: { bytes: 4, pair: 'stp_s' },
  str_d: { bytes: 8, pair: 'stp_d' },
  str_q: { bytes: 16, pair: 'stp_q' },
  ldrb_w: { bytes: 1 },
  ldrh_w: { bytes: 2 },
  ldrsb_w: { bytes: 1 },
  ldrsb_x: { bytes: 1 },
  ldrsh_w: { bytes: 2 },
  ldrsh_x: { bytes: 2 },
  strb_w: { bytes: 1 },
  strh_w: { bytes: 2 },
};

/** How far apart two accesses may stand. */
const reach = 16;

class Pairing {
  readonly fn: MFunction;
  readonly frame: Frame;
  readonly ins: (MIns | undefined)[];
  readonly block: MBlock;
  readonly #known = new Map<MIns, Access | undefined>();

  constructor(fn: MFunction, frame: Frame, block: MBlock) {
    this.fn = fn;
    this.frame = frame;
    this.block = block;
    this.ins = block.ins;
  }

  run(): void {
    let changed = false;
    for (let n = 0; n < this.ins.length; n++) {
      const i = this.ins[n];
      const a = i && this.#accessOf(i);
      if (i && a?.pair && this.#pairFrom(n, i, a)) changed = true;
    }
    if (changed) this.block.ins = this.ins.filter((i) => i !== undefined);
  }

  #accessOf(i: MIns): Access | undefined {
    if (this.#known.has(i)) return this.#known.get(i);
    const found = this.#read(i);
    this.#known.set(i, found);
    return found;
  }

  #read(i: MIns): Access | undefined {
    if (i.ordered || i.fixup) return undefined;
    const place = accessOf(i);
    if (place) return place;
    const spill = i.row === '$spill' || i.row === '$reload';
    if (!i.frame || !(spill || i.row.endsWith('_uimm'))) return undefined;
    const data = i.regs.find((r) => r.field === 'Rt');
    if (!data) return undefined;
    const wide = spill && this.fn.slots[i.frame.slot].size === 16;
    const stem = spill
      ? `${i.row === '$spill' ? 'str' : 'ldr'}_${data.reg < 32 ? 'x' : wide ? 'q' : 'd'}`
      : i.row.slice(0, -'_uimm'.length);
    const row = Object.hasOwn(rows, stem) ? rows[stem] : undefined;
    if (!row) return undefined;
    const { base, offset } = framePlace(this.fn, this.frame, i.frame);
    return { load: data.def, bytes: row.bytes, data, base, offset, row: stem, ...(row.pair ? { pair: row.pair } : {}) };
  }

  /** Looks for a partner of the access and puts the two together, where the first stands or where the second does. */
  #pairFrom(n: number, i: MIns, a: Access): boolean {
    const written = new Set<Reg>(a.load ? [a.data.reg] : []);
    const read = new Set<Reg>();
    const passed: Access[] = [];
    for (let m = n + 1; m < this.ins.length && m <= n + reach; m++) {
      const j = this.ins[m];
      if (!j) continue;
      const b = this.#accessOf(j);
      if (b && b.row === a.row && b.base === a.base && Math.abs(a.offset - b.offset) === a.bytes && this.#fits(a, b)) {
        if (a.load ? this.#lift(a, b, written, read, passed) : this.#liftStore(b, written, passed)) return this.#join(n, m, n, i, j, a, b);
        if (!a.load && this.#sinkStore(a, written, passed)) return this.#join(n, m, m, i, j, a, b);
      }
      if (isBarrier(j)) return false;
      for (const r of j.regs) {
        if (r.def && r.reg !== zr) written.add(r.reg);
        if (r.use) read.add(r.reg);
      }
      for (const r of j.clobbers ?? []) written.add(r);
      if (b) passed.push(b);
      else if (touchesMemory(j)) return false;
      if (written.has(a.base)) return false;
    }
    return false;
  }

  #fits(a: Access, b: Access): boolean {
    const low = Math.min(a.offset, b.offset);
    const units = low / a.bytes;
    if (!Number.isInteger(units) || units < -64 || units > 63) return false;
    return !a.load || a.data.reg !== b.data.reg;
  }

  /** Whether a load may move up to its partner. */
  #lift(a: Access, b: Access, written: ReadonlySet<Reg>, read: ReadonlySet<Reg>, passed: readonly Access[]): boolean {
    if (a.data.reg === a.base && a.base !== sp) return false;
    if (written.has(b.data.reg) || read.has(b.data.reg) || written.has(b.base)) return false;
    return passed.every((p) => p.load || apart(p, b));
  }

  #liftStore(b: Access, written: ReadonlySet<Reg>, passed: readonly Access[]): boolean {
    return !written.has(b.data.reg) && !written.has(b.base) && passed.every((p) => apart(p, b));
  }

  #sinkStore(a: Access, written: ReadonlySet<Reg>, passed: readonly Access[]): boolean {
    return !written.has(a.data.reg) && !written.has(a.base) && passed.every((p) => apart(p, a));
  }

  #join(n: number, m: number, at: number, i: MIns, j: MIns, a: Access, b: Access): boolean {
    const [low, high] = a.offset < b.offset ? [a, b] : [b, a];
    low.data.field = 'Rt';
    high.data.field = 'Rt2';
    // The later definition must not be taken for the value of the earlier: each keeps its own operand.
    const bases = i.regs.filter((r) => r !== a.data);
    const made = at === n ? i : j;
    made.row = `${a.pair ?? ''}_offset`;
    made.regs = [low.data, high.data, ...(bases.length > 0 ? bases : [{ field: 'Rn', reg: a.base, def: false, use: true }])];
    made.fields = { imm7: (low.offset / a.bytes) & 127 };
    delete made.frame;
    this.ins[n] = at === n ? made : undefined;
    this.ins[m] = at === n ? undefined : made;
    this.#known.set(made, undefined);
    return true;
  }
}

/** The access of an instruction with a base register. */
function accessOf(i: MIns): Access | undefined {
  const scaled = i.row.endsWith('_uimm');
  if (i.frame || i.fixup || i.ordered || !(scaled || i.row.endsWith('_unscaled'))) return undefined;
  const stem = i.row.slice(0, scaled ? -'_uimm'.length : -'_unscaled'.length);
  const row = Object.hasOwn(rows, stem) ? rows[stem] : undefined;
  const data = i.regs.find((r) => r.field === 'Rt');
  const base = i.regs.find((r) => r.field === 'Rn');
  if (!row || !data || !base) return undefined;
  const offset = scaled ? i.fields.imm12 * row.bytes : (i.fields.imm9 << 23) >> 23;
  return { load: data.def, bytes: row.bytes, data, base: base.reg, offset, row: stem, ...(row.pair ? { pair: row.pair } : {}) };
}

/** Whether two accesses surely touch different bytes: same base, other places. */
function apart(a: Access, b: Access): boolean {
  if (a.load && b.load) return true;
  return a.base === b.base && (a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset);
}

/** What nothing moves past. */
function isBarrier(i: MIns): boolean {
  return (
    i.ordered === true ||
    i.target !== undefined ||
    i.row === 'bl' ||
    i.row === 'blr' ||
    i.row === 'br' ||
    /^\$(?!copy|frame|spill|reload)/.test(i.row)
  );
}

/** Everything that may read or write memory and is no plain access. By name: rows of loads, stores and what orders or maintains memory. */
function touchesMemory(i: MIns): boolean {
  return /^(ld|st|cas|swp|prfm|dmb|dsb|isb|sys|msr|mrs|dc|ic|hint|clrex|svc|hvc|smc|brk|\$(spill|reload))/.test(i.row);
}

/** `ldr x, [p]` then `add p, p, #n`: one instruction; and `add p, p, #n` then `ldr x, [p]`. */
function stepAddresses(b: MBlock): void {
  let changed = false;
  const { ins } = b;
  const gone = new Set<MIns>();
  for (let n = 0; n < ins.length; n++) {
    const a = accessOf(ins[n]);
    if (!a || a.offset !== 0 || a.data.reg === a.base || a.base === sp) continue;
    const after = stepBeyond(ins, n, 1, a.base);
    const before = after ? undefined : stepBeyond(ins, n, -1, a.base);
    const step = after ?? before;
    if (!step || gone.has(step.i)) continue;
    const i = ins[n];
    i.row = `${a.row}_${after ? 'post' : 'pre'}`;
    i.fields = { imm9: step.by & 511 };
    const base = step.i.regs.find((r) => r.def);
    if (!base) continue;
    // The operand that defined the stepped address goes on defining it.
    base.field = 'Rn';
    base.use = true;
    i.regs = [a.data, base];
    gone.add(step.i);
    changed = true;
  }
  if (changed) b.ins = ins.filter((i) => !gone.has(i));
}

/** An addition of a small constant to the base, with nothing between that has to do with the base. */
function stepBeyond(ins: readonly MIns[], from: number, direction: 1 | -1, base: Reg): { i: MIns; by: number } | undefined {
  for (let n = from + direction; n >= 0 && n < ins.length && Math.abs(n - from) <= reach; n += direction) {
    const i = ins[n];
    if (isBarrier(i)) return undefined;
    const touches = i.regs.some((r) => r.reg === base) || (i.clobbers?.includes(base) ?? false);
    if (!touches) continue;
    if ((i.row !== 'add_imm' && i.row !== 'sub_imm') || i.fixup || i.fields.sf !== 1 || i.fields.sh === 1 || i.fields.imm12 > 255)
      return undefined;
    if (!i.regs.every((r) => r.reg === base)) return undefined;
    return { i, by: i.row === 'add_imm' ? i.fields.imm12 : -i.fields.imm12 };
  }
  return undefined;
}
