/** A run in a few bytes: what came to the machine from outside, and where the run is to end. The rest follows from image and options. */

/** Came after so many executed instructions and at that virtual time; both together say where. */
export type RecordedInput = { instructions: number; virtualNs: number } & (
  { kind: 'receive'; bytes: Uint8Array } | { kind: 'powerKey' } | { kind: 'reset' }
);

export type Recording = {
  input: RecordedInput[];
  instructions: number;
  virtualNs: number;
  /** Hash of the machine's state there. */
  stateHash: string;
};
