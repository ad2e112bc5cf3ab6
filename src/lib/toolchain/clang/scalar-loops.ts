/**
 * Loops that are quicker one element at a time on AArch64. For WebAssembly, lanes cost as little to fill as to compute with; NEON moves each through a
 * general register or a load of its own. LLVM's AArch64 back end says so in its costs; here such loops are found and named beforehand.
 */
import { sizeOf, storeSizeOf, successorsOf, type Block, type Instruction, type IrFunction, type Module, type Value } from '../ir/index.ts';

/** Metadata numbers (`!llvm.loop`) of innermost loops that should keep their scalar form. */
export function scalarLoops(module: Module): Set<number> {
  const found = new Set<number>();
  for (const fn of module.globals) {
    if (fn.kind !== 'function') continue;
    for (const loop of innermostLoops(fn)) if (prefersScalars(loop)) found.add(loop.id);
  }
  return found;
}

type Loop = { id: number; header: Block; latch: Block; body: ReadonlySet<Block> };

function loopIdOf(block: Block): number | undefined {
  const node = block.instructions.at(-1)?.attachments?.find(({ name }) => name === 'llvm.loop')?.node;
  return typeof node === 'number' ? node : undefined;
}

const terminatorOf = (block: Block): Instruction => block.instructions[block.instructions.length - 1];

function innermostLoops(fn: IrFunction): Loop[] {
  const latches = fn.blocks.filter((block) => loopIdOf(block) !== undefined);
  if (latches.length === 0) return [];
  const predecessors = new Map<Block, Block[]>(fn.blocks.map((block) => [block, []]));
  for (const block of fn.blocks) for (const to of successorsOf(terminatorOf(block))) predecessors.get(to)?.push(block);
  return latches.flatMap((latch) => {
    const id = loopIdOf(latch);
    for (const header of successorsOf(terminatorOf(latch))) {
      const body = bodyOf(header, latch, predecessors);
      if (id === undefined || body.has(fn.blocks[0])) continue;
      return [...body].some((block) => block !== latch && loopIdOf(block) !== undefined) ? [] : [{ id, header, latch, body }];
    }
    return [];
  });
}

/** What leads to the latch without going through the header; the entry of the function is among it if this is no loop. */
function bodyOf(header: Block, latch: Block, predecessors: ReadonlyMap<Block, readonly Block[]>): Set<Block> {
  const body = new Set([header, latch]);
  const pending = latch === header ? [] : [latch];
  for (let block = pending.pop(); block; block = pending.pop())
    for (const from of predecessors.get(block) ?? [])
      if (!body.has(from)) {
        body.add(from);
        pending.push(from);
      }
  return body;
}

function prefersScalars(loop: Loop): boolean {
  const strides = new Strides(loop);
  const spread: number[] = [];
  for (const block of loop.body)
    for (const i of block.instructions) {
      if (isDear(i, strides)) return true;
      if (i.op !== 'load' && i.op !== 'store') continue;
      const size = storeSizeOf(i.op === 'load' ? i.type : i.operands[0].type);
      const stride = strides.of(i.op === 'load' ? i.operands[0] : i.operands[1]);
      if (stride === undefined) return true;
      const every = Math.abs(stride) / size;
      // What LD2, LD4, ST2 and ST4 do; a store only if it leaves no gaps.
      if (![0, 1, 2, 4].includes(every)) return true;
      if (i.op === 'store' && every > 1) spread.push(every);
      if (i.op === 'store' && !isOnEveryPath(block, loop)) return true;
    }
  return spread.some((every) => spread.length % every !== 0);
}

/** What NEON has no instruction for. */
function isDear(i: Instruction, strides: Strides): boolean {
  switch (i.op) {
    case 'udiv':
    case 'sdiv':
    case 'urem':
    case 'srem':
    case 'frem':
      return strides.of(i) === undefined && !(constantOf(i.operands[1]) !== undefined && sizeOf(i.type) < 8);
    case 'mul':
      return i.type.kind === 'int' && i.type.bits > 32 && strides.of(i) === undefined;
    default:
      return false;
  }
}

function isOnEveryPath(block: Block, { header, latch, body }: Loop): boolean {
  if (block === header || block === latch) return true;
  const seen = new Set([header, block]);
  const pending = [header];
  for (let at = pending.pop(); at; at = pending.pop()) {
    if (at === latch) return false;
    for (const to of successorsOf(terminatorOf(at)))
      if (body.has(to) && !seen.has(to)) {
        seen.add(to);
        pending.push(to);
      }
  }
  return true;
}

/** How far values move from one round of a loop to the next. */
class Strides {
  private readonly loop: Loop;
  private readonly known = new Map<Value, number | undefined>();

  constructor(loop: Loop) {
    this.loop = loop;
  }

  /** 0 for what does not change; absent when it is not the same distance each time. */
  of(value: Value): number | undefined {
    if (value.kind !== 'instruction' || !this.loop.body.has(value.block)) return 0;
    if (!this.known.has(value)) {
      this.known.set(value, undefined);
      this.known.set(value, this.compute(value));
    }
    return this.known.get(value);
  }

  private compute(i: Instruction): number | undefined {
    switch (i.op) {
      case 'phi':
        return i.block === this.loop.header ? this.step(i) : undefined;
      case 'sext':
      case 'zext':
      case 'trunc':
      case 'freeze':
      case 'ptrtoint':
      case 'inttoptr':
        return this.of(i.operands[0]);
      case 'add':
      case 'or':
        return i.op === 'add' || i.flags.has('disjoint') ? sum(this.of(i.operands[0]), this.of(i.operands[1])) : this.unchanged(i.operands);
      case 'sub':
        return sum(this.of(i.operands[0]), this.of(i.operands[1]), -1);
      case 'mul':
        return scaled(this.of(i.operands[0]), constantOf(i.operands[1])) ?? this.unchanged(i.operands);
      case 'shl': {
        const by = constantOf(i.operands[1]);
        return scaled(this.of(i.operands[0]), by === undefined ? undefined : 2 ** by) ?? this.unchanged(i.operands);
      }
      case 'getelementptr':
        return this.ofAddress(i);
      case 'load':
      case 'call':
        return undefined;
      default:
        return 'operands' in i ? this.unchanged(i.operands) : undefined;
    }
  }

  private unchanged(operands: readonly Value[]): number | undefined {
    return operands.every((each) => this.of(each) === 0) ? 0 : undefined;
  }

  /** The constant that a round adds to a phi of the header. */
  private step(phi: Instruction & { op: 'phi' }): number | undefined {
    let next = phi.incoming.find(({ block }) => block === this.loop.latch)?.value;
    let distance = 0;
    while (next?.kind === 'instruction' && next !== phi) {
      if (next.op === 'add') distance += constantOf(next.operands[1]) ?? NaN;
      else if (next.op === 'getelementptr' && next.operands.length === 2)
        distance += (constantOf(next.operands[1]) ?? NaN) * sizeOf(next.sourceType);
      else return undefined;
      next = next.operands[0];
    }
    return next === phi && !Number.isNaN(distance) ? distance : undefined;
  }

  private ofAddress({ sourceType, operands: [base, ...indices] }: Instruction & { op: 'getelementptr' }): number | undefined {
    let total = this.of(base);
    let type = sourceType;
    for (const [level, index] of indices.entries()) {
      if (level > 0) {
        if (type.kind === 'struct') {
          type = type.fields[constantOf(index) ?? 0];
          continue;
        }
        if (type.kind !== 'array') return undefined;
        type = type.element;
      }
      total = sum(total, scaled(this.of(index), sizeOf(type)));
    }
    return total;
  }
}

function constantOf(value: Value): number | undefined {
  return value.kind === 'int' && value.type.kind === 'int' ? Number(BigInt.asIntN(value.type.bits, value.value)) : undefined;
}

function sum(a: number | undefined, b: number | undefined, sign: 1 | -1 = 1): number | undefined {
  return a === undefined || b === undefined ? undefined : a + sign * b;
}

function scaled(a: number | undefined, by: number | undefined): number | undefined {
  return a === undefined || by === undefined ? undefined : a * by;
}
