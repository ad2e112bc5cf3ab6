import type { MappingView, TableView, TranslationTables } from '../emulator/index.ts';
import type { MappedRange } from './messages.ts';

/** What may be done with a page, in words; EL0 is named only where it may do anything. */
export function accessOf(view: MappingView): string {
  const words = (el: 'el0' | 'el1') =>
    [view.readable[el] ? 'read' : '', view.writable[el] ? 'write' : '', view.executable[el] ? 'execute' : '']
      .filter((word) => word !== '')
      .join('/');
  const user = words('el0');
  const kernel = words('el1') || 'no access';
  return user ? `${kernel} (EL0: ${user})` : kernel;
}

/** Virtual addresses as numbers below 2^53: those of TTBR1_EL1 follow the 2^48 of TTBR0_EL1. */
export function foldAddress(address: bigint): number {
  return address >> 63n ? 2 ** 48 + Number(BigInt.asUintN(48, address)) : Number(BigInt.asUintN(48, address));
}

export function unfoldAddress(address: number): bigint {
  return address >= 2 ** 48 ? 0xffff_0000_0000_0000n + BigInt(address - 2 ** 48) : BigInt(address);
}

/** All that is mapped, in order of virtual address; neighbours that differ in nothing but the addresses, which go on, are one. */
export function mappedRanges(tables: readonly TranslationTables[]): MappedRange[] {
  const ranges: MappedRange[] = [];
  const visit = (table: TableView | undefined) => {
    for (const entry of table?.entries ?? []) {
      if (entry.kind === 'table') visit(entry.table);
      if (entry.kind !== 'block' && entry.kind !== 'page') continue;
      const name = `${entry.device ? 'device memory' : 'memory'}: ${accessOf(entry)}`;
      const start = foldAddress(entry.virtual);
      const size = entry.bytes * entry.count;
      const last = ranges.at(-1);
      if (last && last.name === name && last.start + last.size === start && last.physical + last.size === entry.physical) last.size += size;
      else ranges.push({ start, size, physical: entry.physical, name });
    }
  };
  for (const { root } of tables) visit(root);
  return ranges;
}
