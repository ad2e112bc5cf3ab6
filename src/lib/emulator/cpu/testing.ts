/** What this room's tests share: assembling a few lines, and a board with nothing on it. */
import { assembleInstruction, type Expression } from '../../arm64/index.ts';
import { createCpus, type Cpu, type CpuHost, type CpuMemory } from './cpu.ts';
import { compiledHandlers } from './compiled-handlers.ts';
import { frequent, usual } from './handlers.ts';
import { layoutFor } from './layout.ts';
import type { Threading } from './handler-interface.ts';

const expression = (text: string): Expression<never> =>
  /^-?(0x)?[\da-f]+$/i.test(text) ? { kind: 'value', value: BigInt(text) } : { kind: 'error', message: 'a number is needed' };

export function assembleLines(lines: readonly string[]): Uint8Array {
  const words = lines.map((line) => {
    const result = assembleInstruction(line, { expression });
    if (!result.ok) throw new Error(`${line}: ${result.message}`);
    return result.word;
  });
  return new Uint8Array(Uint32Array.from(words).buffer);
}

export const emptyHost: CpuHost = {
  busRead: () => undefined,
  busWrite: () => false,
  counter: () => 0n,
  timerChanged: () => undefined,
  conduit: () => false,
  gicRead: () => undefined,
  gicWrite: () => false,
};

export const testBase = 0x4000_0000;

/** Machines of this thread with so much RAM and one CPU execute frequent instructions in a loop, as those that run large programs do. */
export function compileLoop(ramBytes: number): void {
  compiledHandlers('tailCalls', layoutFor(ramBytes, 1)).compile(usual(), frequent());
}

/** A CPU at the first of these lines, in 1 MiB of RAM. */
export function cpuWith(lines: readonly string[], host: Partial<CpuHost> = {}, threading?: Threading): { cpu: Cpu; memory: CpuMemory } {
  const { memory, cpus } = createCpus(
    { ram: { base: testBase, size: 1 << 20 }, cpus: 1 },
    { ...emptyHost, ...host },
    ...(threading ? [threading] : []),
  );
  memory.store(testBase, assembleLines(lines));
  const [cpu] = cpus;
  cpu.reset({ pc: testBase });
  return { cpu, memory };
}
