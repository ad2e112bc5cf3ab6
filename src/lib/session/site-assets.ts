/** The site's static files, as the page and its workers read them. */

export function fetchAsset(url: URL, init?: RequestInit): Promise<Response> {
  return fetch(url, init);
}

/** The bytes of a file that is stored with gzip; some servers take `.gz` for an encoding, and then the browser has inflated it already. */
export async function inflateAsset(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  const stored = new Uint8Array(await response.arrayBuffer());
  if (stored[0] !== 0x1f || stored[1] !== 0x8b) return stored;
  const inflated = new Blob([stored]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(inflated).arrayBuffer());
}
