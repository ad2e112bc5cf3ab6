import { describe, expect, it } from 'vitest';
import { haveOracles } from '../../oracle.ts';
import { makeSequences, placeOf, runSequences } from './sequences.ts';

describe.skipIf(!haveOracles('qemu-aarch64', 'aarch64-linux-gnu-as'))('random sequences', () => {
  it.each([1, 2, 3])('end in the state that qemu-aarch64 ends in (seed %i)', (seed) => {
    const sequences = makeSequences(seed, 40, 60, 40);
    const { qemu, here, executed } = runSequences(sequences);
    const different = here.findIndex((byte, i) => byte !== qemu[i]);
    expect(different < 0 ? '' : placeOf(different, sequences)).toBe('');
    expect(here.length).toBe(qemu.length);
    expect(executed).toBeGreaterThan(40 * 60 * 40);
  });
});
