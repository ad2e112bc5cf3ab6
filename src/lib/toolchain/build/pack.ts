/** Many files in one: for each its name and its length in decimal, both ended by LF, then its bytes. Names have no LF. */
export function packFiles(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const encoder = new TextEncoder();
  const parts = [...files].flatMap(([name, bytes]) => [encoder.encode(`${name}\n${bytes.length}\n`), bytes]);
  const packed = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    packed.set(part, at);
    at += part.length;
  }
  return packed;
}

export function unpackFiles(packed: Uint8Array): Map<string, Uint8Array> {
  const decoder = new TextDecoder();
  const files = new Map<string, Uint8Array>();
  let at = 0;
  const line = (): string => {
    const end = packed.indexOf(10, at);
    if (end < 0) throw new Error('the archive is damaged');
    const text = decoder.decode(packed.subarray(at, end));
    at = end + 1;
    return text;
  };
  while (at < packed.length) {
    const name = line();
    const length = Number(line());
    if (!(length <= packed.length - at)) throw new Error('the archive is damaged');
    files.set(name, packed.slice(at, at + length));
    at += length;
  }
  return files;
}
