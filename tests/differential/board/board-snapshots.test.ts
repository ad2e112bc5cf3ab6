import { describe, expect, it } from 'vitest';
import { haveOracles } from '../../oracle.ts';
import { differenceBySnapshots, workloads } from './snapshot-points.ts';

describe.skipIf(!haveOracles('aarch64-linux-gnu-gcc'))('snapshots of bare-metal programs', () => {
  it.each(workloads.map((workload) => [`${workload.program} ${workload.defines.join(' ')}`, workload] as const))(
    '%s: saved and restored at random points, comes to the same end',
    async (_, workload) => expect(await differenceBySnapshots(workload, 10, 1)).toBeUndefined(),
  );
});
