import { describe, expect, it } from 'vitest';
import { defaultTuning } from '../jit/translator.ts';
import { createCpus, type Cpu } from './cpu.ts';
import { PageUses, type PageUse } from './page-use.ts';
import { assembleLines, cpuWith, emptyHost, testBase } from './testing.ts';
import type { CpuMemory } from './types.ts';

function board(lines: readonly string[]): { cpu: Cpu; memory: CpuMemory; pageUse: PageUse } {
  const { memory, cpus, pageUse } = createCpus({ ram: { base: testBase, size: 1 << 20 }, cpus: 1 }, emptyHost);
  memory.store(testBase, assembleLines(lines));
  cpus[0].reset({ pc: testBase });
  return { cpu: cpus[0], memory, pageUse };
}

/** Maps 1 GiB at 1 GiB as normal memory, and its page `page` once more at 2 MiB by a table of pages, and turns the MMU on. */
function mapMemory(cpu: Cpu, memory: CpuMemory, page: number): void {
  const word = (value: bigint): Uint8Array => new Uint8Array(BigUint64Array.of(value).buffer);
  const [level1, level2, level3] = [0x1_0000, 0x1_1000, 0x1_2000].map((offset) => testBase + offset);
  const normal = 0x701n;
  memory.store(level1, word(BigInt(level2) | 3n));
  memory.store(level1 + 8, word(BigInt(testBase) | normal));
  memory.store(level2 + 8, word(BigInt(level3) | 3n));
  for (let i = 0; i < 4; i++) memory.store(level3 + 8 * i, word(BigInt(testBase + (page + i) * 4096) | normal | 2n));
  // A leaf without access flag.
  memory.store(level3 + 8 * 100, word(BigInt(testBase) | 3n));
  cpu.setSystemRegister('mair_el1', 0xffn);
  cpu.setSystemRegister('tcr_el1', 25n | (1n << 23n));
  cpu.setSystemRegister('ttbr0_el1', BigInt(level1));
  cpu.setSystemRegister('sctlr_el1', 0x30d0_0801n);
}

const taken = (reader: { take(visit: (page: number, uses: number) => void): void }): Record<number, number> => {
  const pages: Record<number, number> = {};
  reader.take((page, uses) => (pages[page] = uses));
  return pages;
};

describe('page use', () => {
  const lines = ['str x0, [x1]', 'ldr x2, [x3]', 'ldadd x4, x5, [x6]', 'b #-12'];
  const { read, write, execute } = PageUses;

  it.each(['off', 'on'])('tells what was read, written and executed since it was last asked, MMU %s', (mmu) => {
    const { cpu, memory, pageUse } = board(lines);
    if (mmu === 'on') mapMemory(cpu, memory, 0);
    [1, 3, 6].forEach((register, i) => cpu.setX(register, BigInt(testBase + (i + 2) * 4096)));
    cpu.run(100);
    const reader = pageUse.subscribe(read | write | execute);
    cpu.run(100);
    const expected = { 0: execute, 2: write, 3: read, 4: read | write };
    // The compiled handler may look for write permission alone.
    const seen = (): Record<number, number> => ({ ...taken(reader) });
    const first = seen();
    expect({ ...first, 4: first[4] | read }).toEqual(expected);
    expect(taken(reader)).toEqual({});
    cpu.run(100);
    const second = seen();
    expect({ ...second, 4: second[4] | read }).toEqual(expected);
    memory.store(testBase + 9 * 4096, Uint8Array.of(1));
    expect(taken(reader)).toEqual({ 9: write });
    reader.close();
    expect(pageUse.observed).toBe(0);
  });

  it('gives each reader what it asked for, over its own time', () => {
    const { cpu, pageUse } = board(lines);
    [1, 3, 6].forEach((register, i) => cpu.setX(register, BigInt(testBase + (i + 2) * 4096)));
    const writes = pageUse.subscribe(write);
    const reads = pageUse.subscribe(read);
    cpu.run(1);
    expect(taken(reads)).toEqual({});
    cpu.run(1);
    expect(taken(reads)).toEqual({ 3: read });
    expect(taken(writes)).toEqual({ 2: write });
  });

  it('changes nothing for the guest', () => {
    const plain = board(lines);
    const observed = board(lines);
    for (const { cpu } of [plain, observed]) [1, 3, 6].forEach((register, i) => cpu.setX(register, BigInt(testBase + (i + 2) * 4096)));
    const reader = observed.pageUse.subscribe(7);
    for (let i = 0; i < 20; i++) {
      expect(plain.cpu.run(i)).toEqual(observed.cpu.run(i));
      taken(reader);
    }
    expect(observed.cpu.save()).toEqual(plain.cpu.save());
    expect(Buffer.compare(observed.memory.view(), plain.memory.view())).toBe(0);
  });
});

describe('breakpoints and watchpoints', () => {
  it('stop at an instruction that a run happens to begin with, and let pass what was shown', () => {
    const { cpu } = cpuWith(['add x0, x0, #1', 'add x1, x1, #1', 'b #-8']);
    const at = BigInt(testBase + 4);
    cpu.run(1);
    cpu.setBreakpoints([at]);
    expect(cpu.run(100)).toEqual({ reason: 'breakpoint', executed: 0, pc: at });
    // A run that executes nothing shows nothing.
    expect(cpu.run(0)).toEqual({ reason: 'budget', executed: 0 });
    expect(cpu.run(100)).toEqual({ reason: 'breakpoint', executed: 3, pc: at });
    cpu.run(3);
    expect(cpu.run(100)).toEqual({ reason: 'breakpoint', executed: 0, pc: at });
    cpu.restore(cpu.save());
    expect(cpu.run(100)).toEqual({ reason: 'breakpoint', executed: 0, pc: at });
    cpu.restore(cpu.save());
    cpu.passNext();
    expect(cpu.run(100)).toEqual({ reason: 'breakpoint', executed: 3, pc: at });
  });

  it('of one instruction stop one after the other', () => {
    const { cpu } = cpuWith(['str x0, [x1]', 'b #-4']);
    const [pc, address] = [BigInt(testBase), BigInt(testBase + 0x2000)];
    cpu.setX(1, address);
    cpu.setBreakpoints([pc]);
    cpu.setWatchpoints([{ address, length: 8, read: false, write: true }]);
    expect(cpu.run(10)).toMatchObject({ reason: 'breakpoint', executed: 0 });
    expect(cpu.run(10)).toMatchObject({ reason: 'watchpoint', executed: 0 });
    expect(cpu.run(10)).toMatchObject({ reason: 'breakpoint', executed: 2 });
  });

  it('stop in a loop that was translated already, and let it be translated again', () => {
    const config = {
      ram: { base: testBase, size: 1 << 20 },
      cpus: 1,
      translator: { ...defaultTuning, firstLook: 1, firstPeriod: 64, threshold: 1, cost: 0, large: { ...defaultTuning.large, cost: 0 } },
    };
    const { memory, cpus } = createCpus(config, emptyHost);
    memory.store(testBase, assembleLines(['add x0, x0, #1', 'str x0, [x1]', 'add x2, x2, #1', 'b #-12']));
    cpus[0].reset({ pc: testBase });
    mapMemory(cpus[0], memory, 0);
    cpus[0].setX(1, BigInt(testBase + 0x2000));
    cpus[0].run(10_000);
    const at = BigInt(testBase + 8);
    cpus[0].setBreakpoints([at]);
    expect(cpus[0].run(100)).toEqual({ reason: 'breakpoint', executed: 2, pc: at });
    expect(cpus[0].run(100)).toEqual({ reason: 'breakpoint', executed: 4, pc: at });
    cpus[0].setBreakpoints([]);
    cpus[0].setWatchpoints([{ address: BigInt(testBase + 0x2000), length: 8, read: false, write: true }]);
    cpus[0].run(1);
    expect(cpus[0].run(100)).toMatchObject({ reason: 'watchpoint', pc: BigInt(testBase + 4) });
    cpus[0].setWatchpoints([]);
    expect(cpus[0].run(10_000)).toEqual({ reason: 'budget', executed: 10_000 });
    expect(cpus[0].x(0)).toBe(cpus[0].x(2) + 1n);
  });

  it('watch pages that are in the TLB already, and no longer than they should', () => {
    const { cpu, memory } = cpuWith(['str x0, [x1]', 'b #-4']);
    mapMemory(cpu, memory, 0);
    cpu.setX(1, BigInt(testBase + 0x2000));
    cpu.run(10);
    const entries = cpu.tlb().length;
    cpu.setWatchpoints([{ address: BigInt(testBase + 0x2001), length: 1, read: false, write: true }]);
    expect(cpu.tlb()).toHaveLength(entries);
    expect(cpu.run(10).reason).toBe('watchpoint');
    cpu.setWatchpoints([]);
    expect(cpu.run(10)).toEqual({ reason: 'budget', executed: 10 });
  });

  it('leave a reservation as it was: a watched store-exclusive still succeeds', () => {
    const { cpu, memory } = cpuWith(['ldxr x2, [x1]', 'stxr w3, x0, [x1]', 'b #0']);
    mapMemory(cpu, memory, 0);
    cpu.setX(0, 7n);
    cpu.setX(1, BigInt(testBase + 0x2000));
    cpu.setWatchpoints([{ address: BigInt(testBase + 0x2000), length: 8, read: true, write: true }]);
    expect(cpu.run(10)).toMatchObject({ reason: 'watchpoint', executed: 0, write: false });
    expect(cpu.run(10)).toMatchObject({ reason: 'watchpoint', executed: 1, write: true });
    expect(cpu.run(10)).toMatchObject({ reason: 'budget' });
    expect(cpu.x(3)).toBe(0n);
    expect(memory.load(testBase + 0x2000, 1)).toEqual(Uint8Array.of(7));
  });
});

describe('views of translation', () => {
  it('show the tables as a tree, like leaves in one entry', () => {
    const { cpu, memory } = cpuWith(['ldr x2, [x1]', 'b #-4']);
    expect(cpu.translationTables()).toEqual([]);
    mapMemory(cpu, memory, 5);
    const [tables, ...more] = cpu.translationTables();
    expect(more).toEqual([]);
    expect(tables).toMatchObject({ register: 'TTBR0_EL1', granuleBytes: 4096, inputBits: 39, start: 0n, truncated: false });
    const [first, block] = tables.root?.entries ?? [];
    expect(block).toMatchObject({ kind: 'block', index: 1, count: 1, bytes: 2 ** 30, physical: testBase, virtual: BigInt(testBase) });
    const [second] = (first.kind === 'table' && first.table?.entries) || [];
    const pages = (second.kind === 'table' && second.table?.entries) || [];
    expect(pages).toMatchObject([
      {
        kind: 'page',
        index: 0,
        count: 4,
        bytes: 4096,
        virtual: 0x20_0000n,
        physical: testBase + 5 * 4096,
        attributes: 0xff,
        device: false,
      },
      { kind: 'fault', index: 100, count: 1, fault: 'accessFlag' },
    ]);
    expect(cpu.translationTables(2)[0]).toMatchObject({ truncated: true });
  });

  it('end although tables lead back to themselves', () => {
    const { cpu, memory } = cpuWith(['nop']);
    const table = testBase + 0x1_0000;
    for (let i = 0; i < 512; i++) memory.store(table + 8 * i, new Uint8Array(BigUint64Array.of(BigInt(table) | 3n).buffer));
    cpu.setSystemRegister('tcr_el1', 16n | (1n << 23n));
    cpu.setSystemRegister('ttbr0_el1', BigInt(table));
    cpu.setSystemRegister('sctlr_el1', 0x30d0_0801n);
    expect(cpu.translationTables(50)[0].truncated).toBe(true);
  });

  it('show what is in the TLB', () => {
    const { cpu, memory } = cpuWith(['ldr x2, [x1]', 'b #-4']);
    mapMemory(cpu, memory, 5);
    cpu.setX(1, 0x20_1000n);
    cpu.run(10);
    expect(cpu.tlb()).toMatchObject([
      {
        kind: 'data',
        mode: 'EL1',
        virtual: 0x20_1000n,
        physical: testBase + 6 * 4096,
        ram: true,
        readable: true,
        writable: true,
        current: true,
      },
      { kind: 'instruction', mode: 'EL1', virtual: BigInt(testBase), physical: testBase, current: true },
    ]);
  });
});
