import type { Problem, Result } from '../../problem.ts';

/** A piece of an ELF file that belongs in memory. */
export type ElfSegment = {
  physical: number;
  virtual: number;
  /** Bytes from the file; the rest up to `memoryBytes` is zero. */
  bytes: Uint8Array;
  memoryBytes: number;
  executable: boolean;
};

export type ElfImage = { entry: number; segments: ElfSegment[] };

const headerSize = 64;
const programHeaderSize = 56;
const Class64 = 2;
const LittleEndian = 1;
const MachineAArch64 = 183;
const Type = { executable: 2, shared: 3 } as const;
const SegmentLoad = 1;
const FlagExecute = 1;

/** Names that people know, for "built for another machine". */
const machines = new Map([
  [3, 'x86 (32-bit)'],
  [8, 'MIPS'],
  [21, 'PowerPC (64-bit)'],
  [40, 'Arm (32-bit)'],
  [62, 'x86-64'],
  [243, 'RISC-V'],
  [258, 'LoongArch'],
]);

export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/** Reads the loadable segments of an AArch64 ELF64 file (ELF gABI 4.1). Untrusted bytes: everything is checked against the file's end. */
export function readElf(bytes: Uint8Array, file: string): Result<ElfImage> {
  const fail = (message: string, hint?: string): Result<ElfImage> => ({ ok: false, problems: [elfProblem(file, message, hint)] });
  if (!isElf(bytes)) return fail('not an ELF file');
  if (bytes.length < headerSize) return fail(`the ELF header is cut off: the file has ${bytes.length} bytes, the header ${headerSize}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes[4] !== Class64) return fail('a 32-bit ELF file; the machine runs 64-bit code only');
  if (bytes[5] !== LittleEndian) return fail('a big-endian ELF file; the machine starts little-endian');
  const machine = view.getUint16(18, true);
  if (machine !== MachineAArch64)
    return fail(
      `built for ${machines.get(machine) ?? `machine number ${machine}`}, not for AArch64`,
      'Compile with --target=aarch64-none-elf.',
    );
  const type = view.getUint16(16, true);
  if (type !== Type.executable && type !== Type.shared) return fail('not linked: this is an object file, not an image', 'Link it first.');
  const tableAt = view.getBigUint64(32, true);
  const entrySize = view.getUint16(54, true);
  const count = view.getUint16(56, true);
  if (count === 0) return fail('has no program headers, so nothing to load');
  if (entrySize !== programHeaderSize) return fail(`program headers of ${entrySize} bytes; ELF64 has ${programHeaderSize}`);
  if (tableAt + BigInt(count * programHeaderSize) > BigInt(bytes.length))
    return fail(`is cut off: its program headers lie at byte ${tableAt}, its end at ${bytes.length}`);

  const segments: ElfSegment[] = [];
  const entryVirtual = view.getBigUint64(24, true);
  let entry = entryVirtual;
  for (let i = 0; i < count; i++) {
    const at = Number(tableAt) + i * programHeaderSize;
    if (view.getUint32(at, true) !== SegmentLoad) continue;
    const [offset, virtual, physical, fileBytes, memoryBytes] = [8, 16, 24, 32, 40].map((field) => view.getBigUint64(at + field, true));
    if (memoryBytes === 0n) continue;
    const executable = (view.getUint32(at + 4, true) & FlagExecute) !== 0;
    if (fileBytes > memoryBytes) return fail(`segment ${i} has more bytes in the file (${fileBytes}) than in memory (${memoryBytes})`);
    if (offset + fileBytes > BigInt(bytes.length))
      return fail(`is cut off: segment ${i} needs bytes up to ${offset + fileBytes}, the file has ${bytes.length}`);
    if (physical + memoryBytes > 1n << 52n) return fail(`segment ${i} lies beyond physical memory, at 0x${physical.toString(16)}`);
    // The loader jumps before address translation is on, so an entry in a relocated segment is meant physically.
    if (executable && entryVirtual >= virtual && entryVirtual < virtual + fileBytes) entry = entryVirtual - virtual + physical;
    segments.push({
      physical: Number(physical),
      virtual: Number(BigInt.asUintN(52, virtual)),
      bytes: bytes.subarray(Number(offset), Number(offset + fileBytes)),
      memoryBytes: Number(memoryBytes),
      executable,
    });
  }
  if (segments.length === 0) return fail('has no segment to load');
  if (entry > BigInt(Number.MAX_SAFE_INTEGER)) return fail(`entry point 0x${entry.toString(16)} lies beyond physical memory`);
  return { ok: true, value: { entry: Number(entry), segments } };
}

/** An error about an image as a whole. */
export function elfProblem(file: string, message: string, hint?: string): Problem {
  return { severity: 'error', place: { file, line: 1, column: 0 }, message: `${file}: ${message}`, hint };
}
