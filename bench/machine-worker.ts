/** A worker that boots the image it is sent, runs it to its power-off and sends back what it printed. For machine.ts. */
import { createMachine } from '../src/lib/emulator/index.ts';

const scope: { postMessage(message: string): void } = self;

self.onmessage = async ({ data }: MessageEvent<Uint8Array>) => {
  const made = await createMachine({ image: data });
  if (!made.ok) throw new Error(made.problems.map((p) => p.message).join('\n'));
  const machine = made.value;
  const decoder = new TextDecoder();
  let output = '';
  machine.onUart = (bytes) => (output += decoder.decode(bytes));
  while (machine.run(50_000_000).reason === 'budget') continue;
  scope.postMessage(output.trim());
};
