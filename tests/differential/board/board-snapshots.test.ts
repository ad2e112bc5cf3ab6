import { describe, expect, it } from 'vitest';
import { haveOracles } from '../../oracle.ts';
import { differenceByPreparing, differenceBySnapshots, workloads } from './snapshot-points.ts';

describe.skipIf(!haveOracles('aarch64-linux-gnu-gcc'))('snapshots of bare-metal programs', () => {
  it.each(workloads.map((workload) => [`${workload.program} ${workload.defines.join(' ')}`, workload] as const))(
    '%s: saved and restored at random points, comes to the same end',
    async (_, workload) => expect(await differenceBySnapshots(workload, 10, 1)).toBeUndefined(),
  );
});

describe.skipIf(!haveOracles('aarch64-linux-gnu-gcc'))('machines that were prepared', () => {
  it.each(workloads.map((workload) => [`${workload.program} ${workload.defines.join(' ')}`, workload] as const))(
    '%s: is at every point what it is in a machine that was not',
    async (_, workload) => expect(await differenceByPreparing(workload, 10)).toBeUndefined(),
  );
});
