/** A worker that runs the image it is sent to its power-off in slices, with a spare machine standing ready meanwhile as in the playground. For memory.ts. */
import { createMachine, prepareMachine } from '../src/lib/emulator/index.ts';

const scope: { postMessage(message: string): void } = self;
const sliceMs = 50;

self.onmessage = async ({ data }: MessageEvent<Uint8Array>) => {
  const made = await createMachine({ image: data });
  if (!made.ok) throw new Error(made.problems.map((p) => p.message).join('\n'));
  const machine = made.value;
  setTimeout(() => prepareMachine({}), 1000);
  const goOn = (): void => {
    const end = performance.now() + sliceMs;
    let exit = machine.run(2_000_000);
    while (exit.reason === 'budget' && performance.now() < end) exit = machine.run(2_000_000);
    if (exit.reason === 'budget') setTimeout(goOn);
    else scope.postMessage(exit.reason);
  };
  goOn();
};
