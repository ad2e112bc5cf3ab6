/**
 * What passes between a page and an embedded Ukulele by postMessage, version 1. Every message has `ukulele: 1`. docs/embedding.md explains each;
 * within a version messages and fields are only ever added.
 */
import * as v from 'valibot';

export const protocolVersion = 1;

const path = v.pipe(v.string(), v.regex(/^[\w.+-]+(\/[\w.+-]+)*$/), v.maxLength(200));
const text = v.pipe(v.string(), v.maxLength(1 << 20));
const id = v.optional(v.pipe(v.number(), v.integer()));

const command = v.variant('type', [
  v.object({ type: v.picklist(['load', 'run', 'build', 'stop', 'pause', 'resume', 'reset', 'revert']) }),
  v.object({ type: v.literal('input'), text }),
  v.object({ type: v.literal('setFile'), path, text }),
  v.object({ type: v.literal('setTheme'), theme: v.picklist(['light', 'dark', 'auto']) }),
  v.object({ type: v.picklist(['getProject', 'getLink']), id }),
]);
const envelope = v.intersect([v.object({ ukulele: v.literal(protocolVersion) }), command]);

/** From the page to the embedded player. `id` comes back in the answer. */
export type EmbedCommand = v.InferOutput<typeof command>;

export type EmbedState = 'unloaded' | 'off' | 'building' | 'running' | 'waiting' | 'paused' | 'ended';

/** From the embedded player to the page. */
export type EmbedEvent =
  /** First of all, and once. `versions`: of this protocol that it speaks. */
  | { type: 'ready'; versions: number[] }
  /** `detail`: why it ended, in words. */
  | { type: 'state'; state: EmbedState; detail?: string }
  /** What the guest printed, decoded as UTF-8. */
  | { type: 'uart'; text: string }
  | { type: 'edited'; path: string }
  /** `imageHash`: SHA-256 of the ELF, when there is one. */
  | { type: 'built'; ok: boolean; imageHash?: string; problems: { severity: string; file?: string; line?: number; message: string }[] }
  /** The recorded run of a link has been played to its end. */
  | { type: 'replayed'; same: boolean; imageHash: string; stateHash: string }
  | { type: 'project'; id?: number; example: string; files: Record<string, string> }
  | { type: 'link'; id?: number; url: string };

/** A command, or nothing when the data is not one: other scripts of the page may send messages too. */
export function readCommand(data: unknown): EmbedCommand | undefined {
  const read = v.safeParse(envelope, data);
  return read.success ? read.output : undefined;
}
