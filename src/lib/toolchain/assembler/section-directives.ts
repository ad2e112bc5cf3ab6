/** Directives that choose the section. */
import type { SectionFlags, SectionType } from '../object/object.ts';
import { SyntaxProblem, type Cursor } from './cursor.ts';
import type { Directive } from './directives.ts';
import type { Position } from './output.ts';
import type { Pass } from './pass.ts';

const POINTER_SIZE = 8;

type Kind = { type: SectionType; flags: SectionFlags };

const code: Kind = { type: 'progbits', flags: { alloc: true, exec: true } };
const data: Kind = { type: 'progbits', flags: { alloc: true, write: true } };
const readOnly: Kind = { type: 'progbits', flags: { alloc: true } };
const zeroed: Kind = { type: 'nobits', flags: { alloc: true, write: true } };
const plain: Kind = { type: 'progbits', flags: {} };

/** What sections are by their names, when no flags are given; longest first. */
const kindsByName: readonly (readonly [string, Kind])[] = [
  ['.preinit_array', { ...data, type: 'preinit_array' }],
  ['.init_array', { ...data, type: 'init_array' }],
  ['.fini_array', { ...data, type: 'fini_array' }],
  ['.note.GNU-stack', plain],
  ['.note', { type: 'note', flags: {} }],
  ['.rodata1', readOnly],
  ['.rodata', readOnly],
  ['.eh_frame', readOnly],
  ['.tdata', { type: 'progbits', flags: { alloc: true, write: true, tls: true } }],
  ['.tbss', { type: 'nobits', flags: { alloc: true, write: true, tls: true } }],
  ['.data1', data],
  ['.data', data],
  ['.bss', zeroed],
  ['.text', code],
  ['.init', code],
  ['.fini', code],
  ['.plt', code],
];

function kindOf(name: string): Kind {
  return kindsByName.find(([prefix]) => name === prefix || name.startsWith(`${prefix}.`))?.[1] ?? plain;
}

const types: Readonly<Record<string, SectionType>> = {
  progbits: 'progbits',
  nobits: 'nobits',
  note: 'note',
  init_array: 'init_array',
  fini_array: 'fini_array',
  preinit_array: 'preinit_array',
};

const flagNames: Readonly<Record<string, keyof SectionFlags>> = {
  a: 'alloc',
  w: 'write',
  x: 'exec',
  M: 'merge',
  S: 'strings',
  T: 'tls',
  R: 'retain',
  e: 'exclude',
};

/** `NAME, "flags", @type, entry size, linked section, group, comdat`; each part needs the flag that announces it. */
function parseSection(pass: Pass, cursor: Cursor): Position {
  const name = cursor.word("a section's name");
  if (!cursor.eat(',')) return { base: reopen(pass, name, kindOf(name), undefined), number: 0 };
  if (cursor.peek() !== '"') {
    // `.pushsection NAME, SUBSECTION`
    return { base: reopen(pass, name, kindOf(name), undefined), number: subsectionNumber(pass, cursor) };
  }
  const letters = new TextDecoder().decode(cursor.string());
  const flags: SectionFlags = {};
  for (const letter of letters.replace(/\d+/, '')) {
    const flag = flagNames[letter];
    if (
      flag === 'alloc' ||
      flag === 'write' ||
      flag === 'exec' ||
      flag === 'merge' ||
      flag === 'strings' ||
      flag === 'tls' ||
      flag === 'retain' ||
      flag === 'exclude'
    )
      flags[flag] = true;
    else if (!'Go?d'.includes(letter)) throw new SyntaxProblem(`'${letter}' is not a section flag`);
  }
  let type = kindOf(name).type;
  let entrySize = 0;
  if (cursor.eat(',')) {
    type = sectionType(pass, cursor) ?? type;
    if (letters.includes('M')) {
      cursor.expect(',');
      entrySize = Number(pass.numberAt(cursor, 'the entry size'));
    }
    if (letters.includes('o')) {
      cursor.expect(',');
      const linked = cursor.word("a section's name or a symbol");
      const place = pass.object.symbols.get(linked)?.place;
      flags.linkedTo = place && 'section' in place ? place.section.name : linked;
    }
    if (letters.includes('G')) {
      cursor.expect(',');
      flags.group = cursor.word("a group's name");
      // Without `comdat` copies of the group in other objects are kept.
      if (cursor.eat(',')) {
        if (cursor.name("'comdat'") !== 'comdat') throw new SyntaxProblem("expected 'comdat'");
      } else flags.nodeduplicate = true;
    }
  }
  if (letters.includes('?')) {
    const group = pass.position?.base.flags.group;
    if (group !== undefined) flags.group = group;
  }
  cursor.eat(',');
  if (cursor.eat('unique')) {
    cursor.expect(',');
    pass.numberAt(cursor, "the section's number");
  }
  cursor.expectEnd();
  return { base: reopen(pass, name, { type, flags }, entrySize), number: 0 };
}

/** The section of that name; its flags are those of its first opening. */
function reopen(pass: Pass, name: string, { type, flags }: Kind, entrySize: number | undefined): Position['base'] {
  const explicit = entrySize !== undefined;
  if (typeof type === 'string' && type.endsWith('_array')) entrySize ||= POINTER_SIZE;
  const known = !explicit ? pass.object.sections.find((section) => section.name === name) : undefined;
  return known ?? pass.openSection(name, type, { ...flags }, 1, entrySize ?? 0);
}

function sectionType(pass: Pass, cursor: Cursor): SectionType | undefined {
  if (!cursor.eat('@') && !cursor.eat('%')) {
    if (cursor.peek() !== '"') return undefined;
  } else if (/\d/.test(cursor.peek())) return Number(pass.numberAt(cursor, "the section's type"));
  const name = cursor.word("a section's type");
  const type = types[name];
  if (type === undefined) throw new SyntaxProblem(`'${name}' is not a section type`);
  return type;
}

function subsectionNumber(pass: Pass, cursor: Cursor): number {
  if (cursor.atEnd()) return 0;
  const number = Number(pass.numberAt(cursor, "the subsection's number"));
  if (number < 0 || number > 8192) throw new SyntaxProblem(`subsection ${number} is out of range (0 to 8192)`);
  cursor.expectEnd();
  return number;
}

const named =
  (name: string): Directive =>
  (pass, cursor) => {
    const { type, flags } = kindOf(name);
    const number = subsectionNumber(pass, cursor);
    pass.enter({ base: reopen(pass, name, { type, flags }, undefined), number });
  };

/** The position at hand, opened if nothing was written yet. */
function current(pass: Pass): Position {
  const base = pass.position?.base ?? pass.section;
  return pass.position ?? { base, number: 0 };
}

export const sectionDirectives: Readonly<Record<string, Directive>> = {
  '.text': named('.text'),
  '.data': named('.data'),
  '.bss': named('.bss'),
  '.section': (pass, cursor) => {
    current(pass);
    pass.enter(parseSection(pass, cursor));
  },
  '.pushsection': (pass, cursor) => {
    pass.positions.push({ position: current(pass), previous: pass.previous });
    pass.enter(parseSection(pass, cursor));
  },
  '.popsection': (pass) => {
    const saved = pass.positions.pop();
    if (!saved) throw new SyntaxProblem('.popsection without .pushsection');
    pass.position = saved.position;
    pass.previous = saved.previous;
  },
  '.previous': (pass) => {
    if (!pass.previous) throw new SyntaxProblem('.previous, but no section was left before');
    pass.enter(pass.previous);
  },
  '.subsection': (pass, cursor) => pass.enter({ base: current(pass).base, number: subsectionNumber(pass, cursor) }),
};
