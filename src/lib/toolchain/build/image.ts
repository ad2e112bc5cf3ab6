import type { ElfFile } from '../object/elf-reader.ts';
import { HEADER_SIZE, SECTION_HEADER_SIZE, SHF, SHT } from '../object/elf-format.ts';
import { bytesOf } from './files.ts';

const ptLoad = 1;
/** Offsets in the ELF header. */
const sectionTableOffset = 40;
const sectionCountOffset = 60;
const nameTableIndexOffset = 62;

/** A flat image longer than this is a mistake in the linker script: parts of the image lie far apart. */
const maxFlatBytes = 256 << 20;

/** Memory as a loader fills it, from the lowest physical address of the image on; undefined when that would be unreasonably long. */
export function flatImage(elf: ElfFile): Uint8Array | undefined {
  const loads = elf.segments.filter((segment) => segment.type === ptLoad && segment.fileSize > 0);
  if (loads.length === 0) return undefined;
  const start = loads.reduce((least, s) => (s.physicalAddress < least ? s.physicalAddress : least), loads[0]?.physicalAddress ?? 0n);
  const end = loads.reduce(
    (most, s) => (s.physicalAddress + BigInt(s.fileSize) > most ? s.physicalAddress + BigInt(s.fileSize) : most),
    start,
  );
  if (end - start > BigInt(maxFlatBytes)) return undefined;
  const image = new Uint8Array(Number(end - start));
  for (const segment of loads) image.set(segment.bytes, Number(segment.physicalAddress - start));
  return image;
}

/**
 * The executable without symbol table, debug information and other sections that take no memory. What is loaded, and where it lies in the
 * file, stays as it is: those sections come last in lld's output, so the file is cut after the ones that are loaded.
 */
export function stripped(bytes: Uint8Array, elf: ElfFile): Uint8Array {
  const kept = elf.sections.filter((section) => (section.flags & SHF.alloc) !== 0);
  const segmentEnd = elf.segments.reduce((end, s) => Math.max(end, s.offset + s.fileSize), HEADER_SIZE);
  const end = kept.reduce((last, s) => (s.type === SHT.nobits ? last : Math.max(last, s.offset + s.size)), segmentEnd);
  const names = ['', ...kept.map((section) => section.name), '.shstrtab'];
  const nameBytes = bytesOf(names.map((name) => `${name}\0`).join(''));
  const nameOffsets = names.map(
    (_, i) =>
      bytesOf(
        names
          .slice(0, i)
          .map((name) => `${name}\0`)
          .join(''),
      ).length,
  );
  const tableAt = (end + nameBytes.length + 7) & ~7;
  const out = new Uint8Array(tableAt + SECTION_HEADER_SIZE * (kept.length + 2));
  out.set(bytes.subarray(0, end));
  out.set(nameBytes, end);
  const view = new DataView(out.buffer);
  const newIndex = new Map(kept.map((section, i) => [section.index, i + 1]));
  const writeHeader = (index: number, words: readonly [number, number, number, bigint, number, number, number, number, number, number]) => {
    const at = tableAt + index * SECTION_HEADER_SIZE;
    const [name, type, flags, address, offset, size, link, info, align, entrySize] = words;
    view.setUint32(at, name, true);
    view.setUint32(at + 4, type, true);
    [BigInt(flags), address, BigInt(offset), BigInt(size)].forEach((value, i) => view.setBigUint64(at + 8 + i * 8, value, true));
    view.setUint32(at + 40, link, true);
    view.setUint32(at + 44, info, true);
    view.setBigUint64(at + 48, BigInt(align), true);
    view.setBigUint64(at + 56, BigInt(entrySize), true);
  };
  kept.forEach((s, i) =>
    writeHeader(i + 1, [
      nameOffsets[i + 1] ?? 0,
      s.type,
      s.flags,
      s.address,
      s.offset,
      s.size,
      newIndex.get(s.link) ?? 0,
      s.info,
      s.align,
      s.entrySize,
    ]),
  );
  writeHeader(kept.length + 1, [nameOffsets[kept.length + 1] ?? 0, SHT.strtab, 0, 0n, end, nameBytes.length, 0, 0, 1, 0]);
  view.setBigUint64(sectionTableOffset, BigInt(tableAt), true);
  view.setUint16(sectionCountOffset, kept.length + 2, true);
  view.setUint16(nameTableIndexOffset, kept.length + 1, true);
  return out;
}
