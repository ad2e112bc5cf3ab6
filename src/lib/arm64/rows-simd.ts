/** AdvSIMD instructions on integers and bits, by file. */
import { simdElementRows } from './rows-simd-element.ts';
import { simdMoveRows } from './rows-simd-move.ts';
import { simdShiftRows } from './rows-simd-shift.ts';
import { simdThreeRows } from './rows-simd-three.ts';
import { simdUnaryRows } from './rows-simd-unary.ts';

export const simdRows = [...simdThreeRows, ...simdMoveRows, ...simdUnaryRows, ...simdShiftRows, ...simdElementRows];
