/** Calls (LLVM Language Reference, "call" and "callbr" instructions). */
import type { Cursor } from './cursor.ts';
import { Char, Token } from './lexer.ts';
import { readAttributes, type GroupReference } from './read-attributes.ts';
import { readFlags } from './read-constants.ts';
import { readLabel, readLabels, type Head } from './instruction-parts.ts';
import { readAddressSpace, readType } from './read-types.ts';
import { readCallee, readTypedValue, readValue } from './read-values.ts';
import type { FunctionScope } from './scope.ts';
import { typeText } from './type-table.ts';
import type { Attributes, Instruction, Type, Value } from './types.ts';

type Argument = { value: Value; attributes: Attributes };
type Bundle = { tag: string; values: Value[] };

const conventionWords = new Set([
  ...['ccc', 'fastcc', 'coldcc', 'preserve_mostcc', 'preserve_allcc', 'preserve_nonecc', 'tailcc', 'swiftcc', 'swifttailcc', 'ghccc'],
  ...['aarch64_vector_pcs', 'aarch64_sve_vector_pcs', 'cxx_fast_tlscc', 'anyregcc', 'cfguard_checkcc', 'graalcc'],
  ...['aarch64_sme_preservemost_from_x0', 'aarch64_sme_preservemost_from_x1', 'aarch64_sme_preservemost_from_x2'],
]);

/** A calling convention, `ccc` if none is written; by number as `cc 12`. */
export function readConvention(c: Cursor): string {
  if (c.kind !== Token.word) return 'ccc';
  const { text } = c;
  if (conventionWords.has(text)) {
    c.next();
    return text;
  }
  return c.takeWord('cc') ? `cc ${c.count('a calling convention')}` : 'ccc';
}

function readArguments(c: Cursor): Argument[] {
  const args: Argument[] = [];
  c.expect(Char.open);
  while (c.kind !== Char.close) {
    // `musttail call void (ptr, ...) @f(ptr %x, ...)` hands the variable arguments on.
    if (c.take(Token.ellipsis)) break;
    const type = readType(c);
    const attributes = type.kind === 'metadata' ? c.pool.noAttributes : readAttributes(c);
    args.push({ value: readValue(c, type), attributes });
    if (!c.take(Char.comma)) break;
  }
  c.expect(Char.close);
  return args;
}

const noBundles: readonly Bundle[] = [];

function readBundles(c: Cursor): readonly Bundle[] {
  if (!c.take(Char.openBracket)) return noBundles;
  const bundles: Bundle[] = [];
  while (c.kind !== Char.closeBracket) {
    const tag = c.string('a bundle tag');
    const values: Value[] = [];
    c.parenthesized(() => {
      while (c.kind !== Char.close) {
        values.push(readTypedValue(c));
        if (!c.take(Char.comma)) break;
      }
    });
    bundles.push({ tag, values });
    if (!c.take(Char.comma)) break;
  }
  c.expect(Char.closeBracket);
  return bundles;
}

/** The type of what is called: written in full if it takes variable arguments, else only its result is. */
function functionTypeOf(c: Cursor, type: Type, args: readonly Argument[], at: number): Extract<Type, { kind: 'function' }> {
  if (type.kind !== 'function')
    return c.types.function(
      type,
      args.map((a) => a.value.type),
      false,
    );
  const { params, varargs } = type;
  if (args.length < params.length || (args.length > params.length && !varargs))
    c.fail(`${args.length} arguments where ${typeText(type)} takes ${params.length}`, at);
  params.forEach((p, i) => {
    if (p !== args[i].value.type) c.fail(`argument ${i} is ${typeText(args[i].value.type)} where ${typeText(type)} is called`, at);
  });
  return type;
}

/** Everything between `call` and the end of its bundles. */
type CallParts = Pick<
  Extract<Instruction, { op: 'call' }>,
  'callee' | 'args' | 'functionType' | 'callingConvention' | 'returnAttributes' | 'attributes' | 'flags' | 'bundles'
>;

function readCallParts(c: Cursor): CallParts {
  const flags = readFlags(c);
  const callingConvention = readConvention(c);
  const returnAttributes = readAttributes(c);
  if (c.takeWord('addrspace')) readAddressSpace(c);
  const at = c.lexer.start;
  const type = readType(c);
  if (type.kind === 'label' || type.kind === 'metadata') c.fail(`a call that gives ${type.kind}`, at);
  const callee = readCallee(c);
  const args = readArguments(c);
  const functionType = functionTypeOf(c, type, args, at);
  const groups: GroupReference[] = [];
  const own = readAttributes(c, groups);
  const bundles = readBundles(c);
  const attributes = c.symbols.merged(own, groups);
  return { callee, args, functionType, callingConvention, returnAttributes, attributes, flags, bundles };
}

export function readCall(c: Cursor, head: Head, tail: 'none' | 'tail' | 'musttail' | 'notail'): Instruction {
  const parts = readCallParts(c);
  return {
    kind: 'instruction',
    type: parts.functionType.result,
    name: head.name,
    block: head.block,
    debug: undefined,
    records: head.records,
    attachments: undefined,
    irLine: head.irLine,
    op: 'call',
    callee: parts.callee,
    args: parts.args,
    functionType: parts.functionType,
    tail,
    callingConvention: parts.callingConvention,
    returnAttributes: parts.returnAttributes,
    attributes: parts.attributes,
    flags: parts.flags,
    bundles: parts.bundles,
  };
}

export function readCallbr(c: Cursor, head: Head, scope: FunctionScope): Instruction {
  const { callee, args, functionType, callingConvention, returnAttributes, attributes, bundles } = readCallParts(c);
  c.expectWord('to');
  const fallthrough = readLabel(c, scope);
  const targets = readLabels(c, scope);
  const { name, block, records, irLine } = head;
  return {
    ...{ kind: 'instruction', op: 'callbr', type: functionType.result, name, block, records, irLine },
    ...{ callee, args, functionType, callingConvention, returnAttributes, attributes, bundles, fallthrough, targets },
  };
}
