/** Bodies of functions as LLVM writes them. */
import { printAttribute } from './print-attributes.ts';
import { metadataNodeText, typedText, valueText, type PrintContext } from './print-values.ts';
import { nameText, typeText } from './type-table.ts';
import type { Attributes, Block, DebugRecord, Flags, Instruction, IrFunction, Ordering } from './types.ts';

type Of<Op extends Instruction['op']> = Extract<Instruction, { op: Op }>;

function words(...parts: (string | false | undefined)[]): string {
  return parts.filter((p) => p !== '' && p !== false && p !== undefined).join(' ');
}
const flagsText = (flags: Flags): string => [...flags].join(' ');
const attributesText = (attributes: Attributes): string => [...attributes].map(printAttribute).join(' ');
const label = (block: Block): string => `label %${nameText(block.name)}`;
const ref = (block: Block): string => `%${nameText(block.name)}`;

export class FunctionPrinter {
  readonly #context: PrintContext;

  constructor(context: PrintContext) {
    this.#context = context;
  }

  body(fn: IrFunction): string {
    let text = '';
    for (const block of fn.blocks) {
      text += `${nameText(block.name)}:\n`;
      for (const i of block.instructions) {
        for (const record of i.records ?? []) text += `    ${recordText(record)}\n`;
        text += `  ${this.line(i)}\n`;
      }
    }
    return text;
  }

  /** An instruction with its name and metadata. */
  line(i: Instruction): string {
    const result = i.type.kind === 'void' ? '' : `%${nameText(i.name)} = `;
    const debug = i.debug !== undefined ? `, !dbg !${i.debug}` : '';
    const attached = (i.attachments ?? [])
      .map(({ name, node }) => `, !${name} ${typeof node === 'number' ? `!${node}` : metadataNodeText(node)}`)
      .join('');
    return `${result}${this.#operation(i)}${debug}${attached}`;
  }

  #operation(i: Instruction): string {
    switch (i.op) {
      case 'fneg':
      case 'freeze':
        return words(i.op, flagsText(i.flags), typedText(i.operands[0]));
      case 'icmp':
      case 'fcmp':
        return words(i.op, flagsText(i.flags), i.predicate, `${typedText(i.operands[0])}, ${valueText(i.operands[1])}`);
      case 'select':
        return words('select', flagsText(i.flags), i.operands.map(typedText).join(', '));
      case 'phi': {
        const edges = i.incoming.map((e) => `[ ${valueText(e.value)}, ${ref(e.block)} ]`).join(', ');
        return words('phi', flagsText(i.flags), typeText(i.type), edges);
      }
      case 'extractvalue':
      case 'insertvalue':
        return `${i.op} ${[...i.operands.map(typedText), ...i.indices].join(', ')}`;
      case 'extractelement':
      case 'insertelement':
        return `${i.op} ${i.operands.map(typedText).join(', ')}`;
      case 'shufflevector': {
        const mask = i.mask.map((m) => (m < 0 ? 'i32 poison' : `i32 ${m}`)).join(', ');
        return `shufflevector ${i.operands.map(typedText).join(', ')}, <${i.mask.length} x i32> <${mask}>`;
      }
      case 'va_arg':
        return `va_arg ${typedText(i.operands[0])}, ${typeText(i.type)}`;
      case 'call':
      case 'callbr':
        return this.#call(i);
      case 'alloca':
      case 'load':
      case 'store':
      case 'fence':
      case 'cmpxchg':
      case 'atomicrmw':
      case 'getelementptr':
        return memoryText(i);
      case 'ret':
      case 'br':
      case 'switch':
      case 'indirectbr':
      case 'unreachable':
        return terminatorText(i);
      default:
        if (i.operands.length === 2) return words(i.op, flagsText(i.flags), `${typedText(i.operands[0])}, ${valueText(i.operands[1])}`);
        return words(i.op, flagsText(i.flags), `${typedText(i.operands[0])} to ${typeText(i.type)}`);
    }
  }

  #call(i: Of<'call' | 'callbr'>): string {
    const args = i.args.map((a) => words(typeText(a.value.type), attributesText(a.attributes), valueText(a.value)));
    // `...` at the end of a musttail call hands the variable arguments on.
    if (i.op === 'call' && i.tail === 'musttail' && i.functionType.varargs) args.push('...');
    const bundles = i.bundles.map((b) => `"${b.tag}"(${b.values.map(typedText).join(', ')})`);
    const call = words(
      i.op === 'call' && i.tail !== 'none' && i.tail,
      i.op,
      i.op === 'call' && flagsText(i.flags),
      i.callingConvention !== 'ccc' && i.callingConvention,
      attributesText(i.returnAttributes),
      i.functionType.varargs ? typeText(i.functionType) : typeText(i.functionType.result),
      `${valueText(i.callee)}(${args.join(', ')})`,
      this.#context.group(i.attributes),
      bundles.length > 0 && `[ ${bundles.join(', ')} ]`,
    );
    return i.op === 'call' ? call : `${call}\n          to ${label(i.fallthrough)} [${i.targets.map(label).join(', ')}]`;
  }
}

function scoped(i: { syncscope?: string }, ...orders: Ordering[]): string {
  const written = orders.filter((o) => o !== 'notatomic');
  return words(i.syncscope !== undefined && `syncscope("${i.syncscope}")`, ...written);
}

function aligned(text: string, align: number): string {
  return align > 0 ? `${text}, align ${align}` : text;
}

function memoryText(i: Of<'alloca' | 'load' | 'store' | 'fence' | 'cmpxchg' | 'atomicrmw' | 'getelementptr'>): string {
  switch (i.op) {
    case 'alloca': {
      const parts = [words('alloca', i.inalloca && 'inalloca', typeText(i.allocated)), ...(i.count ? [typedText(i.count)] : [])];
      return aligned(parts.join(', '), i.align);
    }
    case 'load':
    case 'store': {
      const operands = i.op === 'load' ? `${typeText(i.type)}, ${typedText(i.operands[0])}` : i.operands.map(typedText).join(', ');
      const atomic = i.ordering !== 'notatomic' && 'atomic';
      return aligned(words(i.op, atomic, i.volatile && 'volatile', operands, scoped(i, i.ordering)), i.align);
    }
    case 'fence':
      return words('fence', scoped(i, i.ordering));
    case 'cmpxchg': {
      const operands = i.operands.map(typedText).join(', ');
      return aligned(words('cmpxchg', i.weak && 'weak', i.volatile && 'volatile', operands, scoped(i, i.success, i.failure)), i.align);
    }
    case 'atomicrmw':
      return aligned(
        words('atomicrmw', i.volatile && 'volatile', i.rmw, i.operands.map(typedText).join(', '), scoped(i, i.ordering)),
        i.align,
      );
    case 'getelementptr':
      return words('getelementptr', flagsText(i.flags), [typeText(i.sourceType), ...i.operands.map(typedText)].join(', '));
  }
}

function terminatorText(i: Of<'ret' | 'br' | 'switch' | 'indirectbr' | 'unreachable'>): string {
  switch (i.op) {
    case 'ret':
      return i.operands.length === 0 ? 'ret void' : `ret ${typedText(i.operands[0])}`;
    case 'br':
      return i.condition ? `br ${[typedText(i.condition), ...i.targets.map(label)].join(', ')}` : `br ${label(i.targets[0])}`;
    case 'switch': {
      const [value] = i.operands;
      const { type } = value;
      const number = (v: bigint): string => (type.kind === 'int' ? String(BigInt.asIntN(type.bits, v)) : String(v));
      const cases = i.cases.map((c) => `\n    ${typeText(type)} ${caseText(type, number(c.value))}, ${label(c.target)}`).join('');
      return `switch ${typedText(value)}, ${label(i.defaultTarget)} [${cases}\n  ]`;
    }
    case 'indirectbr':
      return `indirectbr ${typedText(i.operands[0])}, [${i.targets.map(label).join(', ')}]`;
    case 'unreachable':
      return 'unreachable';
  }
}

function caseText(type: { kind: string; bits?: number }, number: string): string {
  return type.bits === 1 ? (number === '0' ? 'false' : 'true') : number;
}

export function recordText(record: DebugRecord): string {
  const operands = record.operands.map((o) => (typeof o === 'number' ? `!${o}` : o.kind === 'metadataValue' ? valueText(o) : typedText(o)));
  return `#dbg_${record.kind}(${[...operands, `!${record.location}`].join(', ')})`;
}
