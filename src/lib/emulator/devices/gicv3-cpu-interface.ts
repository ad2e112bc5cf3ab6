import type { Candidate } from './gic-interrupts.ts';
import { type IccRegister, spuriousInterrupt } from './interrupt-controller.ts';

/** Five priority bits, all of which preempt: 32 levels, one word of active priorities for each group. */
const priorityBits = 5;
const priorityMask = (0xff << (8 - priorityBits)) & 0xff;
const minimumBinaryPoint = { 0: 8 - priorityBits - 1, 1: 8 - priorityBits } as const;
const idlePriority = 0xff;

/** ICC_CTLR_EL1 (12.2.6): A3V, 24 ID bits, number of priority bits less one; below them what can be written. */
const controlFixed = (1 << 15) | (1 << 11) | ((priorityBits - 1) << 8);
const Control = { commonBpr: 1 << 0, eoiMode: 1 << 1 } as const;

export type CpuInterfaceState = {
  control: number;
  priorityMask: number;
  binaryPoint: [number, number];
  groupEnable: [number, number];
  active: [number, number];
};

/** What the CPU interface asks of the distributor and redistributors. */
export type Gicv3Hub = {
  /** The best pending interrupt that is forwarded to this CPU. */
  best(): Candidate | undefined;
  activate(interrupt: number): void;
  deactivate(interrupt: number): void;
  /** Sends an SGI that ICC_SGI<group>R describes. */
  send(value: bigint, group: 0 | 1): void;
  changed(): void;
};

/** ICC_* registers of one CPU (Arm IHI 0069H, 4.8 and 12.2), as EL1 with one security state sees them. */
export class Gicv3CpuInterface {
  #interrupts: number;
  #hub: Gicv3Hub;
  #s = resetState();

  constructor(interrupts: number, hub: Gicv3Hub) {
    this.#interrupts = interrupts;
    this.#hub = hub;
  }

  reset(): void {
    this.#s = resetState();
  }

  save(): CpuInterfaceState {
    return structuredClone(this.#s);
  }

  restore(state: CpuInterfaceState): void {
    this.#s = structuredClone(state);
  }

  /** The interrupt that this CPU is signalled now: enabled, not masked, of a priority that preempts. */
  signalled(): Candidate | undefined {
    const best = this.#hub.best();
    if (!best || !this.#s.groupEnable[best.group] || best.priority >= this.#s.priorityMask) return undefined;
    const running = this.#runningPriority();
    if (running === idlePriority) return best;
    const mask = this.#groupMask(best.group);
    return (best.priority & mask) < (running & mask) ? best : undefined;
  }

  read(register: IccRegister): bigint | undefined {
    const value = this.#read(register);
    return value === undefined ? undefined : BigInt(value);
  }

  #read(register: IccRegister): number | undefined {
    const s = this.#s;
    switch (register) {
      case 'PMR':
        return s.priorityMask;
      case 'IAR0':
        return this.#acknowledge(0);
      case 'IAR1':
        return this.#acknowledge(1);
      case 'HPPIR0':
        return this.#highestPending(0);
      case 'HPPIR1':
        return this.#highestPending(1);
      case 'BPR0':
        return s.binaryPoint[0];
      case 'BPR1':
        return s.control & Control.commonBpr ? Math.min(s.binaryPoint[0] + 1, 7) : s.binaryPoint[1];
      case 'AP0R0':
        return s.active[0] >>> 0;
      case 'AP1R0':
        return s.active[1] >>> 0;
      case 'RPR':
        return this.#runningPriority();
      case 'CTLR':
        return s.control | controlFixed;
      case 'SRE':
        return 7;
      case 'IGRPEN0':
        return s.groupEnable[0];
      case 'IGRPEN1':
        return s.groupEnable[1];
      default:
        return undefined;
    }
  }

  write(register: IccRegister, value: bigint): boolean {
    const s = this.#s;
    const low = Number(value & 0xffffffffn);
    switch (register) {
      case 'PMR':
        s.priorityMask = low & priorityMask;
        break;
      case 'EOIR0':
        this.#endOfInterrupt(0, low & 0xffffff);
        break;
      case 'EOIR1':
        this.#endOfInterrupt(1, low & 0xffffff);
        break;
      case 'BPR0':
        s.binaryPoint[0] = Math.max(low & 7, minimumBinaryPoint[0]);
        break;
      case 'BPR1':
        if (!(s.control & Control.commonBpr)) s.binaryPoint[1] = Math.max(low & 7, minimumBinaryPoint[1]);
        break;
      case 'AP0R0':
        s.active[0] = low;
        break;
      case 'AP1R0':
        s.active[1] = low;
        break;
      case 'DIR':
        if (s.control & Control.eoiMode && (low & 0xffffff) < this.#interrupts) this.#hub.deactivate(low & 0xffffff);
        break;
      case 'SGI0R':
      case 'ASGI1R':
        // With one security state the "other" one's group 1 is what is configured as group 0.
        this.#hub.send(value, 0);
        break;
      case 'SGI1R':
        this.#hub.send(value, 1);
        break;
      case 'CTLR':
        s.control = low & (Control.commonBpr | Control.eoiMode);
        break;
      case 'SRE':
        break;
      case 'IGRPEN0':
        s.groupEnable[0] = low & 1;
        break;
      case 'IGRPEN1':
        s.groupEnable[1] = low & 1;
        break;
      default:
        return false;
    }
    this.#hub.changed();
    return true;
  }

  #runningPriority(): number {
    const levels = this.#s.active[0] | this.#s.active[1];
    return levels === 0 ? idlePriority : lowestBit(levels) << (8 - priorityBits);
  }

  /** Priority bits that decide preemption (4.8.2). */
  #groupMask(group: 0 | 1): number {
    const point = group === 1 && !(this.#s.control & Control.commonBpr) ? this.#s.binaryPoint[1] - 1 : this.#s.binaryPoint[0];
    return (~0 << (point + 1)) & 0xff;
  }

  #highestPending(group: 0 | 1): number {
    const best = this.#s.groupEnable[group] ? this.#hub.best() : undefined;
    return best?.group === group ? best.interrupt : spuriousInterrupt;
  }

  #acknowledge(group: 0 | 1): number {
    const best = this.signalled();
    if (best?.group !== group) return spuriousInterrupt;
    const level = (best.priority & this.#groupMask(group)) >> (8 - priorityBits);
    this.#s.active[group] |= 1 << level;
    this.#hub.activate(best.interrupt);
    this.#hub.changed();
    return best.interrupt;
  }

  #endOfInterrupt(group: 0 | 1, interrupt: number): void {
    if (interrupt >= this.#interrupts) return;
    const [group0, group1] = this.#s.active;
    if (group0 === 0 && group1 === 0) return;
    // Only the group of the highest active priority can drop it.
    const highest = group1 === 0 || (group0 !== 0 && lowestBit(group0) <= lowestBit(group1)) ? 0 : 1;
    if (highest !== group) return;
    this.#s.active[group] &= this.#s.active[group] - 1;
    if (!(this.#s.control & Control.eoiMode)) this.#hub.deactivate(interrupt);
  }
}

function resetState(): CpuInterfaceState {
  return { control: 0, priorityMask: 0, binaryPoint: [minimumBinaryPoint[0], minimumBinaryPoint[1]], groupEnable: [0, 0], active: [0, 0] };
}

function lowestBit(value: number): number {
  return 31 - Math.clz32(value & -value);
}
