/**
 * Checks what the reader takes on trust because clang's output always has it (LLVM Language Reference, "Well-Formedness"): definitions
 * dominate uses, phis agree with predecessors, operations get types that they take.
 */
import type { Problem } from '../../problem.ts';
import { Dominators } from './dominance.ts';
import { bitsOf, isSized } from './layout.ts';
import { isTerminator, operandsOf, successorsOf } from './operands.ts';
import { typeText } from './type-table.ts';
import type { Block, Instruction, IrFunction, Module, Type, Value } from './types.ts';

/** Everything that is wrong with the module, with the line in the IR text; empty if nothing is. */
export function verifyModule(module: Module, file = 'IR'): Problem[] {
  const problems: Problem[] = [];
  const report = (line: number, message: string): void => {
    problems.push({ severity: 'error', place: { file, line, column: 0 }, message });
  };
  for (const global of module.globals) {
    if (global.kind === 'variable') {
      if (!isSized(global.type)) report(global.irLine, `@${global.name} has type ${typeText(global.type)}, which has no size`);
      if (global.initializer && global.initializer.type !== global.type)
        report(global.irLine, `@${global.name} is ${typeText(global.type)} and initialised as ${typeText(global.initializer.type)}`);
    } else if (global.kind === 'function' && global.blocks.length > 0) {
      new FunctionVerifier(global, (line, message) => report(line, `@${global.name}: ${message}`)).verify();
    }
    if (global.comdat !== undefined && !module.comdats.has(global.comdat)) report(global.irLine, `$${global.comdat} is not defined`);
  }
  return problems;
}

type Report = (line: number, message: string) => void;

class FunctionVerifier {
  readonly #fn: IrFunction;
  readonly #report: Report;
  readonly #dominators: Dominators;
  /** Position of each instruction in its block. */
  readonly #positions = new Map<Instruction, number>();

  constructor(fn: IrFunction, report: Report) {
    this.#fn = fn;
    this.#report = report;
    this.#dominators = new Dominators(fn);
  }

  verify(): void {
    const { blocks } = this.#fn;
    if (this.#dominators.predecessors[0].length > 0) this.#report(this.#fn.irLine, 'the entry block has predecessors');
    blocks.forEach((block, index) => {
      if (block.index !== index) this.#report(this.#fn.irLine, `block %${block.name} has a wrong index`);
      block.instructions.forEach((i, position) => {
        this.#positions.set(i, position);
        if (i.block !== block) this.#report(i.irLine, `${named(i)} does not know its block`);
        if (isTerminator(i) !== (position === block.instructions.length - 1))
          this.#report(i.irLine, `${i.op} ${isTerminator(i) ? 'within' : 'at the end of'} block %${block.name}`);
      });
    });
    for (const block of blocks) this.#block(block);
  }

  #block(block: Block): void {
    let phis = true;
    for (const i of block.instructions) {
      if (i.op !== 'phi') phis = false;
      else if (!phis) this.#report(i.irLine, `${named(i)}: a phi stands behind other instructions`);
      for (const target of successorsOf(i)) {
        if (this.#fn.blocks[target.index] !== target) this.#report(i.irLine, `block %${target.name} is not of this function`);
      }
      this.#operands(i);
      const wrong = typeProblem(i, this.#fn);
      if (wrong !== undefined) this.#report(i.irLine, `${named(i)}: ${wrong}`);
      if (i.op === 'phi') this.#phi(i);
      if (i.op === 'call' && i.tail === 'musttail') this.#mustTail(i);
    }
  }

  #operands(i: Instruction): void {
    const { blocks } = this.#fn;
    if (i.op === 'phi') {
      for (const { value, block } of i.incoming)
        if (value.kind === 'instruction' && blocks[block.index] === block && !this.#available(value, block, block.instructions.length))
          this.#report(i.irLine, `%${value.name} does not reach the end of block %${block.name}, where ${named(i)} takes it`);
      return;
    }
    for (const value of operandsOf(i)) {
      if (value.kind === 'instruction' && !this.#available(value, i.block, this.#positions.get(i) ?? 0))
        this.#report(i.irLine, `%${value.name} does not dominate its use in ${named(i)}`);
      if (value.kind === 'param' && this.#fn.params[value.index] !== value)
        this.#report(i.irLine, `%${value.name} is a parameter of another function`);
    }
  }

  /** Whether a value is there before the instruction at `position` of a block. */
  #available(value: Instruction, block: Block, position: number): boolean {
    const at = this.#positions.get(value);
    if (at === undefined) return false;
    if (value.block === block) return at < position || !this.#dominators.reachable(block);
    return this.#dominators.dominates(value.block, block);
  }

  #phi(i: Extract<Instruction, { op: 'phi' }>): void {
    const predecessors = this.#dominators.predecessors[i.block.index];
    const count = (of: readonly Block[]): Map<Block, number> => {
      const counts = new Map<Block, number>();
      for (const b of of) counts.set(b, (counts.get(b) ?? 0) + 1);
      return counts;
    };
    const edges = count(predecessors);
    const incoming = count(i.incoming.map((e) => e.block));
    for (const [block, n] of edges)
      if ((incoming.get(block) ?? 0) !== n)
        this.#report(i.irLine, `${named(i)} has ${incoming.get(block) ?? 0} values for ${n} edges from block %${block.name}`);
    for (const block of incoming.keys())
      if (!edges.has(block)) this.#report(i.irLine, `${named(i)} has a value for %${block.name}, which is no predecessor`);
    const values = new Map<Block, Value>();
    for (const { value, block } of i.incoming) {
      const other = values.get(block);
      if (other && !sameValue(other, value)) this.#report(i.irLine, `${named(i)} has different values for edges from block %${block.name}`);
      values.set(block, value);
    }
  }

  #mustTail(i: Extract<Instruction, { op: 'call' }>): void {
    const next = i.block.instructions[(this.#positions.get(i) ?? 0) + 1];
    const returns = next?.op === 'ret' && (next.operands.length === 0 || next.operands[0] === i);
    if (!returns) this.#report(i.irLine, 'a musttail call is followed by a ret of its result');
  }
}

function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a.kind === 'fp' && b.kind === 'fp') return a.type === b.type && a.bits === b.bits;
  // Constants that are not shared objects are compared by what they are.
  return a.kind === b.kind && a.kind !== 'instruction' && a.kind !== 'param' && a.type === b.type;
}

function named(i: Instruction): string {
  return i.name ? `%${i.name} (${i.op})` : i.op;
}

const laneOf = (type: Type): Type => (type.kind === 'vector' ? type.element : type);
const lanesOf = (type: Type): number => (type.kind === 'vector' ? type.length : 0);
const isFloat = (type: Type): boolean => ['half', 'bfloat', 'float', 'double', 'fp128'].includes(laneOf(type).kind);
const isInteger = (type: Type): boolean => laneOf(type).kind === 'int';
const isPointer = (type: Type): boolean => laneOf(type).kind === 'ptr';

/** What is wrong with the types of an instruction. */
function typeProblem(i: Instruction, fn: IrFunction): string | undefined {
  switch (i.op) {
    case 'ret': {
      const given = i.operands.length === 0 ? 'void' : typeText(i.operands[0].type);
      const wanted = typeText(fn.type.result);
      return given === wanted ? undefined : `returns ${given} from a function of ${wanted}`;
    }
    case 'br':
      return i.condition && !(i.condition.type.kind === 'int' && i.condition.type.bits === 1) ? 'the condition is not i1' : undefined;
    case 'switch':
      return new Set(i.cases.map((c) => c.value)).size === i.cases.length ? undefined : 'two cases are equal';
    case 'icmp':
    case 'fcmp':
      return i.operands[0].type === i.operands[1].type ? undefined : 'operands of two types';
    case 'select':
      return selectProblem(i.operands[0].type, i.operands[1].type, i.operands[2].type);
    case 'alloca':
      return isSized(i.allocated) ? undefined : `${typeText(i.allocated)} has no size`;
    case 'load':
      return isSized(i.type) ? atomicProblem(i, i.type) : `${typeText(i.type)} has no size`;
    case 'store':
      return isSized(i.operands[0].type) ? atomicProblem(i, i.operands[0].type) : `${typeText(i.operands[0].type)} has no size`;
    case 'getelementptr':
      return isSized(i.sourceType) ? undefined : `${typeText(i.sourceType)} has no size`;
    case 'fence':
      return ['acquire', 'release', 'acq_rel', 'seq_cst'].includes(i.ordering) ? undefined : `a fence cannot be ${i.ordering}`;
    case 'cmpxchg':
      return i.failure === 'release' || i.failure === 'acq_rel' ? `failure cannot be ${i.failure}` : undefined;
    case 'call':
      return callProblem(i);
    case 'phi':
      return i.incoming.every((e) => e.value.type === i.type) ? undefined : 'values of several types';
    default:
      return 'operands' in i && i.operands.length === 1 ? castProblem(i.op, i.operands[0].type, i.type) : binaryProblem(i);
  }
}

function binaryProblem(i: Instruction): string | undefined {
  if (!('flags' in i) || !('operands' in i) || i.operands.length !== 2) return undefined;
  return i.operands[0].type === i.type && i.operands[1].type === i.type ? undefined : 'operands of another type than the result';
}

function selectProblem(condition: Type, a: Type, b: Type): string | undefined {
  const lane = laneOf(condition);
  if (lane.kind !== 'int' || lane.bits !== 1) return 'the condition is not i1';
  if (a !== b) return 'operands of two types';
  return condition.kind === 'vector' && lanesOf(a) !== condition.length ? 'the condition has another number of lanes' : undefined;
}

function atomicProblem(i: Extract<Instruction, { op: 'load' | 'store' }>, type: Type): string | undefined {
  if (i.ordering === 'notatomic') return undefined;
  const wrong = i.op === 'load' ? ['release', 'acq_rel'] : ['acquire', 'acq_rel'];
  if (wrong.includes(i.ordering)) return `an atomic ${i.op} cannot be ${i.ordering}`;
  const bits = isSized(type) ? bitsOf(type) : 0;
  return bits >= 8 && Number.isInteger(Math.log2(bits)) ? undefined : `${typeText(type)} is no type for atomic access`;
}

function callProblem(i: Extract<Instruction, { op: 'call' }>): string | undefined {
  const { params, varargs } = i.functionType;
  if (i.args.length < params.length || (i.args.length > params.length && !varargs))
    return 'another number of arguments than the function type';
  const wrong = params.findIndex((p, n) => p !== i.args[n].value.type);
  return wrong < 0 ? undefined : `argument ${wrong} is not ${typeText(params[wrong])}`;
}

function castProblem(op: string, from: Type, to: Type): string | undefined {
  const check = castRules.get(op);
  if (!check) return undefined;
  const sameLanes = op === 'bitcast' || lanesOf(from) === lanesOf(to);
  return sameLanes && check(from, to) ? undefined : `${typeText(from)} to ${typeText(to)}`;
}

const narrower = (a: Type, b: Type): boolean => bitsOf(laneOf(a)) < bitsOf(laneOf(b));

const castRules = new Map<string, (from: Type, to: Type) => boolean>([
  ['trunc', (from, to) => isInteger(from) && isInteger(to) && narrower(to, from)],
  ['zext', (from, to) => isInteger(from) && isInteger(to) && narrower(from, to)],
  ['sext', (from, to) => isInteger(from) && isInteger(to) && narrower(from, to)],
  ['fptrunc', (from, to) => isFloat(from) && isFloat(to) && narrower(to, from)],
  ['fpext', (from, to) => isFloat(from) && isFloat(to) && narrower(from, to)],
  ['fptoui', (from, to) => isFloat(from) && isInteger(to)],
  ['fptosi', (from, to) => isFloat(from) && isInteger(to)],
  ['uitofp', (from, to) => isInteger(from) && isFloat(to)],
  ['sitofp', (from, to) => isInteger(from) && isFloat(to)],
  ['ptrtoint', (from, to) => isPointer(from) && isInteger(to)],
  ['ptrtoaddr', (from, to) => isPointer(from) && isInteger(to)],
  ['inttoptr', (from, to) => isInteger(from) && isPointer(to)],
  ['addrspacecast', (from, to) => isPointer(from) && isPointer(to)],
  ['bitcast', (from, to) => isPointer(from) === isPointer(to) && scalarOrVector(from) && scalarOrVector(to) && bitsOf(from) === bitsOf(to)],
]);

function scalarOrVector(type: Type): boolean {
  return isInteger(type) || isFloat(type) || isPointer(type);
}
