/**
 * Prints a module as textual LLVM IR, as clang would write it but for the numbers of attribute groups. What is read again is equal:
 * `readIr(printModule(m))` is `m` but for lines.
 */
import { printAttribute } from './print-attributes.ts';
import { FunctionPrinter } from './print-function.ts';
import { constantText, metadataNodeText, type PrintContext } from './print-values.ts';
import { escapeText, nameText, structBodyText, typeText } from './type-table.ts';
import type { Attachments, Attributes, Global, GlobalAlias, GlobalVariable, IrFunction, Module } from './types.ts';

export function printModule(module: Module): string {
  return new ModulePrinter().print(module);
}

/** One function as it would stand in its module; attributes in place, since groups are a module's. */
export function printFunction(fn: IrFunction): string {
  const inline: PrintContext = { group: (attributes) => [...attributes].map(printAttribute).join(' ') };
  return functionText(fn, inline);
}

class ModulePrinter implements PrintContext {
  readonly #groups = new Map<string, number>();
  readonly #groupOf = new Map<Attributes, number>();

  group(attributes: Attributes): string {
    if (attributes.size === 0) return '';
    let number = this.#groupOf.get(attributes);
    if (number === undefined) {
      const text = [...attributes].map(printAttribute).join(' ');
      number = this.#groups.get(text) ?? this.#groups.size;
      this.#groups.set(text, number);
      this.#groupOf.set(attributes, number);
    }
    return `#${number}`;
  }

  print(module: Module): string {
    const out: string[] = [];
    if (module.sourceFile) out.push(`source_filename = "${escapeText(module.sourceFile)}"`);
    if (module.dataLayout) out.push(`target datalayout = "${escapeText(module.dataLayout)}"`);
    if (module.triple) out.push(`target triple = "${escapeText(module.triple)}"`);
    for (const text of module.moduleAsm) out.push(`module asm "${escapeText(text)}"`);
    for (const [name, type] of module.namedTypes) if (type.kind === 'struct') out.push(`%${nameText(name)} = type ${structBodyText(type)}`);
    for (const [name, kind] of module.comdats) out.push(`$${nameText(name)} = comdat ${kind}`);
    for (const global of module.globals) out.push(this.#global(global));
    for (const [text, number] of this.#groups) out.push(`attributes #${number} = { ${groupText(text)} }`);
    for (const [name, refs] of module.namedMetadata) out.push(`!${name} = !{${refs.map((r) => `!${r}`).join(', ')}}`);
    for (const [number, node] of module.metadata) out.push(`!${number} = ${metadataNodeText(node)}`);
    return `${out.join('\n')}\n`;
  }

  #global(global: Global): string {
    switch (global.kind) {
      case 'variable':
        return variableText(global, this);
      case 'alias':
      case 'ifunc':
        return aliasText(global);
      case 'function':
        return functionText(global, this);
    }
  }
}

/** In a group alignment is written with an equals sign. */
function groupText(text: string): string {
  return text.replace(/(^| )align (\d+)/g, '$1align=$2');
}

function words(...parts: (string | false | undefined)[]): string {
  return parts.filter((p) => p !== '' && p !== false && p !== undefined).join(' ');
}

/** Linkage, preemption and visibility; `external` is written only for a variable without an initialiser. */
function flagsText(g: Global, declared: boolean): string {
  const linkage = g.linkage === 'external' && !declared ? '' : g.linkage;
  const implied = g.linkage === 'internal' || g.linkage === 'private' || (g.visibility !== 'default' && g.linkage !== 'extern_weak');
  return words(linkage, g.dsoLocal && !implied && 'dso_local', g.visibility !== 'default' && g.visibility);
}

function unnamedText(g: Global): string {
  return g.unnamedAddr ? 'unnamed_addr' : g.localUnnamedAddr ? 'local_unnamed_addr' : '';
}

function threadText(g: Global): string {
  if (!g.threadLocal) return '';
  return g.threadLocal === 'generaldynamic' ? 'thread_local' : `thread_local(${g.threadLocal})`;
}

function attachmentText(attachments: Attachments | undefined): string[] {
  return (attachments ?? []).map(({ name, node }) => `!${name} ${typeof node === 'number' ? `!${node}` : metadataNodeText(node)}`);
}

function comdatText(g: Global): string | undefined {
  return g.comdat === undefined ? undefined : g.comdat === g.name ? 'comdat' : `comdat($${nameText(g.comdat)})`;
}

function quoted(keyword: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : `${keyword} "${escapeText(text)}"`;
}

const sanitizers = ['no_sanitize_address', 'no_sanitize_hwaddress', 'sanitize_memtag', 'sanitize_address_dyninit'];

function variableText(g: GlobalVariable, context: PrintContext): string {
  const declared = !g.initializer;
  const head = words(
    `@${nameText(g.name)} =`,
    flagsText(g, declared),
    threadText(g),
    unnamedText(g),
    g.externallyInitialized && 'externally_initialized',
    g.constant ? 'constant' : 'global',
    typeText(g.type),
    g.initializer && constantText(g.initializer),
  );
  const own = sanitizers.filter((s) => g.attributes?.has(s));
  const rest = new Map([...(g.attributes ?? [])].filter(([name]) => !own.includes(name)));
  const properties = [
    head,
    quoted('section', g.section),
    quoted('partition', g.partition),
    ...own,
    comdatText(g),
    g.align !== undefined ? `align ${g.align}` : undefined,
    quoted('code_model', g.codeModel),
    ...(g.debug !== undefined ? [`!dbg !${g.debug}`] : []),
    ...attachmentText(g.attachments),
  ].filter((p) => p !== undefined);
  return words(properties.join(', '), context.group(rest));
}

function aliasText(g: GlobalAlias): string {
  const target = `${typeText(g.target.type)} ${constantText(g.target)}`;
  const head = words(
    `@${nameText(g.name)} =`,
    flagsText(g, false),
    threadText(g),
    unnamedText(g),
    g.kind,
    `${typeText(g.type)}, ${target}`,
  );
  return [head, quoted('partition', g.partition), ...attachmentText(g.attachments)].filter((p) => p !== undefined).join(', ');
}

function functionText(fn: IrFunction, context: PrintContext): string {
  const defined = fn.blocks.length > 0;
  const params = fn.params.map((p) =>
    words(typeText(p.type), ...[...p.attributes].map(printAttribute), (defined || !/^\d+$/.test(p.name)) && `%${nameText(p.name)}`),
  );
  if (fn.type.varargs) params.push('...');
  const attachments = [...(fn.debug !== undefined ? [`!dbg !${fn.debug}`] : []), ...attachmentText(fn.attachments)];
  const typed = (keyword: string, c: IrFunction['prefix']): string | undefined => c && `${keyword} ${typeText(c.type)} ${constantText(c)}`;
  const signature = words(
    defined ? 'define' : 'declare',
    !defined && attachments.join(' '),
    flagsText(fn, fn.linkage !== 'external'),
    fn.callingConvention !== 'ccc' && fn.callingConvention,
    ...[...fn.returnAttributes].map(printAttribute),
    typeText(fn.type.result),
    `@${nameText(fn.name)}(${params.join(', ')})`,
    unnamedText(fn),
    context.group(fn.attributes),
    quoted('section', fn.section),
    quoted('partition', fn.partition),
    comdatText(fn),
    fn.align !== undefined && `align ${fn.align}`,
    quoted('gc', fn.gc),
    typed('prefix', fn.prefix),
    typed('prologue', fn.prologue),
    typed('personality', fn.personality),
    defined && attachments.join(' '),
  );
  return defined ? `${signature} {\n${new FunctionPrinter(context).body(fn)}}` : signature;
}
