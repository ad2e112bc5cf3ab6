/** A snapshot file that somebody dropped on the page: looked into before anything happens. */
import type { Problem, Result } from '../problem.ts';
import { decodeShared, type SharedProject } from '../project/link.ts';
import type { Session } from '../session/session.ts';

export type SnapshotSummary = { memoryBytes: number; cpus: number; instructions: number; stateHash: string };
export type DroppedSnapshot = { file: Uint8Array; summary: SnapshotSummary; terminal: Uint8Array; project?: SharedProject };

const magic = [0x89, 0x55, 0x4b, 0x53];
const maxFileBytes = 2 ** 30;

/** Whether a file begins as our snapshots do; its name does not matter. */
export async function isSnapshot(file: Blob): Promise<boolean> {
  const start = new Uint8Array(await file.slice(0, magic.length).arrayBuffer());
  return start.length === magic.length && magic.every((byte, i) => start[i] === byte);
}

/** What the file holds. `examples`: those of this site; a project of another one opens as a machine only. */
export async function readSnapshotFile(file: Blob, session: Session, examples: readonly string[]): Promise<Result<DroppedSnapshot>> {
  if (file.size > maxFileBytes) return { ok: false, problems: [tooLarge(file.size)] };
  const bytes = new Uint8Array(await file.arrayBuffer());
  const inspected = await session.inspect(bytes);
  if (!inspected.ok) return inspected;
  const { info, project, terminal } = inspected.value;
  const shared = project && decodeShared(project);
  if (shared && !shared.ok) return shared;
  const { memoryBytes = 0, cpus = 1 } = info.options;
  const summary = { memoryBytes, cpus, instructions: info.instructions, stateHash: info.stateHash };
  const isKnown = shared && examples.includes(shared.value.example);
  return { ok: true, value: { file: bytes, summary, terminal, ...(isKnown ? { project: shared.value } : {}) } };
}

function tooLarge(bytes: number): Problem {
  return { severity: 'error', message: `The file has ${bytes} bytes; at most ${maxFileBytes} are read.` };
}
