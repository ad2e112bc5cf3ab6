/** The door of this room: LLVM IR from text to typed objects. */
export { operandsOf, successorsOf, isTerminator, mapOperands } from './operands.ts';
export { readIr } from './reader.ts';
export { typeText, TypeTable } from './type-table.ts';
export type * from './types.ts';
