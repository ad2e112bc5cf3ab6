/** A worker that powers on the image it is sent, says how long its first UART byte took, and makes ready for the next as the playground's does. For start.ts. */
import { createMachine, prepareMachine } from '../src/lib/emulator/index.ts';

/** Milliseconds from power-on to the machine that stands before its first instruction, and to its first byte; instructions until then. */
export type Start = { made: number; firstByte: number; instructions: number };

const scope: { postMessage(message: Start): void } = self;

self.onmessage = async ({ data }: MessageEvent<Uint8Array>) => {
  const powerOn = performance.now();
  const made = await createMachine({ image: data });
  if (!made.ok) throw new Error(made.problems.map((p) => p.message).join('\n'));
  const machine = made.value;
  const start: Start = { made: performance.now() - powerOn, firstByte: NaN, instructions: 0 };
  machine.onUart = () => {
    start.firstByte = performance.now() - powerOn;
    machine.stop();
  };
  machine.run(50_000_000);
  start.instructions = machine.counters.instructions;
  prepareMachine({});
  scope.postMessage(start);
};
