import { pageBytes, TlbFlags } from './layout.ts';
import { isDevice, permissionsOf, walk, type Leaf, type Regime } from './mmu.ts';
import type { SharedMemory } from './shared-memory.ts';

/** Addresses from `low` up to, but not with, `high`. `aligned`: accesses must be. */
export type AddressRange = { readonly low: number; readonly high: number; readonly aligned: boolean };

/**
 * Where translated code may read, and write, RAM at its own address without a look at the TLB. `number` is the same for the same ranges,
 * and never 0.
 */
export type IdentityRanges = { readonly number: number; readonly read: AddressRange | undefined; readonly write: AddressRange | undefined };

/** Different ranges that are told apart before numbering goes on without a memory of them. */
const maxRanges = 1024;

/** Numbers of ranges, the same for all CPUs of a machine. */
export class RangeNumbers {
  readonly #numbers = new Map<string, number>();
  #next = 1;

  of({ read, write }: Omit<IdentityRanges, 'number'>): number {
    const key = [read, write].flatMap((range) => [range?.low, range?.high, range?.aligned]).join();
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    if (this.#numbers.size >= maxRanges) this.#numbers.clear();
    this.#numbers.set(key, this.#next);
    return this.#next++;
  }
}

/** Descriptors that one look at the tables reads at most. */
const maxWalks = 4096;
/** Shorter ranges are not worth a comparison. */
const leastPages = 16;

/** Permissions of a page for one mode of the data TLB (EL0, EL1, EL1 with PAN) as {@link TlbFlags}. */
export function permissionFlags(regime: Regime, leaf: Leaf, mode: number): number {
  if (mode === 2 && regime.enabled && leaf.user) return 0;
  const { read, write } = permissionsOf(regime, leaf, mode === 0 ? 0 : 1);
  return (read ? TlbFlags.read : 0) | (write ? TlbFlags.write : 0);
}

/**
 * The pages of RAM that a regime maps at their own addresses as memory, for one mode of the data TLB: all that the translation tables said
 * at one time, as a TLB may know at any time whatever they say. It holds until the guest invalidates it.
 */
export class IdentityMap {
  /** {@link TlbFlags} read, write and strict of each page of RAM; 0: not mapped so, or forgotten. */
  readonly permissions: Uint8Array;
  #ranges: Omit<IdentityRanges, 'number'> | undefined;
  /** Pages of the longest stretch that may be written but the one in {@link #ranges}, at most. */
  #nextLongest = 0;

  constructor(permissions: Uint8Array) {
    this.permissions = permissions;
  }

  /**
   * What the tables say now. `alignmentChecked`: SCTLR_EL1.A. `onBlock` is told of descriptors of more than 4 KiB. `permissions`: zeros for the pages of
   * RAM, which become the map's.
   */
  static scan(
    regime: Regime,
    memory: SharedMemory,
    mode: number,
    alignmentChecked: boolean,
    onBlock: (bits: number, high: number, low: number) => void,
    permissions: Uint8Array,
  ): IdentityMap {
    if (!regime.enabled) {
      permissions.fill(TlbFlags.read | TlbFlags.write | TlbFlags.strict);
      return new IdentityMap(permissions);
    }
    const end = memory.base + memory.size;
    const { granuleBits } = regime.ranges[0];
    let address = memory.base;
    for (let walks = 0; walks < maxWalks && address < end; walks++) {
      const [high, low] = [Math.floor(address / 2 ** 32), address % 2 ** 32];
      const leaf = walk(regime, memory, high, low);
      const bytes = 2 ** (leaf.ok ? leaf.blockBits : granuleBits + (3 - leaf.level) * (granuleBits - 3));
      const next = Math.min(end, address - (address % bytes) + bytes);
      if (leaf.ok && leaf.physical === address) {
        const first = (address - memory.base) / pageBytes;
        const strict = alignmentChecked || isDevice(leaf.attributes) ? TlbFlags.strict : 0;
        permissions.fill(permissionFlags(regime, leaf, mode) | strict, first, first + (next - address) / pageBytes);
        if (leaf.blockBits > 12) onBlock(leaf.blockBits, high, low);
      }
      address = next;
    }
    return new IdentityMap(permissions);
  }

  /** Forgets a page. */
  drop(page: number): void {
    if (this.permissions[page] === 0) return;
    this.permissions[page] = 0;
    this.#ranges = undefined;
  }

  /** Instructions of a page are decoded: from now on stores to it must be noticed. */
  addCode(address: number): void {
    const write = this.#ranges?.write;
    if (!this.#ranges || !write || address < write.low || address >= write.high) return;
    // A page in it cuts it in two. As long as the longer part is longer than all else, nothing need be searched.
    const below = { ...write, high: address };
    const above = { ...write, low: address + pageBytes };
    const [long, short] = pagesOf(below) >= pagesOf(above) ? [below, above] : [above, below];
    if (pagesOf(long) > Math.max(this.#nextLongest, leastPages)) {
      this.#nextLongest = Math.max(this.#nextLongest, pagesOf(short));
      this.#ranges = { ...this.#ranges, write: long };
    } else this.#ranges = undefined;
  }

  /** The longest stretches that may be read, and written where there are no decoded instructions. */
  ranges(base: number, codePages: Uint8Array): Omit<IdentityRanges, 'number'> {
    const { permissions } = this;
    if (!this.#ranges) {
      const write = longest(permissions, base, TlbFlags.write, codePages);
      this.#ranges = { read: longest(permissions, base, TlbFlags.read, undefined).range, write: write.range };
      this.#nextLongest = write.next;
    }
    return this.#ranges;
  }

  /** Stretches of equal permissions in turn: first page, number of pages, permissions. */
  save(): number[] {
    const numbers: number[] = [];
    const { permissions } = this;
    for (let first = 0, page = 1; page <= permissions.length; page++) {
      if (page < permissions.length && permissions[page] === permissions[first]) continue;
      if (permissions[first] !== 0) numbers.push(first, page - first, permissions[first]);
      first = page;
    }
    return numbers;
  }

  /** Takes one of the stretches of {@link save}. */
  restore(first: number, pages: number, flags: number): void {
    this.permissions.fill(flags & (TlbFlags.read | TlbFlags.write | TlbFlags.strict), Math.max(0, first), Math.max(0, first + pages));
  }
}

const inWords = (bytes: Uint8Array): Uint32Array => new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);

const pagesOf = ({ low, high }: AddressRange): number => (high - low) / pageBytes;

/** The longest stretch of pages that have a permission, all of them strict or none, and are zero in `codePages`; `next`: pages of the second longest. */
function longest(
  permissions: Uint8Array,
  base: number,
  permission: number,
  codePages: Uint8Array | undefined,
): { range: AddressRange | undefined; next: number } {
  const words = inWords(permissions);
  const codeWords = codePages && inWords(codePages);
  let [low, high, next] = [0, 0, 0];
  for (let page = 0; page < permissions.length;) {
    const first = page;
    const kind = (permissions[first] & TlbFlags.strict) | permission;
    const same = 0x0101_0101 * permissions[first];
    while (page < permissions.length && (permissions[page] & (TlbFlags.strict | permission)) === kind && !codePages?.[page])
      // Four pages at a time where all is as it was.
      page += page % 4 === 0 && words[page >> 2] === same && !codeWords?.[page >> 2] ? 4 : 1;
    if (page - first > high - low) [low, high, next] = [first, page, high - low];
    else next = Math.max(next, page - first);
    if (page === first) page++;
  }
  if (high - low < leastPages) return { range: undefined, next };
  return {
    range: { low: base + low * pageBytes, high: base + high * pageBytes, aligned: (permissions[low] & TlbFlags.strict) !== 0 },
    next,
  };
}
