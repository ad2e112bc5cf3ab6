/**
 * Compressed bytes, by the browser's own streams. Nothing here is piped by the browser: where a worker ends while the browser writes into a pipe
 * (a page is left while the compiler is still coming), Chromium 156 takes the whole tab down, and the page that comes next with it.
 */

/** A stream's pieces. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** What `source` gives, changed by `transform`; like `pipeThrough()`, errors and cancellation go both ways. */
export function transformed(source: ReadableStream<Bytes>, transform: ReadableWritablePair<Bytes, Bytes>): ReadableStream<Bytes> {
  const reader = source.getReader();
  const writer = transform.writable.getWriter();
  const move = async (): Promise<void> => {
    for (;;) {
      await writer.ready;
      const { done, value } = await reader.read();
      if (done) return writer.close();
      await writer.write(value);
    }
  };
  // Whoever reads is told by the stream that is read; the two ends here only have to learn that nothing comes any more.
  move().catch((reason: unknown) => Promise.allSettled([reader.cancel(reason), writer.abort(reason)]));
  return transform.readable;
}

/** Compresses. */
export async function pack(bytes: Uint8Array, format: CompressionFormat): Promise<Bytes> {
  const packed = transformed(streamOf(bytes), new CompressionStream(format));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

/** Decompresses, and stops as soon as there are more than `maxBytes`, so that a small file cannot fill memory. */
export async function unpack(packed: Uint8Array, format: CompressionFormat, maxBytes: number): Promise<Bytes | 'damaged' | 'too large'> {
  const reader = transformed(streamOf(packed), new DecompressionStream(format)).getReader();
  const parts: Bytes[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > maxBytes) {
        await reader.cancel();
        return 'too large';
      }
      parts.push(value);
    }
  } catch {
    // The stream gives a bare TypeError; that it is damaged is all there is to say.
    return 'damaged';
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function streamOf(bytes: Uint8Array): ReadableStream<Bytes> {
  return new Blob([bytes.slice()]).stream();
}
