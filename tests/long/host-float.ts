/**
 * Floating-point operations of translated code against the exact ones: `npx tsx tests/long/host-float.ts [cases] [first seed] [operation ...]`. Prints
 * for each operation how many cases the host did, and the first that differs.
 */
import { Random } from '../../src/lib/emulator/cpu/compare.ts';
import { checkHostFloat } from '../../src/lib/emulator/jit/host-float-check.ts';
import { hostFloatOperations } from '../../src/lib/emulator/jit/host-float.ts';

const [cases = '100000', seed = '1', ...names] = process.argv.slice(2);
for (const { op, width, host } of hostFloatOperations()) {
  if (names.length > 0 && !names.includes(op)) continue;
  const { done, wrong } = checkHostFloat(op, width, host, new Random(Number(seed)), Number(cases));
  console.log(`${op} of ${width} bits: ${wrong ?? `${done} of ${cases} by the host, none different`}`);
  if (wrong !== undefined) process.exitCode = 1;
}
