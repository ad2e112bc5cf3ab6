/** AdvSIMD instructions on integers and bits, by file. */
import { simdMoveRows } from './rows-simd-move.ts';
import { simdThreeRows } from './rows-simd-three.ts';

export const simdRows = [...simdThreeRows, ...simdMoveRows];
