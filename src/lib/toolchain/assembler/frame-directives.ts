/** `.cfi_*`: call frame information for unwinders and debuggers. */
import { SyntaxProblem, type Cursor } from './cursor.ts';
import { eachItem } from './data-directives.ts';
import type { Directive } from './directives.ts';
import { cfa, dwarfRegister, LINK_REGISTER, STACK_POINTER, type Frame, type FramePointer } from './frames.ts';
import type { Pass } from './pass.ts';

const DW_EH_PE_OMIT = 0xff;

function openFrame(pass: Pass): Frame {
  const frame = pass.state.frames.at(-1);
  if (!frame || frame.end) throw new SyntaxProblem('call frame information outside of .cfi_startproc and .cfi_endproc');
  const { place } = frame.start;
  if (place && 'section' in place && place.section !== pass.section)
    throw new SyntaxProblem('call frame information in another section than .cfi_startproc');
  return frame;
}

function record(pass: Pass, bytes: readonly number[]): void {
  openFrame(pass).instructions.push({ at: pass.anchor(), bytes });
}

function register(pass: Pass, cursor: Cursor): number {
  const name = cursor.match(/[\w]+/y)?.[0] ?? '';
  const found = dwarfRegister(pass.state.registerNames.get(name.toLowerCase()) ?? name);
  if (found === undefined) throw new SyntaxProblem(`'${name}' is not a register`);
  return found;
}

function offset(pass: Pass, cursor: Cursor, what = 'the offset'): bigint {
  return pass.numberAt(cursor, what);
}

/** Offsets of saved registers are stored in units of 8 bytes. */
function saved(pass: Pass, cursor: Cursor): bigint {
  const value = offset(pass, cursor);
  if (value % 8n !== 0n) throw new SyntaxProblem(`offset ${value} is not a multiple of 8`);
  return value;
}

const forRegisters =
  (rule: (register: number) => number[]): Directive =>
  (pass, cursor) =>
    eachItem(cursor, () => record(pass, rule(register(pass, cursor))));

const plain =
  (rule: () => number[]): Directive =>
  (pass, cursor) => {
    cursor.expectEnd();
    record(pass, rule());
  };

function pointer(pass: Pass, cursor: Cursor): FramePointer | undefined {
  const encoding = Number(offset(pass, cursor, 'the encoding'));
  if (encoding === DW_EH_PE_OMIT) return undefined;
  cursor.expect(',');
  const { add, sub, constant } = pass.reduce(pass.expression(cursor), 0);
  if (!add || sub) throw new SyntaxProblem('expected a symbol');
  cursor.expectEnd();
  return { encoding, symbol: add, addend: constant };
}

export const frameDirectives: Readonly<Record<string, Directive>> = {
  '.cfi_sections': (pass, cursor) => {
    const sections = { ehFrame: false, debugFrame: false };
    eachItem(cursor, () => {
      const name = cursor.name("a section's name");
      if (name === '.eh_frame') sections.ehFrame = true;
      else if (name === '.debug_frame') sections.debugFrame = true;
      else throw new SyntaxProblem(`call frame information cannot go to '${name}'`, 'use .eh_frame or .debug_frame');
    });
    pass.state.frameSections = sections;
  },
  '.cfi_startproc': (pass, cursor) => {
    const last = pass.state.frames.at(-1);
    if (last && !last.end) throw new SyntaxProblem('.cfi_startproc within .cfi_startproc');
    const simple = cursor.eat('simple');
    cursor.expectEnd();
    const start = pass.anchor();
    const rules = { register: STACK_POINTER, offset: 0n, saved: [] };
    pass.state.frames.push({ start, rules, simple, signal: false, keyB: false, returnColumn: LINK_REGISTER, instructions: [] });
  },
  '.cfi_endproc': (pass, cursor) => {
    cursor.expectEnd();
    openFrame(pass).end = pass.anchor();
  },
  '.cfi_def_cfa': (pass, cursor) => {
    const { rules } = openFrame(pass);
    rules.register = register(pass, cursor);
    cursor.expect(',');
    rules.offset = offset(pass, cursor);
    cursor.expectEnd();
    record(pass, cfa.define(rules.register, rules.offset));
  },
  '.cfi_def_cfa_register': (pass, cursor) => {
    const { rules } = openFrame(pass);
    rules.register = register(pass, cursor);
    cursor.expectEnd();
    record(pass, cfa.defineRegister(rules.register));
  },
  '.cfi_def_cfa_offset': (pass, cursor) => {
    const { rules } = openFrame(pass);
    rules.offset = offset(pass, cursor);
    cursor.expectEnd();
    record(pass, cfa.defineOffset(rules.offset));
  },
  '.cfi_adjust_cfa_offset': (pass, cursor) => {
    const { rules } = openFrame(pass);
    rules.offset += offset(pass, cursor);
    cursor.expectEnd();
    record(pass, cfa.defineOffset(rules.offset));
  },
  '.cfi_offset': (pass, cursor) => {
    const which = register(pass, cursor);
    cursor.expect(',');
    record(pass, cfa.offset(which, saved(pass, cursor)));
    cursor.expectEnd();
  },
  '.cfi_rel_offset': (pass, cursor) => {
    const which = register(pass, cursor);
    cursor.expect(',');
    record(pass, cfa.offset(which, saved(pass, cursor) - openFrame(pass).rules.offset));
    cursor.expectEnd();
  },
  '.cfi_val_offset': (pass, cursor) => {
    const which = register(pass, cursor);
    cursor.expect(',');
    record(pass, cfa.valueOffset(which, saved(pass, cursor)));
    cursor.expectEnd();
  },
  '.cfi_register': (pass, cursor) => {
    const which = register(pass, cursor);
    cursor.expect(',');
    record(pass, cfa.register(which, register(pass, cursor)));
    cursor.expectEnd();
  },
  '.cfi_restore': forRegisters(cfa.restore),
  '.cfi_undefined': forRegisters(cfa.undefined),
  '.cfi_same_value': forRegisters(cfa.sameValue),
  '.cfi_remember_state': (pass, cursor) => {
    const { rules } = openFrame(pass);
    cursor.expectEnd();
    rules.saved.push({ register: rules.register, offset: rules.offset });
    record(pass, cfa.rememberState());
  },
  '.cfi_restore_state': (pass, cursor) => {
    const { rules } = openFrame(pass);
    cursor.expectEnd();
    const before = rules.saved.pop();
    if (!before) throw new SyntaxProblem('.cfi_restore_state without .cfi_remember_state');
    Object.assign(rules, before);
    record(pass, cfa.restoreState());
  },
  '.cfi_negate_ra_state': plain(cfa.negateReturnAddressState),
  '.cfi_window_save': plain(cfa.negateReturnAddressState),
  '.cfi_escape': (pass, cursor) => {
    const bytes: number[] = [];
    eachItem(cursor, () => bytes.push(Number(BigInt.asUintN(8, offset(pass, cursor, 'a byte')))));
    record(pass, bytes);
  },
  '.cfi_return_column': (pass, cursor) => {
    openFrame(pass).returnColumn = register(pass, cursor);
    cursor.expectEnd();
    record(pass, []);
  },
  '.cfi_signal_frame': (pass, cursor) => {
    cursor.expectEnd();
    openFrame(pass).signal = true;
    record(pass, []);
  },
  '.cfi_b_key_frame': (pass, cursor) => {
    cursor.expectEnd();
    openFrame(pass).keyB = true;
  },
  '.cfi_personality': (pass, cursor) => {
    const found = pointer(pass, cursor);
    if (found) openFrame(pass).personality = found;
  },
  '.cfi_lsda': (pass, cursor) => {
    const found = pointer(pass, cursor);
    if (found) openFrame(pass).languageData = found;
  },
};
