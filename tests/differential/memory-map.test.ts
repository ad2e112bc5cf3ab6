import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { createMachine } from '../../src/lib/emulator/index.ts';
import { readTlb } from '../../src/lib/session/cpu-pictures.ts';
import { MapReader, readMap } from '../../src/lib/session/memory-map.ts';
import { readBytes } from '../../src/lib/session/read-bytes.ts';
import { haveOracles } from '../oracle.ts';

/** The memory map of a guest that ran is what the guest's own allocator, its own stack pointer and readelf say. */
const root = fileURLToPath(new URL('../..', import.meta.url));

const program = `#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uk/alloc.h>
static unsigned long deepest = -1UL;
static __attribute__((noinline)) int dive(int depth)
{
	volatile char room[200];
	memset((void *)room, depth + 1, sizeof(room));
	if ((unsigned long)room < deepest)
		deepest = (unsigned long)room;
	return depth ? dive(depth - 1) + room[3] : room[5];
}
int main(void)
{
	struct uk_alloc *a = uk_alloc_get_default();
	void *p[40];
	for (int i = 0; i < 40; i++)
		p[i] = malloc(90 * (i + 1));
	for (int i = 1; i < 40; i += 3)
		free(p[i]);
	int sum = dive(12);
	printf("avail %ld max %ld deepest %lu sum %d\\n", (long)uk_alloc_availmem(a), (long)uk_alloc_maxalloc(a), deepest, sum & 1);
	return 0;
}
`;

describe.skipIf(!haveOracles('aarch64-linux-gnu-readelf'))('the memory map', () => {
  const folder = mkdtempSync(join(tmpdir(), 'memory-map-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function run(allocator: string) {
    const app = join(folder, allocator);
    cpSync(join(root, 'static/sysroot/apps/helloworld'), app, { recursive: true });
    writeFileSync(join(app, 'main.c'), program);
    const args = ['cli/uk.mjs', 'build', app, '--set', `LIBUKBOOT_INIT${allocator}=y`, '--json'];
    const { elf }: { elf: string } = JSON.parse(execFileSync('node', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 }));
    const image = new Uint8Array(readFileSync(elf));
    const made = await createMachine({ image, memoryBytes: 64 << 20 });
    if (!made.ok) throw new Error(made.problems[0].message);
    let output = '';
    made.value.onUart = (bytes) => (output += Buffer.from(bytes).toString('latin1'));
    expect(made.value.run(200_000_000).reason).toBe('poweroff');
    const [, avail, max, deepest] = /avail (\d+) max (\d+) deepest (\d+)/.exec(output)?.map(Number) ?? [];
    const reader = new MapReader(image);
    return { elf, machine: made.value, reader, map: readMap(reader, made.value), avail, max, deepest };
  }

  it('agrees with the buddy allocator, with readelf, with the stack pointer, and with the page tables', async () => {
    const { elf, machine, reader, map, avail, max, deepest } = await run('BBUDDY');
    const heaps = map.heaps;
    expect(heaps.every((heap) => heap.kind === 'binary buddy' && !heap.truncated)).toBe(true);
    expect(heaps.reduce((sum, heap) => sum + heap.bytes.free, 0)).toBe(avail);
    expect(Math.max(...heaps.map((heap) => heap.largestFree))).toBe(max);
    for (const heap of heaps) expect(heap.bytes.free + heap.bytes.used + heap.bytes.unknown).toBe(heap.size);

    const boot = map.stacks.find((stack) => /boot/.test(stack.name));
    if (!boot) throw new Error('no boot stack');
    // printf() comes later and goes no deeper than the last call of dive() with its saved registers.
    expect(boot.start + boot.size - boot.highWater).toBeLessThanOrEqual(deepest);
    expect(boot.start + boot.size - boot.highWater).toBeGreaterThan(deepest - 1024);

    const lines = spawnSync('aarch64-linux-gnu-readelf', ['-SW', elf], { encoding: 'utf8' }).stdout.matchAll(
      /\] (\.\S+) +(?:PROGBITS|NOBITS) +([0-9a-f]{16}) [0-9a-f]+ ([0-9a-f]+) \S+ +(\S*A\S*)/g,
    );
    let sections = 0;
    for (const [, name, address, size, flags] of lines) {
      const start = Number.parseInt(address, 16);
      if (Number.parseInt(size, 16) === 0) continue;
      sections++;
      const region = map.regions.find((r) => r.start <= start && start < r.start + r.size);
      // The linker script's section for stacks begins with a guard page, which says more.
      if (region?.kind === 'guard') continue;
      expect(region).toMatchObject({ name, start });
      const range = map.mapped.find((m) => m.start <= start && start < m.start + m.size);
      expect(range?.name).toBe(`memory: read${flags.includes('W') ? '/write' : flags.includes('X') ? '/execute' : ''}`);
    }
    expect(sections).toBeGreaterThan(3);
    // Every range is what a walk of its first and last address says.
    for (const range of map.mapped) {
      for (const offset of [0, range.size - 1]) {
        const translation = machine.translate(BigInt(range.start + offset));
        expect(translation).toMatchObject({ ok: true, physical: range.physical + offset });
      }
    }
    // And so is what the TLB remembers.
    const { runs } = readTlb(machine);
    expect(runs.map((run) => run.kind)).toEqual(expect.arrayContaining(['data', 'instruction']));
    for (const run of runs) {
      for (const offset of [0, run.size - 1])
        expect(machine.translate(BigInt(run.start + offset))).toMatchObject({ ok: true, physical: run.physical + offset });
    }

    const text = map.regions.find((r) => r.name === '.text')?.start ?? 0;
    const asked = { type: 'read', address: text, start: text, length: 16 } as const;
    const [physical, virtual] = (['physical', 'virtual'] as const).map((space) => readBytes(machine, { ...asked, space }, reader.sources));
    expect(virtual.bytes).toEqual(physical.bytes);
    expect(virtual.access).toBe('memory: read/execute');
    expect(readBytes(machine, { ...asked, address: 0, start: 0, space: 'virtual' }, reader.sources).access).toMatch(/^not mapped/);

    // Every byte of a function leads to lines of it, by the names that the page gives to files.
    const placesOf = (name: string) => {
      const symbol = reader.elf?.symbols.find((s) => s.name === name);
      if (!symbol) throw new Error(`no ${name}`);
      const bytes = Array.from({ length: Number(symbol.size) }, (_, n) => Number(symbol.value) + n);
      return bytes.map((address) => readBytes(machine, { ...asked, space: 'virtual', address }, reader.sources).source);
    };
    for (const place of placesOf('dive')) {
      expect(place.at(-1)).toMatchObject({ file: 'main.c', function: 'dive' });
      expect(place[0].line).toBeGreaterThanOrEqual(program.slice(0, program.indexOf('int dive')).split('\n').length);
      expect(place[0].line).toBeLessThan(program.slice(0, program.indexOf('int main')).split('\n').length);
    }
    for (const place of placesOf('malloc')) expect(place.at(-1)).toMatchObject({ file: 'pool:libs/nolibc/malloc.c', function: 'malloc' });
    // And a line leads to where its code begins, or that of the next line which has some.
    const { sources } = reader;
    const ends = program.split('\n').length;
    const found = Array.from({ length: ends }, (_, n) => sources?.startsOf('main.c', n + 1));
    expect(new Set(found.map((starts) => starts?.line)).size).toBeGreaterThan(6);
    for (const [n, starts] of found.entries()) {
      if (starts) expect(starts.line).toBeGreaterThan(n);
      for (const address of starts?.addresses ?? []) expect(sources?.at(address)[0]).toMatchObject({ file: 'main.c', line: starts?.line });
    }
    expect(sources?.startsOf('main.c', ends)).toBeUndefined();
    expect(sources?.startsOf('nowhere.c', 1)).toBeUndefined();

    const data = map.regions.find((r) => r.name === '.data')?.start ?? 0;
    expect(readBytes(machine, { ...asked, space: 'virtual', address: data }, reader.sources).source).toEqual([]);
  });

  it('agrees with the region allocator', async () => {
    const { map, avail, max } = await run('REGION');
    expect(map.heaps.map((heap) => heap.kind)).toContain('region');
    expect(map.heaps.reduce((sum, heap) => sum + heap.bytes.free, 0)).toBe(avail);
    expect(Math.max(...map.heaps.map((heap) => heap.largestFree - 16))).toBe(max);
    expect(map.heaps.reduce((sum, heap) => sum + heap.counts.freed, 0)).toBeGreaterThanOrEqual(13);
    for (const heap of map.heaps) expect(heap.bytes.unknown).toBe(0);
  });
});
