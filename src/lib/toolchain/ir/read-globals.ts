/** Global variables, aliases and ifuncs (LLVM Language Reference, "Global Variables", "Aliases", "IFuncs"). */
import type { Cursor } from './cursor.ts';
import { Char, Token } from './lexer.ts';
import { readAttributes, type GroupReference } from './read-attributes.ts';
import { readConstant, readTypedConstant } from './read-constants.ts';
import { readAddressSpace, readType } from './read-types.ts';
import { readAttachment } from './read-values.ts';
import { typeText } from './type-table.ts';
import type { Attachments, Attributes, GlobalAlias, GlobalVariable, Linkage } from './types.ts';

const linkages = wordMap<Linkage>([
  ...(['external', 'internal', 'private', 'weak', 'weak_odr', 'linkonce', 'linkonce_odr', 'common', 'appending'] as const),
  ...(['extern_weak', 'available_externally'] as const),
]);
const preemptions = wordMap(['dso_local', 'dso_preemptable']);
const visibilities = wordMap(['default', 'hidden', 'protected']);
const storageClasses = wordMap(['dllimport', 'dllexport']);
const threadModels = wordMap(['localdynamic', 'initialexec', 'localexec']);
export const unnamedWords = wordMap(['unnamed_addr', 'local_unnamed_addr']);
const sanitizerWords = wordMap(['no_sanitize_address', 'no_sanitize_hwaddress', 'sanitize_memtag', 'sanitize_address_dyninit']);

function wordMap<T extends string>(words: readonly T[]): ReadonlyMap<string, T> {
  return new Map(words.map((w) => [w, w]));
}

/** What all globals start with. */
export function readGlobalFlags(c: Cursor): Pick<GlobalVariable, 'linkage' | 'visibility' | 'dsoLocal'> {
  const linkage = c.takeWordOf(linkages) ?? 'external';
  const preemption = c.takeWordOf(preemptions);
  const visibility = c.takeWordOf(visibilities) ?? 'default';
  c.takeWordOf(storageClasses);
  // LLVM implies dso_local for these, whether it is written or not.
  const implied = linkage === 'internal' || linkage === 'private' || (visibility !== 'default' && linkage !== 'extern_weak');
  return { linkage, visibility, dsoLocal: preemption === 'dso_local' || implied };
}

/** `comdat` or `comdat($name)`. */
export function readComdat(c: Cursor, own: string): string {
  c.expectWord('comdat');
  if (c.kind !== Char.open) return own;
  return c.parenthesized(() => {
    if (c.kind !== Token.comdat) c.unexpected('the name of a comdat');
    const name = c.text;
    c.next();
    return name;
  });
}

function readThreadLocal(c: Cursor): GlobalVariable['threadLocal'] {
  if (!c.takeWord('thread_local')) return undefined;
  if (c.kind !== Char.open) return 'generaldynamic';
  return c.parenthesized(() => c.takeWordOf(threadModels) ?? c.unexpected('a TLS model'));
}

/** `@name = ...`, the name being current. */
export function readGlobal(c: Cursor): void {
  const { line: irLine, start: at, id } = c.lexer;
  const name = c.text;
  c.next();
  c.expect(Char.equal);
  const written = c.lexer.source.startsWith('external', c.lexer.start) || c.isWord('extern_weak') || c.isWord('available_externally');
  const flags = readGlobalFlags(c);
  const threadLocal = readThreadLocal(c);
  const unnamed = c.takeWordOf(unnamedWords);
  if (c.takeWord('addrspace')) readAddressSpace(c);
  const externallyInitialized = c.takeWord('externally_initialized');
  const { linkage, visibility, dsoLocal } = flags;
  const unnamedAddr = unnamed === 'unnamed_addr';
  const localUnnamedAddr = unnamed === 'local_unnamed_addr' ? true : undefined;
  const base: GlobalStart = { name, linkage, visibility, dsoLocal, unnamedAddr, localUnnamedAddr, threadLocal, irLine };
  if (c.isWord('alias') || c.isWord('ifunc')) {
    const alias = readAlias(c, base);
    c.symbols.define(id, alias, at);
    return;
  }
  if (!c.isWord('global') && !c.isWord('constant')) c.unexpected("'global' or 'constant'");
  const constant = c.word('a kind of variable') === 'constant';
  const typeAt = c.lexer.start;
  const type = readType(c);
  if (type.kind === 'void' || type.kind === 'function' || type.kind === 'label' || type.kind === 'metadata' || type.kind === 'token')
    c.fail(`a variable of type ${typeText(type)}`, typeAt);
  const variable: GlobalVariable = {
    kind: 'variable',
    name,
    linkage,
    visibility,
    dsoLocal,
    unnamedAddr,
    localUnnamedAddr,
    threadLocal,
    section: undefined,
    align: undefined,
    comdat: undefined,
    debug: undefined,
    irLine,
    type,
    constant,
    initializer: undefined,
  };
  if (externallyInitialized) variable.externallyInitialized = true;
  const declared = linkage === 'extern_weak' || (linkage === 'external' && written);
  if (!declared) variable.initializer = readConstant(c, type);
  readVariableProperties(c, variable);
  c.symbols.define(id, variable, at);
}

type GlobalStart = Omit<GlobalAlias, 'kind' | 'type' | 'target'>;

function readAlias(c: Cursor, base: GlobalStart): GlobalAlias {
  const kind = c.word('alias or ifunc') === 'alias' ? 'alias' : 'ifunc';
  const type = readType(c);
  c.expect(Char.comma);
  const at = c.lexer.start;
  const target = readTypedConstant(c);
  if (target.type.kind !== 'ptr') c.fail(`an ${kind} of something that is not an address`, at);
  const alias: GlobalAlias = { ...base, kind, type, target };
  const attachments: Attachments[number][] = [];
  while (c.take(Char.comma)) {
    if (c.takeWord('partition')) alias.partition = c.string('a partition');
    else attachments.push(readAttachment(c));
  }
  if (attachments.length > 0) alias.attachments = attachments;
  return alias;
}

function readVariableProperties(c: Cursor, variable: GlobalVariable): void {
  const attributes = new Map<string, true>();
  const attachments: Attachments[number][] = [];
  const groups: GroupReference[] = [];
  while (c.take(Char.comma)) {
    const sanitizer = c.takeWordOf(sanitizerWords);
    if (sanitizer) attributes.set(sanitizer, true);
    else if (c.takeWord('section')) variable.section = c.string('a section name');
    else if (c.takeWord('partition')) variable.partition = c.string('a partition');
    else if (c.takeWord('align')) variable.align = c.alignment();
    else if (c.isWord('comdat')) variable.comdat = readComdat(c, variable.name);
    else if (c.takeWord('code_model')) variable.codeModel = c.string('a code model');
    else if (c.kind !== Token.metadataName) c.unexpected('a property of a variable');
    else {
      const attachment = readAttachment(c);
      if (attachment.name === 'dbg' && variable.debug === undefined && typeof attachment.node === 'number')
        variable.debug = attachment.node;
      else attachments.push(attachment);
    }
  }
  const own: Attributes = readAttributes(c, groups);
  const all = attributes.size > 0 ? new Map([...attributes, ...own]) : own;
  if (all.size > 0 || groups.length > 0) variable.attributes = c.symbols.merged(all, groups);
  if (attachments.length > 0) variable.attachments = attachments;
}
