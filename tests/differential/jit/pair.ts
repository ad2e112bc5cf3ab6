import { Random } from '../../../src/lib/emulator/cpu/compare.ts';
import { createCpus, type Cpu, type CpuCluster } from '../../../src/lib/emulator/cpu/cpu.ts';
import { emptyHost } from '../../../src/lib/emulator/cpu/testing.ts';
import type { Threading } from '../../../src/lib/emulator/cpu/handler-interface.ts';
import type { TranslatorTuning } from '../../../src/lib/emulator/jit/translator.ts';
import { assembled } from './programs.ts';

/** The same program on two CPUs, one with a translator, cut in slices at random; their states must be equal after each. */

export const base = 0x4000_0000;
export const codeAddress = base + 0x10_0000;
const vectors = base + 0x8_0000;
const buffer = base + 0x20_0000;
const stackTop = base + 0x40_0000;
const stackBytes = 0x1_0000;
export const size = 16 << 20;

/** `elsewhere`: RAM is mapped a gigabyte above its own address, as kernels do, instead of there. */
export type Setup = { words: readonly number[]; level: 0 | 1; alignmentChecked: boolean; elsewhere?: boolean };

/** From an address of RAM to where it is mapped then. */
export const gigabyte = 0x4000_0000;

function makeCpus(setup: Setup, tuning: TranslatorTuning | undefined, seed: number, threading?: Threading, count = 1): CpuCluster {
  const cluster = createCpus(
    { ram: { base, size }, cpus: count, ...(tuning ? { translator: tuning } : {}) },
    { ...emptyHost, counter: () => 0n },
    ...(threading ? [threading] : []),
  );
  const { memory, cpus } = cluster;
  memory.store(codeAddress, new Uint8Array(Uint32Array.from(setup.words).buffer));
  // Every vector goes on behind what was interrupted, and SVC and faults count in X29's slot.
  for (let at = 0; at < 0x800; at += 0x80) {
    const isSynchronous = (at & 0x180) === 0;
    const lines = isSynchronous
      ? [
          'msr tpidr_el1, x0',
          'mrs x0, esr_el1',
          'lsr x0, x0, #26',
          'cmp x0, #0x15',
          'mrs x0, elr_el1',
          'b.eq #8',
          'add x0, x0, #4',
          'msr elr_el1, x0',
          'mrs x0, tpidr_el1',
          'eret',
        ]
      : ['eret'];
    memory.store(vectors + at, new Uint8Array(Uint32Array.from(lines.map(assembled)).buffer));
  }
  const random = new Random(seed);
  const data = new BigUint64Array(0x1_2000 / 8);
  for (let i = 0; i < data.length; i++) data[i] = random.wide();
  memory.store(buffer, new Uint8Array(data.buffer));
  // Two-megabyte blocks.
  const l1 = new BigUint64Array(512);
  l1[setup.elsewhere ? 2 : 1] = BigInt(base + 0x1000) | 3n;
  const l2 = new BigUint64Array(512);
  const user = setup.level === 0 ? 0x40n : 0n;
  for (let i = 0; i < size >> 21; i++) l2[i] = BigInt(base + (i << 21)) | 0x701n | 4n | user;
  l2[0] = BigInt(base) | 0x701n | 4n | (setup.level === 0 ? 0xc0n : 0n);
  memory.store(base, new Uint8Array(l1.buffer));
  memory.store(base + 0x1000, new Uint8Array(l2.buffer));
  cpus.forEach((cpu, i) => start(cpu, setup, random, stackTop - i * stackBytes));
  return cluster;
}

function start(cpu: Cpu, setup: Setup, random: Random, stack: number): void {
  const above = setup.elsewhere ? gigabyte : 0;
  cpu.reset({ pc: codeAddress + above });
  const registers = {
    mair_el1: 0xff00n,
    tcr_el1: 25n | (2n << 32n),
    ttbr0_el1: BigInt(base),
    cpacr_el1: 3n << 20n,
    vbar_el1: BigInt(vectors + above),
    sctlr_el1: setup.alignmentChecked ? 0x101fn : 0x101dn,
  };
  for (const [name, value] of Object.entries(registers)) cpu.setSystemRegister(name, value);
  cpu.pstate = setup.level === 0 ? 0n : 5n;
  for (let i = 0; i < 30; i++) cpu.setX(i, random.wide());
  for (let i = 0; i < 32; i++) cpu.setV(i, (random.wide() << 64n) | random.wide());
  cpu.setX(27, BigInt(buffer + 0x1000 + above));
  cpu.setX(28, BigInt(buffer + 0x2000 + above));
  cpu.setX(26, 8n);
  cpu.sp = BigInt(stack + above);
}

/** Registers and a checksum of RAM. */
function describeState(cpu: Cpu): Record<string, string> {
  const result: Record<string, string> = { pc: cpu.pc.toString(16), pstate: cpu.pstate.toString(16), sp: cpu.sp.toString(16) };
  for (let i = 0; i < 31; i++) result[`x${i}`] = cpu.x(i).toString(16);
  for (let i = 0; i < 32; i++) result[`v${i}`] = cpu.v(i).toString(16);
  for (const name of cpu.systemRegisterNames()) result[name] = cpu.systemRegister(name)?.toString(16) ?? '';
  return result;
}

export type Comparison = { difference: string | undefined; executed: number; budget: number; pc: bigint };

/** Runs both for `total` instructions in slices of at most `slice`. */
export function comparePair(
  setup: Setup,
  tuning: TranslatorTuning,
  seed: number,
  total: number,
  slice: number,
  threading?: Threading,
  last?: { executed: number; budget: number },
): Comparison {
  const plain = makeCpus(setup, undefined, seed, threading);
  const translated = makeCpus(setup, tuning, seed, threading);
  const random = new Random(seed + 1);
  let executed = 0;
  while (executed < total) {
    const drawn = 1 + random.below(slice);
    const budget = last?.executed === executed ? last.budget : drawn;
    const line = random.below(4) === 0;
    const exits = [plain, translated].map(({ cpus: [cpu] }) => {
      cpu.setIrq(line);
      const exit = cpu.run(budget);
      // Setting PC wakes it.
      if (exit.reason === 'wfi') cpu.pc = BigInt.asUintN(64, cpu.pc);
      return JSON.stringify(exit, (_, value: unknown) => (typeof value === 'bigint' ? value.toString(16) : value));
    });
    if (exits[0] !== exits[1])
      return { difference: `after ${executed}: ${exits[0]} and ${exits[1]}`, executed, budget, pc: plain.cpus[0].pc };
    const [a, b] = [plain, translated].map(({ cpus: [cpu] }) => cpu.save().registers);
    const sameRegisters = a.every((byte, i) => byte === b[i]);
    const sameMemory = Buffer.compare(plain.memory.view().subarray(0, 0x50_0000), translated.memory.view().subarray(0, 0x50_0000)) === 0;
    if (!sameRegisters || !sameMemory) {
      const [x, y] = [plain, translated].map(({ cpus: [cpu] }) => describeState(cpu));
      const lines = Object.keys(x).flatMap((name) => (x[name] === y[name] ? [] : [`${name} ${x[name]} ${y[name]}`]));
      return {
        difference: `between ${executed} and ${executed + budget}: ${lines.join(', ') || (sameMemory ? 'hidden state' : 'memory')}`,
        executed,
        budget,
        pc: plain.cpus[0].pc,
      };
    }
    if (last?.executed === executed) break;
    executed += budget;
  }
  return { difference: undefined, executed, budget: 0, pc: 0n };
}

/** The parts of two clusters that differ, by name; empty when they are in the same state. */
function differences(one: CpuCluster, other: CpuCluster): string[] {
  const found = one.cpus.flatMap((cpu, i) => {
    const [a, b] = [cpu, other.cpus[i]].map((each) => each.save().registers);
    return Buffer.compare(a, b) === 0 ? [] : [`CPU ${i}`];
  });
  return Buffer.compare(one.memory.view(), other.memory.view()) === 0 ? found : [...found, 'memory'];
}

/** Several CPUs with the same code and memory take turns, with and without the translator. Gives what differs in the end. */
export function compareTurns(setup: Setup, tuning: TranslatorTuning, seed: number, turns: number): string[] {
  const clusters = [undefined, tuning].map((each) => makeCpus(setup, each, seed, undefined, 2));
  const random = new Random(seed + 1);
  for (let turn = 0; turn < turns; turn++) {
    const [which, budget, line] = [random.below(2), 1 + random.below(3000), random.below(4) === 0];
    for (const { cpus } of clusters) {
      cpus[which].setIrq(line);
      const exit = cpus[which].run(budget);
      if (exit.reason === 'wfi') cpus[which].pc = BigInt.asUintN(64, cpus[which].pc);
    }
  }
  return differences(clusters[0], clusters[1]);
}

/** One machine goes on now with, now without the translator, taking the other's saved state; the other never has one. Gives what differs in the end. */
export function compareSwitching(setup: Setup, tuning: TranslatorTuning, seed: number, slices: number): string[] {
  const steady = makeCpus(setup, undefined, seed);
  const tiers = [undefined, tuning].map((each) => makeCpus(setup, each, seed));
  const random = new Random(seed + 1);
  let at = 0;
  for (let slice = 0; slice < slices; slice++) {
    const budget = 1 + random.below(5000);
    const next = random.below(2);
    if (next !== at) {
      tiers[next].memory.store(base, tiers[at].memory.view());
      tiers[next].cpus[0].restore(tiers[at].cpus[0].save());
      at = next;
    }
    for (const [cpu] of [steady.cpus, tiers[at].cpus]) {
      const exit = cpu.run(budget);
      if (exit.reason === 'wfi') cpu.pc = BigInt.asUintN(64, cpu.pc);
    }
  }
  return differences(steady, tiers[at]);
}
