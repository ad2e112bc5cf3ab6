import type { Machine } from '../emulator/index.ts';
import { accessOf, unfoldAddress } from './mapped-ranges.ts';
import type { MachineBytes, ToMachine } from './messages.ts';
import type { SourcePlaces } from './source-places.ts';

const maxBytes = 4096;

type Read = Omit<MachineBytes, 'source'>;

/** Answers a question for bytes. Nothing that the guest could notice changes. `sources`: of the image that runs, if it has any. */
export function readBytes(machine: Machine, asked: Extract<ToMachine, { type: 'read' }>, sources: SourcePlaces | undefined): MachineBytes {
  const { space, address, start } = asked;
  const length = Math.min(Math.max(0, asked.length), maxBytes);
  const read = space === 'physical' ? physicalBytes(machine, address, start, length) : virtualBytes(machine, address, start, length);
  return { ...read, source: sources?.at(address) ?? [] };
}

function physicalBytes({ memory }: Machine, address: number, asked: number, length: number): Read {
  const end = memory.base + memory.size;
  const isRam = address >= memory.base && address < end;
  const start = isRam ? Math.max(asked, memory.base) : asked;
  const bytes = isRam ? memory.view().slice(start - memory.base, Math.min(start + length, end) - memory.base) : new Uint8Array();
  return { space: 'physical', address, start, bytes, access: isRam ? 'RAM' : 'not RAM' };
}

function virtualBytes(machine: Machine, address: number, asked: number, length: number): Read {
  const [cpu] = machine.cpus;
  const translation = cpu.translate(unfoldAddress(address));
  const steps = translation.steps.map(({ level, index }) => `level ${level} [${index}]`);
  // A page at a time: what stands before an unmapped page can be read all the same.
  const page = 4096;
  const own = cpu.peek(unfoldAddress(address), 1).length > 0;
  const first = cpu.peek(unfoldAddress(asked), 1).length > 0 ? asked : Math.max(asked, Math.floor(address / page) * page);
  const bytes = own ? cpu.peek(unfoldAddress(first), length - (first - asked)) : new Uint8Array();
  if (!translation.ok) {
    const access = `not mapped: ${translation.fault} fault at level ${translation.level}`;
    return { space: 'virtual', address, start: first, bytes, access, ...(steps.length > 0 ? { walk: steps.join(' → ') } : {}) };
  }
  const to = `physical 0x${translation.physical.toString(16)}`;
  return {
    space: 'virtual',
    address,
    start: first,
    bytes,
    access: `${translation.device ? 'device memory' : 'memory'}: ${accessOf(translation)}`,
    walk: [...steps, to].join(' → '),
  };
}
