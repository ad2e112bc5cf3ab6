/** Inline assembly: LLVM's constraint strings with GCC's AArch64 letters, modifiers and alternatives. */
import { encodeLogicalImmediate, moveImmediate } from '../../arm64/index.ts';
import { evaluate, sizeOf, type Attributes, type Instruction, type Type, type Value } from '../ir/index.ts';
import { bitsIn, type InstructionOf, type Lowering } from './lowering.ts';
import { v, zr, type AsmOperand, type MBlock, type Reg } from './mir.ts';
import { phiRegs } from './lower-control.ts';
import { setFromCondition } from './lower-integer.ts';
import { partsOf, Unsupported, type Part } from './parts.ts';

type Constraint = {
  kind: 'output' | 'input' | 'clobber' | 'label';
  early: boolean;
  indirect: boolean;
  tied?: number;
  /** Letters of the chosen alternative. */
  code: string;
};

function parse(constraints: string): Constraint[] {
  if (constraints === '') return [];
  return constraints.split(',').map((text) => {
    let at = 0;
    const c: Constraint = { kind: 'input', early: false, indirect: false, code: '' };
    for (; at < text.length; at++) {
      if (text[at] === '=') c.kind = 'output';
      else if (text[at] === '~') c.kind = 'clobber';
      else if (text[at] === '!') c.kind = 'label';
      else if (text[at] === '&') c.early = true;
      else if (text[at] === '*') c.indirect = true;
      else if (text[at] !== '%') break;
    }
    // Alternatives are as good as each other for us: a register does if one is allowed.
    const alternatives = text.slice(at).split('|');
    c.code = alternatives.find((a) => /[rw]/.test(a)) ?? alternatives[0];
    if (/^\d+$/.test(c.code)) c.tied = Number(c.code);
    return c;
  });
}

/** A register named by `{x0}`, `{v3}`; memory and flags have no number. */
function namedRegister(name: string): Reg | undefined {
  const match = /^([xwvqdshb])(\d+)$/.exec(name);
  if (match) return 'xw'.includes(match[1]) ? Number(match[2]) : v(Number(match[2]));
  return { fp: 29, lr: 30 }[name];
}

/** Names of conditions in the order of their encoding. */
const conditionNames: readonly string[] = ['eq', 'ne', 'cs', 'cc', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls', 'ge', 'lt', 'gt', 'le'];

const moves = (n: bigint, width: 32 | 64): boolean => moveImmediate(BigInt.asUintN(width, n), width).length === 1;

/** GCC's manual, "Machine Constraints": values that the letter allows. */
const immediates: Record<string, (n: bigint) => boolean> = {
  I: (n) => n >= 0n && n < 4096n,
  J: (n) => n <= 0n && n > -4096n,
  K: (n) => encodeLogicalImmediate(BigInt.asUintN(32, n), 32) !== undefined,
  L: (n) => encodeLogicalImmediate(BigInt.asUintN(64, n), 64) !== undefined,
  M: (n) => moves(n, 32),
  N: (n) => moves(n, 64),
  Z: (n) => n === 0n,
};

/** What an operand is written as when it is an immediate: a number or a symbol with an offset. */
function immediateText(L: Lowering, value: Value): string | undefined {
  if (value.kind === 'instruction' || value.kind === 'param' || value.kind === 'asm' || value.kind === 'metadataValue') return undefined;
  if (value.kind === 'int') return String(BigInt.asIntN(bitsIn(value.type), value.value));
  if (value.kind === 'null' || value.kind === 'zero') return '0';
  if (
    value.kind === 'fp' ||
    value.kind === 'aggregate' ||
    value.kind === 'bytes' ||
    value.kind === 'undef' ||
    value.kind === 'poison' ||
    value.kind === 'none'
  )
    return undefined;
  const found = evaluate(value);
  if (typeof found === 'bigint') return String(BigInt.asIntN(64, found));
  const name =
    found.target.kind === 'global'
      ? L.module.symbol(found.target.global).name
      : L.module.blockSymbol(found.target.fn, found.target.block).name;
  return found.addend === 0n ? name : `${name}${found.addend < 0n ? '' : '+'}${found.addend}`;
}

type AsmSource = { text: string; constraints: string };

/**
 * Registers that selection gives out itself: of the constraints `x` (V0 to V15) and `y` (V0 to V7), for by-element forms, and pairs for integers of 128
 * bits, of which `%H` names the second.
 */
const lowVectors: Readonly<Record<string, readonly Reg[]>> = {
  x: [7, 6, 5, 4, 3, 2, 1, 0].map(v),
  y: [7, 6, 5, 4, 3, 2, 1, 0].map(v),
};
const generalPairs: readonly Reg[] = [14, 12, 10, 8, 6, 4, 2, 0];

/** Registers for the results of an `asm goto`: fixed ones, because nothing may stand between the assembly and its targets. */
const gotoResults = { general: [9, 10, 11, 12, 13, 14, 15], vector: [16, 17, 18, 19, 20, 21, 22].map(v) };

/** `asm goto`: its results are good on every way out, so each way has a block that takes them. */
export function lowerAsmGoto(L: Lowering, i: InstructionOf<'callbr'>): void {
  if (i.callee.kind !== 'asm') return L.unsupported('callbr of something that is not inline assembly');
  const needed = L.isNeeded(i);
  const ways = [i.fallthrough, ...i.targets].map((ir) => ({ ir, block: needed ? L.newBlock() : L.blockOf(ir) }));
  const [next, ...labels] = ways.map((w) => w.block);
  const finish = lowerInlineAsm(L, i, i.callee, needed ? L.destination(i) : [], labels);
  L.emit('b', [], { imm26: 0 }, { target: next });
  if (!needed) return finish.forEach((step) => step());
  const here = L.out;
  for (const { ir, block } of ways) {
    L.out = [];
    for (const step of finish) step();
    const results = L.regsOf(i);
    for (const phi of ir.instructions) {
      if (phi.op !== 'phi') break;
      if (L.livePhis.has(phi) && phi.incoming.some((e) => e.block === i.block && e.value === i))
        phiRegs(L, phi).forEach((to, n) => L.copy(to, results[n]));
    }
    L.emit('b', [], { imm26: 0 }, { target: L.blockOf(ir) });
    block.ins = L.out;
  }
  L.out = here;
}

export function lowerInlineAsm(
  L: Lowering,
  i: InstructionOf<'call'> | InstructionOf<'callbr'>,
  asm: AsmSource,
  d: Reg[],
  labels: readonly MBlock[] = [],
): (() => void)[] {
  const constraints = parse(asm.constraints);
  const operands: AsmOperand[] = [];
  const regs: (readonly [string, Reg, 'd' | 'u' | 'du' | 'e'])[] = [];
  const clobbers: Reg[] = [];
  const outputs = constraints.filter((c) => c.kind === 'output');
  const direct = outputs.filter((c) => !c.indirect);
  const resultTypes: readonly Type[] =
    i.type.kind === 'struct' && direct.length > 1 ? i.type.fields : i.type.kind === 'void' ? [] : [i.type];
  let result = 0;
  let part = 0;
  let argument = 0;
  let label = 0;
  const after: (() => void)[] = [];
  const regOf = new Map<number, Reg>();
  const nextArgument = (): { value: Value; attributes: Attributes } => i.args[argument++];
  constraints.forEach((c, index) => {
    switch (c.kind) {
      case 'clobber': {
        const name = /^\{(.*)\}$/.exec(c.code)?.[1] ?? '';
        const reg = namedRegister(name);
        if (reg !== undefined && reg !== 31) clobbers.push(reg);
        return;
      }
      case 'label': {
        const block = labels[label++];
        operands.push({ kind: 'label', block });
        return;
      }
      case 'output': {
        if (c.indirect) {
          const { value, attributes } = nextArgument();
          const type = attributes.get('elementtype');
          memoryOrIndirect(L, c, value, typeof type === 'object' && 'kind' in type ? type : undefined, operands, regs, after);
          return;
        }
        const type = resultTypes[result++];
        const parts = partsOf(type);
        if (parts.length > 1) {
          const pair = freePair(L, parts, constraints, regs);
          pair.forEach((reg, n) => {
            regs.push(['$', reg, c.early ? 'e' : 'd']);
            const to: Reg | undefined = d[part + n];
            if (to !== undefined) after.push(() => L.copy(to, reg));
          });
          part += 2;
          operands.push({ kind: 'reg', reg: pair[0] });
          regOf.set(index, pair[0]);
          return;
        }
        const into: Reg | undefined = d[part++];
        const flag = /^\{@cc(..)\}$/.exec(c.code)?.[1];
        if (flag !== undefined) {
          const cond = conditionNames.indexOf(flag === 'hs' ? 'cs' : flag === 'lo' ? 'cc' : flag);
          if (cond < 0) L.unsupported(`the inline assembly constraint "@cc${flag}"`);
          operands.push({ kind: 'imm', text: '' });
          if (into !== undefined) after.push(() => setFromCondition(L, into, cond));
          return;
        }
        const fixed = namedRegister(/^\{(.*)\}$/.exec(c.code)?.[1] ?? '');
        const cls = /w|x|y/.test(c.code) && !/r/.test(c.code) ? 'vector' : 'general';
        const free = labels.length > 0 ? freeRegister(gotoResults[cls], constraints, regs) : lowVector(c, constraints, regs);
        const own = fixed ?? free ?? L.reg(cls, parts[0].bits > 64 ? 128 : 64);
        regs.push(['$', own, c.early ? 'e' : 'd']);
        operands.push({ kind: 'reg', reg: own });
        regOf.set(index, own);
        if (into !== undefined) after.push(() => moveBetween(L, into, own, parts[0]));
        return;
      }
      case 'input': {
        const { value, attributes } = nextArgument();
        if (c.indirect) {
          const type = attributes.get('elementtype');
          memoryOrIndirect(L, c, value, typeof type === 'object' && 'kind' in type ? type : undefined, operands, regs, after);
          return;
        }
        inputOperand(L, c, value, operands, regs, regOf, constraints);
      }
    }
  });
  const template = asm.text;
  const write = (name: (operand: number) => string): string => expand(L, template, operands, name);
  L.emit('$asm', regs, {}, { asm: { text: write, operands }, clobbers });
  return after;
}

type Operands = readonly (readonly [string, Reg, string])[];

/** A register of a list that the assembly does not use otherwise. */
function freeRegister(list: readonly Reg[], constraints: readonly Constraint[], regs: Operands, size = 1): Reg {
  const taken = new Set(regs.map(([, r]) => r));
  for (const c of constraints) {
    const named = namedRegister(/^\{(.*)\}$/.exec(c.code)?.[1] ?? '');
    if (named !== undefined) taken.add(named);
  }
  const found = list.find((r) => Array.from({ length: size }, (_, n) => r + n).every((each) => !taken.has(each)));
  if (found === undefined) throw new Unsupported('inline assembly with this many operands of its kind');
  return found;
}

function lowVector({ code }: Constraint, constraints: readonly Constraint[], regs: Operands): Reg | undefined {
  const list = Object.hasOwn(lowVectors, code) ? lowVectors[code] : undefined;
  return list && freeRegister(list, constraints, regs);
}

/** Two registers in a row for an integer of 128 bits. */
function freePair(L: Lowering, parts: readonly Part[], constraints: readonly Constraint[], regs: Operands): [Reg, Reg] {
  if (parts.length !== 2 || parts.some((p) => p.cls !== 'general')) L.unsupported('an inline assembly operand of more than two registers');
  const first = freeRegister(generalPairs, constraints, regs, 2);
  return [first, first + 1];
}

function moveBetween(L: Lowering, d: Reg, from: Reg, part: Part): void {
  const fromVector = from < 64 ? from >= 32 : L.fn.classes[from - 64] === 'vector';
  if (fromVector === (part.cls === 'vector')) return L.copy(d, from);
  const wide = part.bits > 32;
  if (part.cls === 'vector')
    L.emit(wide ? 'fmov_d_x' : 'fmov_s_w', [
      ['Rd', d, 'd'],
      ['Rn', from, 'u'],
    ]);
  else
    L.emit(wide ? 'fmov_x_d' : 'fmov_w_s', [
      ['Rd', d, 'd'],
      ['Rn', from, 'u'],
    ]);
}

function inputOperand(
  L: Lowering,
  c: Constraint,
  value: Value,
  operands: AsmOperand[],
  regs: (readonly [string, Reg, 'd' | 'u' | 'du' | 'e'])[],
  regOf: ReadonlyMap<number, Reg>,
  constraints: readonly Constraint[],
): void {
  const parts = partsOf(value.type);
  const [part] = parts;
  if (c.tied === undefined && !/[rwxyQmo{]|U/.test(c.code)) {
    const text = immediateText(L, value);
    if (text === undefined) L.unsupported(`the inline assembly constraint "${c.code}" with a value that is not constant`);
    const check = immediates[c.code];
    if (check && /^-?\d+$/.test(text) && !check(BigInt(text))) L.unsupported(`${text} for the inline assembly constraint "${c.code}"`);
    operands.push({ kind: 'imm', text });
    return;
  }
  if (/[mQo]/.test(c.code) && !/r/.test(c.code) && c.tied === undefined) {
    const base = L.reg();
    L.copy(base, L.one(value));
    regs.push(['$', base, 'u']);
    operands.push({ kind: 'mem', reg: base });
    return;
  }
  if (parts.length > 1) {
    const first = c.tied === undefined ? undefined : regOf.get(c.tied);
    const pair = first === undefined ? freePair(L, parts, constraints, regs) : [first, first + 1];
    const words = L.regsOf(value);
    pair.forEach((reg, n) => {
      const at = regs.findIndex(([, r]) => r === reg);
      L.copy(reg, words[n]);
      if (at < 0) regs.push(['$', reg, 'u']);
      else regs[at] = ['$', reg, 'du'];
    });
    operands.push({ kind: 'reg', reg: pair[0] });
    return;
  }
  // `rZ`: zero may be the zero register.
  const fixed = namedRegister(/^\{(.*)\}$/.exec(c.code)?.[1] ?? '');
  const tied = c.tied === undefined ? undefined : regOf.get(c.tied);
  const vector =
    c.tied === undefined ? /[wxy]/.test(c.code) && !/r/.test(c.code) && fixed === undefined : tied !== undefined && isVector(L, tied);
  const from = L.one(value);
  if (from === zr && c.code.includes('Z')) {
    operands.push({ kind: 'reg', reg: zr });
    return;
  }
  if (tied !== undefined) {
    // One register for both: copied in before, read and written by the assembly.
    moveInto(L, tied, from, part);
    const at = regs.findIndex(([, r]) => r === tied);
    regs[at] = ['$', tied, 'du'];
    operands.push({ kind: 'reg', reg: tied });
    return;
  }
  const own = fixed ?? lowVector(c, constraints, regs) ?? L.reg(vector ? 'vector' : 'general', part.bits > 64 ? 128 : 64);
  moveInto(L, own, from, part);
  regs.push(['$', own, 'u']);
  operands.push({ kind: 'reg', reg: own });
}

function isVector(L: Lowering, r: Reg): boolean {
  return r < 64 ? r >= 32 : L.fn.classes[r - 64] === 'vector';
}

function moveInto(L: Lowering, to: Reg, from: Reg, part: Part): void {
  const toVector = isVector(L, to);
  if (toVector === (part.cls === 'vector')) return L.copy(to, from);
  const wide = part.bits > 32;
  L.emit(toVector ? (wide ? 'fmov_d_x' : 'fmov_s_w') : wide ? 'fmov_x_d' : 'fmov_w_s', [
    ['Rd', to, 'd'],
    ['Rn', from, 'u'],
  ]);
}

/** An operand in memory; a register output through a pointer is stored afterwards. */
function memoryOrIndirect(
  L: Lowering,
  c: Constraint,
  pointer: Value,
  type: Type | undefined,
  operands: AsmOperand[],
  regs: (readonly [string, Reg, 'd' | 'u' | 'du' | 'e'])[],
  after: (() => void)[],
): void {
  if (/[mQoU]/.test(c.code)) {
    const base = L.reg();
    L.copy(base, L.one(pointer));
    regs.push(['$', base, 'u']);
    operands.push({ kind: 'mem', reg: base });
    return;
  }
  if (!type || sizeOf(type) > 8) L.unsupported('an indirect inline assembly operand in a register');
  const own = L.reg(partsOf(type)[0].cls);
  const base = L.one(pointer);
  regs.push(['$', own, c.early ? 'e' : 'd']);
  operands.push({ kind: 'reg', reg: own });
  after.push(() => L.storeParts(type, [own], { base }));
}

const modifiers = new Set(['w', 'x', 'b', 'h', 's', 'd', 'q', 'v', 'a', 'c', 'n', 'l', 'H']);

/** `$0`, `${0:w}`, `$$`, `${:uid}`, `$(a$|b$)`. */
function expand(L: Lowering, template: string, operands: readonly AsmOperand[], name: (operand: number) => string): string {
  return template.replace(
    /\$(?:\$|(\d+)|\{(\d+)(?::(\w))?\}|\{:(\w+)\}|\(([^|]*?)\$\|[^)]*?\$\))/g,
    (whole, plain?: string, braced?: string, modifier?: string, special?: string, first?: string) => {
      if (whole === '$$') return '$';
      if (special === 'uid') return String(L.nextUid());
      if (first !== undefined) return first;
      const n = Number(plain ?? braced);
      const operand = operands[n];
      if (!operand) return L.unsupported(`inline assembly operand ${n}, which there is not`);
      if (modifier && !modifiers.has(modifier)) return L.unsupported(`the inline assembly modifier "${modifier}"`);
      return operandText(operand, modifier, () => name(n));
    },
  );
}

function operandText(operand: AsmOperand, modifier: string | undefined, name: () => string): string {
  switch (operand.kind) {
    case 'imm':
      return modifier === 'n' ? String(-BigInt(operand.text)) : operand.text;
    case 'label':
      return name();
    case 'mem':
      return `[${name()}]`;
    case 'reg': {
      const raw = name();
      const number = raw.replace(/^\D+/, '');
      if (raw === 'zr') return modifier === 'w' ? 'wzr' : 'xzr';
      if (raw[0] === 'v') {
        if (modifier && 'bhsdqv'.includes(modifier)) return `${modifier}${number}`;
        return `v${number}`;
      }
      // An address in a register.
      if (modifier === 'a') return `[x${number}]`;
      if (modifier === 'H') return `x${Number(number) + 1}`;
      // Without a modifier GCC and clang write the X register whatever the type.
      if (modifier === 'w') return `w${number}`;
      return `x${number}`;
    }
  }
}

export type { Instruction };
