import { describe, expect, it } from 'vitest';
import { Random } from '../cpu/compare.ts';
import { checkHostFloat } from './host-float-check.ts';
import { hostFloatOperations } from './host-float.ts';

describe("floating point by the host's instructions", () => {
  it.each(hostFloatOperations())('$op of $width bits is exact where it is said to be', ({ op, width, host }) => {
    const { done, wrong } = checkHostFloat(op, width, host, new Random(width + op.length * 977), 3000);
    expect(wrong).toBeUndefined();
    expect(done).toBeGreaterThan(300);
  });
});
