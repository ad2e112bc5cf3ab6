/** Whether a run that came by link was the same here as where it was recorded. */
import type { SharedRun } from '../project/link.ts';
import { formatCount } from './format.ts';

/** `stateHash` is there when the replay has come to its end. */
export type ReplayProof = { expected: SharedRun; imageHash: string; stateHash?: string };

export type ReplayVerdict = { state: 'playing' | 'same' | 'different'; text: string };

export function replayVerdict({ expected, imageHash, stateHash }: ReplayProof): ReplayVerdict {
  const { recording } = expected;
  const length = `${formatCount(recording.instructions)} instructions`;
  if (imageHash !== expected.imageHash)
    return { state: 'different', text: 'This page built another image than the sender had, so the run need not be the same.' };
  if (stateHash === undefined) return { state: 'playing', text: `Replaying a recorded run of ${length}. The image is the sender's.` };
  if (stateHash === recording.stateHash)
    return { state: 'same', text: `Replayed ${length}: the machine is in the very state that the sender saw.` };
  return { state: 'different', text: `Replayed ${length}, and the machine is in another state than the sender saw.` };
}
