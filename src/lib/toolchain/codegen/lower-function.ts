/** Lowers one function: blocks in postorder, instructions backwards, so that uses come before definitions. */
import { isTerminator, operandsOf, sizeOf, successorsOf, type Block, type Instruction, type IrFunction, type Value } from '../ir/index.ts';
import { lowerAsmGoto, lowerInlineAsm } from './lower-asm.ts';
import { lowerAtomicRmw, lowerCompareExchange, lowerFence } from './lower-atomic.ts';
import { isTailCall, lowerCall, lowerParameters, lowerReturn, lowerTailCall } from './lower-call.ts';
import { lowerVaArg } from './lower-varargs.ts';
import { lowerBranch, lowerIndirectBranch, lowerJunction, lowerPhiCopies, lowerSelect, lowerSwitch, phiRegs } from './lower-control.ts';
import { floatUnary, lowerBitcast, lowerFcmp, lowerFloatBinary, lowerFloatCast, scalarOf } from './lower-float.ts';
import { lowerBinary, lowerCast, lowerIcmp } from './lower-integer.ts';
import { calleeName, intrinsicHasEffect, lowerIntrinsic } from './lower-intrinsic.ts';
import { foldSignedLoad, lowerDynamicAlloca, lowerGep, lowerLoad, lowerSignedLoad, lowerStore } from './lower-memory.ts';
import { bitsIn, constantInt, Lowering, type ModuleContext } from './lowering.ts';
import { traceBlock, traceFunction } from './dwarf/trace.ts';
import { linkPredecessors, namedBlocks, newSlot, type MBlock, type MFunction, type MIns, type Reg } from './mir.ts';
import { guardSlot, needsGuard, storeGuard } from './lower-guard.ts';
import { lowerInterleavedLoad } from './lower-structure.ts';
import { isVectorOperation, lowerVector } from './lower-vector.ts';
import { partRange, partsOf, Unsupported } from './parts.ts';

export function lowerFunction(ir: IrFunction, module: ModuleContext, generalOnly: boolean): MFunction {
  const L = new Lowering(ir, module, generalOnly);
  try {
    return select(L, ir);
  } catch (error) {
    if (error instanceof Unsupported) error.debug ??= L.debugLocation;
    throw error;
  }
}

function select(L: Lowering, ir: IrFunction): MFunction {
  for (const b of ir.blocks) L.blocks.set(b, { index: 0, name: b.name, ins: [], successors: [], predecessors: [], ir: b });
  markLivePhis(L);
  allocateSlots(L);
  if (needsGuard(L)) L.guardSlot = guardSlot(L);
  const order = reversePostorder(ir);
  const bodies = new Map<Block, MBlock[]>();
  for (let n = order.length - 1; n >= 0; n--) bodies.set(order[n], lowerBlock(L, order[n]));
  // Parameters are lowered last: only now is it known which are needed.
  const entry = bodies.get(ir.blocks[0])?.[0];
  if (!entry) throw new Error(`${ir.name} has no entry`);
  L.out = [];
  L.setLine(ir.irLine);
  if (!L.fn.naked) lowerParameters(L);
  storeGuard(L);
  entry.ins.unshift(...L.out);
  L.fn.blocks = order.flatMap((b) => bodies.get(b) ?? []);
  L.fn.blocks.forEach((b, n) => (b.index = n));
  connect(L.fn);
  traceFunction(L, L.out);
  return L.fn;
}

function markLivePhis(L: Lowering): void {
  const seen = new Set<Instruction>();
  const pending = L.ir.blocks.flatMap((b) => b.instructions.filter(hasEffect));
  for (const i of pending) seen.add(i);
  for (let i = pending.pop(); i; i = pending.pop()) {
    if (i.op === 'phi') L.livePhis.add(i);
    for (const o of operandsOf(i)) {
      if (o.kind !== 'instruction' || seen.has(o)) continue;
      seen.add(o);
      pending.push(o);
    }
  }
}

function reversePostorder(ir: IrFunction): Block[] {
  const order: Block[] = [];
  const seen = new Set<Block>();
  const stack: { block: Block; next: number }[] = [{ block: ir.blocks[0], next: 0 }];
  seen.add(ir.blocks[0]);
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    const successors = successorsOf(top.block.instructions[top.block.instructions.length - 1]);
    // The last successor first, so that a loop's body follows its head and the exit comes after.
    if (top.next < successors.length) {
      const s = successors[successors.length - 1 - top.next++];
      if (!seen.has(s)) {
        seen.add(s);
        stack.push({ block: s, next: 0 });
      }
    } else {
      order.push(top.block);
      stack.pop();
    }
  }
  return order.reverse();
}

/** Allocas of the entry block with a constant size live in the frame. */
function allocateSlots(L: Lowering): void {
  const [entry] = L.ir.blocks;
  for (const b of L.ir.blocks) {
    for (const i of b.instructions) {
      if (i.op !== 'alloca') continue;
      const count = i.count ? constantInt(i.count) : 1n;
      if (b !== entry || count === undefined || i.align > 16) {
        L.fn.dynamicStack = true;
        continue;
      }
      const size = sizeOf(i.allocated) * Number(count);
      if (size > 1 << 28) L.unsupported(`a local variable of ${size} bytes`);
      L.slots.set(i, newSlot(L.fn, size, Math.max(i.align, 1)));
    }
  }
  const usesVaStart = L.ir.blocks.some((b) => b.instructions.some((i) => i.op === 'call' && /^llvm\.va_?start/.test(calleeName(i))));
  if (L.ir.type.varargs && usesVaStart)
    L.varargs = {
      general: 0,
      vector: 0,
      generalSlot: newSlot(L.fn, 64, 8),
      vectorSlot: newSlot(L.fn, L.generalOnly ? 0 : 128, 16),
      stackSlot: newSlot(L.fn, 0, 8, 'incoming'),
    };
}

function lowerBlock(L: Lowering, block: Block): MBlock[] {
  const made = L.blockOf(block);
  L.currentBlock = block;
  L.extraBlocks = [];
  L.edgeBlocks.clear();
  const groups: MIns[][] = [];
  const { instructions } = block;
  let end = instructions.length - 1;
  const last = instructions[end];
  const run = (lower: () => void): void => {
    L.out = [];
    lower();
    groups.push(L.out);
  };
  const tail = tailCallBefore(L, instructions);
  if (tail) {
    L.setLine(tail.irLine, tail.debug);
    run(() => lowerTailCall(L, tail));
    end = instructions.indexOf(tail) - 1;
  } else {
    L.setLine(last.irLine, last.debug);
    run(() => lowerTerminator(L, last));
    run(() => lowerPhiCopies(L, block));
    traceBlock(L, last, groups);
    end--;
  }
  const folded = L.foldedLoads;
  for (; end >= 0; end--) {
    const i = instructions[end];
    if (i.op === 'phi') break;
    const sign = folded.get(i);
    const interleaved = L.interleavedLoads.get(i);
    if ((sign || interleaved?.parts.length || hasEffect(i) || L.isNeeded(i)) && !L.slots.has(i)) {
      L.setLine(i.irLine, i.debug);
      run(() => {
        if (sign && i.op === 'load') lowerSignedLoad(L, i, bitsIn(i.type), sign.bits, sign.reg);
        else if (interleaved && i.op === 'load' && !L.isNeeded(i)) lowerInterleavedLoad(L, i, interleaved);
        else lowerInstruction(L, i);
        if ((i.op === 'load' || i.op === 'store') && (i.volatile || i.ordering !== 'notatomic'))
          for (const made of L.out) made.ordered = true;
      });
    }
    traceBlock(L, i, groups);
  }
  run(() => {
    for (const phi of instructions) {
      if (phi.op !== 'phi') break;
      if (!L.livePhis.has(phi) || !L.isNeeded(phi)) continue;
      const inputs = phiRegs(L, phi);
      L.destination(phi).forEach((d, n) => L.copy(d, inputs[n]));
    }
  });
  made.ins = groups.reverse().flat();
  return [made, ...L.extraBlocks];
}

/** The call that this block may end with instead of returning: followed by nothing but the return of its result. */
function tailCallBefore(L: Lowering, instructions: readonly Instruction[]): Extract<Instruction, { op: 'call' }> | undefined {
  const last = instructions[instructions.length - 1];
  const returned = returnedBy(last);
  if (!returned) return undefined;
  for (let n = instructions.length - 2; n >= 0; n--) {
    const i = instructions[n];
    if (i.op === 'call' && (!hasEffect(i) || calleeName(i) === 'llvm.fake.use')) continue;
    if (i.op !== 'call' || i.callee.kind === 'asm' || calleeName(i).startsWith('llvm.')) return undefined;
    if (returned.value !== undefined && returned.value !== i) return undefined;
    return isTailCall(L, i) ? i : undefined;
  }
  return undefined;
}

/** What a block returns that ends like this: with a return, or with a jump to a block that does nothing else. */
function returnedBy(last: Instruction): { value?: Value } | undefined {
  if (last.op === 'ret') return { value: last.operands[0] };
  if (last.op !== 'br' || last.targets.length !== 1) return undefined;
  const { instructions } = last.targets[0];
  const ret = instructions[instructions.length - 1];
  if (ret.op !== 'ret' || !instructions.slice(0, -1).every((i) => i.op === 'phi')) return undefined;
  const [value] = ret.operands;
  if (value?.kind !== 'instruction' || value.op !== 'phi' || value.block !== last.targets[0]) return { value };
  return { value: value.incoming.find(({ block }) => block === last.block)?.value };
}

function hasEffect(i: Instruction): boolean {
  switch (i.op) {
    case 'store':
    case 'fence':
    case 'cmpxchg':
    case 'atomicrmw':
    case 'callbr':
    case 'va_arg':
      return true;
    case 'load':
      return i.volatile || i.ordering !== 'notatomic';
    case 'alloca':
      return false;
    case 'call': {
      const name = calleeName(i);
      if (name.startsWith('llvm.')) return intrinsicHasEffect(name);
      return true;
    }
    default:
      return isTerminator(i);
  }
}

function lowerTerminator(L: Lowering, i: Instruction): void {
  switch (i.op) {
    case 'ret':
      return lowerReturn(L, i);
    case 'br':
      return lowerBranch(L, i);
    case 'switch':
      return lowerSwitch(L, i);
    case 'indirectbr':
      return lowerIndirectBranch(L, i);
    case 'unreachable':
      // Nothing comes here; a guard keeps a function from running into the next.
      L.emit('$unreachable', []);
      return;
    case 'callbr':
      return lowerAsmGoto(L, i);
    default:
      L.unsupported(`the terminator ${i.op}`);
  }
}

function lowerInstruction(L: Lowering, i: Instruction): void {
  lowerInto(L, i, i.type.kind === 'void' || !L.isNeeded(i) ? [] : L.destination(i));
}

/** Selects an instruction whose result goes to the registers `d`; none when nobody needs it. */
export function lowerInto(L: Lowering, i: Instruction, d: Reg[]): void {
  if (isVectorOperation(i)) return lowerVector(L, i, d);
  switch (i.op) {
    case 'add':
    case 'sub':
    case 'mul':
    case 'udiv':
    case 'sdiv':
    case 'urem':
    case 'srem':
    case 'shl':
    case 'lshr':
    case 'ashr':
    case 'and':
    case 'or':
    case 'xor':
      if (!lowerJunction(L, i, d[0])) lowerBinary(L, i, i.op, i.type, d);
      return;
    case 'fadd':
    case 'fsub':
    case 'fmul':
    case 'fdiv':
    case 'frem':
      return lowerFloatBinary(L, i, d);
    case 'fneg': {
      const source = L.regsOf(i.operands[0]);
      return d.forEach((into, n) => floatUnary(L, 'fneg', scalarOf(i.type), into, source[n]));
    }
    case 'freeze':
      return L.regsOf(i.operands[0]).forEach((r, n) => L.copy(d[n], r));
    case 'sext':
      if (i.type.kind === 'int' && i.type.bits <= 64 && foldSignedLoad(L, i)) {
        const from = i.operands[0];
        if (from.kind === 'instruction') L.foldedLoads.set(from, { reg: d[0], bits: i.type.bits });
        return;
      }
      return lowerCast(L, i, d);
    case 'zext':
    case 'trunc':
    case 'ptrtoint':
    case 'ptrtoaddr':
    case 'inttoptr':
    case 'addrspacecast':
      return lowerCast(L, i, d);
    case 'bitcast':
      return lowerBitcast(L, i, d);
    case 'fptrunc':
    case 'fpext':
    case 'fptoui':
    case 'fptosi':
    case 'uitofp':
    case 'sitofp':
      return lowerFloatCast(L, i, d);
    case 'icmp':
      return lowerIcmp(L, i, d);
    case 'fcmp':
      return lowerFcmp(L, i, d);
    case 'select':
      return lowerSelect(L, i, d);
    case 'alloca':
      return lowerDynamicAlloca(L, i, d[0]);
    case 'load':
      return lowerLoad(L, i, d.length > 0 ? d : partsOf(i.type).map((p) => L.reg(p.cls, p.bits > 64 ? 128 : 64)));
    case 'store':
      return lowerStore(L, i);
    case 'fence':
      return lowerFence(L, i);
    case 'cmpxchg':
      return lowerCompareExchange(L, i, d.length > 0 ? d : partsOf(i.type).map((p) => L.reg(p.cls)));
    case 'atomicrmw':
      return lowerAtomicRmw(L, i, d);
    case 'getelementptr':
      return lowerGep(L, i, d);
    case 'extractvalue': {
      const { first, count } = partRange(i.operands[0].type, i.indices);
      const source = L.regsOf(i.operands[0]);
      for (let n = 0; n < count; n++) L.copy(d[n], source[first + n]);
      return;
    }
    case 'insertvalue': {
      const { first, count } = partRange(i.type, i.indices);
      const source = L.regsOf(i.operands[0]);
      const element = L.passedRegs(i.operands[1]);
      d.forEach((into, n) => L.copy(into, n >= first && n < first + count ? element[n - first] : source[n]));
      return;
    }
    case 'va_arg':
      return lowerVaArg(L, i.type, i.operands[0], d);
    case 'call':
      if (i.callee.kind === 'asm') return lowerInlineAsm(L, i, i.callee, d).forEach((step) => step());
      if (calleeName(i).startsWith('llvm.')) return lowerIntrinsic(L, i, d);
      return lowerCall(L, i, d);
    default:
      return L.unsupported(`the instruction ${i.op}`);
  }
}

function connect(fn: MFunction): void {
  for (const b of fn.blocks) {
    const targets = namedBlocks(b);
    const last = b.ir?.instructions[b.ir.instructions.length - 1];
    if (last?.op === 'indirectbr') for (const t of last.targets) targets.add(fn.blocks.find((x) => x.ir === t) ?? b);
    b.successors = [...targets];
  }
  linkPredecessors(fn);
}
