import { createMachine } from '../src/lib/emulator/index.ts';

/** What the busybox of tests/differential/linux asks for commands with. */
export const shellPrompt = 'uk# ';
export const commandLine = 'console=ttyAMA0';
export const memoryMiB = 256;

/** Boots a kernel to its shell's prompt; gives instructions and milliseconds from power-on. */
export async function bootToShell(image: Uint8Array, initrd: Uint8Array): Promise<{ instructions: number; milliseconds: number }> {
  const powerOn = performance.now();
  const made = await createMachine({ image, initrd, commandLine, memoryBytes: memoryMiB << 20 });
  if (!made.ok) throw new Error(made.problems.map((p) => p.message).join('\n'));
  const machine = made.value;
  const decoder = new TextDecoder();
  let output = '';
  machine.onUart = (bytes) => {
    output += decoder.decode(bytes, { stream: true });
    if (output.includes(shellPrompt)) machine.stop();
  };
  let exit = machine.run(50_000_000);
  while (exit.reason === 'budget') exit = machine.run(50_000_000);
  if (!output.includes(shellPrompt)) throw new Error(`no prompt, but ${exit.reason} after ${output.slice(-500)}`);
  return { instructions: machine.counters.instructions, milliseconds: performance.now() - powerOn };
}
