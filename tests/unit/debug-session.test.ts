import { describe, expect, it } from 'vitest';
import { assembleLines } from '../../src/lib/emulator/cpu/testing.ts';
import { createMachine, recordInput, Replay } from '../../src/lib/emulator/index.ts';
import { DebugSession } from '../../src/lib/session/debug-session.ts';

/** Counts in x0 for ever, and keeps what the UART receives in x4. */
const guest = assembleLines([
  'movz x2, #0x0900, lsl #16',
  'movz x0, #0',
  'add x0, x0, #1',
  'ldr w3, [x2, #0x18]',
  'tbnz w3, #4, #-8',
  'ldr w4, [x2]',
  'b #-16',
]);
const loadAddress = 0x4008_0000;
/** The counting instruction. */
const counting = loadAddress + 8;

async function boot() {
  const made = await createMachine({ image: guest, memoryBytes: 4 << 20 });
  if (!made.ok) throw new Error(made.problems[0].message);
  // Past what the board puts before an image.
  while (made.value.cpus[0].pc !== BigInt(loadAddress)) made.value.run(1);
  return made.value;
}

async function debugged() {
  const machine = await boot();
  return { machine, begin: machine.counters.instructions, session: new DebugSession(machine, undefined, undefined, []) };
}

const value = (session: DebugSession, name: string) => session.picture().registers.find((register) => register.name === name)?.value;

describe('the page’s debugger', () => {
  it('steps forwards and back, one instruction at a time', async () => {
    const { machine, begin, session } = await debugged();
    expect(session.picture()).toMatchObject({ instructions: begin, begin, cpu: 0, frames: [{ pc: loadAddress }] });
    for (let n = 0; n < 3; n++) session.move({ do: 'step' });
    expect(value(session, 'x0')).toBe(1n);
    session.move({ do: 'stepBack' });
    expect(value(session, 'x0')).toBe(0n);
    expect(session.picture()).toMatchObject({ instructions: begin + 2, end: begin + 3 });
    for (let n = 0; n < 3; n++) session.move({ do: 'stepBack' });
    expect(session.picture().stop).toMatch(/history begins here/);
    expect(machine.counters.instructions).toBe(begin);
  });

  it('shows the instructions around the place', async () => {
    const { session } = await debugged();
    const { code } = session.picture();
    expect(code.find(({ address }) => address === counting)).toEqual({ address: counting, text: 'add\tx0, x0, #0x1' });
    expect(code.find(({ address }) => address === counting + 16)?.text).toBe('b\t0x40080008');
  });

  it('stops at breakpoints, goes on from them, and comes back to them', async () => {
    const { begin, session } = await debugged();
    session.setStops({ do: 'setBreakpoints', addresses: [counting] });
    for (const expected of [0n, 1n, 2n]) {
      // In slices, as the worker runs.
      let exit = session.run(2, Infinity);
      while (exit.reason === 'budget') exit = session.run(2, Infinity);
      expect(exit.reason).toBe('breakpoint');
      expect(value(session, 'x0')).toBe(expected);
    }
    expect(session.picture()).toMatchObject({ stop: 'Stopped at a breakpoint.', breakpoints: [counting] });
    session.move({ do: 'runBack' });
    expect(value(session, 'x0')).toBe(1n);
    session.setStops({ do: 'setBreakpoints', addresses: [] });
    session.move({ do: 'runBack' });
    expect(session.picture()).toMatchObject({ instructions: begin, breakpoints: [] });
  });

  it('stops before what is watched is used, comes back to that, and says what it was', async () => {
    const { session } = await debugged();
    const flags = 0x0900_0018;
    session.setStops({ do: 'setWatches', watches: [{ address: flags, length: 4, read: true, write: false }] });
    for (const expected of [1n, 2n]) {
      let exit = session.run(2, Infinity);
      while (exit.reason === 'budget') exit = session.run(2, Infinity);
      expect(exit.reason).toBe('watchpoint');
      expect(value(session, 'x0')).toBe(expected);
      expect(session.picture()).toMatchObject({ stop: expect.stringContaining('watched'), watched: { address: flags, write: false } });
    }
    session.move({ do: 'runBack' });
    expect(value(session, 'x0')).toBe(1n);
    expect(session.picture().frames[0].pc).toBe(counting + 4);
    session.setStops({ do: 'setWatches', watches: [] });
    expect(session.run(1000, Infinity).reason).toBe('budget');
    expect(session.picture()).toMatchObject({ watches: [], breakpoints: [] });
  });

  it('goes to any place, and its log is of the run up to there', async () => {
    const { machine, begin, session } = await debugged();
    session.run(5000, Infinity);
    machine.sendInput(new TextEncoder().encode('a'));
    session.run(5000, Infinity);
    machine.sendInput(new TextEncoder().encode('b'));
    session.run(5000, Infinity);
    session.pause();
    const place = machine.counters.instructions - 7000;
    session.move({ do: 'goTo', instructions: place });
    expect(value(session, 'x4')).toBe(BigInt('a'.charCodeAt(0)));
    expect(session.log.map((event) => event.kind === 'receive' && String.fromCharCode(...event.bytes))).toEqual(['a']);

    // Whoever replays that log comes to the same state.
    const fresh = await boot();
    new Replay(fresh, session.log).run(place - begin);
    expect(fresh.stateHash()).toBe(machine.stateHash());

    // And the future is still there.
    session.move({ do: 'goTo', instructions: session.picture().end });
    expect(value(session, 'x4')).toBe(BigInt('b'.charCodeAt(0)));
  });

  it('keeps the input that came before it', async () => {
    const machine = await boot();
    const log = recordInput(machine);
    machine.run(100);
    machine.sendInput(new TextEncoder().encode('x'));
    machine.run(100);
    const session = new DebugSession(machine, undefined, undefined, log);
    machine.sendInput(new TextEncoder().encode('y'));
    session.run(100, Infinity);
    expect(session.log.map((event) => event.kind === 'receive' && String.fromCharCode(...event.bytes))).toEqual(['x', 'y']);
    session.close();
  });
});
