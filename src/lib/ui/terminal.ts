import type { MachineState } from '../session/messages.ts';
import type { UartFeed } from './uart-feed.ts';

/** A machine as a terminal knows it. */
export type TerminalMachine = { readonly machine: MachineState; readonly uart: UartFeed; sendInput(bytes: Uint8Array): void };

/** The terminal's library, once it is wanted. */
export async function loadTerminal() {
  const [{ Terminal }, { FitAddon }] = await Promise.all([import('@xterm/xterm'), import('@xterm/addon-fit')]);
  return { Terminal, FitAddon };
}
