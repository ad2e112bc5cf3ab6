/**
 * A machine in a file: what it was made with, what it has become, and the input that brought it there. docs/snapshots.md has the format.
 */
import type { Result } from '../../problem.ts';
import type { ExceptionRecord } from '../cpu/types.ts';
import { quantumInstructions, type InputEvent, type Machine, type MachineCore, type MachineOptions } from '../board/machine.ts';
import { Container, refuse, writeContainer, type Section } from './container.ts';
import { readLog, writeLog, type InputLog } from './input-log.ts';
import { ByteWriter } from '../byte-writer.ts';
import { ByteReader, Malformed, readPlain, writePlain } from './plain-data.ts';
import { LoadedPages, readPages, writePages } from './ram-pages.ts';
import { shapeDifference } from './shape.ts';

/** What can be told of a snapshot without running it. */
export type SnapshotInfo = {
  options: Omit<MachineOptions, 'image' | 'initrd' | 'translate'>;
  imageBytes: number;
  instructions: number;
  virtualNs: number;
  /** Hash of the state within, as the machine that was saved had it. */
  stateHash: string;
  /** Bytes in the file and unpacked. */
  sections: { name: string; storedBytes: number; plainBytes: number }[];
};

export type OpenedSnapshot = { machine: Machine; log: InputEvent[]; info: SnapshotInfo };

/** `name`: four capital letters. */
export type AttachedSection = Section;

export type OpenSnapshotOptions = {
  /** RAM of the machine. Default 2 GiB. */
  maxMemoryBytes?: number;
  /** As {@link MachineOptions.translate}: that is no property of what was saved. */
  translate?: boolean;
};

const maxFileBytes = 2 ** 30;
const maxOptionsBytes = 1 << 20;
const maxCoreBytes = 128 << 20;
const maxLogBytes = 64 << 20;
const defaultMaxMemory = 2 * 2 ** 30;
/** Of instructions and nanoseconds: a machine that has gone on for a hundred days more is still counted exactly. */
const maxCount = 2 ** 53 - 2 ** 46;

/**
 * The whole machine in bytes. Not within a run. `log`: the input since power-on, if the file is to tell how it came here. `attached`: sections
 * that mean nothing to the machine, such as the project that its image was built from; {@link readAttached} gives them back.
 */
export async function writeSnapshot(
  machine: Machine,
  log?: InputLog,
  attached: readonly AttachedSection[] = [],
): Promise<Uint8Array<ArrayBuffer>> {
  // How fast the machine was is no part of its state.
  const { image, initrd, translate: _, ...options } = machine.options;
  const { instructions, virtualNs } = machine.counters;
  const pages = writePages(machine.memory.view(), new LoadedPages(machine.boot, machine.memory.base));
  const about = { options, instructions, virtualNs, stateHash: machine.stateHash() };
  const sections: Section[] = [
    { name: 'INFO', bytes: plainBytes(about) },
    { name: 'IMAG', bytes: image },
    ...(initrd ? [{ name: 'INRD', bytes: initrd }] : []),
    { name: 'CORE', bytes: plainBytes(machine.saveCore()) },
    { name: 'RUNS', bytes: pages.runs },
    { name: 'PAGE', bytes: pages.contents },
  ];
  if (log) {
    const writer = new ByteWriter();
    writeLog(writer, log);
    sections.push({ name: 'INLG', bytes: writer.finish() });
  }
  return writeContainer([...sections, ...attached]);
}

/** An attached section of at most `maxBytes`; undefined when the file has none of that name. */
export async function readAttached(file: Uint8Array, name: string, maxBytes: number): Promise<Result<Uint8Array | undefined>> {
  const container = openFile(file);
  if (!container.ok) return container;
  return container.value.has(name) ? container.value.section(name, maxBytes) : { ok: true, value: undefined };
}

function plainBytes(value: unknown): Uint8Array {
  const writer = new ByteWriter();
  writePlain(writer, value);
  return writer.finish();
}

/** Reads only what is told of a snapshot. */
export async function readSnapshotInfo(file: Uint8Array): Promise<Result<SnapshotInfo>> {
  const container = openFile(file);
  if (!container.ok) return container;
  return readInfo(container.value);
}

/**
 * A machine that goes on as the saved one would have. Bytes may be anybody's: what is wrong with them is a problem, and no more memory is used
 * than the file's own size and the limits justify. `create`: how machines are made here.
 */
export async function openSnapshot(
  file: Uint8Array,
  create: (options: MachineOptions) => Promise<Result<Machine>>,
  { maxMemoryBytes = defaultMaxMemory, translate }: OpenSnapshotOptions = {},
): Promise<Result<OpenedSnapshot>> {
  const opened = openFile(file);
  if (!opened.ok) return opened;
  const container = opened.value;
  const info = await readInfo(container);
  if (!info.ok) return info;
  const { memoryBytes = 0 } = info.value.options;
  if (memoryBytes > maxMemoryBytes)
    return refuse(`The snapshot is of a machine with ${memoryBytes} bytes of memory; at most ${maxMemoryBytes} are given here.`);
  const image = await container.section('IMAG', maxFileBytes);
  if (!image.ok) return image;
  const initrd = container.has('INRD') ? await container.section('INRD', maxFileBytes) : undefined;
  if (initrd && !initrd.ok) return initrd;
  const made = await create({ ...info.value.options, image: image.value.slice(), initrd: initrd?.value.slice(), translate });
  if (!made.ok) return made;
  const restored = await restoreInto(made.value, container);
  if (!restored.ok) return restored;
  const log = container.has('INLG') ? await readSection(container, 'INLG', maxLogBytes, readLog) : undefined;
  if (log && !log.ok) return log;
  const { stateHash } = info.value;
  if (made.value.stateHash() !== stateHash)
    return refuse('The snapshot does not restore to the state that was saved.', 'It was made by another version, or changed since.');
  return { ok: true, value: { machine: made.value, log: log?.value ?? [], info: info.value } };
}

function openFile(file: Uint8Array): Result<Container> {
  if (file.length > maxFileBytes) return refuse(`The snapshot has ${file.length} bytes; at most ${maxFileBytes} are read.`);
  return Container.open(file);
}

async function readSection<T>(container: Container, name: string, limit: number, read: (reader: ByteReader) => T): Promise<Result<T>> {
  const section = await container.section(name, limit);
  if (!section.ok) return section;
  const reader = new ByteReader(section.value);
  try {
    const value = read(reader);
    reader.end();
    return { ok: true, value };
  } catch (error) {
    if (error instanceof Malformed) return refuse(`Section ${name} of the snapshot is not valid: ${error.message}.`);
    throw error;
  }
}

const infoExample = { instructions: 0, virtualNs: 0, stateHash: '' };
const optionsExample = { memoryBytes: 0, cpus: 0, gic: 0, startTime: 0, seed: 0 };

async function readInfo(container: Container): Promise<Result<SnapshotInfo>> {
  const read = await readSection(container, 'INFO', maxOptionsBytes, readPlain);
  if (!read.ok) return read;
  const { options, ...rest } = fieldsOf(read.value);
  const { imageName, commandLine, ...numbers } = fieldsOf(options);
  const isText = (value: unknown): value is string | undefined => value === undefined || typeof value === 'string';
  if (!isLike(rest, infoExample) || !isLike(numbers, optionsExample) || !isText(imageName) || !isText(commandLine))
    return refuse('Section INFO of the snapshot does not describe a machine.');
  const { memoryBytes, cpus, gic, startTime, seed } = numbers;
  if (gic !== 2 && gic !== 3) return refuse(`The snapshot is of a machine with GIC version ${gic}; there are 2 and 3.`);
  const sections = container.sections();
  const imageBytes = sections.find(({ name }) => name === 'IMAG')?.plainBytes ?? 0;
  return {
    ok: true,
    value: { ...rest, options: { imageName, commandLine, memoryBytes, cpus, gic, startTime, seed }, imageBytes, sections },
  };
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function isLike<T>(value: unknown, example: T): value is T {
  return shapeDifference(example, value) === undefined;
}

/** Gives a fresh machine the state of a file; after a failure the machine is of no use. */
async function restoreInto(machine: Machine, container: Container): Promise<Result<null>> {
  const read = await readSection(container, 'CORE', maxCoreBytes, readPlain);
  if (!read.ok) return read;
  const core = coreOf(machine, read.value);
  if (typeof core === 'string') return refuse(`The snapshot's machine is not like this one at ${core}.`);
  const runs = await container.section('RUNS', machine.memory.size);
  if (!runs.ok) return runs;
  const contents = await container.section('PAGE', machine.memory.size);
  if (!contents.ok) return contents;
  const { base } = machine.memory;
  try {
    readPages(runs.value, contents.value, machine.memory.size, (offset, bytes) => {
      if (bytes) machine.memory.store(base + offset, bytes);
      else machine.memory.fill(base + offset, 4096, 0);
    });
    machine.restoreCore(core);
  } catch (error) {
    // What devices and CPUs refuse: they say so by a RangeError.
    if (error instanceof Malformed || error instanceof RangeError || error instanceof TypeError)
      return refuse(`The snapshot's state cannot be restored: ${error.message}.`);
    throw error;
  }
  return { ok: true, value: null };
}

/** What was read as the state of such a machine, or where it is not. */
function coreOf(machine: Machine, read: unknown): MachineCore | string {
  const fresh = machine.saveCore();
  const { ended: _, origins: __, latest: ___, fault: ____, ...shown } = fresh;
  // A machine that has not run shows nothing of its TLBs, and of its end and its exceptions only that there are none yet.
  const example = { ...shown, cpus: fresh.cpus.map((cpu) => ({ ...cpu, tlb: new Float64Array(0) })) };
  const { ended, origins, latest, fault, ...rest } = fieldsOf(read);
  if (!isLike(rest, example)) return shapeDifference(example, rest) || 'its top';
  if (ended !== null && ended !== 'poweroff' && ended !== 'reset') return '.ended';
  const cpus = machine.cpus.length;
  if (!isIndex(rest.current, cpus)) return '.current';
  if (!isIndex(rest.quantum, quantumInstructions + 1)) return '.quantum';
  if (!isIndex(rest.instructions, maxCount)) return '.instructions';
  if (!isIndex(rest.now, maxCount)) return '.now';
  if (!areRecords(origins, cpus) || !areRecords(latest, cpus)) return '.origins';
  if (!isFault(fault, cpus)) return '.fault';
  return { ...rest, ended, origins, latest, fault };
}

function areRecords(value: unknown, length: number): value is MachineCore['origins'] {
  return Array.isArray(value) && value.length === length && value.every((record) => record === null || isException(record));
}

const exceptionExample: Omit<ExceptionRecord, 'kind'> = { vector: 0n, elr: 0n, esr: 0n, far: 0n, spsr: 0n };
const exceptionKinds: unknown[] = ['synchronous', 'irq', 'fiq', 'serror'] satisfies ExceptionRecord['kind'][];

function isException(value: unknown): value is ExceptionRecord {
  const { kind, ...numbers } = fieldsOf(value);
  return exceptionKinds.includes(kind) && isLike(numbers, exceptionExample);
}

function isFault(value: unknown, cpus: number): value is MachineCore['fault'] {
  const { exception, ...rest } = fieldsOf(value);
  return value === null || (isLike(rest, { cpu: 0, message: '' }) && isIndex(rest.cpu, cpus) && isException(exception));
}

/** A whole number from 0 to below `end`. */
function isIndex(value: number, end: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < end;
}
