import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeDtb } from './dtb.ts';
import { cells, type FdtNode, findNode, node, readFdt, text, writeFdt } from './fdt.ts';

const board = { gic: 2, cpus: 4, memoryBytes: 64 << 20, seed: 7 } as const;

describe('flattened devicetree', () => {
  it('reads back any tree that it wrote', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9,#-]{0,12}$/);
    const properties = fc.array(fc.record({ name, value: fc.uint8Array({ maxLength: 17 }) }), { maxLength: 4 });
    const leaf: fc.Arbitrary<FdtNode> = fc.record({ name, properties, children: fc.constant([]) });
    const above = (below: fc.Arbitrary<FdtNode>): fc.Arbitrary<FdtNode> =>
      fc.record({ name, properties, children: fc.array(below, { maxLength: 3 }) });
    fc.assert(
      fc.property(above(above(above(leaf))), (tree) => {
        expect(readFdt(writeFdt(tree))).toEqual({ ok: true, value: tree });
      }),
    );
  });

  it('shares property names and aligns blocks', () => {
    const blob = writeFdt(node('', { reg: cells(1), compatible: text('a', 'b') }, [node('x', { reg: cells(2) })]));
    const view = new DataView(blob.buffer);
    expect(view.getUint32(32)).toBe('reg\0compatible\0'.length);
    expect(blob.length % 8).toBe(0);
  });

  it('is the same for equal boards and differs in seeds only when the seed does', () => {
    expect(makeDtb(board)).toEqual(makeDtb(board));
    const one = readFdt(makeDtb(board));
    const two = readFdt(makeDtb({ ...board, seed: 8 }));
    if (!one.ok || !two.ok) throw new Error('unreadable');
    const chosen = (root: FdtNode) => findNode(root, '/chosen')?.properties.find((p) => p.name === 'rng-seed')?.value;
    expect(chosen(one.value)).not.toEqual(chosen(two.value));
    expect(findNode(one.value, '/cpus/cpu@3')).toEqual(findNode(two.value, '/cpus/cpu@3'));
  });

  it('never throws on damaged blobs, and never reads outside them', () => {
    const blob = makeDtb(board);
    fc.assert(
      fc.property(fc.nat(blob.length), fc.array(fc.tuple(fc.nat(blob.length - 1), fc.nat(255)), { maxLength: 8 }), (length, damage) => {
        const bytes = blob.slice(0, length);
        for (const [at, value] of damage) if (at < length) bytes[at] = value;
        readFdt(bytes);
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        readFdt(bytes);
        bytes.set([0xd0, 0x0d, 0xfe, 0xed].slice(0, bytes.length));
        readFdt(bytes);
      }),
      { numRuns: 2000 },
    );
  });
});
