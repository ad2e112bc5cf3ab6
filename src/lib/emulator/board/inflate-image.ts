import type { Result } from '../../problem.ts';
import { elfProblem } from './elf.ts';

/** Unpacks a gzipped image (RFC 1952), as QEMU does for Linux images; gives others back as they are. Never unpacks more than `maxBytes`. */
export async function inflateImage(image: Uint8Array, file: string, maxBytes: number): Promise<Result<Uint8Array>> {
  if (image.length < 2 || image[0] !== 0x1f || image[1] !== 0x8b) return { ok: true, value: image };
  const fail = (message: string): Result<Uint8Array> => ({ ok: false, problems: [elfProblem(file, message)] });
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = new Blob([image.slice()]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > maxBytes) {
        await reader.cancel();
        return fail(`unpacks to more than the machine's memory, ${maxBytes} bytes`);
      }
      parts.push(value);
    }
  } catch {
    // The stream gives a bare TypeError; that it is damaged is all there is to say.
    return fail('is a damaged gzip file');
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return { ok: true, value: whole };
}
