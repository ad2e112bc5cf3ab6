/** The door of this room: LLVM IR from text to typed objects. */
export { operandsOf, successorsOf, isTerminator, mapOperands } from './operands.ts';
export { constantOffset, evaluate, initializerOf, UnsupportedConstant, type InitializedData, type SymbolicValue } from './initializer.ts';
export { alignOf, bitsOf, isSized, offsetOf, sizeOf, storeSizeOf, structLayout } from './layout.ts';
export { printFunction, printModule } from './print.ts';
export { readIr } from './reader.ts';
export { typeText, TypeTable } from './type-table.ts';
export { verifyModule } from './verify.ts';
export type * from './types.ts';
