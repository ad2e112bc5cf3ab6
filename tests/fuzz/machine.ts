import { assembleInstruction, encodeRow, rows, sysregNames, type Expression } from '../../src/lib/arm64/index.ts';
import { EventClock } from '../../src/lib/emulator/board/clock.ts';
import { Machine, type MachineOptions } from '../../src/lib/emulator/board/machine.ts';
import { MemoryMap } from '../../src/lib/emulator/board/memory-map.ts';
import { makePeripherals } from '../../src/lib/emulator/board/peripherals.ts';
import { Random } from '../../src/lib/emulator/cpu/compare.ts';
import { createCpus } from '../../src/lib/emulator/cpu/cpu.ts';
import { iccByKey } from '../../src/lib/emulator/devices/icc-encoding.ts';
import { pack } from '../../src/lib/packing.ts';

/**
 * Random guests, files and traffic for the machine. Each case throws when the machine does what it must not: throw, give a value that
 * does not fit, or touch WebAssembly memory that is not the guest's. That it comes to an end at all is up to who runs it.
 */
export type FuzzKind = keyof typeof fuzzers;

/** Runs one case; gives how many accesses, files or instructions it tried. */
export function fuzz(kind: FuzzKind, seed: number): Promise<number> {
  return fuzzers[kind](new Random(seed));
}

export const fuzzers = { traffic, guestTraffic, code, files };
export const fuzzKinds = Object.keys(fuzzers) as FuzzKind[];

const sizes = [1, 2, 4, 8] as const;
const ramBase = MemoryMap.ram;
/** Not a multiple of 64 KiB, so that WebAssembly's memory has room behind it that nobody may touch. */
const ramBytes = (2 << 20) + 3 * 4096;

function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.below(list.length)];
}

/** A place on the bus, mostly where a register may be. */
function busAddress(random: Random, devices: readonly { base: number; size: number }[]): number {
  if (random.below(16) === 0) return Math.floor((random.next() / 2 ** 32) * 2 ** (20 + random.below(21)));
  const { base, size } = pick(random, devices);
  const reach = random.below(4) === 0 ? size : Math.min(size, 0x1000);
  return base + Math.floor((random.next() / 2 ** 32) * reach);
}

function value(random: Random): bigint {
  const wide = random.wide();
  // Addresses for devices that fetch by themselves, in either byte order.
  if (random.below(8) === 0) return BigInt(ramBase + random.below(ramBytes + 4096));
  if (random.below(16) === 0) return BigInt.asUintN(64, 0x40n << 32n) | BigInt(random.below(65536) << 8);
  return random.below(2) ? wide : BigInt(random.below(256));
}

/** Accesses of all sizes to the devices, without a CPU. */
async function traffic(random: Random): Promise<number> {
  const gic = random.below(2) ? 2 : 3;
  const cpus = 1 + random.below(8);
  const ram = new Uint8Array(65536);
  let requester = 0;
  const clock = new EventClock(
    () => 0,
    () => undefined,
  );
  const within = (address: number, length: number): boolean => address >= ramBase && address + length <= ramBase + ram.length;
  const { bus, gic: controller } = makePeripherals({
    gic,
    cpus,
    clock,
    startTime: 0,
    memory: {
      load: (address, length) => (within(address, length) ? ram.slice(address - ramBase, address - ramBase + length) : undefined),
      store: (address, bytes) => {
        if (!within(address, bytes.length)) return false;
        ram.set(bytes, address - ramBase);
        return true;
      },
    },
    requester: () => requester,
    signals: () => undefined,
    transmit: () => undefined,
  });
  const count = 2000;
  const registers = [...iccByKey.values()];
  for (let i = 0; i < count; i++) {
    requester = random.below(cpus);
    const size = pick(random, sizes);
    const address = Math.floor(busAddress(random, bus.devices) / size) * size;
    switch (random.below(8)) {
      case 0:
        clock.advance(random.below(1_000_000));
        clock.fireDue();
        break;
      case 1:
        controller.writeSystem(requester, pick(random, registers), value(random));
        break;
      case 2:
        expectWidth(controller.readSystem(requester, pick(random, registers)), 8);
        break;
      case 3:
      case 4:
        expectWidth(bus.read(address, size), size);
        break;
      default:
        bus.write(address, size, BigInt.asUintN(8 * size, value(random)));
    }
  }
  for (const device of bus.devices) {
    const state = structuredClone(device.save());
    device.reset();
    device.restore(state);
  }
  return Promise.resolve(count);
}

function expectWidth(result: bigint | undefined, bytes: number): void {
  if (result !== undefined && BigInt.asUintN(8 * bytes, result) !== result) throw new Error(`${result} does not fit ${bytes} bytes`);
}

const number: (text: string) => Expression<never> = (text) =>
  /^-?(0x)?[\da-f]+$/i.test(text) ? { kind: 'value', value: BigInt(text) } : { kind: 'error', message: 'a number is needed' };

function assemble(lines: readonly string[]): number[] {
  return lines.map((line) => {
    const result = assembleInstruction(line, { expression: number });
    if (!result.ok) throw new Error(`${line}: ${result.message}`);
    return result.word;
  });
}

/** Vectors that go on behind what faulted; interrupts are dropped as they come. */
const skipFault = ['mrs x28, elr_el1', 'add x28, x28, #4', 'msr elr_el1, x28', 'eret'];
const vectors = Array.from({ length: 16 }, (_, i) => {
  const body = assemble(i % 4 === 0 ? skipFault : ['eret']);
  return [...body, ...new Array<number>(32 - body.length).fill(0xd503_201f)];
}).flat();

const imageBytes = 0x1_0000;

/** Where a guest's parts lie: the first instruction, vectors, accesses to make. */
const place = { start: 0, vectors: 0x800, stubs: 0x2000, code: 0x1000, list: 0x4000 } as const;

type Guest = { machine: Machine; base: number };

/** A machine with a flat image of these parts; `base` is where the loader has put it. */
async function guest(random: Random, cpus: number, parts: ReadonlyMap<number, readonly number[]>): Promise<Guest> {
  const image = new Uint8Array(imageBytes);
  const view = new DataView(image.buffer);
  for (const [at, words] of parts) words.forEach((word, i) => view.setUint32(at + 4 * i, word, true));
  const made = await Machine.create({ image, memoryBytes: ramBytes, gic: random.below(2) ? 2 : 3, cpus }, createCpus);
  if (!made.ok) throw new Error(made.problems[0].message);
  const placed = made.value.boot.placements.find(({ bytes }) => bytes.length === imageBytes);
  if (!placed) throw new Error('the image is nowhere');
  return { machine: made.value, base: placed.address };
}

/** Runs it for a while, with input and resets between. */
function exercise(machine: Machine, random: Random, slices: number, slice: number): void {
  for (let i = 0; i < slices; i++) {
    const exit = machine.run(1 + random.below(slice), machine.counters.virtualNs + random.below(1_000_000));
    if (exit.reason === 'reset' || exit.reason === 'poweroff' || random.below(256) === 0) machine.reset();
    if (random.below(4) === 0) machine.sendInput(new Uint8Array(random.below(64)));
    if (random.below(16) === 0) machine.pressPowerKey();
    if (exit.reason === 'fault' && exit.fault.message === '') throw new Error('a fault without words');
  }
  untouched(machine);
}

/** WebAssembly memory in front of the CPUs' states and behind RAM is nobody's. */
function untouched(machine: Machine): void {
  const ram = machine.memory.view();
  const before = new Uint8Array(ram.buffer, 0, 4096);
  const behind = new Uint8Array(ram.buffer, ram.byteOffset + ram.length);
  if (before.some((byte) => byte !== 0) || behind.some((byte) => byte !== 0)) throw new Error('memory outside the guest was written');
}

/** Every page of the map that somebody answers, and the interrupt controllers of both kinds. */
const mappedDevices: readonly { base: number; size: number }[] = Object.values(MemoryMap)
  .map((entry) => (typeof entry === 'number' ? { base: entry, size: 0x1000 } : { base: entry.base, size: 0x4000 }))
  .filter(({ base }) => base !== ramBase);

/** A guest that makes the same accesses by its CPU: aligned or not, pairs and vectors too. */
async function guestTraffic(random: Random): Promise<number> {
  const count = 400;
  const accesses = [
    'ldrb w3, [x1]',
    'ldrh w3, [x1]',
    'ldr w3, [x1]',
    'ldr x3, [x1]',
    'strb w2, [x1]',
    'strh w2, [x1]',
    'str w2, [x1]',
    'str x2, [x1]',
  ];
  const wide = ['ldp x2, x3, [x1]', 'stp x2, x2, [x1]', 'ldr q0, [x1]', 'str q0, [x1]', 'ldaxr x3, [x1]', 'swp x2, x3, [x1]', 'dc zva, x1'];
  const all = [...accesses, ...accesses, ...wide];
  const stubs = all.flatMap((line) => [...assemble([line]), ...assemble(['br x20'])]);
  const start = assemble([
    'adr x0, #0',
    `add x4, x0, #${place.vectors}`,
    'msr vbar_el1, x4',
    'movz x5, #0x30, lsl #16',
    'msr cpacr_el1, x5',
    'add x6, x0, #0x4, lsl #12',
    'adr x20, #4',
    'ldp x1, x2, [x6], #16',
    'ldr x7, [x6], #8',
    'add x7, x7, x0',
    'msr daifclr, #7',
    'br x7',
  ]);
  const halves = (value: bigint): number[] => [Number(value & 0xffff_ffffn), Number(value >> 32n)];
  const list: number[] = [];
  for (let i = 0; i < count; i++)
    list.push(
      ...halves(BigInt(busAddress(random, mappedDevices))),
      ...halves(value(random)),
      place.stubs + 8 * random.below(all.length),
      0,
    );
  // The end: wait for ever.
  list.push(0, 0, 0, 0, place.stubs + 8 * all.length, 0);
  const { machine } = await guest(
    random,
    1 + random.below(2),
    new Map([
      [place.start, start],
      [place.vectors, vectors],
      [place.stubs, [...stubs, ...assemble(['wfi', 'b #-4'])]],
      [place.list, list],
    ]),
  );
  exercise(machine, random, 30, 1000);
  return count;
}

const systemRegisters = [...sysregNames().values()];

/** Any word: mostly instructions, often those that change how the CPU works. */
function randomWord(random: Random): number {
  const choice = random.below(8);
  if (choice === 0) return random.next();
  if (choice < 3) {
    const key = pick(random, systemRegisters);
    const registerBits = ((key >>> 14) << 19) | ((key & 0x3fff) << 5);
    return (0xd500_0000 | registerBits | random.below(31) | (random.below(3) === 0 ? 1 << 21 : 0)) >>> 0;
  }
  const row = pick(random, rows);
  const fields = Object.fromEntries(row.fields.map(({ name, width }) => [name, random.next() & (2 ** width - 1)]));
  return encodeRow(row, fields);
}

/** A guest of random instructions and random registers. */
async function code(random: Random): Promise<number> {
  const slices = 40;
  const words = Array.from({ length: 1024 }, () => randomWord(random));
  const { machine, base } = await guest(
    random,
    1 + random.below(3),
    new Map([
      [place.vectors, vectors],
      [place.code, words],
    ]),
  );
  let executed = 0;
  for (let i = 0; i < slices; i++) {
    const before = machine.counters.instructions;
    for (const cpu of machine.cpus) {
      for (let n = 0; n < 31; n++) cpu.setX(n, random.below(3) ? BigInt(ramBase + random.below(ramBytes)) : random.wide());
      cpu.setSystemRegister('vbar_el1', BigInt(base + place.vectors));
      cpu.pc = BigInt(base + place.code + 4 * random.below(words.length));
    }
    const exit = machine.run(1 + random.below(500), machine.counters.virtualNs + 10_000);
    executed += machine.counters.instructions - before;
    if (exit.reason === 'fault' || exit.reason === 'poweroff' || exit.reason === 'reset') machine.reset();
  }
  untouched(machine);
  machine.restore(structuredClone(machine.save()));
  return executed;
}

/** Damages a good file: bytes, fields at their ends, the length. */
function damaged(random: Random, good: Uint8Array): Uint8Array {
  const bytes = good.slice(0, random.below(8) === 0 ? random.below(good.length + 1) : good.length);
  const view = new DataView(bytes.buffer);
  for (let i = random.below(6); i >= 0 && bytes.length >= 8; i--) {
    const at = random.below(Math.min(bytes.length - 7, random.below(4) ? 256 : bytes.length));
    if (random.below(2)) bytes[at] = random.next();
    else view.setBigUint64(at & ~7, random.below(2) ? random.wide() : BigInt(random.below(1 << 20)), true);
  }
  return bytes;
}

/** An ELF file of one segment, a Linux image, a flat one. */
function goodFiles(): Uint8Array[] {
  const code = assemble(['movz x0, #1', 'wfi', 'b #-4']);
  const elf = new Uint8Array(64 + 56 + 4096);
  const header = new DataView(elf.buffer);
  elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  header.setUint16(16, 2, true);
  header.setUint16(18, 183, true);
  header.setUint32(20, 1, true);
  header.setBigUint64(24, BigInt(ramBase + 0x10_0000), true);
  header.setBigUint64(32, 64n, true);
  header.setUint16(54, 56, true);
  header.setUint16(56, 1, true);
  header.setUint32(64, 1, true);
  header.setUint32(68, 5, true);
  [120n, BigInt(ramBase + 0x10_0000), BigInt(ramBase + 0x10_0000), 4096n, 8192n, 4096n].forEach((field, i) =>
    header.setBigUint64(72 + 8 * i, field, true),
  );
  const linux = new Uint8Array(8192);
  const image = new DataView(linux.buffer);
  image.setUint32(0, code[2], true);
  image.setBigUint64(8, 0x8_0000n, true);
  image.setBigUint64(16, 0x2_0000n, true);
  image.setBigUint64(24, 10n, true);
  image.setUint32(56, 0x644d_5241, true);
  for (const [bytes, at] of [
    [elf, 120],
    [linux, 64],
  ] as const)
    bytes.set(new Uint8Array(Uint32Array.from(code).buffer), at);
  return [elf, linux, new Uint8Array(Uint32Array.from(code).buffer)];
}

const undamaged = goodFiles();

/** Images and options of any kind: refused in words, or run. */
async function files(random: Random): Promise<number> {
  const count = 20;
  for (let i = 0; i < count; i++) {
    let image = damaged(random, pick(random, undamaged));
    if (random.below(4) === 0) image = damaged(random, await pack(image, 'gzip'));
    const options: MachineOptions = {
      image,
      memoryBytes: pick(random, [65536, 131072, ramBytes, 4 << 20, random.next()]),
      cpus: random.below(10),
      gic: random.below(2) ? 2 : 3,
      commandLine: random.below(2)
        ? String.fromCharCode(...Array.from({ length: random.below(5000) }, () => random.below(300)))
        : undefined,
      initrd: random.below(2) ? new Uint8Array(random.below(100_000)) : undefined,
    };
    const made = await Machine.create(options, createCpus);
    if (!made.ok) {
      if (made.problems.length === 0 || made.problems.some(({ message }) => message === '')) throw new Error('refused without words');
      continue;
    }
    made.value.run(2000, 100_000);
  }
  return count;
}
