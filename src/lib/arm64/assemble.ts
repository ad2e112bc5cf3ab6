/** Text to words and back, driven by the syntax that rows carry. */
import { decode, encodeRow, rows, type Decoded } from './decode.ts';
import { operandKind } from './operands.ts';
import { OperandReader, type AssembleContext, type Fixup, type OperandKind, type PrintContext } from './syntax.ts';
import type { Alias, Fields, Row } from './table.ts';

/** Syntax taken apart: literal text and operands in turn. */
type Piece = { literal: string } | { operand: OperandKind };
type Form = { row: Row; mnemonic: string; pieces: Piece[]; preset: Fields; requires?: Alias['requires']; preferred?: Alias['preferred'] };

function piecesOf(syntax: string): Piece[] {
  return syntax
    .split(/(\{[^}]*\})/)
    .filter((part) => part !== '')
    .map((part) => {
      if (!part.startsWith('{')) return { literal: part };
      return { operand: operandKind(part.slice(1, -1)) };
    });
}

/** `b.` and `{sysop}` have no mnemonic of fixed text; the operand reads what follows (or all of it). */
function formOf(row: Row, syntax: string, alias?: Alias): Form {
  const space = syntax.search(/[ {]/);
  const mnemonic = space < 0 ? syntax : syntax.slice(0, space);
  const rest = space < 0 ? '' : syntax.slice(space).replace(/^ /, '');
  const preset = { ...Object.fromEntries((row.ignored ?? []).map((field) => [field, 0])), ...alias?.preset };
  return { row, mnemonic, pieces: piecesOf(rest), preset, requires: alias?.requires, preferred: alias?.preferred };
}

/** Hint names such as `bti c` and `tsb csync` are mnemonics with a space in them. */
function aliasForm(row: Row, alias: Alias): Form {
  if (alias.syntax.includes('{') || !alias.syntax.includes(' ')) return formOf(row, alias.syntax, alias);
  return { row, mnemonic: alias.syntax, pieces: [], preset: alias.preset, preferred: alias.preferred };
}

type Forms = { byRow: Map<Row, Form[]>; byMnemonic: Map<string, Form[]>; withSpace: Set<string> };

function buildForms(): Forms {
  const built: Forms = { byRow: new Map(), byMnemonic: new Map(), withSpace: new Set() };
  for (const row of rows) {
    const all = [formOf(row, row.syntax), ...(row.aliases ?? []).map((alias) => aliasForm(row, alias))];
    built.byRow.set(row, all);
    for (const form of all) {
      const list = built.byMnemonic.get(form.mnemonic);
      if (list) list.push(form);
      else built.byMnemonic.set(form.mnemonic, [form]);
      if (form.mnemonic.includes(' ')) built.withSpace.add(form.mnemonic);
    }
  }
  return built;
}

let built: Forms | undefined;
/** Made on first use: a machine that runs without a disassembly in view never pays for it. */
function forms(): Forms {
  return (built ??= buildForms());
}

export type Assembled<H> = { ok: true; word: number; fixup?: Fixup<H> } | { ok: false; message: string };

const conditionalBranch = /^b\.?(eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le|al|nv)$/;
const operations = new Set(['dc', 'ic', 'at', 'tlbi']);

/**
 * Assembles one instruction, mnemonic and operands. Expressions are the context's business; a symbolic one gives a fixup. The
 * message of a failure says what did not fit.
 */
export function assembleInstruction<H>(text: string, context: AssembleContext<H>): Assembled<H> {
  const match = /^\s*([A-Za-z_.][\w.]*)\s*(.*)$/s.exec(text.trimEnd());
  if (!match) return { ok: false, message: `'${text.trim()}' is not an instruction` };
  let mnemonic = match[1].toLowerCase();
  let operands = match[2];
  const branch = conditionalBranch.exec(mnemonic);
  if (branch) {
    mnemonic = 'b.';
    operands = `${branch[1]} ${operands}`;
  } else if (operations.has(mnemonic)) {
    operands = `${mnemonic} ${operands}`;
    mnemonic = '';
  } else {
    const spaced = `${mnemonic} ${operands.trim().toLowerCase()}`;
    if (forms().withSpace.has(spaced)) {
      mnemonic = spaced;
      operands = '';
    }
  }
  const candidates = forms().byMnemonic.get(mnemonic);
  if (!candidates) return { ok: false, message: `there is no instruction '${match[1]}'` };
  let best = { at: -1, message: '' };
  for (const form of candidates) {
    const reader = new OperandReader<H>(operands, context, form.preset);
    if (readPieces(form, reader)) {
      const fields = reader.fields;
      if (fields.N === undefined && fields.sf !== undefined) fields.N = fields.sf;
      if (
        form.row.fields.every((f) => fields[f.name] !== undefined) &&
        (!form.row.valid || form.row.valid(fields)) &&
        (!form.requires || form.requires(fields))
      )
        return { ok: true, word: encodeRow(form.row, fields), ...(reader.fixup ? { fixup: reader.fixup } : {}) };
    }
    if (reader.at > best.at || (reader.at === best.at && !best.message)) best = { at: reader.at, message: reader.complaint };
  }
  return {
    ok: false,
    message: best.message ? `${match[1]}: ${best.message}` : `the operands of ${match[1]} do not fit: '${match[2].trim()}'`,
  };
}

function readPieces<H>(form: Form, reader: OperandReader<H>): boolean {
  for (const piece of form.pieces) {
    if ('literal' in piece ? !reader.literal(piece.literal) : !piece.operand.read(reader)) return false;
  }
  return reader.atEnd();
}

/** The text of a decoded instruction: mnemonic, tab, operands, as objdump writes it. */
export function instructionText(decoded: Decoded, context: PrintContext): string {
  const [main, ...aliases] = forms().byRow.get(decoded.row) ?? [];
  for (const form of aliases) {
    if (!form.preferred?.(decoded.fields)) continue;
    const text = formText(form, decoded.fields, context);
    if (text !== '') return text;
  }
  return formText(main, decoded.fields, context);
}

function formText(form: Form, fields: Fields, context: PrintContext): string {
  const operands = form.pieces.map((piece) => ('literal' in piece ? piece.literal : piece.operand.print(fields, context))).join('');
  if (form.mnemonic === '') return operands;
  if (form.mnemonic.includes(' ')) return form.mnemonic.replace(' ', '\t');
  if (form.mnemonic === 'b.') return `b.${operands.replace(' ', '\t')}`;
  return operands === '' ? form.mnemonic : `${form.mnemonic}\t${operands.trimStart()}`;
}

/** Disassembles one word; what is not in the table is shown as data. */
export function disassemble(word: number, pc: bigint, symbolise?: PrintContext['symbolise']): string {
  const decoded = decode(word);
  if (!decoded) return `.inst\t0x${(word >>> 0).toString(16).padStart(8, '0')}`;
  return instructionText(decoded, { pc, ...(symbolise ? { symbolise } : {}) });
}
