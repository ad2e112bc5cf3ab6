import type { Cursor } from './cursor.ts';
import { Token } from './lexer.ts';
import type { Attributes, BinaryOp, Block, CastOp, DebugRecord, Flags, Instruction, Ordering, Type, Value } from './types.ts';

const binary = new Set<string>([
  'add',
  'sub',
  'mul',
  'udiv',
  'sdiv',
  'urem',
  'srem',
  'shl',
  'lshr',
  'ashr',
  'and',
  'or',
  'xor',
  'fadd',
  'fsub',
  'fmul',
  'fdiv',
  'frem',
]);
const cast = new Set<string>([
  'trunc',
  'zext',
  'sext',
  'fptrunc',
  'fpext',
  'fptoui',
  'fptosi',
  'uitofp',
  'sitofp',
  'ptrtoint',
  'ptrtoaddr',
  'inttoptr',
  'bitcast',
  'addrspacecast',
]);
const flagWords = [
  'nuw',
  'nsw',
  'exact',
  'disjoint',
  'nneg',
  'samesign',
  'inbounds',
  'nusw',
  'fast',
  'nnan',
  'ninf',
  'nsz',
  'arcp',
  'contract',
  'afn',
  'reassoc',
] as const;
const orderings = ['unordered', 'monotonic', 'acquire', 'release', 'acq_rel', 'seq_cst'] as const;
const conventions = new Set([
  'ccc',
  'fastcc',
  'coldcc',
  'preserve_mostcc',
  'preserve_allcc',
  'preserve_nonecc',
  'tailcc',
  'swiftcc',
  'swifttailcc',
  'aarch64_vector_pcs',
  'ghccc',
]);
const noFlags: Flags = new Set();

type Common = { block: Block; name: string; irLine: number; records?: readonly DebugRecord[] };

export type BlockLookup = (name: string) => Block;
export type AttributeLookup = (own: Attributes, groups: readonly string[]) => Attributes;

/** Reads instructions of one function. */
export class InstructionReader {
  readonly c: Cursor;
  readonly blockNamed: BlockLookup;
  readonly merged: AttributeLookup;

  constructor(cursor: Cursor, blockNamed: BlockLookup, merged: AttributeLookup) {
    this.c = cursor;
    this.blockNamed = blockNamed;
    this.merged = merged;
  }

  /** One instruction at the cursor, after `%name =`. */
  read(base: Common): Instruction {
    const { c } = this;
    const tail = c.takeWordOf(['tail', 'musttail', 'notail']);
    const op = c.word('an instruction');
    if (tail && op !== 'call') c.fail(`'${tail}' before ${op}`);
    if (op === 'call') return this.#call(base, tail ?? 'none');
    const i = this.#instruction(op, base);
    return this.#trailing(i);
  }

  #common(base: Common, type: Type): Common & { kind: 'instruction'; type: Type } {
    return { kind: 'instruction', ...base, type };
  }

  #flags(): Flags {
    let found: Set<string> | undefined;
    for (let f = this.c.takeWordOf(flagWords); f; f = this.c.takeWordOf(flagWords)) (found ??= new Set()).add(f);
    return found ?? noFlags;
  }

  /** `, align 8`, `, !dbg !5`, `, !nontemporal !3` after an instruction. */
  #trailing(i: Instruction): Instruction {
    const { c } = this;
    while (c.is(',')) {
      c.next();
      if (c.kind !== Token.metadataName) c.fail(`expected metadata, found ${c.found()}`);
      const name = c.text;
      c.next();
      if (c.current() === Token.metadata) {
        if (name === 'dbg') i.debug = Number(c.text);
        c.next();
      } else c.metadataNode(c.take('distinct'));
    }
    return i;
  }

  #comma(): void {
    this.c.expect(',');
  }

  #align(fallback: number): number {
    const { c } = this;
    // The comma may belong to metadata instead.
    if (!c.is(',')) return fallback;
    const at = c.lexer.position;
    const line = c.lexer.line;
    c.next();
    if (c.take('align')) return c.integer('an alignment');
    c.lexer.moveTo(at - 1, line);
    c.next();
    return fallback;
  }

  #label(): Block {
    const { c } = this;
    c.expect('label');
    if (c.kind !== Token.local) c.fail(`expected a block, found ${c.found()}`);
    const name = c.text;
    c.next();
    return this.blockNamed(name);
  }

  #ordering(): Ordering {
    return this.c.takeWordOf(orderings) ?? this.c.fail(`expected an ordering, found ${this.c.found()}`);
  }

  #syncscope(): string | undefined {
    const { c } = this;
    if (!c.take('syncscope')) return undefined;
    c.expect('(');
    const scope = c.string('a scope');
    c.expect(')');
    return scope;
  }

  #instruction(op: string, base: Common): Instruction {
    const { c } = this;
    const { types } = c;
    if (binary.has(op)) {
      const flags = this.#flags();
      const type = c.type();
      const a = c.value(type);
      this.#comma();
      return { ...this.#common(base, type), op: op as BinaryOp, operands: [a, c.value(type)], flags };
    }
    if (cast.has(op)) {
      const flags = this.#flags();
      const from = c.typedValue();
      c.expect('to');
      return { ...this.#common(base, c.type()), op: op as CastOp, operands: [from], flags };
    }
    switch (op) {
      case 'fneg':
      case 'freeze': {
        const flags = this.#flags();
        const type = c.type();
        return { ...this.#common(base, type), op, operands: [c.value(type)], flags };
      }
      case 'icmp':
      case 'fcmp': {
        const flags = this.#flags();
        const predicate = c.word('a predicate');
        const type = c.type();
        const a = c.value(type);
        this.#comma();
        const b = c.value(type);
        const bit = types.int(1);
        const result = type.kind === 'vector' ? types.vector(type.length, bit) : bit;
        return { ...this.#common(base, result), op, predicate, operands: [a, b], flags };
      }
      case 'select': {
        const flags = this.#flags();
        const condition = c.typedValue();
        this.#comma();
        const type = c.type();
        const a = c.value(type);
        this.#comma();
        return { ...this.#common(base, type), op, operands: [condition, a, c.typedValue()], flags };
      }
      case 'phi':
        return this.#phi(base);
      case 'alloca':
        return this.#alloca(base);
      case 'load': {
        const atomic = c.take('atomic');
        const volatile = c.take('volatile');
        const type = c.type();
        this.#comma();
        const address = c.typedValue();
        const syncscope = this.#syncscope();
        const ordering = atomic ? this.#ordering() : 'notatomic';
        return {
          ...this.#common(base, type),
          op,
          operands: [address],
          align: this.#align(1),
          volatile,
          ordering,
          ...(syncscope ? { syncscope } : {}),
        };
      }
      case 'store': {
        const atomic = c.take('atomic');
        const volatile = c.take('volatile');
        const value = c.typedValue();
        this.#comma();
        const address = c.typedValue();
        const syncscope = this.#syncscope();
        const ordering = atomic ? this.#ordering() : 'notatomic';
        const align = this.#align(1);
        return {
          ...this.#common(base, types.simple('void')),
          op,
          operands: [value, address],
          align,
          volatile,
          ordering,
          ...(syncscope ? { syncscope } : {}),
        };
      }
      case 'fence': {
        const syncscope = this.#syncscope();
        return { ...this.#common(base, types.simple('void')), op, ordering: this.#ordering(), ...(syncscope ? { syncscope } : {}) };
      }
      case 'cmpxchg': {
        const weak = c.take('weak');
        const volatile = c.take('volatile');
        const address = c.typedValue();
        this.#comma();
        const expected = c.typedValue();
        this.#comma();
        const desired = c.typedValue();
        const syncscope = this.#syncscope();
        const success = this.#ordering();
        const failure = this.#ordering();
        const type = types.struct([expected.type, types.int(1)], false);
        const align = this.#align(0);
        const common = this.#common(base, type);
        return {
          ...common,
          op,
          operands: [address, expected, desired],
          weak,
          volatile,
          success,
          failure,
          align,
          ...(syncscope ? { syncscope } : {}),
        };
      }
      case 'atomicrmw': {
        const volatile = c.take('volatile');
        const rmw = c.word('an operation');
        const address = c.typedValue();
        this.#comma();
        const value = c.typedValue();
        const syncscope = this.#syncscope();
        const ordering = this.#ordering();
        const align = this.#align(0);
        return {
          ...this.#common(base, value.type),
          op,
          rmw,
          operands: [address, value],
          volatile,
          ordering,
          align,
          ...(syncscope ? { syncscope } : {}),
        };
      }
      case 'getelementptr': {
        const flags = this.#flags();
        const sourceType = c.type();
        const operands: Value[] = [];
        while (this.#moreOperands()) operands.push(c.typedValue());
        if (operands.length === 0) c.fail('getelementptr without a base');
        const lanes = operands.find((v) => v.type.kind === 'vector')?.type;
        const pointer = types.simple('ptr');
        const type = lanes?.kind === 'vector' ? types.vector(lanes.length, pointer) : pointer;
        return { ...this.#common(base, type), op, sourceType, operands, flags };
      }
      case 'extractvalue': {
        const aggregate = c.typedValue();
        const indices = this.#indices();
        return { ...this.#common(base, this.#elementAt(aggregate.type, indices)), op, operands: [aggregate], indices };
      }
      case 'insertvalue': {
        const aggregate = c.typedValue();
        this.#comma();
        const element = c.typedValue();
        return { ...this.#common(base, aggregate.type), op, operands: [aggregate, element], indices: this.#indices() };
      }
      case 'extractelement': {
        const vector = c.typedValue();
        this.#comma();
        if (vector.type.kind !== 'vector') return c.fail('extractelement of something that is not a vector');
        return { ...this.#common(base, vector.type.element), op, operands: [vector, c.typedValue()] };
      }
      case 'insertelement': {
        const vector = c.typedValue();
        this.#comma();
        const element = c.typedValue();
        this.#comma();
        return { ...this.#common(base, vector.type), op, operands: [vector, element, c.typedValue()] };
      }
      case 'shufflevector': {
        const a = c.typedValue();
        this.#comma();
        const b = c.typedValue();
        this.#comma();
        const mask = this.#shuffleMask(c.typedConstant());
        if (a.type.kind !== 'vector') return c.fail('shufflevector of something that is not a vector');
        return { ...this.#common(base, types.vector(mask.length, a.type.element)), op, operands: [a, b], mask };
      }
      case 'va_arg': {
        const list = c.typedValue();
        this.#comma();
        return { ...this.#common(base, c.type()), op, operands: [list] };
      }
      case 'ret': {
        const type = c.type();
        return { ...this.#common(base, types.simple('void')), op, operands: type.kind === 'void' ? [] : [c.value(type)] };
      }
      case 'br': {
        if (c.is('label')) return { ...this.#common(base, types.simple('void')), op, targets: [this.#label()] };
        const condition = c.typedValue();
        this.#comma();
        const yes = this.#label();
        this.#comma();
        return { ...this.#common(base, types.simple('void')), op, condition, targets: [yes, this.#label()] };
      }
      case 'switch':
        return this.#switch(base);
      case 'indirectbr': {
        const address = c.typedValue();
        this.#comma();
        return { ...this.#common(base, types.simple('void')), op, operands: [address], targets: this.#labels() };
      }
      case 'unreachable':
        return { ...this.#common(base, types.simple('void')), op };
      case 'callbr':
        return this.#callbr(base);
      case 'invoke':
      case 'landingpad':
      case 'resume':
      case 'catchpad':
      case 'cleanuppad':
      case 'catchswitch':
      case 'catchret':
      case 'cleanupret':
        return c.fail(`${op}: exceptions are not supported; compile with -fno-exceptions`);
    }
    return c.fail(`there is no instruction '${op}'`);
  }

  /** Whether a comma and another operand follow; a comma before metadata is left for {@link #trailing}. */
  #moreOperands(): boolean {
    const { c } = this;
    if (!c.is(',')) return false;
    const at = c.lexer.position;
    const { line } = c.lexer;
    c.next();
    if (c.kind !== Token.metadataName) return true;
    c.lexer.moveTo(at - 1, line);
    c.next();
    return false;
  }

  #indices(): number[] {
    const indices: number[] = [];
    while (this.#moreOperands()) indices.push(this.c.integer('an index'));
    return indices;
  }

  #elementAt(type: Type, indices: readonly number[]): Type {
    let at = type;
    for (const index of indices) {
      if (at.kind === 'struct' && index < at.fields.length) at = at.fields[index];
      else if (at.kind === 'array' && index < at.length) at = at.element;
      else this.c.fail(`index ${index} is outside the aggregate`);
    }
    return at;
  }

  #shuffleMask(mask: Value): number[] {
    const length = mask.type.kind === 'vector' ? mask.type.length : 0;
    switch (mask.kind) {
      case 'zero':
        return Array.from({ length }, () => 0);
      case 'undef':
      case 'poison':
        return Array.from({ length }, () => -1);
      case 'aggregate':
        return mask.elements.map((e) => (e.kind === 'int' ? Number(e.value) : -1));
      default:
        return this.c.fail('a shuffle mask must be constant');
    }
  }

  #phi(base: Common): Instruction {
    const { c } = this;
    const flags = this.#flags();
    const type = c.type();
    const incoming: { value: Value; block: Block }[] = [];
    do {
      c.expect('[');
      const value = c.value(type);
      c.expect(',');
      if (c.kind !== Token.local) c.fail(`expected a block, found ${c.found()}`);
      const block = this.blockNamed(c.text);
      c.next();
      c.expect(']');
      incoming.push({ value, block });
    } while (this.#moreOperands());
    return { ...this.#common(base, type), op: 'phi', incoming, flags };
  }

  #alloca(base: Common): Instruction {
    const { c } = this;
    const inalloca = c.take('inalloca');
    const allocated = c.type();
    let count: Value | undefined;
    let align = 0;
    while (this.#moreOperands()) {
      if (c.take('align')) align = c.integer('an alignment');
      else if (c.take('addrspace')) c.skipParentheses();
      else count = c.typedValue();
    }
    const one = count?.kind === 'int' && count.value === 1n;
    return { ...this.#common(base, c.types.simple('ptr')), op: 'alloca', allocated, ...(count && !one ? { count } : {}), align, inalloca };
  }

  #switch(base: Common): Instruction {
    const { c } = this;
    const value = c.typedValue();
    this.#comma();
    const defaultTarget = this.#label();
    c.expect('[');
    const cases: { value: bigint; target: Block }[] = [];
    while (!c.is(']')) {
      const constant = c.typedConstant();
      if (constant.kind !== 'int') return c.fail('a case must be an integer');
      this.#comma();
      cases.push({ value: constant.value, target: this.#label() });
    }
    c.expect(']');
    return { ...this.#common(base, c.types.simple('void')), op: 'switch', operands: [value], defaultTarget, cases };
  }

  #labels(): Block[] {
    const { c } = this;
    c.expect('[');
    const targets: Block[] = [];
    while (!c.is(']')) {
      targets.push(this.#label());
      if (!c.take(',')) break;
    }
    c.expect(']');
    return targets;
  }

  #callingConvention(): string {
    const { c } = this;
    if (c.kind !== Token.word) return 'ccc';
    if (c.text === 'cc') {
      c.next();
      return `cc ${c.integer('a calling convention')}`;
    }
    if (!conventions.has(c.text)) return 'ccc';
    return c.word('a calling convention');
  }

  /** Everything between `call` and the end of its arguments. */
  #callHead(flagged: boolean) {
    const { c } = this;
    const flags = flagged ? this.#flags() : noFlags;
    const callingConvention = this.#callingConvention();
    const returnAttributes = c.attributes();
    if (c.take('addrspace')) c.skipParentheses();
    const type = c.type();
    const callee = c.value(c.types.simple('ptr'));
    c.expect('(');
    const args: { value: Value; attributes: Attributes }[] = [];
    while (!c.is(')')) {
      const argumentType = c.type();
      if (argumentType.kind === 'metadata') args.push({ value: c.value(argumentType), attributes: new Map() });
      else {
        const attributes = c.attributes();
        args.push({ value: c.value(argumentType), attributes });
      }
      if (!c.take(',')) break;
    }
    c.expect(')');
    const functionType =
      type.kind === 'function'
        ? type
        : c.types.function(
            type,
            args.map((a) => a.value.type),
            false,
          );
    const groups: string[] = [];
    const own = c.attributes(groups);
    const bundles: { tag: string; values: Value[] }[] = [];
    if (c.take('[')) {
      while (!c.is(']')) {
        const tag = c.string('a bundle tag');
        c.expect('(');
        const values: Value[] = [];
        while (!c.is(')')) {
          values.push(c.typedValue());
          if (!c.take(',')) break;
        }
        c.expect(')');
        bundles.push({ tag, values });
        if (!c.take(',')) break;
      }
      c.expect(']');
    }
    return { flags, callingConvention, returnAttributes, functionType, callee, args, attributes: this.merged(own, groups), bundles };
  }

  #call(base: Common, tail: 'none' | 'tail' | 'musttail' | 'notail'): Instruction {
    const head = this.#callHead(true);
    return this.#trailing({ ...this.#common(base, head.functionType.result), op: 'call', tail, ...head });
  }

  #callbr(base: Common): Instruction {
    const { functionType, callee, args, attributes, returnAttributes, callingConvention } = this.#callHead(false);
    this.c.expect('to');
    const fallthrough = this.#label();
    const targets = this.#labels();
    const common = this.#common(base, functionType.result);
    return { ...common, op: 'callbr', functionType, callee, args, attributes, returnAttributes, callingConvention, fallthrough, targets };
  }
}
