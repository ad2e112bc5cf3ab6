/** The machine room's door: the virt board with its CPUs, for the session's worker and the command line. */
import type { Result } from '../problem.ts';
import { cpuConfig, Machine, type BoardOptions, type MachineOptions } from './board/machine.ts';
import { createCpus } from './cpu/cpu.ts';
import { SpareCpus } from './cpu/spare-cpus.ts';
import { openSnapshot as openSnapshotWith, type OpenedSnapshot, type OpenSnapshotOptions } from './snapshot/snapshot.ts';

export type {
  BoardOptions,
  DeviceView,
  InputEvent,
  Machine,
  MachineCounters,
  MachineExit,
  MachineOptions,
  MachineState,
} from './board/machine.ts';
export type { BootImage } from './board/loader.ts';
export { describeException, exceptionName, type GuestFault } from './board/guest-fault.ts';
export { interruptSource, MemoryMap } from './board/memory-map.ts';
export type { InterruptView } from './devices/interrupt-controller.ts';
export type {
  Cpu,
  CpuState,
  ExceptionRecord,
  MappingView,
  TableEntryView,
  TableView,
  TlbView,
  Translation,
  TranslationTables,
  WalkStep,
} from './cpu/types.ts';
export { PageUses } from './cpu/page-use.ts';
export type { TracedException } from './board/exception-trace.ts';
export { Debugger, type DebugStop, type RegisterView, type StackFrame, type SymbolResolver } from './debug/debugger.ts';
export { History, type HistoryOptions } from './debug/history.ts';
export { GdbServer } from './debug/gdb/server.ts';
export type { RegisterField } from './debug/system-register-fields.ts';
export { countPages, type PageCounts } from './debug/page-counts.ts';

export { recordInput, Replay, type InputLog } from './snapshot/input-log.ts';
export { isContainer as isSnapshot } from './snapshot/container.ts';
export {
  readAttached,
  readSnapshotInfo,
  writeSnapshot,
  type AttachedSection,
  type OpenedSnapshot,
  type SnapshotInfo,
  type OpenSnapshotOptions,
} from './snapshot/snapshot.ts';

/**
 * Checks options and image and gives a machine about to execute its first instruction:
 *
 * ```ts
 * const made = await createMachine({ image, memoryBytes: 64 << 20, cpus: 1, gic: 2, commandLine: 'app.elf' });
 * if (!made.ok) return show(made.problems);
 * made.value.onUart = (bytes) => terminal.write(bytes);
 * for (let exit = made.value.run(1e6); exit.reason === 'budget'; exit = made.value.run(1e6)) await turn();
 * ```
 */
export function createMachine(options: MachineOptions): Promise<Result<Machine>> {
  return Machine.create(options, (config, host) => {
    const taken = spare;
    // One that does not fit would only take room beside what is made now.
    spare = undefined;
    return taken?.fits(config) ? taken.adopt(host) : createCpus(config, host);
  });
}

const maxSpareBytes = 256 << 20;

/** For the next machine of this thread. */
let spare: SpareCpus | undefined;

/**
 * Makes what the next machine of these options needs before it is asked for: {@link createMachine} then takes a few milliseconds. One is kept for a
 * thread; it costs address space and a few megabytes. Large machines are not worth that. `options` must be such that {@link createMachine} accepts them.
 */
export function prepareMachine(options: BoardOptions): void {
  const config = cpuConfig(options);
  if (config.ram.size > maxSpareBytes || spare?.fits(config)) return;
  try {
    spare = new SpareCpus(config);
  } catch (error) {
    // No room for two machines: the next one is made when it is asked for.
    if (!(error instanceof RangeError)) throw error;
  }
}

/** Reads what {@link writeSnapshot} wrote, from anybody, and gives a machine that goes on as the saved one would have. */
export function openSnapshot(file: Uint8Array, options?: OpenSnapshotOptions): Promise<Result<OpenedSnapshot>> {
  return openSnapshotWith(file, createMachine, options);
}
