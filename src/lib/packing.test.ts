import { describe, expect, it } from 'vitest';
import { gzipSync } from 'node:zlib';
import { pack, transformed, unpack, type Bytes } from './packing.ts';

const plain = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) >> 7);

const same = (bytes: Awaited<ReturnType<typeof unpack>>) => typeof bytes !== 'string' && Buffer.compare(bytes, plain) === 0;

describe('packed bytes', () => {
  it.each(['gzip', 'deflate', 'deflate-raw'] as const)('come back (%s)', async (format) => {
    expect(same(await unpack(await pack(plain, format), format, plain.length))).toBe(true);
  });

  it('may be of another program', async () => {
    expect(same(await unpack(gzipSync(plain), 'gzip', plain.length))).toBe(true);
  });

  it('stop where there are too many, or none that can be', async () => {
    const packed = await pack(plain, 'gzip');
    expect(await unpack(packed, 'gzip', plain.length - 1)).toBe('too large');
    expect(await unpack(packed.subarray(0, packed.length - 9), 'gzip', plain.length)).toBe('damaged');
    expect(await unpack(plain, 'gzip', plain.length)).toBe('damaged');
  });
});

describe('a transformed stream', () => {
  const endless = (cancelled: (reason: unknown) => void) =>
    new ReadableStream<Bytes>({ pull: (controller) => controller.enqueue(new Uint8Array(1000)), cancel: cancelled });

  it('cancels its source', async () => {
    const reason = await new Promise((cancelled) => {
      const reader = transformed(endless(cancelled), new TransformStream<Bytes, Bytes>()).getReader();
      void reader.read().then(() => reader.cancel('enough'));
    });
    expect(reason).toBe('enough');
  });

  it('fails as its source fails', async () => {
    const source = new ReadableStream<Bytes>({ start: (controller) => controller.error(new Error('the network is gone')) });
    await expect(transformed(source, new TransformStream<Bytes, Bytes>()).getReader().read()).rejects.toThrow('the network is gone');
  });
});
