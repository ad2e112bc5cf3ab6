import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { haveOracles } from '../oracle.ts';
import { neonHeader, neonIntrinsics, runNeonProgram } from './neon-programs.ts';

/** One intrinsic in so many of the header's order, in which the types of an operation stand together. */
const every = 17;

describe.skipIf(!haveOracles('aarch64-linux-gnu-gcc', 'qemu-aarch64', 'clang-19'))('intrinsics of arm_neon.h', () => {
  it('give what they give in clang-19', { timeout: 120_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'neon-'));
    try {
      const all = neonIntrinsics(neonHeader() ?? '');
      const { calls, ours, theirs } = runNeonProgram(
        folder,
        all.filter((_, n) => n % every === 0),
      );
      expect(calls).toBeGreaterThan(200);
      expect(ours).toEqual(theirs);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
