/** Directives that define symbols or say something about them. */
import type { ObjectSymbol } from '../object/object.ts';
import { SyntaxProblem, type Cursor } from './cursor.ts';
import { eachItem } from './data-directives.ts';
import type { Directive } from './directives.ts';
import type { Pass } from './pass.ts';

const eachSymbol =
  (change: (symbol: ObjectSymbol) => void): Directive =>
  (pass, cursor) =>
    eachItem(cursor, () => {
      const symbol = pass.symbol(cursor.name("a symbol's name"));
      pass.journal.symbol(symbol);
      change(symbol);
    });

const set =
  (fixed: boolean): Directive =>
  (pass, cursor) => {
    const name = cursor.name("a symbol's name");
    cursor.expect(',');
    const value = pass.expression(cursor);
    cursor.expectEnd();
    if (name === '.') pass.moveTo(value, 0);
    else pass.assign(name, value, fixed);
  };

const types: Readonly<Record<string, ObjectSymbol['type']>> = {
  function: 'func',
  stt_func: 'func',
  object: 'object',
  stt_object: 'object',
  tls_object: 'tls',
  stt_tls: 'tls',
  common: 'object',
  stt_common: 'object',
  notype: 'none',
  stt_notype: 'none',
  gnu_indirect_function: 'gnu_ifunc',
  stt_gnu_ifunc: 'gnu_ifunc',
  gnu_unique_object: 'object',
};

/** `.type NAME, %function`, with `@`, `%`, `#`, quotes or STT_ before the type; the comma may be missing. */
const type: Directive = (pass, cursor) => {
  const symbol = pass.symbol(cursor.name("a symbol's name"));
  cursor.eat(',');
  if (!cursor.eat('@') && !cursor.eat('%')) cursor.eat('#');
  const name = cursor.word('a type').toLowerCase();
  const found = types[name];
  if (!found) throw new SyntaxProblem(`'${name}' is not a symbol type`, 'use %function, %object, %tls_object or %notype');
  cursor.expectEnd();
  pass.journal.symbol(symbol);
  symbol.type = found;
  if (name === 'gnu_unique_object') symbol.binding = 'unique';
};

/** Sizes are often differences with labels that follow, so they are settled at the end. */
const size: Directive = (pass, cursor) => {
  const symbol = pass.symbol(cursor.name("a symbol's name"));
  cursor.expect(',');
  const value = pass.number(pass.expression(cursor), `the size of '${symbol.name}'`);
  cursor.expectEnd();
  pass.journal.symbol(symbol);
  symbol.size = value;
};

/** `implied`: the alignment of an object of that size. */
function sizeAndAlign(pass: Pass, cursor: Cursor, implied: (size: bigint) => bigint): { name: string; size: bigint; align: number } {
  const name = cursor.name("a symbol's name");
  cursor.eat(',');
  const bytes = pass.numberAt(cursor, 'the size');
  if (bytes < 0n || bytes > BigInt(Number.MAX_SAFE_INTEGER)) throw new SyntaxProblem(`size ${bytes} is out of range`);
  let align = implied(bytes);
  if (cursor.eat(',')) {
    align = pass.numberAt(cursor, 'the alignment');
    if (align < 1n || align > 1n << 31n || (align & (align - 1n)) !== 0n)
      throw new SyntaxProblem(`alignment ${align} is not a power of two`);
  }
  cursor.expectEnd();
  return { name, size: bytes, align: Number(align) };
}

/** Up to 16, so that the object could be one value. */
function commonAlign(size: bigint): bigint {
  let align = 1n;
  while (align < 16n && align < size) align *= 2n;
  return align;
}

function localAlign(size: bigint): bigint {
  let align = 1n;
  while (align < 8n && align * 2n <= size) align *= 2n;
  return align;
}

const common: Directive = (pass, cursor) => {
  const { name, size: bytes, align } = sizeAndAlign(pass, cursor, commonAlign);
  const symbol = pass.symbol(name);
  pass.journal.symbol(symbol);
  if (symbol.place) throw new SyntaxProblem(`symbol '${name}' is already defined`);
  if (symbol.binding === 'local') {
    placeInBss(pass, symbol, bytes, align);
    return;
  }
  symbol.type = 'common';
  symbol.align = Math.max(symbol.align ?? 1, align);
  if (bytes > symbol.size) symbol.size = bytes;
};

const localCommon: Directive = (pass, cursor) => {
  const { name, size: bytes, align } = sizeAndAlign(pass, cursor, localAlign);
  const symbol = pass.symbol(name);
  pass.journal.symbol(symbol);
  if (symbol.place) throw new SyntaxProblem(`symbol '${name}' is already defined`);
  symbol.binding = 'local';
  placeInBss(pass, symbol, bytes, align);
};

function placeInBss(pass: Pass, symbol: ObjectSymbol, bytes: bigint, align: number): void {
  const section = pass.openSection('.bss', 'nobits', { alloc: true, write: true }, align);
  pass.journal.section(section);
  section.size = Math.ceil(section.size / align) * align;
  symbol.type = 'object';
  symbol.place = { section, offset: section.size };
  symbol.size = bytes;
  pass.defined.set(symbol.name, symbol.place);
  section.size += Number(bytes);
}

const visibility = (value: ObjectSymbol['visibility']): Directive => eachSymbol((symbol) => (symbol.visibility = value));

const global: Directive = eachSymbol((symbol) => {
  // `.weak` stays weak, whichever comes first.
  if (symbol.binding !== 'weak' && symbol.binding !== 'unique') symbol.binding = 'global';
  symbol.declared = true;
});

/** `.weakref ALIAS, TARGET`: a weak reference under another name. */
const weakReference: Directive = (pass, cursor) => {
  const alias = cursor.name("a symbol's name");
  cursor.expect(',');
  const target = pass.symbol(cursor.name("a symbol's name"));
  cursor.expectEnd();
  pass.journal.symbol(target);
  if (!target.place && !target.declared) target.binding = 'weak';
  pass.assign(alias, { constant: 0n, add: target }, false);
};

export const symbolDirectives: Readonly<Record<string, Directive>> = {
  '.global': global,
  '.globl': global,
  '.weak': eachSymbol((symbol) => {
    symbol.binding = 'weak';
  }),
  '.local': eachSymbol((symbol) => {
    symbol.binding = 'local';
    delete symbol.declared;
  }),
  '.hidden': visibility('hidden'),
  '.internal': visibility('internal'),
  '.protected': visibility('protected'),
  '.type': type,
  '.size': size,
  '.set': set(false),
  '.equ': set(false),
  '.eqv': set(true),
  '.equiv': set(true),
  '.comm': common,
  '.common': common,
  '.lcomm': localCommon,
  '.weakref': weakReference,
  // Says that a function's calling convention is not the base one (AAELF64 5.4): a mark for the dynamic linker only.
  '.variant_pcs': eachSymbol(() => undefined),
  '.extern': () => undefined,
};
