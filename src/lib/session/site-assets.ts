/**
 * The site's static files, as the page and its workers read them. A frame without an origin may not fetch them, unless the host sends CORS headers, but
 * it may run scripts: scripts/build-embed.ts puts some beside each file, which hand over its bytes in base64, piece by piece.
 */
import { transformed } from '../packing.ts';

/** Called by such a script: one of `count` pieces of the file, which it names without its folder. */
type Receive = (file: string, index: number, count: number, base64: string) => void;

declare global {
  var ukuleleAsset: Receive | undefined;
}

/** Runs a script to its end, from anywhere. Rejects when it cannot be loaded. */
export type RunScript = (url: string) => Promise<void>;

export function fetchAsset(url: URL, init?: RequestInit): Promise<Response> {
  return fetch(url, init);
}

/** Pieces that have been asked for and have not come, by script. Several files may be on their way at once. */
const awaited = new Map<string, (count: number, bytes: Uint8Array<ArrayBuffer>) => void>();

const receive: Receive = (file, index, count, base64) => awaited.get(scriptOf(file, index))?.(count, fromBase64(base64));

/** scripts/build-embed.ts names them so. */
const scriptOf = (file: string, index: number): string => `${file}.${index}.js`;

/** The file by its scripts, as a response whose body arrives piece by piece. */
export async function fetchByScripts(url: URL, run: RunScript): Promise<Response> {
  globalThis.ukuleleAsset = receive;
  const file = url.pathname.slice(url.pathname.lastIndexOf('/') + 1);
  const piece = async (index: number) => {
    const script = scriptOf(file, index);
    let received: { count: number; bytes: Uint8Array<ArrayBuffer> } | undefined;
    awaited.set(script, (count, bytes) => (received = { count, bytes }));
    try {
      await run(new URL(script, url).href);
    } finally {
      awaited.delete(script);
    }
    if (!received) throw new Error(`${script} gave nothing`);
    return received;
  };
  const first = await piece(0);
  let next = 1;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => controller.enqueue(first.bytes),
    async pull(controller) {
      if (next === first.count) controller.close();
      else controller.enqueue((await piece(next++)).bytes);
    },
  });
  return new Response(body);
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** The bytes of a file that is stored with gzip; some servers take `.gz` for an encoding, and then the browser has inflated it already. */
export async function inflateAsset(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  const stored = new Uint8Array(await response.arrayBuffer());
  if (stored[0] !== 0x1f || stored[1] !== 0x8b) return stored;
  const inflated = transformed(new Blob([stored]).stream(), new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(inflated).arrayBuffer());
}
