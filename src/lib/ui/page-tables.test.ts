import { expect, it } from 'vitest';
import type { TranslationTables } from '../session/messages.ts';
import { innerIds, memoryType, tableRows } from './page-tables.ts';

const view = {
  readable: { el0: false, el1: true },
  writable: { el0: false, el1: true },
  executable: { el0: false, el1: false },
  attributes: 0xff,
  device: false,
  shareability: 3,
  global: true,
  contiguous: false,
};
const tables: TranslationTables[] = [
  {
    register: 'TTBR0_EL1',
    granuleBytes: 4096,
    inputBits: 36,
    start: 0n,
    truncated: false,
    root: {
      level: 1,
      address: 0x4010_0000,
      start: 0n,
      entries: [
        {
          kind: 'table',
          index: 1,
          count: 1,
          virtual: 0x4000_0000n,
          bytes: 2 ** 30,
          descriptor: 3n,
          table: {
            level: 2,
            address: 0x4010_1000,
            start: 0x4000_0000n,
            entries: [
              { kind: 'block', index: 2, count: 3, virtual: 0x4040_0000n, bytes: 2 ** 21, descriptor: 1n, physical: 0x4040_0000, ...view },
            ],
          },
        },
      ],
    },
  },
];

it('shows the tables whose parents are open, runs of equal entries as one row', () => {
  expect(tableRows(tables, new Set()).map((row) => row.id)).toEqual(['TTBR0_EL1']);
  const rows = tableRows(tables, new Set(innerIds(tables)));
  expect(rows.map(({ depth, index, bytes, physical }) => [depth, index, bytes, physical])).toEqual([
    [0, 'TTBR0_EL1', 2 ** 36, 0x4010_0000],
    [1, '1', 2 ** 30, 0x4010_1000],
    [2, '2..4', 3 * 2 ** 21, 0x4040_0000],
  ]);
});

it('names memory types as the architecture does', () => {
  expect([0x00, 0x04, 0x0c, 0xff, 0x44, 0xbb].map(memoryType)).toEqual([
    'Device-nGnRnE',
    'Device-nGnRE',
    'Device-GRE',
    'Normal, write-back',
    'Normal, non-cacheable',
    'Normal, write-through',
  ]);
});
