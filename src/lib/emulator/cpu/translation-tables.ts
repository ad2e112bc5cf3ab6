import { isDevice, permissionsOf, walk, type Fault, type Leaf, type Regime, type TableMemory } from './mmu.ts';
import type { MappingView, TableEntryView, TableView, TranslationTables } from './types.ts';

const high32 = 0x1_0000_0000;

/** What one leaf allows and how, hierarchical limits included. */
export function mappingOf(regime: Regime, leaf: Leaf): MappingView {
  const [el0, el1] = [permissionsOf(regime, leaf, 0), permissionsOf(regime, leaf, 1)];
  return {
    readable: { el0: el0.read, el1: el1.read },
    writable: { el0: el0.write, el1: el1.write },
    executable: { el0: el0.execute, el1: el1.execute },
    attributes: leaf.attributes,
    device: isDevice(leaf.attributes),
    shareability: leaf.shareability,
    global: leaf.global,
    contiguous: leaf.contiguous,
  };
}

type Waiting = { entry: TableEntryView & { kind: 'table' }; level: number; address: number; virtual: bigint };

/** The translation tables of a regime as trees, at most `maxTables` of them: a guest's tables may form a circle. */
export function translationTables(regime: Regime, memory: TableMemory, maxTables: number): TranslationTables[] {
  if (!regime.enabled) return [];
  let left = maxTables;
  return regime.ranges.flatMap((range, half): TranslationTables[] => {
    if (range.disabled) return [];
    const { granuleBits, firstLevel, inputBits } = range;
    const start = half === 0 ? 0n : BigInt.asUintN(64, -(1n << BigInt(inputBits)));
    const reader = new TableReader(regime, memory, granuleBits);
    const firstEntries = range.firstMask + 1;
    let truncated = left-- <= 0;
    const root = truncated ? undefined : reader.table(firstLevel, range.table, start, firstEntries);
    // Breadth first: where the bound cuts, the upper levels are whole.
    const queue: Waiting[] = root ? reader.subtables(root) : [];
    for (let next = queue.shift(); next; next = queue.shift()) {
      if (left-- <= 0) {
        truncated = true;
        break;
      }
      const table = reader.table(next.level, next.address, next.virtual, 2 ** (granuleBits - 3));
      if (!table) continue;
      next.entry.table = table;
      queue.push(...reader.subtables(table));
    }
    const register = half === 0 ? 'TTBR0_EL1' : 'TTBR1_EL1';
    return [{ register, granuleBytes: 2 ** granuleBits, inputBits, start, truncated, ...(root ? { root } : {}) }];
  });
}

class TableReader {
  readonly #regime: Regime;
  readonly #memory: TableMemory;
  readonly #granuleBits: number;

  constructor(regime: Regime, memory: TableMemory, granuleBits: number) {
    this.#regime = regime;
    this.#memory = memory;
    this.#granuleBits = granuleBits;
  }

  /** One table without those below it; undefined where there is no RAM. */
  table(level: number, address: number, start: bigint, count: number): TableView | undefined {
    const bytes = 2 ** ((3 - level) * (this.#granuleBits - 3) + this.#granuleBits);
    const entries: TableEntryView[] = [];
    for (let index = 0; index < count; index++) {
      const at = this.#memory.locate(address + 8 * index);
      if (at < 0) return undefined;
      const [low, high] = [this.#memory.words[at], this.#memory.words[at + 1]];
      if (!(low & 1)) continue;
      const descriptor = (BigInt(high) << 32n) | BigInt(low);
      const virtual = start + BigInt(index) * BigInt(bytes);
      const last = entries.at(-1);
      if (last && continues(last, index, bytes, descriptor)) last.count++;
      else entries.push(this.#entry(level, { index, count: 1, virtual, bytes, descriptor }));
    }
    return { level, address, start, entries };
  }

  /** The tables that a table leads to. */
  subtables(table: TableView): Waiting[] {
    return table.entries.flatMap((entry) =>
      entry.kind === 'table'
        ? [{ entry, level: table.level + 1, address: this.#tableAddress(entry.descriptor), virtual: entry.virtual }]
        : [],
    );
  }

  #tableAddress(descriptor: bigint): number {
    const address = Number(descriptor & 0xffff_ffff_ffffn);
    return address - (address % 2 ** this.#granuleBits);
  }

  #entry(level: number, place: { index: number; count: number; virtual: bigint; bytes: number; descriptor: bigint }): TableEntryView {
    if (level < 3 && (place.descriptor & 3n) === 3n) return { ...place, kind: 'table' };
    const leaf = walk(this.#regime, this.#memory, Number(place.virtual >> 32n), Number(place.virtual % BigInt(high32)));
    if (!leaf.ok) return { ...place, kind: 'fault', fault: leaf.fault satisfies Fault };
    return { ...place, kind: level === 3 ? 'page' : 'block', physical: leaf.physical, ...mappingOf(this.#regime, leaf) };
  }
}

const addressBits = 0xffff_ffff_f000n;

/** Whether a descriptor maps what follows what an entry maps, in the same way. */
function continues(last: TableEntryView, index: number, bytes: number, descriptor: bigint): boolean {
  if ((last.kind !== 'page' && last.kind !== 'block') || last.index + last.count !== index) return false;
  const expected = (last.descriptor & addressBits) + BigInt(last.count * bytes);
  return descriptor === ((last.descriptor & ~addressBits) | expected);
}
