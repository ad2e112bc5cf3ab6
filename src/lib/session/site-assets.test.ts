import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fetchByScripts, type RunScript } from './site-assets.ts';

/** Runs what scripts/build-embed.ts would have written for these files, `pieceBytes` to a script. */
function scriptsOf(files: Record<string, Uint8Array>, pieceBytes: number): RunScript {
  return async (url) => {
    await Promise.resolve();
    const [, name, index] = /([^/]+)\.(\d+)\.js$/.exec(url) ?? [];
    const bytes = files[name];
    const from = Number(index) * pieceBytes;
    if (from > 0 && from >= bytes.length) throw new Error(`${url} could not be loaded`);
    const base64 = Buffer.from(bytes.subarray(from, from + pieceBytes)).toString('base64');
    globalThis.ukuleleAsset?.(name, Number(index), Math.max(1, Math.ceil(bytes.length / pieceBytes)), base64);
  };
}

const url = (name: string) => new URL(`https://site/some/where/${name}`);

describe('files that come as scripts', () => {
  it('arrive whole, several at once', () =>
    fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 40 }),
        fc.uint8Array({ maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        async (a, b, size) => {
          const run = scriptsOf({ 'a.gz': a, 'b.gz': b }, size);
          const read = async (name: string) => new Uint8Array(await (await fetchByScripts(url(name), run)).arrayBuffer());
          expect(await Promise.all([read('a.gz'), read('b.gz')])).toEqual([new Uint8Array(a), new Uint8Array(b)]);
        },
      ),
    ));

  it('fail when a script cannot be loaded, or is none of ours', async () => {
    await expect(fetchByScripts(url('a.gz'), () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    await expect(fetchByScripts(url('a.gz'), () => Promise.resolve())).rejects.toThrow('a.gz.0.js gave nothing');
    const half: RunScript = (address) =>
      address.endsWith('.0.js') ? scriptsOf({ 'a.gz': new Uint8Array(8) }, 4)(address) : Promise.reject(new Error('gone'));
    await expect((await fetchByScripts(url('a.gz'), half)).arrayBuffer()).rejects.toThrow();
  });
});
