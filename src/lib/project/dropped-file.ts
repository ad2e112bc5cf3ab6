/** What a file that somebody drops on the page is, by its first bytes. */
export type FileKind = 'zip' | 'elf' | 'linux-image' | 'gzip' | 'snapshot' | 'unknown';

/** `ARM\x64` at 56: Linux's Documentation/arch/arm64/booting.rst. */
const linuxMagic = { at: 56, bytes: [0x41, 0x52, 0x4d, 0x64] };

export function fileKind(bytes: Uint8Array): FileKind {
  const has = (at: number, magic: readonly number[]) => magic.every((byte, i) => bytes[at + i] === byte);
  if (has(0, [0x50, 0x4b, 3, 4]) || has(0, [0x50, 0x4b, 5, 6])) return 'zip';
  if (has(0, [0x7f, 0x45, 0x4c, 0x46])) return 'elf';
  if (has(linuxMagic.at, linuxMagic.bytes)) return 'linux-image';
  if (has(0, [0x89, 0x55, 0x4b, 0x53])) return 'snapshot';
  return has(0, [0x1f, 0x8b]) ? 'gzip' : 'unknown';
}
