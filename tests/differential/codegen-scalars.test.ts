import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haveOracles } from '../oracle.ts';
import { floatProgram } from './float-programs.ts';
import { integerProgram } from './integer-programs.ts';
import { compareIrProgram } from './ir-compare.ts';

/** Random functions on integers of all widths and on floating point, compiled here and by clang-19, have equal results. `tests/long/ir-programs.ts` does many more. */
describe.skipIf(!haveOracles('clang-19', 'aarch64-linux-gnu-gcc', 'qemu-aarch64'))('scalars', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'scalars-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // 2 and 3 have rotations by negative constants.
  it.each([1, 2, 3])(
    'random functions on integers, seed %i',
    (seed) => expect(compareIrProgram(integerProgram(seed, 100, 8), folder)).toEqual([]),
    120_000,
  );

  it.each([1, 2])(
    'random functions on floating point, seed %i',
    (seed) => expect(compareIrProgram(floatProgram(seed, 100, 10), folder)).toEqual([]),
    120_000,
  );
});
