/** Where the bytes of an image go, and what a change of libraries did to them. */
import { hierarchy, treemap } from 'd3-hierarchy';
import type { BuiltImage, ImagePiece } from '../session/messages.ts';

export type PieceKind = ImagePiece['kind'];

/** A function or variable of a library; several of one name in one object are added up. */
export type SymbolSize = { name: string; object: string; kind: PieceKind; bytes: number };
export type LibrarySize = { name: string; bytes: number; byKind: Record<PieceKind, number>; symbols: SymbolSize[] };

/** Which bytes are meant: those of the file, or all that the image takes in memory. */
export type Measure = 'file' | 'memory';

/** Who stands for bytes that no library brought: gaps, string literals that the linker merged. */
export const linkerName = '(linker)';

/** Bytes by library and symbol, the largest first. */
export function sizesOf(pieces: readonly ImagePiece[], measure: Measure): LibrarySize[] {
  const libraries = new Map<string, LibrarySize & { bySymbol: Map<string, SymbolSize> }>();
  for (const piece of pieces) {
    if (measure === 'file' && piece.kind === 'zeroed') continue;
    const name = piece.library ?? linkerName;
    let library = libraries.get(name);
    if (!library) {
      library = { name, bytes: 0, byKind: { code: 0, readOnly: 0, data: 0, zeroed: 0 }, symbols: [], bySymbol: new Map() };
      libraries.set(name, library);
    }
    library.bytes += piece.size;
    library.byKind[piece.kind] += piece.size;
    const symbol = { name: pieceName(piece), object: piece.object ?? '', kind: piece.kind, bytes: 0 };
    const key = symbolKey(symbol);
    const known = library.bySymbol.get(key) ?? symbol;
    known.bytes += piece.size;
    library.bySymbol.set(key, known);
  }
  return [...libraries.values()]
    .map(({ bySymbol, ...library }) => ({ ...library, symbols: [...bySymbol.values()].sort(larger) }))
    .sort(larger);
}

function larger(a: { name: string; bytes: number }, b: { name: string; bytes: number }): number {
  return b.bytes - a.bytes || (a.name < b.name ? -1 : 1);
}

function symbolKey({ name, object, kind }: SymbolSize): string {
  return `${object} ${kind} ${name}`;
}

/** What a piece is called where it stands beside others. */
export function pieceName(piece: ImagePiece): string {
  if (piece.symbol !== undefined) return piece.symbol;
  if (piece.inputSection === undefined) return `${piece.section}: padding and what the linker script adds`;
  return /str\d/.test(piece.inputSection) ? `${piece.section}: string literals` : `${piece.inputSection}: without a name`;
}

export type TreemapBox = {
  left: number;
  top: number;
  width: number;
  height: number;
  library: string;
  /** Absent for the box of a whole library. */
  symbol?: string;
  bytes: number;
  kind?: PieceKind;
};

type TreeNode = { library: string; symbol?: string; kind?: PieceKind; bytes: number; children: TreeNode[] };

/** Boxes whose area is in proportion to bytes, libraries before the symbols that lie on them. `width` and `height` in pixels. */
export function treemapBoxes(libraries: readonly LibrarySize[], width: number, height: number): TreemapBox[] {
  if (width < 40 || height < 40) return [];
  const node = (library: LibrarySize): TreeNode => ({
    library: library.name,
    bytes: 0,
    children: library.symbols.map(({ name, kind, bytes }) => ({ library: library.name, symbol: name, kind, bytes, children: [] })),
  });
  const root = hierarchy<TreeNode>({ library: '', bytes: 0, children: libraries.map(node) })
    .sum((n) => n.bytes)
    .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  const headline = 16;
  const placed = treemap<TreeNode>()
    .size([width, height])
    .paddingInner(1)
    .paddingOuter(1)
    .paddingTop((n) => (n.depth === 1 ? headline : 0))
    .round(true)(root);
  return placed
    .descendants()
    .filter((n) => n.depth > 0 && n.x1 > n.x0 && n.y1 > n.y0)
    .map((n) => ({
      left: n.x0,
      top: n.y0,
      width: n.x1 - n.x0,
      height: n.y1 - n.y0,
      library: n.data.library,
      ...(n.data.symbol !== undefined ? { symbol: n.data.symbol, kind: n.data.kind } : {}),
      bytes: n.value ?? 0,
    }));
}

export type SizeChange = { library: string; symbol: string; before: number; after: number };

/** Symbols whose size changed, came or went: the largest change first. */
export function changesBetween(before: readonly LibrarySize[], after: readonly LibrarySize[]): SizeChange[] {
  const changes = new Map<string, SizeChange>();
  const book = (libraries: readonly LibrarySize[], side: 'before' | 'after') => {
    for (const library of libraries)
      for (const symbol of library.symbols) {
        const key = `${library.name} ${symbolKey(symbol)}`;
        const change = changes.get(key) ?? { library: library.name, symbol: symbol.name, before: 0, after: 0 };
        change[side] += symbol.bytes;
        changes.set(key, change);
      }
  };
  book(before, 'before');
  book(after, 'after');
  const size = (change: SizeChange) => Math.abs(change.after - change.before);
  return [...changes.values()].filter((change) => size(change) > 0).sort((a, b) => size(b) - size(a) || (a.symbol < b.symbol ? -1 : 1));
}

/** Options that a person changed between two builds, as `CONFIG_X: y -> default`. */
export function optionChanges(before: Record<string, string>, after: Record<string, string>): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const value = (settings: Record<string, string>, name: string) => settings[name] ?? 'default';
  return names
    .filter((name) => before[name] !== after[name])
    .map((name) => `CONFIG_${name}: ${value(before, name)} → ${value(after, name)}`);
}

/** `+12` or `−3`; empty when nothing changed. */
export function signed(difference: number): string {
  if (difference === 0) return '';
  return `${difference > 0 ? '+' : '−'}${Math.abs(difference).toLocaleString('en-US')}`;
}

/** Bytes of an image by the measure. */
export function totalOf(image: Pick<BuiltImage, 'pieces'>, measure: Measure): number {
  return image.pieces.reduce((sum, piece) => sum + (measure === 'file' && piece.kind === 'zeroed' ? 0 : piece.size), 0);
}
