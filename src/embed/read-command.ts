import * as v from 'valibot';
import { pathSchema } from '../lib/project/file-schema.ts';
import { protocolVersion, type EmbedCommand } from './protocol.ts';

const text = v.pipe(v.string(), v.maxLength(1 << 20));

const command: v.GenericSchema<unknown, EmbedCommand> = v.variant('type', [
  v.object({ type: v.picklist(['load', 'run', 'build', 'stop', 'pause', 'resume', 'reset', 'revert']) }),
  v.object({ type: v.literal('input'), text }),
  v.object({ type: v.literal('setFile'), path: pathSchema, text }),
  v.object({ type: v.literal('setTheme'), theme: v.picklist(['light', 'dark', 'auto']) }),
  v.object({ type: v.picklist(['getProject', 'getLink']), id: v.optional(v.pipe(v.number(), v.integer())) }),
]);
const envelope = v.object({ ukulele: v.literal(protocolVersion) });

/** A command, or nothing when the data is not one: other scripts of the page may send messages too. */
export function readCommand(data: unknown): EmbedCommand | undefined {
  if (!v.is(envelope, data)) return undefined;
  const read = v.safeParse(command, data);
  return read.success ? read.output : undefined;
}
