import { expect, it } from 'vitest';
import { nativeBackend } from '../../src/lib/toolchain/driver/native-backend.ts';
import { mutate } from './ir-mutations.ts';
import { vectorProgram } from './vector-programs.ts';

/** Text that is nearly LLVM IR is compiled or refused with a line; nothing throws or hangs. `tests/long/ir-fuzz.ts` takes any modules and more cases. */
it('mutated IR gives problems with their lines', () => {
  const modules = [1, 2, 3].map((seed) => vectorProgram(seed, 2, 6).ir);
  expect(modules.every((ir) => nativeBackend.compile(ir, {}).ok)).toBe(true);
  let refused = 0;
  for (let seed = 0; seed < 400; seed++) {
    const result = nativeBackend.compile(mutate(modules[seed % modules.length], seed), {});
    if (result.ok) continue;
    refused++;
    expect(result.problems.length).toBeGreaterThan(0);
    for (const { message, place } of result.problems) {
      expect(message).not.toBe('');
      expect(place?.line).toBeGreaterThan(0);
    }
  }
  expect(refused).toBeGreaterThan(200);
}, 60_000);
