/** Millions of instructions per second of the interpreter on a few loops: `npm run bench -- cpu [loop] [tailCalls|loop]`. */
import { assembleInstruction, type Expression } from '../src/lib/arm64/index.ts';
import { createCpus, type CpuHost } from '../src/lib/emulator/cpu/cpu.ts';

const host: CpuHost = {
  busRead: () => undefined,
  busWrite: () => false,
  counter: () => 0n,
  timerChanged: () => undefined,
  conduit: () => false,
  gicRead: () => undefined,
  gicWrite: () => false,
};

/** Endless loops; the last instruction goes back to the first. */
const loops: Readonly<Record<string, string[]>> = {
  integer: [
    'add x1, x1, x2',
    'eor x3, x1, x3',
    'lsr x4, x3, #7',
    'madd x5, x4, x1, x5',
    'sub w6, w5, w3',
    'subs x0, x0, #1',
    'b.ne #-24',
    'b #-28',
  ],
  memory: ['ldr x1, [x20], #8', 'add x2, x2, x1', 'str x2, [x21, #16]', 'ldrb w3, [x21, #17]', 'and x20, x20, #-4097', 'b #-20'],
  calls: ['bl #8', 'b #-4', 'stp x29, x30, [sp, #-16]!', 'mov x29, sp', 'add x0, x0, #1', 'ldp x29, x30, [sp], #16', 'ret'],
  float: ['fadd d0, d0, d1', 'fmul d2, d0, d1', 'fsub d3, d2, d0', 'fmadd d4, d1, d2, d3', 'b #-16'],
};

const base = 0x4000_0000;

const expression = (text: string): Expression<never> =>
  /^-?(0x)?[\da-f]+$/i.test(text) ? { kind: 'value', value: BigInt(text) } : { kind: 'error', message: 'a number is needed' };

function measure(name: string, lines: readonly string[], threading: 'tailCalls' | 'loop' | undefined): void {
  const { memory, cpus } = createCpus({ ram: { base, size: 1 << 20 }, cpus: 1 }, host, ...(threading ? [threading] : []));
  const words = lines.map((line) => {
    const result = assembleInstruction(line, { expression });
    if (!result.ok) throw new Error(`${line}: ${result.message}`);
    return result.word;
  });
  memory.store(base, new Uint8Array(Uint32Array.from(words).buffer));
  const [cpu] = cpus;
  cpu.reset({ pc: base, x0: 1n << 62n, x1: 12345n, x2: 3n });
  cpu.setSystemRegister('cpacr_el1', 3n << 20n);
  cpu.setX(20, BigInt(base + 0x8000));
  cpu.setX(21, BigInt(base + 0x4000));
  cpu.sp = BigInt(base + 0x2_0000);
  cpu.setV(0, 0x3ff0_0000_0000_0001n);
  cpu.setV(1, 0x3fe5_5555_5555_5555n);
  const slice = name === 'float' ? 1_000_000 : 20_000_000;
  const rates: number[] = [];
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    const exit = cpu.run(slice);
    if (exit.reason !== 'budget') throw new Error(`${name} ended by ${exit.reason}`);
    rates.push(slice / (performance.now() - start) / 1000);
  }
  console.log(`${name}: ${rates.map((r) => r.toFixed(1)).join(' ')} MIPS`);
}

export function main([only, threading]: readonly string[]): number {
  for (const [name, lines] of Object.entries(loops)) {
    if (only === undefined || only === 'all' || only === name)
      measure(name, lines, threading === 'loop' || threading === 'tailCalls' ? threading : undefined);
  }
  return 0;
}
