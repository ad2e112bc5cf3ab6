/** Machine instructions to words in a section: prologues, frame addresses, pseudo instructions, branches. */
import { encodeLogicalImmediate, encodeRow, moveImmediate, rowsByName } from '../../arm64/index.ts';
import type { Problem } from '../../problem.ts';
import { cfa } from '../assembler/frames.ts';
import { appendWord, type ObjectSymbol, type Section } from '../object/object.ts';
import { framePlace, type Frame } from './frame.ts';
import { rmwOperations } from './lower-atomic.ts';
import { scratch0, zr, type FixupRef, type MBlock, type MFunction, type MIns, type Reg } from './mir.ts';
import { framedBlocks } from './wrap.ts';

export type EmitContext = {
  section: Section;
  /** Assembles text at the end of the section. */
  assemble(text: string): Problem[];
  /** A jump table in read-only data; gives its symbol. */
  table(blocks: readonly ObjectSymbol[]): ObjectSymbol;
  blockSymbol(block: MBlock): ObjectSymbol;
  /** Where a block stands in the section. */
  placed(block: MBlock, offset: number): void;
};

/** Operations of call frame information (DWARF 5, section 6.4.2) that hold from an offset in the section on. */
export type FrameRule = { offset: number; bytes: readonly number[] };

/** The word of a row that is named in a table of ours rather than in the call. A name that does not exist is a bug. */
function encode(name: string, fields: Record<string, number>): number {
  const row = rowsByName.get(name);
  if (!row) throw new Error(`there is no row called ${name}`);
  return encodeRow(row, fields);
}

/** Past this size a branch on a bit may not reach; past the other a conditional one. */
const shortReach = 30_000;
const longReach = 900_000;

type Patch = { at: number; target: MBlock; row: string; fields: Record<string, number> };

export class Emitter {
  readonly fn: MFunction;
  readonly frame: Frame;
  readonly context: EmitContext;
  readonly problems: Problem[] = [];
  /** How to unwind, in order of offset. */
  readonly frameRules: FrameRule[] = [];
  /** Offsets in the section at which the instructions start and end. */
  readonly offsets = new Map<MIns, { start: number; end: number }>();
  #patches: Patch[] = [];
  #places = new Map<MBlock, number>();
  #size: number;
  /** Whether the frame stands, as the code that was emitted last leaves it. */
  #framed = false;
  /** Whether there is a later block that has the frame. */
  #willReturn = false;
  #remembered = false;

  constructor(fn: MFunction, frame: Frame, context: EmitContext) {
    this.fn = fn;
    this.frame = frame;
    this.context = context;
    this.#size = fn.blocks.reduce(
      (sum, b) => sum + b.ins.reduce((n, i) => n + (i.row === '$asm' ? 256 : i.row[0] === '$' ? 48 : 4), 16),
      0,
    );
  }

  run(): Problem[] {
    const { blocks } = this.fn;
    const framed = framedBlocks(this.fn);
    const lastFramed = blocks.findLastIndex((b) => framed.has(b));
    blocks.forEach((b, n) => {
      this.#places.set(b, this.context.section.size);
      this.#willReturn = n < lastFramed;
      if (framed.has(b) !== this.#framed) this.#unwindAs(framed.has(b));
      const next: MBlock | undefined = blocks[n + 1];
      b.ins.forEach((i, at) => {
        const start = this.context.section.size;
        this.#instructionOrJump(i, b, at, next);
        this.offsets.set(i, { start, end: this.context.section.size });
      });
    });
    for (const p of this.#patches) this.#patch(p);
    // Symbols may have been asked for after their block was emitted.
    for (const b of blocks) this.context.placed(b, this.#places.get(b) ?? 0);
    for (const [b, to] of this.fn.forwarded) this.context.placed(b, this.#places.get(to) ?? 0);
    return this.problems;
  }

  /** Leaves out jumps to what follows anyway. */
  #instructionOrJump(i: MIns, b: MBlock, at: number, next: MBlock | undefined): void {
    // A jump to what follows anyway, or a branch over a jump.
    if (i.row === 'b' && i.target === next && at === b.ins.length - 1) return;
    const after = b.ins[at + 1];
    if (i.target === next && at === b.ins.length - 2 && after.row === 'b' && inverted[i.row] && after.target) {
      this.#branchIns({ ...i, ...invert(i), target: after.target });
      return;
    }
    if (at > 0 && i.row === 'b' && at === b.ins.length - 1) {
      const before = b.ins[at - 1];
      if (before.target === next && inverted[before.row]) return;
      if (this.#goesBack(before, i)) return this.#branchIns({ ...i, target: before.target });
    }
    if (at === b.ins.length - 2 && this.#goesBack(i, after)) return this.#branchIns({ ...i, ...invert(i), target: after.target });
    this.#instruction(i, b, at);
  }

  /** Whether a branch out of a loop stands before the jump that goes round: then going round is worth to be the branch. */
  #goesBack(branch: MIns, jump: MIns): boolean {
    if (!inverted[branch.row] || jump.row !== 'b' || !branch.target || !jump.target) return false;
    return this.#places.has(jump.target) && !this.#places.has(branch.target);
  }

  #word(row: string, fields: Record<string, number>): number {
    return appendWord(this.context.section, encode(row, fields));
  }

  #fixup(at: number, fixup: FixupRef): void {
    this.context.section.relocations.push({ offset: at, type: fixup.type, symbol: fixup.symbol, addend: fixup.addend });
  }

  // Frame

  #enter(): void {
    const { saves, saveBytes, record, localBytes } = this.frame;
    this.#framed = true;
    saves.forEach((s, n) => {
      this.#save(s.regs, s.offset, n === 0 ? saveBytes : 0, true);
      if (n === 0) this.#rule(cfa.defineOffset(BigInt(saveBytes)));
      s.regs.forEach((r, k) => this.#rule(cfa.offset(dwarfNumber(r), BigInt(s.offset + 8 * k - saveBytes))));
    });
    if (record) {
      this.#word('add_imm', { sf: 1, sh: 0, imm12: 0, Rn: 31, Rd: 29 });
      this.#rule(cfa.define(29, BigInt(saveBytes)));
    }
    this.#moveStack(-localBytes, saveBytes + localBytes);
  }

  /** What holds from here on, for who unwinds the stack. */
  #rule(bytes: readonly number[]): void {
    this.frameRules.push({ offset: this.context.section.size, bytes });
  }

  /** Moves SP, which then is `depth` bytes below the CFA. Without X29 the rule for the CFA follows every step. */
  #moveStack(bytes: number, depth: number): void {
    if (bytes === 0) return;
    const start = this.context.section.size;
    this.#adjust(31, 31, bytes);
    if (this.frame.record) return;
    const high = Math.sign(bytes) * (Math.abs(bytes) & ~4095);
    if (Math.abs(bytes) < 1 << 24 && this.context.section.size - start === 8)
      this.frameRules.push({ offset: start + 4, bytes: cfa.defineOffset(BigInt(depth + bytes - high)) });
    this.#rule(cfa.defineOffset(BigInt(depth)));
  }

  #save(regs: readonly Reg[], offset: number, step: number, store: boolean): void {
    const vector = regs[0] >= 32;
    const n = (r: Reg) => r & 31;
    const stem = store ? 'st' : 'ld';
    if (regs.length === 2) {
      const letter = vector ? 'd' : 'x';
      if (step)
        this.#word(`${stem}p_${letter}_${store ? 'pre' : 'post'}`, {
          Rt: n(regs[0]),
          Rt2: n(regs[1]),
          Rn: 31,
          imm7: ((store ? -step : step) / 8) & 127,
        });
      else this.#word(`${stem}p_${letter}_offset`, { Rt: n(regs[0]), Rt2: n(regs[1]), Rn: 31, imm7: offset / 8 });
      return;
    }
    const row = `${stem}r_${vector ? 'd' : 'x'}`;
    if (step) this.#word(`${row}_${store ? 'pre' : 'post'}`, { Rt: n(regs[0]), Rn: 31, imm9: (store ? -step : step) & 511 });
    else this.#word(`${row}_uimm`, { Rt: n(regs[0]), Rn: 31, imm12: offset / 8 });
  }

  #leave(): void {
    const { saves, saveBytes, localBytes, dynamic } = this.frame;
    this.#remember();
    if (dynamic) this.#word('add_imm', { sf: 1, sh: 0, imm12: 0, Rn: 29, Rd: 31 });
    else this.#moveStack(localBytes, saveBytes);
    for (let n = saves.length - 1; n >= 0; n--) this.#save(saves[n].regs, saves[n].offset, n === 0 ? saveBytes : 0, false);
    if (saves.length > 0) this.#callerRules();
    this.#framed = false;
  }

  /** The rules of the frame are kept once, for the next block that has it. */
  #remember(): void {
    if (this.#willReturn && !this.#remembered) this.#rule(cfa.rememberState());
    this.#remembered = this.#willReturn;
  }

  #callerRules(): void {
    this.#rule(cfa.define(31, 0n));
    for (const s of this.frame.saves) for (const r of s.regs) this.#rule(cfa.restore(dwarfNumber(r)));
  }

  /** The block that begins here is reached with the frame, or without, other than what stands before it ends. */
  #unwindAs(framed: boolean): void {
    const { saves, saveBytes, localBytes, record } = this.frame;
    this.#framed = framed;
    if (!framed) {
      this.#remember();
      this.#callerRules();
    } else if (this.#remembered) {
      this.#rule(cfa.restoreState());
      this.#remembered = false;
    } else {
      this.#rule(record ? cfa.define(29, BigInt(saveBytes)) : cfa.define(31, BigInt(saveBytes + localBytes)));
      for (const s of saves) s.regs.forEach((r, k) => this.#rule(cfa.offset(dwarfNumber(r), BigInt(s.offset + 8 * k - saveBytes))));
    }
  }

  /** d = n + bytes, where both may be SP. Uses X16 for what no immediate holds. */
  #adjust(d: Reg, n: Reg, bytes: number): void {
    if (bytes === 0 && d === n) return;
    const row = bytes < 0 ? 'sub_imm' : 'add_imm';
    const size = Math.abs(bytes);
    if (size < 1 << 24) {
      let from = n;
      if (size >= 4096) {
        this.#word(row, { sf: 1, sh: 1, imm12: size >> 12, Rn: from, Rd: d });
        from = d;
      }
      if (size < 4096 || (size & 4095) !== 0) this.#word(row, { sf: 1, sh: 0, imm12: size & 4095, Rn: from, Rd: d });
      return;
    }
    this.#constant(scratch0, BigInt(size));
    this.#word(bytes < 0 ? 'sub_ext' : 'add_ext', { sf: 1, Rm: scratch0, option: 3, imm3: 0, Rn: n, Rd: d });
  }

  #constant(d: Reg, value: bigint): void {
    for (const step of moveImmediate(value, 64)) {
      if (step.op === 'orr') this.#word('orr_imm', { sf: 1, N: step.N, immr: step.immr, imms: step.imms, Rn: zr, Rd: d });
      else this.#word(step.op, { sf: 1, hw: step.hw, imm16: step.imm16, Rd: d });
    }
  }

  /** Base register and offset of a place in the frame. */
  #place(i: MIns): { base: Reg; offset: number } {
    const f = i.frame;
    if (!f) throw new Error(`${this.fn.name}: ${i.row} has no place`);
    return framePlace(this.fn, this.frame, f);
  }

  // Instructions

  #regFields(i: MIns): Record<string, number> {
    const fields: Record<string, number> = { ...i.fields };
    for (const r of i.regs) if (r.field !== '$') fields[r.field] = r.reg & 31;
    return fields;
  }

  #instruction(i: MIns, block: MBlock, at: number): void {
    if (i.row[0] === '$') return this.#pseudo(i, block, at);
    if (i.frame) return this.#frameAccess(i);
    if (i.target) return this.#branchIns(i);
    const offset = this.#word(i.row, this.#regFields(i));
    if (i.fixup) this.#fixup(offset, i.fixup);
  }

  /** A load or store (`STEM_uimm`) whose address is in the frame. */
  #frameAccess(i: MIns): void {
    const stem = i.row.replace(/_uimm$/, '');
    const letter = stem.slice(-1);
    const size =
      /^(ld|st)rs?b/.test(stem) || letter === 'b'
        ? 1
        : /^(ld|st)rs?h/.test(stem) || letter === 'h'
          ? 2
          : /^ldrsw/.test(stem) || letter === 's' || letter === 'w'
            ? 4
            : letter === 'q'
              ? 16
              : 8;
    const { base, offset } = this.#place(i);
    const fields = this.#regFields(i);
    if (offset >= 0 && offset % size === 0 && offset / size < 4096) this.#word(i.row, { ...fields, Rn: base, imm12: offset / size });
    else if (offset >= -256 && offset < 256) {
      const rest: Record<string, number> = { ...fields, Rn: base, imm9: offset & 511 };
      delete rest.imm12;
      this.#word(`${stem}_unscaled`, rest);
    } else {
      this.#adjust(scratch0, base, offset);
      this.#word(i.row, { ...fields, Rn: scratch0, imm12: 0 });
    }
  }

  #branchIns(i: MIns): void {
    const target = i.target;
    if (!target) return;
    const fields = this.#regFields(i);
    const reach = i.row === 'tbz' || i.row === 'tbnz' ? shortReach : longReach;
    if (i.row !== 'b' && this.#size > reach) {
      // Too far for the short form: branch around a jump.
      const other = invert({ ...i, fields });
      const skip = this.#word(other.row, { ...fields, ...other.fields });
      this.#patchWord(skip, other.row, { ...fields, ...other.fields }, 8);
      this.#patches.push({ at: this.#word('b', { imm26: 0 }), target, row: 'b', fields: { imm26: 0 } });
      return;
    }
    this.#patches.push({ at: this.#word(i.row, fields), target, row: i.row, fields });
  }

  #patch(p: Patch): void {
    const place = this.#places.get(p.target);
    if (place === undefined) throw new Error(`${this.fn.name}: a branch to a block that was not emitted`);
    this.#patchWord(p.at, p.row, p.fields, place - p.at);
  }

  #patchWord(at: number, row: string, fields: Record<string, number>, distance: number): void {
    const bits = row === 'b' ? 26 : row === 'tbz' || row === 'tbnz' ? 14 : 19;
    const words = distance / 4;
    if (words < -(2 ** (bits - 1)) || words >= 2 ** (bits - 1)) throw new Error(`${this.fn.name}: a branch does not reach`);
    const word = encode(row, { ...fields, [`imm${bits}`]: words & (2 ** bits - 1) });
    new DataView(this.context.section.bytes.buffer, this.context.section.bytes.byteOffset).setUint32(at, word, true);
  }

  #reg(i: MIns, field: string): Reg {
    const found = i.regs.find((r) => r.field === field);
    if (!found) throw new Error(`${i.row} has no ${field}`);
    return found.reg;
  }

  #copy(d: Reg, from: Reg, wide: boolean): void {
    if (d === from) return;
    if (d < 32) this.#word('orr_shift', { sf: 1, shift: 0, imm6: 0, Rm: from, Rn: zr, Rd: d });
    else if (!wide) this.#word('fmov_reg', { ftype: 1, Rn: from & 31, Rd: d & 31 });
    else this.#word('orr_v', { Q: 1, Rm: from & 31, Rn: from & 31, Rd: d & 31 });
  }

  #pseudo(i: MIns, block: MBlock, at: number): void {
    switch (i.row) {
      case '$copy':
        return this.#copy(this.#reg(i, 'Rd'), this.#reg(i, 'Rm'), i.fields.q === 1);
      case '$frame': {
        const { base, offset } = this.#place(i);
        return this.#adjust(this.#reg(i, 'Rd'), base, offset);
      }
      case '$spill':
      case '$reload': {
        const reg = this.#reg(i, 'Rt');
        const wide = i.frame && this.fn.slots[i.frame.slot].size === 16;
        const row = `${i.row === '$spill' ? 'str' : 'ldr'}_${reg < 32 ? 'x' : wide ? 'q' : 'd'}_uimm`;
        return this.#frameAccess({ ...i, row, fields: { imm12: 0 } });
      }
      case '$ret':
        this.#word('ret', { Rn: 30 });
        return;
      case '$tail':
        if (i.fixup) this.#fixup(this.#word('b', { imm26: 0 }), i.fixup);
        else this.#word('br', { Rn: 16 });
        return;
      case '$enter':
        return this.#enter();
      case '$leave':
        return this.#leave();
      // Says only that a value is wanted up to here.
      case '$use':
        return;
      case '$unreachable':
        // An empty block would run on into what follows.
        if (at === 0 && !this.fn.naked) this.#word('brk', { imm16: 1 });
        return;
      case '$alloca':
        return this.#alloca(i);
      case '$set_sp':
        this.#word('add_imm', { sf: 1, sh: 0, imm12: 0, Rn: this.#reg(i, 'Rn'), Rd: 31 });
        return;
      case '$table':
        return this.#table(i);
      case '$select_q': {
        const d = this.#reg(i, 'Rd');
        this.#copy(d, this.#reg(i, 'Rn'), true);
        const other = this.#reg(i, 'Rm');
        if (other === d) throw new Error('a select would overwrite its operand');
        this.#word('b_cond', { cond: i.fields.cond, imm19: 2 });
        this.#copy(d, other, true);
        return;
      }
      case '$rmw':
        return this.#readModifyWrite(i);
      case '$rmw_pair':
        return this.#readModifyWritePair(i);
      case '$cmpxchg':
        return this.#compareExchange(i);
      case '$cmpxchg_pair':
        return this.#compareExchangePair(i);
      case '$asm':
        return this.#asm(i);
    }
    void block;
    throw new Error(`there is no pseudo instruction ${i.row}`);
  }

  #alloca(i: MIns): void {
    const d = this.#reg(i, 'Rd');
    const { outgoing } = this.fn;
    this.#word('sub_ext', { sf: 1, Rm: this.#reg(i, 'Rm'), option: 3, imm3: 0, Rn: 31, Rd: d });
    this.#adjust(d, d, outgoing);
    if (i.fields.align > 16) {
      const mask = encodeLogicalImmediate(BigInt.asUintN(64, -BigInt(i.fields.align)), 64);
      if (!mask) throw new Error(`an alignment of ${i.fields.align}`);
      this.#word('and_imm', { sf: 1, ...mask, Rn: d, Rd: d });
    }
    if (outgoing === 0) this.#word('add_imm', { sf: 1, sh: 0, imm12: 0, Rn: d, Rd: 31 });
    else this.#adjust(31, d, -outgoing);
  }

  #table(i: MIns): void {
    const blocks = i.table ?? [];
    const symbol = this.context.table(blocks.map((b) => this.context.blockSymbol(b)));
    const base = this.#reg(i, 'Rd');
    const offset = this.#reg(i, 'Rt');
    this.#fixup(this.#word('adrp', { immlo: 0, immhi: 0, Rd: base }), { type: 'ADR_PREL_PG_HI21', symbol, addend: 0n });
    this.#fixup(this.#word('add_imm', { sf: 1, sh: 0, imm12: 0, Rn: base, Rd: base }), { type: 'ADD_ABS_LO12_NC', symbol, addend: 0n });
    this.#word('ldrsw_x_reg', { Rm: this.#reg(i, 'Rm'), option: i.fields.sf ? 3 : 2, S: 1, Rn: base, Rt: offset });
    this.#word('add_shift', { sf: 1, shift: 0, imm6: 0, Rm: offset, Rn: base, Rd: base });
    this.#word('br', { Rn: base });
  }

  #readModifyWrite(i: MIns): void {
    const { bytes, acquire, release, operation } = i.fields;
    const old = this.#reg(i, 'Rt');
    const fresh = this.#reg(i, 'Rd');
    const operand = this.#reg(i, 'Rm');
    const status = this.#reg(i, 'Rs');
    const Rn = this.#reg(i, 'Rn');
    const suffix = { 1: 'b', 2: 'h', 4: '_w', 8: '_x' }[bytes] ?? '';
    const start = this.context.section.size;
    this.#word(`ld${acquire ? 'a' : ''}xr${suffix}`, { Rn, Rt: old });
    const name = rmwOperations[operation];
    this.#combine(name, i, old, fresh, operand, bytes);
    this.#word(`st${release ? 'l' : ''}xr${suffix}`, { Rs: status, Rn, Rt: name === 'xchg' ? operand : fresh });
    this.#word('cbnz', { sf: 0, Rt: status, imm19: ((start - this.context.section.size) / 4) & 0x7ffff });
  }

  #combine(name: string, i: MIns, old: Reg, d: Reg, operand: Reg, bytes: number): void {
    const sf = bytes === 8 ? 1 : 0;
    const plain = { sf, shift: 0, imm6: 0, Rm: operand, Rn: old, Rd: d };
    const simple: Record<string, string> = { add: 'add_shift', sub: 'sub_shift', and: 'and_shift', or: 'orr_shift', xor: 'eor_shift' };
    if (name === 'xchg') return;
    if (simple[name]) {
      this.#word(simple[name], plain);
      return;
    }
    if (name === 'nand') {
      this.#word('and_shift', plain);
      this.#word('orn_shift', { sf, shift: 0, imm6: 0, Rm: d, Rn: zr, Rd: d });
      return;
    }
    if (name === 'fadd' || name === 'fsub') {
      const work = this.#reg(i, 'Va') & 31;
      this.#word(bytes === 8 ? 'fmov_d_x' : 'fmov_s_w', { Rn: old, Rd: work });
      this.#word(name, { ftype: sf, Rm: operand & 31, Rn: work, Rd: work });
      this.#word(bytes === 8 ? 'fmov_x_d' : 'fmov_w_s', { Rn: work, Rd: d });
      return;
    }
    const conditions: Record<string, number> = { max: 12, min: 11, umax: 8, umin: 3 };
    const cond = conditions[name];
    if (bytes >= 4) this.#word('subs_shift', { ...plain, Rd: zr });
    else {
      const signed = name === 'max' || name === 'min';
      const from = signed ? d : old;
      if (signed) this.#word('sbfm', { sf: 0, N: 0, immr: 0, imms: bytes * 8 - 1, Rn: old, Rd: d });
      this.#word('subs_ext', { sf: 0, Rm: operand, option: (signed ? 4 : 0) + (bytes === 1 ? 0 : 1), imm3: 0, Rn: from, Rd: zr });
    }
    this.#word('csel', { sf, Rm: operand, cond, Rn: old, Rd: d });
  }

  #readModifyWritePair(i: MIns): void {
    const { acquire, release, operation } = i.fields;
    const Rn = this.#reg(i, 'Rn');
    const old = [this.#reg(i, 'Rt'), this.#reg(i, 'Rt2')];
    const operand = [this.#reg(i, 'Rm'), this.#reg(i, 'Rm2')];
    const fresh = [this.#reg(i, 'Rd'), this.#reg(i, 'Rd2')];
    const status = this.#reg(i, 'Rs');
    const start = this.context.section.size;
    this.#word(`ld${acquire ? 'a' : ''}xp_x`, { Rn, Rt: old[0], Rt2: old[1] });
    const name = rmwOperations[operation];
    this.#combinePair(name, old, operand, fresh);
    const [low, high] = name === 'xchg' ? operand : fresh;
    this.#word(`st${release ? 'l' : ''}xp_x`, { Rs: status, Rn, Rt: low, Rt2: high });
    this.#word('cbnz', { sf: 0, Rt: status, imm19: ((start - this.context.section.size) / 4) & 0x7ffff });
  }

  #combinePair(name: string, old: readonly Reg[], operand: readonly Reg[], d: readonly Reg[]): void {
    const each = (row: string, more: Record<string, number> = { shift: 0, imm6: 0 }): void =>
      d.forEach((Rd, n) => this.#word(row, { sf: 1, ...more, Rm: operand[n], Rn: old[n], Rd }));
    const simple: Record<string, string> = { and: 'and_shift', or: 'orr_shift', xor: 'eor_shift' };
    if (name === 'xchg') return;
    if (simple[name]) return each(simple[name]);
    if (name === 'nand') {
      each('and_shift');
      for (const Rd of d) this.#word('orn_shift', { sf: 1, shift: 0, imm6: 0, Rm: Rd, Rn: zr, Rd });
      return;
    }
    if (name === 'add' || name === 'sub') {
      this.#word(`${name}s_shift`, { sf: 1, shift: 0, imm6: 0, Rm: operand[0], Rn: old[0], Rd: d[0] });
      this.#word(name === 'add' ? 'adc' : 'sbc', { sf: 1, Rm: operand[1], Rn: old[1], Rd: d[1] });
      return;
    }
    // Whether the old value is less, or not, chooses both words.
    const keeps: Record<string, number> = { max: 10, min: 11, umax: 2, umin: 3 };
    if (!(name in keeps)) throw new Error(`there is no atomic ${name} of 16 bytes`);
    this.#word('subs_shift', { sf: 1, shift: 0, imm6: 0, Rm: operand[0], Rn: old[0], Rd: zr });
    this.#word('sbcs', { sf: 1, Rm: operand[1], Rn: old[1], Rd: zr });
    each('csel', { cond: keeps[name] });
  }

  #compareExchange(i: MIns): void {
    const { bytes, acquire, release } = i.fields;
    const suffix = { 1: 'b', 2: 'h', 4: '_w', 8: '_x' }[bytes] ?? '';
    const found = this.#reg(i, 'Rt');
    const status = this.#reg(i, 'Rs');
    const Rn = this.#reg(i, 'Rn');
    this.#word(`ld${acquire ? 'a' : ''}xr${suffix}`, { Rn, Rt: found });
    this.#word('subs_shift', { sf: bytes === 8 ? 1 : 0, shift: 0, imm6: 0, Rm: this.#reg(i, 'Rm'), Rn: found, Rd: zr });
    this.#word('b_cond', { cond: 1, imm19: 3 });
    this.#word(`st${release ? 'l' : ''}xr${suffix}`, { Rs: status, Rn, Rt: this.#reg(i, 'Ra') });
    this.#word('cbnz', { sf: 0, Rt: status, imm19: -4 & 0x7ffff });
  }

  #compareExchangePair(i: MIns): void {
    const { acquire, release } = i.fields;
    const [low, high, status] = [this.#reg(i, 'Rt'), this.#reg(i, 'Rt2'), this.#reg(i, 'Rs')];
    const Rn = this.#reg(i, 'Rn');
    this.#word(`ld${acquire ? 'a' : ''}xp_x`, { Rn, Rt: low, Rt2: high });
    this.#word('subs_shift', { sf: 1, shift: 0, imm6: 0, Rm: this.#reg(i, 'Rm'), Rn: low, Rd: zr });
    this.#word('ccmp_reg', { sf: 1, Rm: this.#reg(i, 'Rm2'), cond: 0, nzcv: 0, Rn: high });
    this.#word('b_cond', { cond: 1, imm19: 3 });
    this.#word(`st${release ? 'l' : ''}xp_x`, { Rs: status, Rn, Rt: this.#reg(i, 'Ra'), Rt2: this.#reg(i, 'Ra2') });
    this.#word('cbnz', { sf: 0, Rt: status, imm19: -5 & 0x7ffff });
  }

  #asm(i: MIns): void {
    const { asm } = i;
    if (!asm) return;
    const text = asm.text((n) => {
      const operand = asm.operands[n];
      switch (operand.kind) {
        case 'reg':
        case 'mem':
          return operand.reg === zr ? 'zr' : operand.reg < 32 ? `x${operand.reg}` : `v${operand.reg - 32}`;
        case 'label':
          return this.context.blockSymbol(operand.block).name;
        case 'imm':
          return operand.text;
      }
    });
    if (text.trim() !== '') this.problems.push(...this.context.assemble(text));
  }
}

/** AADWARF64, section 4.1. */
export function dwarfNumber(reg: Reg): number {
  return reg < 32 ? reg : 64 + reg - 32;
}

/** Branches whose condition can be turned round. */
const inverted: Readonly<Record<string, string>> = { b_cond: 'b_cond', cbz: 'cbnz', cbnz: 'cbz', tbz: 'tbnz', tbnz: 'tbz' };

function invert(i: MIns): { row: string; fields: Record<string, number> } {
  const row = inverted[i.row];
  return { row, fields: i.row === 'b_cond' ? { ...i.fields, cond: i.fields.cond ^ 1 } : i.fields };
}
