import type { Problem, Result } from '../../problem.ts';
import { makeDtb } from './dtb.ts';
import { elfProblem, isElf, readElf } from './elf.ts';
import { MemoryMap } from './memory-map.ts';

export type BootOptions = {
  /** Name of the image in problems. */
  file: string;
  gic: 2 | 3;
  cpus: number;
  memoryBytes: number;
  commandLine?: string;
  initrd?: Uint8Array;
  seed: number;
};

/** Bytes that go to guest physical memory before the first instruction; memory between them is zero. */
export type Placement = { address: number; bytes: Uint8Array };

/** What memory and the boot CPU hold at power-on. */
export type BootImage = {
  kind: 'elf' | 'linux' | 'flat';
  placements: Placement[];
  /** Where the boot CPU starts; all its general-purpose registers are zero. */
  start: number;
  /** Stretches of RAM by use, for views. */
  dtb?: { start: number; end: number };
  initrd?: { start: number; end: number };
  image: { start: number; end: number };
  /** Worth telling, though it boots. */
  notes: Problem[];
};

const mebi = 2 ** 20;
const page = 4096;
const linuxMagic = 0x644d5241; // "ARM\x64"
const linuxHeaderSize = 64;
const defaultTextOffset = 0x8_0000;
/** RAM that the start code may take; an image that asks for a place within it is moved by 2 MiB. */
const startCodeReserve = 4096;

/**
 * Decides where everything goes, as QEMU's boot loader for Arm does (version 7.2):
 *
 * - An ELF file is not Linux: its segments go to their physical addresses, the CPU starts at its entry point with all registers
 *   zero, and the devicetree lies at the start of RAM if the image leaves room there. QEMU wants 1 MiB of room, the size of its
 *   buffer; we want what the devicetree needs. There is no initrd.
 * - Anything else is a Linux `Image`, or a flat binary loaded like one: at its text offset (512 KiB if it has no header), initrd half-way into
 *   RAM (at most 128 MiB), devicetree after it on a 2 MiB boundary, and start code at the start of RAM that
 *   jumps to the image with the devicetree's address in X0.
 */
export function planBoot(image: Uint8Array, options: BootOptions): Result<BootImage> {
  if (image.length === 0) return { ok: false, problems: [elfProblem(options.file, 'is empty')] };
  return isElf(image) ? planElf(image, options) : planLinux(image, options);
}

function planElf(image: Uint8Array, options: BootOptions): Result<BootImage> {
  const { file, memoryBytes } = options;
  const elf = readElf(image, file);
  if (!elf.ok) return elf;
  const ramEnd = MemoryMap.ram + memoryBytes;
  const segments = [...elf.value.segments].sort((a, b) => a.physical - b.physical);
  const problems: Problem[] = [];
  segments.forEach((segment, i) => {
    const end = segment.physical + segment.memoryBytes;
    const range = `0x${hex(segment.physical)} to 0x${hex(end)}`;
    if (segment.physical < MemoryMap.ram || end > ramEnd)
      problems.push(
        elfProblem(
          file,
          `does not fit: a segment from ${range} lies outside RAM, which is 0x${hex(MemoryMap.ram)} to 0x${hex(ramEnd)}`,
          segment.physical >= MemoryMap.ram ? 'Give the machine more memory, or make the image smaller.' : 'Link it for RAM at 0x40000000.',
        ),
      );
    const next = segments.at(i + 1);
    if (next && next.physical < end) problems.push(elfProblem(file, `segments overlap: ${range} runs into 0x${hex(next.physical)}`));
  });
  const { entry } = elf.value;
  if (problems.length === 0 && !(entry >= MemoryMap.ram && entry < ramEnd))
    problems.push(elfProblem(file, `the entry point 0x${hex(entry)} lies outside RAM`, 'Does the linker script say ENTRY(...)?'));
  if (problems.length > 0) return { ok: false, problems };

  const start = segments[0].physical;
  const last = segments[segments.length - 1];
  const notes: Problem[] = [];
  const note = (message: string) => notes.push({ severity: 'note', message });
  if (options.initrd) note('An initrd is for Linux images: an ELF image gets none, as under QEMU.');
  const placements: Placement[] = segments.map((segment) => ({ address: segment.physical, bytes: segment.bytes }));
  const blob = makeDtb({ ...options, initrd: undefined });
  const fits = start - MemoryMap.ram >= blob.length;
  if (fits) placements.push({ address: MemoryMap.ram, bytes: blob });
  else
    note(
      `No devicetree: it needs ${blob.length} bytes from 0x${hex(MemoryMap.ram)}, and the image starts at 0x${hex(start)}. Link the image higher to have one.`,
    );
  return {
    ok: true,
    value: {
      kind: 'elf',
      placements,
      start: entry,
      ...(fits ? { dtb: { start: MemoryMap.ram, end: MemoryMap.ram + blob.length } } : {}),
      image: { start, end: last.physical + last.memoryBytes },
      notes,
    },
  };
}

/** Load address and size in memory of what is not an ELF file (Linux, Documentation/arch/arm64/booting.rst). */
function linuxLayout(image: Uint8Array): { kind: 'linux' | 'flat'; address: number; memoryBytes: number } {
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  if (image.length < linuxHeaderSize || view.getUint32(56, true) !== linuxMagic)
    return { kind: 'flat', address: MemoryMap.ram + defaultTextOffset, memoryBytes: image.length };
  const imageSize = Number(view.getBigUint64(16, true));
  // Kernels older than 3.17 leave the size zero, and then the offset does not count.
  let offset = imageSize === 0 ? defaultTextOffset : Number(view.getBigUint64(8, true));
  if (offset < startCodeReserve) offset += 2 * mebi;
  return { kind: 'linux', address: MemoryMap.ram + offset, memoryBytes: imageSize || image.length };
}

function planLinux(image: Uint8Array, options: BootOptions): Result<BootImage> {
  const { file, memoryBytes } = options;
  const ramEnd = MemoryMap.ram + memoryBytes;
  const fail = (message: string): Result<BootImage> => ({
    ok: false,
    problems: [elfProblem(file, message, 'Give the machine more memory.')],
  });
  const { kind, address, memoryBytes: imageBytes } = linuxLayout(image);
  const imageEnd = address + Math.max(imageBytes, image.length);
  if (!(imageEnd <= ramEnd)) return fail(`does not fit: it needs memory up to 0x${hex(imageEnd)}, RAM ends at 0x${hex(ramEnd)}`);

  const afterImage = Math.max(MemoryMap.ram + Math.min(memoryBytes / 2, 128 * mebi), address + imageBytes);
  const initrdStart = alignUp(afterImage, page);
  const initrdEnd = initrdStart + (options.initrd?.length ?? 0);
  if (options.initrd && initrdEnd > ramEnd)
    return fail(`no room for the initrd: ${options.initrd.length} bytes from 0x${hex(initrdStart)}, RAM ends at 0x${hex(ramEnd)}`);
  const initrd = options.initrd && { start: initrdStart, end: initrdEnd };
  const blob = makeDtb({ ...options, initrd });
  const dtbStart = alignUp(initrdEnd, 2 * mebi);
  if (dtbStart + blob.length > ramEnd)
    return fail(`no room for the devicetree: ${blob.length} bytes from 0x${hex(dtbStart)}, RAM ends at 0x${hex(ramEnd)}`);

  const placements: Placement[] = [
    { address: MemoryMap.ram, bytes: startCode(dtbStart, address) },
    { address, bytes: image },
    { address: dtbStart, bytes: blob },
  ];
  if (options.initrd) placements.push({ address: initrdStart, bytes: options.initrd });
  return {
    ok: true,
    value: {
      kind,
      placements,
      start: MemoryMap.ram,
      dtb: { start: dtbStart, end: dtbStart + blob.length },
      ...(initrd ? { initrd } : {}),
      image: { start: address, end: imageEnd },
      notes: [],
    },
  };
}

/** The code that QEMU puts at the start of RAM: registers as the Linux boot protocol asks, then a jump. */
function startCode(dtb: number, entry: number): Uint8Array {
  const words = [
    0x580000c0, // ldr x0, dtb
    0xaa1f03e1, // mov x1, xzr
    0xaa1f03e2, // mov x2, xzr
    0xaa1f03e3, // mov x3, xzr
    0x58000084, // ldr x4, entry
    0xd61f0080, // br x4
    ...[dtb, entry].flatMap((value) => [value >>> 0, Math.floor(value / 2 ** 32)]),
  ];
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => view.setUint32(4 * i, word, true));
  return bytes;
}

function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}

function hex(value: number): string {
  return value.toString(16);
}
