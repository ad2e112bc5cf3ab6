/** AdvSIMD instructions on integers and bits, by file. */
import { simdThreeRows } from './rows-simd-three.ts';

export const simdRows = [...simdThreeRows];
