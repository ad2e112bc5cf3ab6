/** A worker that boots `/kernel` with `/initrd` to its shell and sends how long that took. For linux.ts. */
import { bootToShell } from './linux-boot.ts';

const scope: { postMessage(message: number): void } = self;
const load = async (path: string): Promise<Uint8Array> => new Uint8Array(await (await fetch(path)).arrayBuffer());

self.onmessage = async () => {
  const [kernel, initrd] = [await load('/kernel'), await load('/initrd')];
  scope.postMessage((await bootToShell(kernel, initrd)).milliseconds);
};
