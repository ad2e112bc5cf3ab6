/**
 * What passes between a page and an embedded Ukulele by postMessage, version 1. Every message has `ukulele: 1`. docs/embedding.md explains each;
 * within a version messages and fields are only ever added.
 */

export const protocolVersion = 1;

/** From the page to the embedded player. `id` comes back in the answer. */
export type EmbedCommand =
  | { type: 'load' | 'run' | 'build' | 'stop' | 'pause' | 'resume' | 'reset' | 'revert' }
  /** Typed into the UART, as UTF-8; at most 2^20 characters. */
  | { type: 'input'; text: string }
  /** `path`: relative, without `..`; `text`: at most 2^20 characters. */
  | { type: 'setFile'; path: string; text: string }
  | { type: 'setTheme'; theme: 'light' | 'dark' | 'auto' }
  | { type: 'getProject' | 'getLink'; id?: number | undefined };

export type EmbedState = 'unloaded' | 'off' | 'building' | 'running' | 'waiting' | 'paused' | 'ended';

/** From the embedded player to the page. */
export type EmbedEvent =
  /** First of all, and once. `versions`: of this protocol that it speaks. */
  | { type: 'ready'; versions: number[] }
  /** `detail`: why it ended, in a word. */
  | { type: 'state'; state: EmbedState; detail?: string }
  /** What the guest printed, decoded as UTF-8. */
  | { type: 'uart'; text: string }
  | { type: 'edited'; path: string }
  /** `imageHash`: SHA-256 of the ELF, when there is one. */
  | { type: 'built'; ok: boolean; imageHash?: string; problems: { severity: string; file?: string; line?: number; message: string }[] }
  /** Of a lesson: the step that is shown, and whether an answer has passed its checks. */
  | { type: 'progress'; lesson: string; step: string; passed: boolean }
  /** The recorded run of a link has been played to its end. */
  | { type: 'replayed'; same: boolean; imageHash: string; stateHash: string }
  /** Something could not be had or done: an example that does not exist, a damaged link, a network that is gone. For people to read. */
  | { type: 'failed'; message: string }
  | { type: 'project'; id?: number | undefined; example: string; files: Record<string, string> }
  | { type: 'link'; id?: number | undefined; url: string };
