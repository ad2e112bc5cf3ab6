import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventClock } from '../../../src/lib/emulator/board/clock.ts';
import { makePeripherals } from '../../../src/lib/emulator/board/peripherals.ts';
import type { AccessBytes } from '../../../src/lib/emulator/device.ts';
import type { IccRegister } from '../../../src/lib/emulator/devices/interrupt-controller.ts';

/** One access of a list that runs both on QEMU's devices and on ours (see runner.c). */
export type Access =
  | { kind: 'read'; address: number; bytes: AccessBytes }
  | { kind: 'write'; address: number; bytes: AccessBytes; value: bigint }
  | { kind: 'readSystem'; register: IccRegister }
  | { kind: 'writeSystem'; register: IccRegister; value: bigint }
  /** Eight bytes of RAM. */
  | { kind: 'ram'; address: number }
  /** Bits 7 (I) and 6 (F) of ISR_EL1: what the GIC signals. */
  | { kind: 'signals' };

/** In the order of runner.c's table. */
const systemRegisters: readonly IccRegister[] = [
  ...(['PMR', 'IAR0', 'EOIR0', 'HPPIR0', 'BPR0', 'AP0R0', 'AP1R0', 'DIR', 'RPR', 'SGI1R'] as const),
  ...(['SGI0R', 'IAR1', 'EOIR1', 'HPPIR1', 'BPR1', 'CTLR', 'SRE', 'IGRPEN0', 'IGRPEN1', 'ASGI1R'] as const),
];

/** What runner.c prints ahead of the results. */
const marker = '\n=results=\n';

/** The result that stands for a synchronous exception. */
export const fault = 0xfa0175fa0175n;

export type Board = { gic: 2 | 3; cpus: number };

export const read = (address: number, bytes: AccessBytes = 4): Access => ({ kind: 'read', address, bytes });
export const write = (address: number, value: number | bigint, bytes: AccessBytes = 4): Access => ({
  kind: 'write',
  address,
  bytes,
  value: BigInt.asUintN(64, BigInt(value)),
});

function encode(list: readonly Access[]): Uint8Array {
  const bytes = new Uint8Array((list.length + 1) * 24);
  const view = new DataView(bytes.buffer);
  list.forEach((access, i) => {
    const put = (kind: number, size: number, address = 0, value = 0n) => {
      view.setUint32(i * 24, kind, true);
      view.setUint32(i * 24 + 4, size, true);
      view.setBigUint64(i * 24 + 8, BigInt(address), true);
      view.setBigUint64(i * 24 + 16, value, true);
    };
    if (access.kind === 'read') put(1, access.bytes, access.address);
    else if (access.kind === 'write') put(2, access.bytes, access.address, access.value);
    else if (access.kind === 'readSystem') put(3, systemRegisters.indexOf(access.register));
    else if (access.kind === 'writeSystem') put(4, systemRegisters.indexOf(access.register), 0, access.value);
    else if (access.kind === 'ram') put(1, 8, access.address);
    else put(6, 0);
  });
  return bytes;
}

let runner: string | undefined;

/** Compiles runner.c, once. */
export function runnerImage(): string {
  if (runner) return runner;
  const directory = mkdtempSync(join(tmpdir(), 'board-runner-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  const out = join(directory, 'runner.elf');
  const flags = '-O1 -march=armv8-a -mgeneral-regs-only -ffreestanding -nostdlib -static -fno-pic -fno-stack-protector';
  const source = new URL('runner.c', import.meta.url).pathname;
  const compiled = spawnSync('aarch64-linux-gnu-gcc', [...flags.split(' '), '-Wl,-Ttext=0x40200000,--build-id=none', '-o', out, source]);
  if (compiled.status !== 0) throw new Error(`runner.c: ${compiled.stderr.toString()}`);
  runner = out;
  return out;
}

/** Runs the list on QEMU. */
export function onQemu(list: readonly Access[], board: Board): bigint[] {
  const image = runnerImage();
  const operations = join(image, '..', `list-${process.pid}.bin`);
  writeFileSync(operations, encode(list));
  const machine = `virt,gic-version=${board.gic}${board.gic === 3 ? ',its=off' : ''}`;
  const args = ['-M', machine, '-cpu', 'cortex-a53', '-smp', `${board.cpus}`, '-m', '64M', '-nographic', '-nic', 'none'];
  const loader = `loader,file=${operations},addr=0x42000000,force-raw=on`;
  const run = spawnSync('qemu-system-aarch64', [...args, '-kernel', image, '-device', loader], { timeout: 60_000, input: '' });
  if (run.status !== 0) throw new Error(`qemu: ${run.stderr.toString()}`);
  // Accesses to the UART may have printed anything before.
  const output = run.stdout.toString('latin1');
  const results = output
    .slice(output.lastIndexOf(marker) + marker.length)
    .trim()
    .split('\n');
  if (results.length !== list.length) throw new Error(`qemu gave ${results.length} results for ${list.length} accesses`);
  return results.map((line) => BigInt(`0x${line}`));
}

/** Runs the list on our devices, without a CPU. */
export function onOurs(list: readonly Access[], board: Board): bigint[] {
  const clock = new EventClock(
    () => 0,
    () => undefined,
  );
  let signals = 0n;
  const ramStart = 0x4000_0000;
  const ramEnd = ramStart + 0x400_0000;
  const ram = new Map<number, number>();
  const inRam = (address: number) => address >= ramStart && address < ramEnd;
  const { bus, gic } = makePeripherals({
    ...board,
    startTime: 0,
    clock,
    memory: {
      load: (address, length) => (inRam(address) ? Uint8Array.from({ length }, (_, i) => ram.get(address + i) ?? 0) : undefined),
      store: (address, bytes) => {
        if (!inRam(address)) return false;
        bytes.forEach((byte, i) => ram.set(address + i, byte));
        return true;
      },
    },
    requester: () => 0,
    signals: (cpu, irq, fiq) => {
      if (cpu === 0) signals = (irq ? 1n << 7n : 0n) | (fiq ? 1n << 6n : 0n);
    },
    transmit: () => undefined,
  });
  return list.map((access) => {
    switch (access.kind) {
      case 'read':
        return bus.read(access.address, access.bytes) ?? fault;
      case 'write':
        if (inRam(access.address)) {
          for (let i = 0; i < access.bytes; i++) ram.set(access.address + i, Number((access.value >> BigInt(8 * i)) & 0xffn));
          return 0n;
        }
        return bus.write(access.address, access.bytes, access.value) ? 0n : fault;
      case 'readSystem':
        return gic.readSystem(0, access.register) ?? fault;
      case 'writeSystem':
        return gic.writeSystem(0, access.register, access.value) ? 0n : fault;
      case 'ram':
        return Array.from({ length: 8 }, (_, i) => BigInt(ram.get(access.address + i) ?? 0) << BigInt(8 * i)).reduce((a, b) => a | b);
      case 'signals':
        return signals;
    }
  });
}

/** The list with what both gave, a line each, so that a test's failure shows where they part. */
export function transcript(list: readonly Access[], results: readonly bigint[]): string[] {
  return list.map((access, i) => {
    const to =
      'address' in access
        ? `0x${access.address.toString(16)}${'bytes' in access ? `/${access.bytes}` : ''}`
        : 'register' in access
          ? access.register
          : '';
    const value = 'value' in access ? ` 0x${access.value.toString(16)}` : '';
    return `${i} ${access.kind} ${to}${value} -> ${results[i] === fault ? 'fault' : results[i].toString(16)}`;
  });
}
