/**
 * Flattened devicetrees (Devicetree Specification v0.4, chapter 5): a writer that produces one from nodes, and a reader that accepts
 * untrusted bytes.
 */
import type { Result } from '../../problem.ts';

/** A property's value as bytes; see {@link cells}, {@link text} and {@link addresses} to make one. */
export type FdtProperty = { name: string; value: Uint8Array };
export type FdtNode = { name: string; properties: FdtProperty[]; children: FdtNode[] };

const magic = 0xd00dfeed;
const version = 17;
const lastCompatibleVersion = 16;
const headerSize = 40;
const Token = { beginNode: 1, endNode: 2, property: 3, nop: 4, end: 9 } as const;

/** How deep the reader follows nodes: trees of real boards have less than ten levels. */
const maxDepth = 32;
const maxBytes = 1 << 21;

/** 32-bit big-endian cells. */
export function cells(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setUint32(i * 4, value));
  return bytes;
}

/** 64-bit values as two cells each. */
export function addresses(...values: number[]): Uint8Array {
  return cells(...values.flatMap((value) => [Math.floor(value / 2 ** 32), value >>> 0]));
}

/** A list of strings, each with its terminating zero, in UTF-8. */
export function text(...strings: string[]): Uint8Array {
  return new TextEncoder().encode(strings.map((s) => `${s}\0`).join(''));
}

/** A node from a table of properties; `undefined` leaves a property out, `true` gives an empty one. */
export function node(name: string, properties: Record<string, Uint8Array | true | undefined>, children: FdtNode[] = []): FdtNode {
  const list: FdtProperty[] = [];
  for (const [key, value] of Object.entries(properties))
    if (value !== undefined) list.push({ name: key, value: value === true ? new Uint8Array(0) : value });
  return { name, properties: list, children };
}

/** Serialises a tree. `bootCpu` is the physical ID of the CPU that boots. Equal trees give equal bytes. */
export function writeFdt(root: FdtNode, bootCpu = 0): Uint8Array {
  const names = new Map<string, number>();
  const strings: number[] = [];
  const structure: number[] = [];
  const word = (value: number) => structure.push((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
  const align = () => {
    while (structure.length % 4 !== 0) structure.push(0);
  };
  const nameOffset = (name: string) => {
    const known = names.get(name);
    if (known !== undefined) return known;
    const offset = strings.length;
    names.set(name, offset);
    strings.push(...text(name));
    return offset;
  };
  const emit = (n: FdtNode) => {
    word(Token.beginNode);
    structure.push(...text(n.name));
    align();
    for (const { name, value } of n.properties) {
      word(Token.property);
      word(value.length);
      word(nameOffset(name));
      for (const byte of value) structure.push(byte);
      align();
    }
    n.children.forEach(emit);
    word(Token.endNode);
  };
  emit(root);
  word(Token.end);

  const reservations = headerSize;
  const structureAt = reservations + 16;
  const stringsAt = structureAt + structure.length;
  const total = (stringsAt + strings.length + 7) & ~7;
  const bytes = new Uint8Array(total);
  bytes.set(
    cells(magic, total, structureAt, stringsAt, reservations, version, lastCompatibleVersion, bootCpu, strings.length, structure.length),
  );
  bytes.set(structure, structureAt);
  bytes.set(strings, stringsAt);
  return bytes;
}

/** Parses a blob. Sizes and offsets are checked; a problem names the byte offset at which the blob stops making sense. */
export function readFdt(bytes: Uint8Array, file = 'devicetree'): Result<FdtNode> {
  const fail = (offset: number, message: string): Result<FdtNode> => ({
    ok: false,
    problems: [{ severity: 'error', place: { file, line: 0, column: 0 }, message: `${message} (at byte ${offset})` }],
  });
  if (bytes.length < headerSize) return fail(0, 'A devicetree blob has a header of 40 bytes; this is shorter');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0) !== magic) return fail(0, 'Not a devicetree blob: the magic number is missing');
  const total = view.getUint32(4);
  if (total > bytes.length || total > maxBytes) return fail(4, 'The devicetree says that it is larger than it is');
  if (view.getUint32(24) > version) return fail(24, 'Devicetree version newer than 17');
  const structureAt = view.getUint32(8);
  const stringsAt = view.getUint32(12);
  const stringsEnd = stringsAt + view.getUint32(32);
  const structureEnd = structureAt + view.getUint32(36);
  if (stringsEnd > total || structureEnd > total || structureAt % 4 !== 0) return fail(8, 'A devicetree block lies outside the blob');

  const string = (from: number, end: number): string | undefined => {
    const zero = bytes.indexOf(0, from);
    return zero < 0 || zero >= end ? undefined : new TextDecoder().decode(bytes.subarray(from, zero));
  };
  const open: FdtNode[] = [];
  for (let at = structureAt; at + 4 <= structureEnd;) {
    const token = view.getUint32(at);
    const parent = open.at(-1);
    at += 4;
    if (token === Token.beginNode) {
      const name = string(at, structureEnd);
      if (name === undefined) return fail(at, 'A node name does not end');
      if (open.length >= maxDepth) return fail(at, `Nodes nest deeper than ${maxDepth}`);
      const child: FdtNode = { name, properties: [], children: [] };
      parent?.children.push(child);
      open.push(child);
      at += (new TextEncoder().encode(name).length + 4) & ~3;
    } else if (token === Token.property) {
      if (!parent || at + 8 > structureEnd) return fail(at, 'A property lies outside a node');
      const length = view.getUint32(at);
      const nameAt = stringsAt + view.getUint32(at + 4);
      const name = nameAt < stringsEnd ? string(nameAt, stringsEnd) : undefined;
      if (name === undefined || at + 8 + length > structureEnd) return fail(at, 'A property runs out of its block');
      parent.properties.push({ name, value: bytes.slice(at + 8, at + 8 + length) });
      at += 8 + ((length + 3) & ~3);
    } else if (token === Token.endNode) {
      const closed = open.pop();
      if (!closed) return fail(at, 'A node ends that never began');
      if (open.length === 0) return { ok: true, value: closed };
    } else if (token !== Token.nop) {
      return fail(at - 4, 'Unknown token in the structure block');
    }
  }
  return fail(structureEnd, 'The structure block ends within a node');
}

/** Finds a node by path, as `/cpus/cpu@0`. */
export function findNode(root: FdtNode, path: string): FdtNode | undefined {
  let current: FdtNode | undefined = root;
  for (const part of path.split('/').filter(Boolean)) current = current?.children.find((child) => child.name === part);
  return current;
}
