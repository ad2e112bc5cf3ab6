/** Translation tables as rows of a tree. */
import type { TableEntry, TableTree, TranslationTables } from '../session/messages.ts';

export type TableRow = {
  /** Unique in the tree and stable between pictures. */
  id: string;
  depth: number;
  kind: 'register' | TableEntry['kind'];
  /** `[3..9]` for entries that differ in nothing but the addresses. */
  index: string;
  virtual: bigint;
  bytes: number;
  /** Where it leads: a table's or the mapped memory's physical address. */
  physical?: number;
  entry?: TableEntry;
  /** Entries of the table that this row leads to; absent for leaves. */
  children?: number;
};

/** Rows of the tree whose inner nodes are open as `open` says, parents before children. */
export function tableRows(tables: readonly TranslationTables[], open: ReadonlySet<string>): TableRow[] {
  const rows: TableRow[] = [];
  const visit = (table: TableTree, depth: number, path: string) => {
    for (const entry of table.entries) {
      const id = `${path}.${entry.index}`;
      const { kind, virtual, bytes, count } = entry;
      const index = count > 1 ? `${entry.index}..${entry.index + count - 1}` : `${entry.index}`;
      const below = entry.kind === 'table' ? entry.table : undefined;
      const physical = below?.address ?? ('physical' in entry ? entry.physical : undefined);
      rows.push({
        id,
        depth,
        kind,
        index,
        virtual,
        bytes: bytes * count,
        entry,
        ...(physical !== undefined ? { physical } : {}),
        ...(below ? { children: below.entries.length } : {}),
      });
      if (below && open.has(id)) visit(below, depth + 1, id);
    }
  };
  for (const { register, start, inputBits, root } of tables) {
    rows.push({
      id: register,
      depth: 0,
      kind: 'register',
      index: register,
      virtual: start,
      bytes: 2 ** inputBits,
      ...(root ? { physical: root.address, children: root.entries.length } : {}),
    });
    if (root && open.has(register)) visit(root, 1, register);
  }
  return rows;
}

/** Memory type of a MAIR attribute byte (Arm ARM D19.2.97) in a few words. */
export function memoryType(attributes: number): string {
  const [outer, inner] = [attributes >> 4, attributes & 0xf];
  if (outer === 0) return `Device-${['nGnRnE', 'nGnRE', 'nGRE', 'GRE'][(attributes >> 2) & 3]}`;
  const policy = (nibble: number) => (nibble === 4 ? 'non-cacheable' : nibble & 4 ? 'write-back' : 'write-through');
  return policy(outer) === policy(inner) ? `Normal, ${policy(outer)}` : `Normal, outer ${policy(outer)}, inner ${policy(inner)}`;
}

/** Shareability field in words. */
export function shareability(field: number): string {
  return ['not shareable', 'reserved', 'outer shareable', 'inner shareable'][field] ?? '';
}

/** All inner nodes, to open the whole tree. */
export function innerIds(tables: readonly TranslationTables[]): string[] {
  const all = new Set<string>();
  for (let before = -1; before !== all.size;) {
    before = all.size;
    for (const row of tableRows(tables, all)) if (row.children !== undefined) all.add(row.id);
  }
  return [...all];
}
