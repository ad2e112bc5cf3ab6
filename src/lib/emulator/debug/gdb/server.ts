import type { Cpu, Watchpoint } from '../../cpu/types.ts';
import type { Debugger, DebugStop } from '../debugger.ts';
import { monitor } from './monitor.ts';
import { bytesOf, bytesOfHex, hexOf, maxPacket, PacketStream, unescapeBinary } from './packets.ts';
import { gdbRegisters, generalRegisters, targetDescription, type GdbRegister } from './target-description.ts';

/** POSIX signals as GDB numbers them. */
const Signal = { interrupt: 2, trap: 5, segmentation: 11, terminated: 15 } as const;

/** Errors as replies; GDB shows the number. */
const malformed = 'E01';
const notMemory = 'E14';
const refused = 'E22';

/** More than this a debugger does not mean. */
const maxBreakpoints = 4096;
const maxWatchpoints = 64;
const maxWatchedBytes = 4096;

/** What GDB has set going, and is not told the end of yet. */
type Motion = { kind: 'continue' } | { kind: 'step'; cpu: number } | { kind: 'back'; from: number; search: Iterator<undefined, DebugStop> };

/**
 * GDB's remote serial protocol for one machine, all-stop: bytes in by {@link receive}, bytes out by `send`. CPUs are threads, numbered from 1. GDB's
 * breakpoints of both kinds are the debugger's; nothing is written to memory for them.
 *
 * While {@link running}, call {@link turn} with as many instructions at a time as the caller can be away from the connection.
 */
export class GdbServer {
  readonly #debug: Debugger;
  readonly #stream: PacketStream;
  readonly #registers: GdbRegister[];
  readonly #description: string;
  readonly #kinds = new Map<bigint, 'swbreak' | 'hwbreak'>();
  #motion: Motion | undefined;
  #cpu = 0;
  #stop = `T05thread:1;`;
  #poweredOff = false;
  /** GDB has taken its leave: `detach` leaves the machine to go on, `kill` does not. */
  ended: 'detach' | 'kill' | undefined;

  constructor(debug: Debugger, send: (bytes: Uint8Array) => void) {
    this.#debug = debug;
    this.#registers = gdbRegisters(debug.machine.cpus[0].systemRegisterNames());
    this.#description = targetDescription(this.#registers);
    this.#stream = new PacketStream(send, { packet: (data) => this.#packet(data), interrupt: () => this.#interrupt() });
  }

  receive(bytes: Uint8Array): void {
    this.#stream.receive(bytes);
  }

  get running(): boolean {
    return this.#motion !== undefined;
  }

  /** Runs the machine up to so many instructions further; GDB is told when it stops. Gives how the run ended when it goes on later. */
  turn(maxInstructions: number, untilNs = Infinity): DebugStop | undefined {
    const motion = this.#motion;
    if (!motion) return undefined;
    if (motion.kind === 'back') {
      const found = motion.search.next();
      if (found.done) this.#stopped(found.value);
      return found.done ? undefined : { reason: 'budget' };
    }
    const exit = motion.kind === 'step' ? this.#debug.step(motion.cpu) : this.#debug.resume(maxInstructions, untilNs);
    if (exit.reason === 'reset') this.#debug.machine.reset();
    if (exit.reason === 'budget' || exit.reason === 'idle' || exit.reason === 'reset' || exit.reason === 'stopped') return exit;
    this.#stopped(exit);
    return undefined;
  }

  #interrupt(): void {
    const motion = this.#motion;
    if (!motion) return;
    if (motion.kind === 'back') this.#debug.goTo(motion.from);
    this.#tellStop(Signal.interrupt, this.#debug.machine.turn.cpu, '');
  }

  #stopped(stop: DebugStop): void {
    const { turn } = this.#debug.machine;
    switch (stop.reason) {
      case 'breakpoint': {
        const kind = this.#kinds.get(stop.pc) ?? 'swbreak';
        return this.#tellStop(Signal.trap, stop.cpu, `${kind}:;`);
      }
      case 'watchpoint':
        return this.#tellStop(Signal.trap, stop.cpu, `${this.#watchKind(stop.address)}:${stop.address.toString(16)};`);
      case 'begin':
        return this.#tellStop(Signal.trap, turn.cpu, 'replaylog:begin;');
      case 'fault':
        return this.#tellStop(Signal.segmentation, stop.fault.cpu, '');
      case 'poweroff':
        // The first time a stop like others, from which one can go back.
        if (this.#poweredOff) return this.#reply('W00');
        this.#poweredOff = true;
        return this.#tellStop(Signal.terminated, turn.cpu, '');
      default:
        return this.#tellStop(Signal.trap, this.#motion?.kind === 'step' ? this.#motion.cpu : turn.cpu, '');
    }
  }

  /** What GDB called the watchpoint near an address that was accessed. */
  #watchKind(address: bigint): string {
    const near = (w: Watchpoint): boolean => address < w.address + BigInt(w.length) && address + 16n > w.address;
    const found = this.#debug.watchpoints.find(near);
    return !found || !found.read ? 'watch' : found.write ? 'awatch' : 'rwatch';
  }

  #tellStop(signal: number, cpu: number, more: string): void {
    this.#motion = undefined;
    this.#cpu = cpu;
    this.#stop = `T${signal.toString(16).padStart(2, '0')}${more}thread:${cpu + 1};`;
    this.#reply(this.#stop);
  }

  #reply(data: string): void {
    if (data.startsWith('W')) this.#motion = undefined;
    this.#stream.send(data);
  }

  #packet(data: string): void {
    // While the machine runs GDB has nothing to say but an interrupt.
    if (this.#motion) return;
    const reply = this.#answer(data);
    if (reply !== undefined) this.#reply(reply);
  }

  /** The reply to a packet; undefined: it comes when the machine stops, or never. Empty: not supported. */
  #answer(data: string): string | undefined {
    const rest = data.slice(1);
    switch (data[0]) {
      case '?':
        return this.#stop;
      case 'g':
        return Array.from({ length: generalRegisters }, (_, n) => this.#readRegister(n) ?? '').join('');
      case 'G':
        return this.#writeRegisters(rest);
      case 'p':
        return this.#readRegister(numberOf(rest)) ?? malformed;
      case 'P':
        return this.#writeRegister(rest);
      case 'm':
        return this.#readMemory(rest);
      case 'M':
        return this.#writeMemory(rest, bytesOfHex);
      case 'X':
        return this.#writeMemory(rest, unescapeBinary);
      case 'c':
      case 's':
        return rest === '' ? this.#start(data === 's' ? { kind: 'step', cpu: this.#cpu } : { kind: 'continue' }) : refused;
      case 'b':
        return this.#backwards(rest);
      case 'Z':
      case 'z':
        return this.#point(data[0] === 'Z', rest);
      case 'H':
        return this.#selectThread(rest);
      case 'T':
        return this.#cpuOf(rest) === undefined ? refused : 'OK';
      case 'D':
        this.ended = 'detach';
        return 'OK';
      case 'k':
        this.ended = 'kill';
        return undefined;
      case 'v':
        return this.#verbose(rest);
      case 'q':
      case 'Q':
        return this.#query(data);
      default:
        return '';
    }
  }

  #start(motion: Motion): undefined {
    this.#motion = motion;
    // The instruction at which the machine stands is executed, breakpoint or not.
    if (motion.kind === 'continue') this.#debug.run(0);
    return undefined;
  }

  #backwards(which: string): string | undefined {
    this.#poweredOff = false;
    if (which === 's') {
      const stop = this.#debug.stepBack(this.#cpu);
      const cpu = this.#cpu;
      this.#stopped(stop);
      this.#cpu = cpu;
      return undefined;
    }
    if (which !== 'c') return '';
    const from = this.#debug.machine.counters.instructions;
    return this.#start({ kind: 'back', from, search: this.#debug.searchBack({ afterAccess: true }) });
  }

  #verbose(text: string): string | undefined {
    if (text === 'Cont?') return 'vCont;c;C;s;S';
    if (text.startsWith('Kill')) {
      this.ended = 'kill';
      return 'OK';
    }
    if (!text.startsWith('Cont;')) return '';
    for (const action of text.slice(5).split(';')) {
      const [, letter, thread] = /^([csCS])(?:[0-9a-f]{2})?(?::(.*))?$/.exec(action) ?? [];
      if (letter === undefined) return malformed;
      if (letter.toLowerCase() !== 's') continue;
      const cpu = thread === undefined || thread === '-1' ? this.#cpu : this.#cpuOf(thread);
      return cpu === undefined ? refused : this.#start({ kind: 'step', cpu });
    }
    return this.#start({ kind: 'continue' });
  }

  // Threads

  #cpuOf(thread: string): number | undefined {
    if (thread === '0' || thread === '-1') return this.#cpu;
    const number = /^[0-9a-f]+$/i.test(thread) ? Number.parseInt(thread, 16) : 0;
    return number >= 1 && number <= this.#debug.machine.cpus.length ? number - 1 : undefined;
  }

  #selectThread(text: string): string {
    const cpu = this.#cpuOf(text.slice(1));
    if (cpu === undefined) return refused;
    this.#cpu = cpu;
    return 'OK';
  }

  // Registers

  #readRegister(number: number): string | undefined {
    const register = this.#registers.at(number);
    if (!register || number < 0) return undefined;
    const cpu = this.#debug.machine.cpus[this.#cpu];
    return littleEndian(this.#value(cpu, register), register.bits / 8);
  }

  #value(cpu: Cpu, { name }: GdbRegister): bigint {
    if (name === 'sp') return cpu.sp;
    if (name === 'pc') return cpu.pc;
    if (name === 'cpsr') return cpu.pstate;
    const [, letter, n] = /^([xv])(\d+)$/.exec(name) ?? [];
    if (letter !== undefined) return letter === 'x' ? cpu.x(Number(n)) : cpu.v(Number(n));
    return cpu.systemRegister(name) ?? 0n;
  }

  #writeRegister(text: string): string {
    const [, number = '', hex = ''] = /^([0-9a-f]+)=([0-9a-f]*)$/i.exec(text) ?? [];
    const register = this.#registers.at(numberOf(number));
    const bytes = bytesOfHex(hex);
    if (!register || number === '' || bytes?.length !== register.bits / 8) return malformed;
    return this.#debug.setRegister(this.#cpu, register.name, fromLittleEndian(bytes)) ? 'OK' : refused;
  }

  #writeRegisters(hex: string): string {
    const bytes = bytesOfHex(hex);
    const registers = this.#registers.slice(0, generalRegisters);
    if (bytes?.length !== registers.reduce((sum, { bits }) => sum + bits / 8, 0)) return malformed;
    let at = 0;
    for (const { name, bits } of registers) {
      this.#debug.setRegister(this.#cpu, name, fromLittleEndian(bytes.subarray(at, at + bits / 8)));
      at += bits / 8;
    }
    return 'OK';
  }

  // Memory

  #readMemory(text: string): string {
    const range = rangeOf(text);
    if (!range) return malformed;
    const bytes = this.#debug.read(range.address, Math.min(range.length, maxPacket / 2), this.#cpu);
    return bytes.length === 0 && range.length > 0 ? notMemory : hexOf(bytes);
  }

  #writeMemory(text: string, decode: (data: string) => Uint8Array | undefined): string {
    const colon = text.indexOf(':');
    const range = rangeOf(text.slice(0, Math.max(0, colon)));
    const bytes = decode(text.slice(colon + 1));
    if (!range || bytes?.length !== range.length) return malformed;
    return this.#debug.write(range.address, bytes, this.#cpu) ? 'OK' : notMemory;
  }

  // Breakpoints and watchpoints

  #point(set: boolean, text: string): string {
    const [, type = '', place = ''] = /^([0-4]),([0-9a-f]+,[0-9a-f]+)/i.exec(text) ?? [];
    const range = rangeOf(place);
    if (!range) return malformed;
    const { address, length } = range;
    if (type === '0' || type === '1') {
      if (set && this.#debug.breakpoints.size >= maxBreakpoints) return refused;
      if (set) this.#debug.addBreakpoint(address);
      else this.#debug.removeBreakpoint(address);
      this.#kinds.set(address, type === '0' ? 'swbreak' : 'hwbreak');
      if (!set) this.#kinds.delete(address);
      return 'OK';
    }
    if (length < 1 || length > maxWatchedBytes) return refused;
    const watchpoint = { address, length, read: type !== '2', write: type !== '3' };
    if (set && this.#debug.watchpoints.length >= maxWatchpoints) return refused;
    if (set) this.#debug.addWatchpoint(watchpoint);
    else this.#debug.removeWatchpoint(watchpoint);
    return 'OK';
  }

  // Queries

  #query(data: string): string {
    const [name] = /^[A-Za-z]+/.exec(data) ?? [''];
    const rest = data.slice(name.length + 1);
    switch (name) {
      case 'qSupported':
        return `PacketSize=${maxPacket.toString(16)};QStartNoAckMode+;qXfer:features:read+;vContSupported+;swbreak+;hwbreak+;ReverseStep+;ReverseContinue+`;
      case 'QStartNoAckMode':
        // This reply is still acknowledged, which does no harm.
        this.#stream.acknowledges = false;
        return 'OK';
      case 'qXfer':
        return this.#transfer(rest);
      case 'qAttached':
        return '1';
      case 'qC':
        return `QC${(this.#cpu + 1).toString(16)}`;
      case 'qfThreadInfo':
        return `m${this.#debug.machine.cpus.map((_, cpu) => (cpu + 1).toString(16)).join(',')}`;
      case 'qsThreadInfo':
        return 'l';
      case 'qThreadExtraInfo':
        return this.#describeThread(rest);
      case 'qSymbol':
        return 'OK';
      case 'qRcmd':
        return this.#monitor(rest);
      default:
        return '';
    }
  }

  #transfer(text: string): string {
    const [, offset, length] = /^features:read:target\.xml:([0-9a-f]+),([0-9a-f]+)$/i.exec(text) ?? [];
    if (offset === undefined) return /^features:read:/.test(text) ? 'E00' : '';
    const from = numberOf(offset);
    const piece = this.#description.slice(from, from + Math.min(numberOf(length), maxPacket / 2));
    return `${from + piece.length < this.#description.length ? 'm' : 'l'}${piece}`;
  }

  #describeThread(thread: string): string {
    const cpu = this.#cpuOf(thread);
    if (cpu === undefined) return refused;
    const { machine } = this.#debug;
    const state = !machine.isOn(cpu) ? 'off' : machine.nextCpu() === cpu ? 'next' : 'on';
    return hexOf(bytesOf(`CPU ${cpu} EL${machine.cpus[cpu].exceptionLevel} ${state}`));
  }

  #monitor(hex: string): string {
    const command = bytesOfHex(hex);
    if (!command) return malformed;
    const said = monitor(this.#debug, this.#cpu, String.fromCharCode(...command));
    return said === '' ? 'OK' : hexOf(new TextEncoder().encode(said));
  }
}

function numberOf(hex: string): number {
  return /^[0-9a-f]{1,8}$/i.test(hex) ? Number.parseInt(hex, 16) : -1;
}

/** `address,length`, both hexadecimal. */
function rangeOf(text: string): { address: bigint; length: number } | undefined {
  const [, address, length] = /^([0-9a-f]{1,16}),([0-9a-f]{1,8})$/i.exec(text) ?? [];
  return address === undefined ? undefined : { address: BigInt(`0x${address}`), length: numberOf(length) };
}

function littleEndian(value: bigint, bytes: number): string {
  return hexOf(Uint8Array.from({ length: bytes }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn)));
}

function fromLittleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
