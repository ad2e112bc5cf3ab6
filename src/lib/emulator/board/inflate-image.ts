import { unpack } from '../../packing.ts';
import type { Result } from '../../problem.ts';
import { elfProblem } from './elf.ts';

/** Unpacks a gzipped image (RFC 1952), as QEMU does for Linux images; gives others back as they are. Never unpacks more than `maxBytes`. */
export async function inflateImage(image: Uint8Array, file: string, maxBytes: number): Promise<Result<Uint8Array>> {
  if (image.length < 2 || image[0] !== 0x1f || image[1] !== 0x8b) return { ok: true, value: image };
  const fail = (message: string): Result<Uint8Array> => ({ ok: false, problems: [elfProblem(file, message)] });
  const unpacked = await unpack(image, 'gzip', maxBytes);
  if (unpacked === 'too large') return fail(`unpacks to more than the machine's memory, ${maxBytes} bytes`);
  return unpacked === 'damaged' ? fail('is a damaged gzip file') : { ok: true, value: unpacked };
}
