/** The door of this room: the AArch64 instruction table and what is derived from it. */
export { assembleInstruction, disassemble, instructionText, type Assembled } from './assemble.ts';
export * from './bits.ts';
export {
  candidatesOf,
  decode,
  encode,
  encodeRow,
  rowOf,
  rows,
  rowsByName,
  variantFields,
  variantOf,
  variantsOf,
  type Decoded,
  type RowName,
} from './decode.ts';
export type { AccessBits, AccessKind, BranchKind, Emitter, FpWidth, Helper, ValueType, Width } from './emitter.ts';
export type { AssembleContext, Expression, Fixup, PrintContext } from './syntax.ts';
export * from './sysregs.ts';
export type { Alias, Feature, Fields, FieldSpec, Operands, Row } from './table.ts';
