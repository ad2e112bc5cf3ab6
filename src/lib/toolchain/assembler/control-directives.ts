/** Directives that decide what is assembled: conditionals, macros, repetitions, includes, messages; and those without effect on an object. */
import { appendBytes } from '../object/object.ts';
import { SyntaxProblem, type Cursor } from './cursor.ts';
import type { Directive } from './directives.ts';
import type { LineLocation } from './line-table.ts';
import { parseArguments, parseMacroHeader, substitute } from './macros.ts';
import type { Pass } from './pass.ts';

const MAX_FILES = 100_000;
const MAX_LINE = 0x7fffffff;
const MAX_REPETITIONS = 1n << 20n;

const condition =
  (test: (pass: Pass, cursor: Cursor) => boolean): Directive =>
  (pass, cursor) => {
    const outer = pass.conditionals.at(-1);
    const place = { ...pass.place };
    if (outer && !outer.active) {
      // Inside a part that is skipped nothing is looked at; `taken` keeps its branches skipped too.
      pass.conditionals.push({ taken: true, active: false, seenElse: false, place });
      return;
    }
    const conditional = { taken: true, active: false, seenElse: false, place };
    pass.conditionals.push(conditional);
    const holds = test(pass, cursor);
    conditional.taken = holds;
    conditional.active = holds;
  };

const compared = (holds: (value: bigint) => boolean): Directive =>
  condition((pass, cursor) => {
    const value = pass.numberAt(cursor, 'the condition');
    cursor.expectEnd();
    return holds(value);
  });

const whetherDefined = (wanted: boolean): Directive =>
  condition((pass, cursor) => {
    const name = cursor.name("a symbol's name");
    cursor.expectEnd();
    const symbol = pass.object.symbols.get(name);
    const defined = symbol !== undefined && (symbol.place !== undefined || symbol.type === 'common' || pass.state.equates.has(symbol));
    return defined === wanted;
  });

const whetherBlank = (wanted: boolean): Directive => condition((_pass, cursor) => cursor.atEnd() === wanted);

/** `.ifc a,b` compares the texts as they stand; `.ifeqs "a","b"` strings. */
const whetherEqual = (wanted: boolean): Directive =>
  condition((_pass, cursor) => {
    const [left, right] = [ifcOperand(cursor, true), ifcOperand(cursor, false)];
    return (left === right) === wanted;
  });

function ifcOperand(cursor: Cursor, first: boolean): string {
  if (cursor.peek() === "'") {
    const end = cursor.text.indexOf("'", cursor.at + 1);
    const text = cursor.text.slice(cursor.at + 1, end < 0 ? undefined : end);
    cursor.at = end < 0 ? cursor.text.length : end + 1;
    if (first) cursor.expect(',');
    return text;
  }
  const comma = first ? cursor.text.indexOf(',', cursor.at) : cursor.text.length;
  if (comma < 0) throw new SyntaxProblem('.ifc compares two texts separated by a comma');
  const text = cursor.text.slice(cursor.at, comma).trim();
  cursor.at = Math.min(comma + 1, cursor.text.length);
  return text;
}

const whetherStringsEqual = (wanted: boolean): Directive =>
  condition((_pass, cursor) => {
    const decoder = new TextDecoder();
    const left = decoder.decode(cursor.string());
    cursor.expect(',');
    return (left === decoder.decode(cursor.string())) === wanted;
  });

const otherwiseIf: Directive = (pass, cursor) => {
  const conditional = pass.conditionals.at(-1);
  if (!conditional) throw new SyntaxProblem('.elseif without .if');
  if (conditional.seenElse) throw new SyntaxProblem('.elseif after .else');
  conditional.active = false;
  if (conditional.taken) return;
  const holds = pass.numberAt(cursor, 'the condition') !== 0n;
  conditional.active = holds;
  conditional.taken = holds;
};

const otherwise: Directive = (pass) => {
  const conditional = pass.conditionals.at(-1);
  if (!conditional) throw new SyntaxProblem('.else without .if');
  if (conditional.seenElse) throw new SyntaxProblem('.else after .else');
  conditional.seenElse = true;
  conditional.active = !conditional.taken;
  conditional.taken = true;
};

const endIf: Directive = (pass) => {
  if (!pass.conditionals.pop()) throw new SyntaxProblem('.endif without .if');
};

const macro: Directive = (pass, cursor) => {
  const header = cursor.rest();
  const body = pass.takeBlock(/^\.macro$/, /^\.(endm|endmacro)$/, '.macro');
  const definition = parseMacroHeader(cursor);
  const key = definition.name.toLowerCase();
  if (pass.state.macros.has(key))
    throw new SyntaxProblem(
      `macro '${definition.name}' is already defined`,
      `remove the first definition with .purgem ${header.split(/[\s,]/)[0]}`,
    );
  pass.state.macros.set(key, { ...definition, body });
};

const repeatOpen = /^\.(rept|irp|irpc|irep|irepc|rep)$/;
const repeatClose = /^\.endr$/;

const repeat: Directive = (pass, cursor) => {
  const body = pass.takeBlock(repeatOpen, repeatClose, '.rept');
  const count = pass.numberAt(cursor, 'the number of repetitions');
  cursor.expectEnd();
  if (count > MAX_REPETITIONS) throw new SyntaxProblem(`${count} repetitions are too many`);
  if (count > 0n) pass.push(new Array<typeof body>(Number(count)).fill(body).flat());
};

/** `.irp NAME, values`: the body for each value; with none, once with nothing. */
const repeatForEach: Directive = (pass, cursor) => {
  const body = pass.takeBlock(repeatOpen, repeatClose, '.irp');
  const name = cursor.name("a parameter's name");
  cursor.eat(',');
  const values = cursor.atEnd() ? [''] : parseArguments(cursor);
  pass.push(values.flatMap((value) => substitute(body, new Map([[name, value]]), pass.state.expansions)));
};

const repeatForCharacters: Directive = (pass, cursor) => {
  const body = pass.takeBlock(repeatOpen, repeatClose, '.irpc');
  const name = cursor.name("a parameter's name");
  cursor.eat(',');
  const text = cursor.peek() === '"' ? new TextDecoder().decode(cursor.string()) : cursor.rest().replace(/\s/g, '');
  const values = text === '' ? [''] : [...text];
  pass.push(values.flatMap((value) => substitute(body, new Map([[name, value]]), pass.state.expansions)));
};

const message =
  (report: (pass: Pass, text: string) => void, fallback: string): Directive =>
  (pass, cursor) => {
    const text = cursor.peek() === '"' ? new TextDecoder().decode(cursor.string()) : cursor.rest();
    report(pass, text === '' ? fallback : text);
  };

/** `.fail N`: a warning from 500 on, else an error. */
const failure: Directive = (pass, cursor) => {
  const value = pass.numberAt(cursor, 'the number');
  if (value >= 500n) pass.warn(`.fail ${value} encountered`);
  else pass.error(`.fail ${value} encountered`);
};

/**
 * Accepted without effect: listings, hints for tools we are not, architecture choice (every instruction of the table is always known),
 * and source positions: debug information of assembly files is not made.
 */
const ignored: Directive = () => undefined;

const withoutEffect = [
  ...['.loc_mark_labels', '.addrsig', '.addrsig_sym', '.arch', '.cpu', '.arch_extension', '.build_attributes', '.build_version'],
  ...[
    '.title',
    '.sbttl',
    '.list',
    '.nolist',
    '.psize',
    '.eject',
    '.line',
    '.ln',
    '.func',
    '.endfunc',
    '.gnu_attribute',
    '.appfile',
    '.appline',
    '.print',
  ],
  ...['.symver', '.version', '.aeabi_subsection', '.aeabi_attribute', '.lflags', '.noaltmacro'],
];

/** `.ident "text"` goes to `.comment`, where linkers keep one copy of each. */
const ident: Directive = (pass, cursor) => {
  const text = cursor.string();
  cursor.expectEnd();
  const section = pass.openSection('.comment', 'progbits', { merge: true, strings: true }, 1, 1);
  pass.journal.section(section);
  if (section.size === 0) appendBytes(section, new Uint8Array(1));
  appendBytes(section, text);
  appendBytes(section, new Uint8Array(1));
};

/** `.file "a.c"` names the source in the symbol table; `.file N "folder" "name" md5 HASH` is for `.loc`. */
const file: Directive = (pass, cursor) => {
  const decoder = new TextDecoder();
  if (cursor.peek() === '"') {
    pass.state.sourceFile = decoder.decode(cursor.string());
    return;
  }
  const number = Number(pass.numberAt(cursor, 'the file number'));
  if (number < 0 || number > MAX_FILES) throw new SyntaxProblem(`file number ${number} is out of range (0 to ${MAX_FILES})`);
  const first = decoder.decode(cursor.string());
  const second = cursor.peek() === '"' ? decoder.decode(cursor.string()) : undefined;
  const { files } = pass.state.lines;
  const directory = second === undefined ? (files.get(0)?.directory ?? '') : first;
  const hash = cursor.eat('md5') ? cursor.match(/0x([0-9a-fA-F]{32})/y)?.[1] : undefined;
  const md5 = hash === undefined ? undefined : Uint8Array.from(hash.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
  files.set(number, { directory, name: second ?? first, ...(md5 ? { md5 } : {}) });
};

/** `.loc FILE LINE COLUMN options` describes the next instruction. */
const location: Directive = (pass, cursor) => {
  const { lines } = pass.state;
  // Two in a row both stand at this address.
  if (lines.pending) pass.recordLine();
  const fileNumber = Number(pass.numberAt(cursor, 'the file number'));
  const line = Number(pass.numberAt(cursor, 'the line'));
  const column = /^[\d(]/.test(cursor.peek()) ? Number(pass.numberAt(cursor, 'the column')) : 0;
  if (!lines.files.has(fileNumber)) throw new SyntaxProblem(`file number ${fileNumber} has no .file`);
  if (line < 0 || line > MAX_LINE || column < 0 || column > MAX_LINE) throw new SyntaxProblem('line or column is out of range');
  const found: LineLocation = { file: fileNumber, line, column, isStatement: lines.isStatement ?? true };
  let view: string | undefined;
  while (!cursor.atEnd()) {
    const option = cursor.name('an option of .loc');
    if (option === 'basic_block') found.basicBlock = true;
    else if (option === 'prologue_end') found.prologueEnd = true;
    else if (option === 'epilogue_begin') found.epilogueBegin = true;
    else if (option === 'is_stmt') found.isStatement = pass.numberAt(cursor, 'is_stmt') !== 0n;
    else if (option === 'isa') found.isa = Number(BigInt.asUintN(32, pass.numberAt(cursor, 'the instruction set')));
    else if (option === 'discriminator') found.discriminator = Number(BigInt.asUintN(32, pass.numberAt(cursor, 'the discriminator')));
    else if (option === 'view') view = cursor.eat('-0') ? '-0' : (cursor.match(/\d+/y)?.[0] ?? cursor.name('a view'));
    else throw new SyntaxProblem(`'${option}' is not an option of .loc`);
  }
  lines.isStatement = found.isStatement;
  lines.pending = found;
  if (view === '-0') delete pass.state.lastView;
  pass.countView(view !== undefined && !/^-?\d/.test(view) ? view : undefined);
};

export const controlDirectives: Readonly<Record<string, Directive>> = {
  ...Object.fromEntries(withoutEffect.map((name) => [name, ignored])),
  '.even': (pass) => pass.align(2, undefined, 1, undefined),
  '.ident': ident,
  '.file': file,
  '.loc': location,
  '.if': compared((value) => value !== 0n),
  '.ifne': compared((value) => value !== 0n),
  '.ifeq': compared((value) => value === 0n),
  '.ifgt': compared((value) => value > 0n),
  '.ifge': compared((value) => value >= 0n),
  '.iflt': compared((value) => value < 0n),
  '.ifle': compared((value) => value <= 0n),
  '.ifdef': whetherDefined(true),
  '.ifndef': whetherDefined(false),
  '.ifnotdef': whetherDefined(false),
  '.ifb': whetherBlank(true),
  '.ifnb': whetherBlank(false),
  '.ifc': whetherEqual(true),
  '.ifnc': whetherEqual(false),
  '.ifeqs': whetherStringsEqual(true),
  '.ifnes': whetherStringsEqual(false),
  '.elseif': otherwiseIf,
  '.else': otherwise,
  '.endif': endIf,
  '.macro': macro,
  '.endm': () => {
    throw new SyntaxProblem('.endm without .macro');
  },
  '.endr': () => {
    throw new SyntaxProblem('.endr without .rept');
  },
  '.exitm': (pass) => pass.exitMacro(),
  '.purgem': (pass, cursor) => {
    const name = cursor.word("a macro's name");
    if (!pass.state.macros.delete(name.toLowerCase())) throw new SyntaxProblem(`there is no macro '${name}'`);
  },
  '.rept': repeat,
  '.rep': repeat,
  '.irp': repeatForEach,
  '.irep': repeatForEach,
  '.irpc': repeatForCharacters,
  '.irepc': repeatForCharacters,
  '.include': (pass, cursor) => pass.include(cursor.word('a file name')),
  '.end': (pass) => pass.end(),
  '.unreq': (pass, cursor) => {
    pass.state.registerNames.delete(cursor.word("a register's name").toLowerCase());
  },
  '.error': message((pass, text) => pass.error(text), '.error directive invoked'),
  '.err': message((pass) => pass.error('.err encountered'), ''),
  '.warning': message((pass, text) => pass.warn(text), '.warning directive invoked'),
  '.abort': (pass) => {
    pass.error('.abort encountered');
    pass.end();
  },
  '.fail': failure,
};
