import { createMachine, type Machine } from '../src/lib/emulator/index.ts';

/** What the busybox of tests/differential/linux asks for commands with. */
export const shellPrompt = 'uk# ';
export const commandLine = 'console=ttyAMA0';
export const memoryMiB = 256;

/** Powers a machine on with a kernel and its initial RAM disk. */
export async function powerOn(image: Uint8Array, initrd: Uint8Array): Promise<Machine> {
  const made = await createMachine({ image, initrd, commandLine, memoryBytes: memoryMiB << 20 });
  if (!made.ok) throw new Error(made.problems.map((p) => p.message).join('\n'));
  return made.value;
}

/** Runs it until its shell asks for a command; `afterSlice` is called after every `slice` instructions. */
export function runToShell(machine: Machine, slice = 50_000_000, afterSlice = (): void => undefined): void {
  const decoder = new TextDecoder();
  let output = '';
  machine.onUart = (bytes) => {
    output += decoder.decode(bytes, { stream: true });
    if (output.includes(shellPrompt)) machine.stop();
  };
  let reason: string;
  do {
    ({ reason } = machine.run(slice));
    afterSlice();
  } while (reason === 'budget');
  if (!output.includes(shellPrompt)) throw new Error(`no prompt, but ${reason} after ${output.slice(-500)}`);
}

/** Boots a kernel to its shell's prompt; gives instructions and milliseconds from power-on. */
export async function bootToShell(image: Uint8Array, initrd: Uint8Array): Promise<{ instructions: number; milliseconds: number }> {
  const begun = performance.now();
  const machine = await powerOn(image, initrd);
  runToShell(machine);
  return { instructions: machine.counters.instructions, milliseconds: performance.now() - begun };
}
