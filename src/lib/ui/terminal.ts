import type { MachineState } from '../session/messages.ts';
import type { UartFeed } from './uart-feed.ts';

/** A machine as a terminal knows it. */
export type TerminalMachine = { readonly machine: MachineState; readonly uart: UartFeed; sendInput(bytes: Uint8Array): void };

/** The terminal's library, once it is wanted. */
export const loadTerminal = () => import('./xterm.ts');
