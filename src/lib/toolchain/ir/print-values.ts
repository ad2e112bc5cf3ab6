/** Constants, operands and metadata as LLVM writes them. */
import { floatText } from './float-bits.ts';
import { isNode } from './scope.ts';
import { escapeBytes, escapeText, nameText, typeText } from './type-table.ts';
import type { Attributes, Constant, MetadataField, MetadataNode, MetadataValue, Value } from './types.ts';

/** What printing needs of the module: how it refers to a list of attributes of a function or call. */
export type PrintContext = { group(attributes: Attributes): string };

export function typedText(value: Value): string {
  return `${typeText(value.type)} ${valueText(value)}`;
}

export function valueText(value: Value): string {
  switch (value.kind) {
    case 'param':
    case 'instruction':
      return `%${nameText(value.name)}`;
    case 'metadataValue':
      return metadataValueText(value);
    case 'asm': {
      const flags = [value.sideEffect && 'sideeffect', value.alignStack && 'alignstack', value.intelDialect && 'inteldialect'];
      const words = ['asm', ...flags, value.unwind && 'unwind'].filter((w) => w !== false).join(' ');
      return `${words} "${escapeText(value.text)}", "${escapeText(value.constraints)}"`;
    }
    default:
      return constantText(value);
  }
}

export function constantText(c: Constant): string {
  switch (c.kind) {
    case 'int':
      if (c.type.kind !== 'int') return String(c.value);
      return c.type.bits === 1 ? String(c.value === 1n) : String(BigInt.asIntN(c.type.bits, c.value));
    case 'fp':
      return floatText(c.bits, c.type);
    case 'zero':
      return 'zeroinitializer';
    case 'null':
    case 'undef':
    case 'poison':
    case 'none':
      return c.kind;
    case 'bytes':
      return `c"${escapeBytes(c.bytes)}"`;
    case 'global':
      return `@${nameText(c.global.name)}`;
    case 'blockaddress':
      return `blockaddress(@${nameText(c.fn.name)}, %${nameText(c.block.name)})`;
    case 'dso_local_equivalent':
    case 'no_cfi':
      return `${c.kind} @${nameText(c.global.name)}`;
    case 'aggregate':
      return aggregateText(c);
    case 'expr':
      return expressionText(c);
  }
}

function aggregateText(c: Extract<Constant, { kind: 'aggregate' }>): string {
  const { type, elements } = c;
  if (type.kind === 'vector') {
    const [first] = elements;
    if (elements.every((e) => e === first) && (first.kind === 'int' || first.kind === 'fp')) return `splat (${typedText(first)})`;
    return `<${elements.map(typedText).join(', ')}>`;
  }
  if (type.kind === 'array') return `[${elements.map(typedText).join(', ')}]`;
  const fields = elements.length === 0 ? '{}' : `{ ${elements.map(typedText).join(', ')} }`;
  return type.kind === 'struct' && type.packed ? `<${fields}>` : fields;
}

function expressionText(c: Extract<Constant, { kind: 'expr' }>): string {
  const flags = [...(c.flags ?? [])].map((f) => ` ${f}`).join('');
  const operands = c.operands.map(typedText);
  const range = c.inrange ? ` inrange(${c.inrange[0]}, ${c.inrange[1]})` : '';
  if (c.op === 'getelementptr') return `getelementptr${flags}${range} (${[typeText(c.sourceType ?? c.type), ...operands].join(', ')})`;
  const isCast = c.operands.length === 1;
  return `${c.op}${flags} (${isCast ? `${operands[0]} to ${typeText(c.type)}` : operands.join(', ')})`;
}

function metadataValueText(value: MetadataValue): string {
  if (value.ref !== undefined) return `!${value.ref}`;
  const { metadata } = value;
  if (typeof metadata === 'string') return `!"${escapeText(metadata)}"`;
  return isNode(metadata) ? metadataNodeText(metadata) : typedText(metadata);
}

export function metadataNodeText(node: MetadataNode): string {
  switch (node.kind) {
    case 'tuple':
      return `${node.distinct ? 'distinct ' : ''}!{${node.elements.map(elementText).join(', ')}}`;
    case 'expression':
      return `!DIExpression(${node.ops.join(', ')})`;
    case 'argList':
      return `!DIArgList(${node.values.map(typedText).join(', ')})`;
    case 'specialized': {
      const fields = [...node.fields].map(([name, field]) => `${name}: ${fieldText(field)}`);
      return `${node.distinct ? 'distinct ' : ''}!${node.name}(${fields.join(', ')})`;
    }
  }
}

function elementText(element: Extract<MetadataNode, { kind: 'tuple' }>['elements'][number]): string {
  if (element === null) return 'null';
  if (typeof element === 'number') return `!${element}`;
  if (typeof element === 'string') return `!"${escapeText(element)}"`;
  return isNode(element) ? metadataNodeText(element) : typedText(element);
}

function fieldText(field: MetadataField): string {
  if (typeof field === 'string') return `"${escapeText(field)}"`;
  if (field === null || typeof field !== 'object') return String(field);
  if ('ref' in field) return `!${field.ref}`;
  if ('flags' in field) return field.flags.join(' | ');
  return 'inline' in field ? metadataNodeText(field.inline) : typedText(field.value);
}
