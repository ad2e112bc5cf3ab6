/** Pictures of what a CPU did and remembers: exceptions that it took, translations that its TLB holds. */
import { describeException, exceptionName, interruptSource, type Machine, type TlbView, type TracedException } from '../emulator/index.ts';
import { foldAddress } from './mapped-ranges.ts';
import type { ExceptionEvent, ExceptionPicture, TlbPicture, TlbRun } from './messages.ts';

const pageBytes = 4096;
const shownEvents = 200;

export function readExceptions(machine: Machine): ExceptionPicture {
  return { events: machine.exceptions.latest(shownEvents).map(eventOf), total: machine.exceptions.total };
}

function eventOf(exception: TracedException): ExceptionEvent {
  const { cpu, instructions, virtualNs, elr, kind, interrupt } = exception;
  const base = { cpu, instructions, virtualNs, pc: foldAddress(elr) };
  if (kind !== 'irq' && kind !== 'fiq') return { ...base, cause: exceptionName(exception), description: describeException(exception) };
  const source = interrupt === undefined ? undefined : interruptSource(interrupt);
  const cause =
    interrupt === undefined ? `${exceptionName(exception)}, not acknowledged` : `interrupt ${interrupt}${source ? `: ${source}` : ''}`;
  return { ...base, cause, description: describeException(exception) };
}

export function readTlb(machine: Machine): TlbPicture {
  const all = machine.cpus[0].tlb();
  const current = all.filter((entry) => entry.current);
  return { runs: tlbRuns(current), otherEntries: all.length - current.length };
}

/** Entries as runs, sorted by kind, mode and address. */
export function tlbRuns(entries: readonly TlbView[]): TlbRun[] {
  const single = entries.map(runOf).sort((a, b) => a.kind.localeCompare(b.kind) || a.mode.localeCompare(b.mode) || a.start - b.start);
  const runs: TlbRun[] = [];
  for (const run of single) {
    const last = runs.at(-1);
    const goesOn =
      last?.kind === run.kind &&
      last.mode === run.mode &&
      last.access === run.access &&
      last.start + last.size === run.start &&
      last.physical + last.size === run.physical;
    if (goesOn) last.size += run.size;
    else runs.push(run);
  }
  return runs;
}

function runOf({ kind, mode, virtual, physical, ram, readable, writable }: TlbView): TlbRun {
  const rights =
    kind === 'instruction' ? 'execute' : [readable ? 'read' : '', writable ? 'write' : ''].filter(Boolean).join('/') || 'none yet';
  return { kind, mode, start: foldAddress(virtual), size: pageBytes, physical, access: `${ram ? '' : 'device: '}${rights}` };
}
