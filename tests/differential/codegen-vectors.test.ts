import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haveOracles } from '../oracle.ts';
import { compareIrProgram } from './ir-compare.ts';
import { vectorProgram } from './vector-programs.ts';

/** Random functions on vectors, compiled here and by clang-19, have equal results. `tests/long/ir-programs.ts` does many more. */
describe.skipIf(!haveOracles('clang-19', 'aarch64-linux-gnu-gcc', 'qemu-aarch64'))('vectors', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vectors-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // 1002 has a reduction that nobody needs.
  it.each([1, 2, 1002])(
    'random functions, seed %i',
    (seed) => expect(compareIrProgram(vectorProgram(seed, 60, 9), folder)).toEqual([]),
    120_000,
  );
});
