/** The harness under qemu-aarch64: cases in, states out. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resetState, type EvaluateState } from '../../../src/lib/arm64/evaluate.ts';
import { disassemble } from '../../../src/lib/arm64/index.ts';
import { layout, replay, type Case, type Snapshot } from './sequences.ts';

const registerWords = 36 + 64;
const stateBytes = layout.window + registerWords * 8;
const inputBytes = stateBytes + layout.words * 4;

/** Builds the harness into a folder and gives its path. */
export function buildHarness(folder: string): string {
  const here = fileURLToPath(new URL('.', import.meta.url));
  const out = join(folder, 'harness');
  execFileSync('aarch64-linux-gnu-gcc', ['-O1', '-static', '-o', out, join(here, 'harness.c'), join(here, 'enter.S')]);
  return out;
}

function writeState(view: DataView, at: number, { state, window }: Snapshot): void {
  new Uint8Array(view.buffer, at, layout.window).set(window);
  const words = [...state.x, state.sp, BigInt(state.nzcv), BigInt(state.fpcr), BigInt(state.fpsr), 0n];
  for (const v of state.v) words.push(BigInt.asUintN(64, v), v >> 64n);
  words.forEach((word, i) => view.setBigUint64(at + layout.window + i * 8, word, true));
}

function readState(view: DataView, at: number): Snapshot {
  const window = new Uint8Array(view.buffer, view.byteOffset + at, layout.window).slice();
  const word = (i: number) => view.getBigUint64(at + layout.window + i * 8, true);
  const state: EvaluateState = resetState();
  state.x = state.x.map((_, i) => word(i));
  state.sp = word(31);
  state.nzcv = Number(word(32));
  state.fpcr = Number(word(33));
  state.fpsr = Number(word(34));
  state.v = state.v.map((_, i) => word(36 + 2 * i) | (word(37 + 2 * i) << 64n));
  return { state, window };
}

/**
 * Runs cases, which must have been made with their index here, and gives what they leave: undefined from the one on that ended the
 * process.
 */
export function runUnderQemu(harness: string, cases: readonly Case[]): (Snapshot | undefined)[] {
  const bytes = new Uint8Array(cases.length * inputBytes);
  const view = new DataView(bytes.buffer);
  cases.forEach((c, i) => {
    writeState(view, i * inputBytes, c.before);
    c.words.forEach((word, j) => view.setUint32(i * inputBytes + stateBytes + j * 4, word, true));
  });
  // A CPU without pointer authentication, whose hints are no-operations as they are here.
  const { stdout } = spawnSync('qemu-aarch64', ['-cpu', 'cortex-a76', harness], { input: bytes, maxBuffer: 1 << 30 });
  const result = new DataView(stdout.buffer, stdout.byteOffset, stdout.length);
  return cases.map((_, i) => ((i + 1) * stateBytes <= stdout.length ? readState(result, i * stateBytes) : undefined));
}

/** What differs between two states, in words; empty when they are equal. `pc` is not compared. */
export function differences(ours: Snapshot, theirs: Snapshot | undefined): string[] {
  if (!theirs) return ['qemu ended with a signal'];
  const found: string[] = [];
  const note = (name: string, a: bigint, b: bigint) => {
    if (a !== b) found.push(`${name}: 0x${a.toString(16)} here, 0x${b.toString(16)} under qemu`);
  };
  ours.state.x.forEach((x, i) => note(`x${i}`, x, theirs.state.x[i]));
  note('sp', ours.state.sp, theirs.state.sp);
  note('nzcv', BigInt(ours.state.nzcv), BigInt(theirs.state.nzcv));
  note('fpsr', BigInt(ours.state.fpsr), BigInt(theirs.state.fpsr));
  ours.state.v.forEach((v, i) => note(`v${i}`, v, theirs.state.v[i]));
  ours.window.forEach((b, i) => note(`window[${i}]`, BigInt(b), BigInt(theirs.window[i])));
  return found;
}

/** The instruction of a failed case after which states first differ. Runs every prefix of the case. */
export function explain(harness: string, c: Case): string {
  const start = c.before.state.pc;
  const prefixes = c.trace.map((_, steps) => {
    const words = c.words.slice();
    // The way back, in place of the instruction that would run next.
    const at = c.trace[steps];
    words[at] = 0x14000000 | (layout.words - 1 - at);
    return { ...c, words };
  });
  const failing = prefixes.findIndex((prefix, steps) => {
    const moved = relocate(prefix);
    return differences(replay(relocate(c), steps), runUnderQemu(harness, [moved])[0]).length > 0;
  });
  const step = failing < 0 ? c.trace.length - 1 : failing - 1;
  const at = c.trace[step];
  const before = replay(c, step);
  const after = replay(c, step + 1);
  const changed = differences(after, before).join(', ');
  return `${disassemble(c.words[at], start + BigInt(at * 4))} (0x${c.words[at].toString(16)}) at step ${step}; it changes: ${changed}`;
}

/** The case as the first of an input. Code addresses in registers other than X30 stay those of the old place. */
function relocate(c: Case): Case {
  const start = layout.code + BigInt(layout.leaveBytes);
  const state = { ...c.before.state, pc: start, x: c.before.state.x.map((x, i) => (i === 30 ? start : x)) };
  return { ...c, before: { ...c.before, state } };
}
