import type { Device, InterruptLine, Register } from '../device.ts';
import { type Candidate, InterruptBank, type InterruptBankState, interruptRegisters } from './gic-interrupts.ts';
import { type CpuSignals, type InterruptController, type InterruptView, spuriousInterrupt } from './interrupt-controller.ts';
import { describeBank } from './gic-views.ts';
import { identification, RegisterBank } from './register-bank.ts';

/** Read of GICC_IAR when the best pending interrupt is in group 1 and GICC_CTLR.AckCtl is clear (IHI 0048B 3.2.5). */
const group1Spurious = 1022;
const idlePriority = 0x100;
const aprCount = 4;
const privateInterrupts = 32;

/** GICC_CTLR as a GIC without the Security Extensions has it (4.4.1). */
const CpuControl = { group0: 1 << 0, group1: 1 << 1, ackControl: 1 << 2, fiqEnable: 1 << 3, commonBpr: 1 << 4, eoiMode: 1 << 9 } as const;
const cpuControlMask = 0x21f;

type CpuInterfaceState = {
  control: number;
  priorityMask: number;
  binaryPoint: number;
  aliasedBinaryPoint: number;
  /** Active priorities of group 0 and of group 1, one bit for each preemption level. */
  active: [Uint32Array, Uint32Array];
};

type Gicv2State = {
  control: number;
  targets: Uint8Array;
  /** Per CPU and SGI: the CPUs that asked for it, one bit each. */
  sgiSources: Uint8Array;
  shared: InterruptBankState;
  own: InterruptBankState[];
  interfaces: CpuInterfaceState[];
};

/**
 * GICv2 without Security Extensions (Arm IHI 0048B): distributor and memory-mapped CPU interfaces for up to 8 CPUs. All 8 priority bits
 * are implemented, both groups are. Registers that the specification banks by CPU are those of `requester()`.
 */
export class Gicv2 implements InterruptController {
  readonly version = 2;
  readonly devices: readonly Device[];
  #cpus: number;
  #requester: () => number;
  #signals: CpuSignals;
  #shared: InterruptBank;
  #own: InterruptBank[];
  #interfaces: CpuInterfaceState[];
  #control = 0;
  #targets: Uint8Array;
  #sgiSources: Uint8Array;

  constructor(
    bases: { distributor: number; cpuInterface: number },
    options: { cpus: number; interrupts: number },
    requester: () => number,
    signals: CpuSignals,
  ) {
    this.#cpus = options.cpus;
    this.#requester = requester;
    this.#signals = signals;
    const sharedCount = options.interrupts - privateInterrupts;
    this.#shared = new InterruptBank(sharedCount, 0xff);
    this.#own = Array.from({ length: options.cpus }, () => new InterruptBank(privateInterrupts, 0xff, { enabled: 0xffff, edge: 0xffff }));
    this.#interfaces = this.#own.map(() => resetInterface());
    this.#targets = new Uint8Array(sharedCount);
    this.#sgiSources = new Uint8Array(options.cpus * 16);
    this.devices = [this.#makeDistributor(bases.distributor, options.interrupts), this.#makeCpuInterface(bases.cpuInterface)];
    this.#reset();
  }

  sharedLine(spi: number): InterruptLine {
    return { set: (level) => this.#shared.setLine(spi, level) && this.#update() };
  }

  privateLine(cpu: number, interrupt: number): InterruptLine {
    return { set: (level) => this.#own[cpu].setLine(interrupt, level) && this.#update() };
  }

  /** A GICv2 has no system registers. */
  readSystem(): undefined {
    return undefined;
  }

  writeSystem(): boolean {
    return false;
  }

  describe(): InterruptView[] {
    return [...this.#own.flatMap((bank, cpu) => describeBank(bank, 0, cpu)), ...describeBank(this.#shared, privateInterrupts)];
  }

  #makeDistributor(base: number, interrupts: number): Device {
    const words = interrupts / 32;
    const bank = (i: number) => (i === 0 ? { bank: this.#own[this.#requester()], word: 0 } : { bank: this.#shared, word: i - 1 });
    const changed = () => this.#update();
    const id = [0x04, 0, 0, 0, 0x90, 0xb4, 0x2b, 0x00, 0x0d, 0xf0, 0x05, 0xb1];
    const registers = new RegisterBank('lanes', [
      { name: 'GICD_CTLR', at: 0x000, read: () => this.#control, write: (v) => this.#change(() => (this.#control = v & 3)) },
      { name: 'GICD_TYPER', at: 0x004, read: () => words - 1 + ((this.#cpus - 1) << 5) },
      { name: 'GICD_IIDR', at: 0x008, read: () => 0x43b },
      ...interruptRegisters({ prefix: 'GICD', at: 0, words, bank, fixedSgis: true, changed }),
      this.#targetRegisters(words * 8),
      { name: 'GICD_SGIR', at: 0xf00, write: (v, _, lanes) => lanes === 0xffffffff && this.#softwareInterrupt(v) },
      this.#sgiPendingRegisters('GICD_CPENDSGIR', 0xf10, (sources, written) => sources & ~written),
      this.#sgiPendingRegisters('GICD_SPENDSGIR', 0xf20, (sources, written) => sources | written),
      identification(0xfd0, id),
    ]);
    return {
      name: 'gicv2.distributor',
      base,
      size: 0x1000,
      registers: registers.registers,
      read: (offset, bytes) => registers.read(offset, bytes),
      write: (offset, value, bytes) => registers.write(offset, value, bytes),
      reset: () => this.#reset(),
      save: () => this.#save(),
      restore: (state: Gicv2State) => this.#restore(state),
    };
  }

  /** GICD_ITARGETSR (4.3.12): read-only for private interrupts, which name the reader; not implemented with one CPU. */
  #targetRegisters(count: number): Register {
    const all = (1 << this.#cpus) - 1;
    return {
      name: 'GICD_ITARGETSR',
      at: 0x800,
      count,
      read: (i) => {
        if (this.#cpus === 1) return 0;
        if (i < 8) return (0x01010101 << this.#requester()) >>> 0;
        const at = i * 4 - privateInterrupts;
        return (this.#targets[at] | (this.#targets[at + 1] << 8) | (this.#targets[at + 2] << 16) | (this.#targets[at + 3] << 24)) >>> 0;
      },
      write: (value, i, lanes) => {
        if (this.#cpus === 1 || i < 8) return;
        for (let byte = 0; byte < 4; byte++) {
          if ((lanes >>> (byte * 8)) & 0xff) this.#targets[i * 4 - privateInterrupts + byte] = (value >>> (byte * 8)) & all;
        }
        this.#update();
      },
    };
  }

  #sgiPendingRegisters(name: string, at: number, combine: (sources: number, written: number) => number): Register {
    return {
      name,
      at,
      count: 4,
      read: (i) => {
        const first = this.#requester() * 16 + i * 4;
        const s = this.#sgiSources;
        return (s[first] | (s[first + 1] << 8) | (s[first + 2] << 16) | (s[first + 3] << 24)) >>> 0;
      },
      write: (value, i) => {
        const cpu = this.#requester();
        for (let byte = 0; byte < 4; byte++) {
          const sgi = i * 4 + byte;
          this.#setSgiSources(cpu, sgi, combine(this.#sgiSources[cpu * 16 + sgi], (value >>> (byte * 8)) & 0xff));
        }
        this.#update();
      },
    };
  }

  #makeCpuInterface(base: number): Device {
    const cpu = () => this.#requester();
    const state = () => this.#interfaces[this.#requester()];
    const set = (change: (s: CpuInterfaceState) => void) => this.#change(() => change(state()));
    const registers = new RegisterBank('word', [
      { name: 'GICC_CTLR', at: 0x00, read: () => state().control, write: (v) => set((s) => (s.control = v & cpuControlMask)) },
      { name: 'GICC_PMR', at: 0x04, read: () => state().priorityMask, write: (v) => set((s) => (s.priorityMask = v & 0xff)) },
      { name: 'GICC_BPR', at: 0x08, read: () => state().binaryPoint, write: (v) => set((s) => (s.binaryPoint = v & 7)) },
      { name: 'GICC_IAR', at: 0x0c, peek: () => this.#highestPending(cpu()), read: () => this.#acknowledge(cpu()) },
      { name: 'GICC_EOIR', at: 0x10, write: (v) => this.#endOfInterrupt(cpu(), v) },
      { name: 'GICC_RPR', at: 0x14, read: () => Math.min(this.#runningPriority(cpu()), 0xff) },
      { name: 'GICC_HPPIR', at: 0x18, read: () => this.#highestPending(cpu()) },
      {
        name: 'GICC_ABPR',
        at: 0x1c,
        read: () => state().aliasedBinaryPoint,
        // 4.4.8: the smallest group 1 binary point is 1.
        write: (v) => set((s) => (s.aliasedBinaryPoint = Math.max(v & 7, 1))),
      },
      { name: 'GICC_AIAR', at: 0x20, peek: () => this.#highestPending(cpu(), 1), read: () => this.#acknowledge(cpu(), 1) },
      { name: 'GICC_AEOIR', at: 0x24, write: (v) => this.#endOfInterrupt(cpu(), v, 1) },
      { name: 'GICC_AHPPIR', at: 0x28, read: () => this.#highestPending(cpu(), 1) },
      ...([0, 1] as const).map((group) => ({
        name: group === 0 ? 'GICC_APR' : 'GICC_NSAPR',
        at: group === 0 ? 0xd0 : 0xe0,
        count: aprCount,
        read: (i: number) => state().active[group][i],
        write: (v: number, i: number) => set((s) => (s.active[group][i] = v)),
      })),
      { name: 'GICC_IIDR', at: 0xfc, read: () => 0x2043b },
      { name: 'GICC_DIR', at: 0x1000, write: (v) => this.#deactivate(cpu(), v) },
    ]);
    return {
      name: 'gicv2.cpu',
      base,
      size: 0x2000,
      registers: registers.registers,
      read: (offset, bytes) => registers.read(offset, bytes),
      write: (offset, value, bytes) => registers.write(offset, value, bytes),
      // State and reset are the distributor's: the two are one device.
      reset: () => undefined,
      save: () => null,
      restore: () => undefined,
    };
  }

  #change(change: () => void): void {
    change();
    this.#update();
  }

  #reset(): void {
    this.#control = 0;
    // With one CPU every interrupt goes to it.
    this.#targets.fill(this.#cpus === 1 ? 1 : 0);
    this.#sgiSources.fill(0);
    this.#shared.reset();
    for (const bank of this.#own) bank.reset();
    this.#interfaces = this.#own.map(() => resetInterface());
    this.#update();
  }

  #save(): Gicv2State {
    return {
      control: this.#control,
      targets: this.#targets.slice(),
      sgiSources: this.#sgiSources.slice(),
      shared: this.#shared.save(),
      own: this.#own.map((bank) => bank.save()),
      interfaces: structuredClone(this.#interfaces),
    };
  }

  #restore(state: Gicv2State): void {
    this.#control = state.control;
    this.#targets = state.targets.slice();
    this.#sgiSources = state.sgiSources.slice();
    this.#shared.restore(state.shared);
    this.#own.forEach((bank, cpu) => bank.restore(state.own[cpu]));
    this.#interfaces = structuredClone(state.interfaces);
    this.#update();
  }

  /** GICD_SGIR (4.3.15). */
  #softwareInterrupt(value: number): void {
    const self = this.#requester();
    const all = (1 << this.#cpus) - 1;
    const filter = (value >>> 24) & 3;
    const list = [(value >>> 16) & all, all & ~(1 << self), 1 << self, 0][filter];
    const sgi = value & 15;
    for (let cpu = 0; cpu < this.#cpus; cpu++) {
      if (list & (1 << cpu)) this.#setSgiSources(cpu, sgi, this.#sgiSources[cpu * 16 + sgi] | (1 << self));
    }
    this.#update();
  }

  #setSgiSources(cpu: number, sgi: number, sources: number): void {
    this.#sgiSources[cpu * 16 + sgi] = sources;
    this.#own[cpu].setLatched(sgi, sources !== 0);
  }

  /** The best pending interrupt that the distributor forwards to this CPU. */
  #best(cpu: number): Candidate | undefined {
    const group0 = (this.#control & 1) !== 0;
    const group1 = (this.#control & 2) !== 0;
    if (!group0 && !group1) return undefined;
    const own = this.#own[cpu].best(group0, group1, () => true);
    const shared = this.#shared.best(group0, group1, (i) => (this.#targets[i] & (1 << cpu)) !== 0);
    if (shared && (!own || shared.priority < own.priority)) return { ...shared, interrupt: shared.interrupt + privateInterrupts };
    return own;
  }

  /** The best pending interrupt that passes the priority mask. */
  #unmasked(cpu: number): Candidate | undefined {
    const s = this.#interfaces[cpu];
    if ((s.control & (CpuControl.group0 | CpuControl.group1)) === 0) return undefined;
    const best = this.#best(cpu);
    return best && best.priority < s.priorityMask ? best : undefined;
  }

  #runningPriority(cpu: number): number {
    const [group0, group1] = this.#interfaces[cpu].active;
    for (let i = 0; i < aprCount; i++) {
      const levels = group0[i] | group1[i];
      if (levels !== 0) return (i * 32 + lowestBit(levels)) << 1;
    }
    return idlePriority;
  }

  #groupPriority(cpu: number, candidate: Candidate): number {
    const s = this.#interfaces[cpu];
    const point = candidate.group === 1 && !(s.control & CpuControl.commonBpr) ? s.aliasedBinaryPoint - 1 : s.binaryPoint;
    return candidate.priority & (~0 << (point + 1));
  }

  #update(): void {
    for (let cpu = 0; cpu < this.#cpus; cpu++) {
      const s = this.#interfaces[cpu];
      const best = this.#unmasked(cpu);
      const enabled = best !== undefined && (s.control & (best.group === 0 ? CpuControl.group0 : CpuControl.group1)) !== 0;
      const signalled = enabled && best.priority < this.#runningPriority(cpu);
      const asFiq = signalled && best.group === 0 && (s.control & CpuControl.fiqEnable) !== 0;
      this.#signals(cpu, signalled && !asFiq, asFiq);
    }
  }

  /** GICC_HPPIR, and GICC_AHPPIR which sees group 1 alone. */
  #highestPending(cpu: number, alias?: 1): number {
    const best = this.#unmasked(cpu);
    if (!best) return spuriousInterrupt;
    if (alias) return best.group === 1 ? this.#withSource(cpu, best.interrupt) : spuriousInterrupt;
    if (best.group === 1 && !(this.#interfaces[cpu].control & CpuControl.ackControl)) return group1Spurious;
    return this.#withSource(cpu, best.interrupt);
  }

  /** SGIs name the CPU that asked, in bits [12:10]. */
  #withSource(cpu: number, interrupt: number): number {
    if (interrupt >= 16) return interrupt;
    return interrupt | (lowestBit(this.#sgiSources[cpu * 16 + interrupt]) << 10);
  }

  /** GICC_IAR (4.4.4). */
  #acknowledge(cpu: number, alias?: 1): number {
    const result = this.#highestPending(cpu, alias);
    const best = this.#unmasked(cpu);
    if (!best || result === spuriousInterrupt || result === group1Spurious) return result;
    if (best.priority >= this.#runningPriority(cpu)) return spuriousInterrupt;
    const level = this.#groupPriority(cpu, best) >> 1;
    this.#interfaces[cpu].active[best.group][level >> 5] |= 1 << (level & 31);
    const { bank, index } = this.#locate(cpu, best.interrupt);
    bank.setActive(index, true);
    if (best.interrupt < 16) {
      const sources = this.#sgiSources[cpu * 16 + best.interrupt];
      this.#setSgiSources(cpu, best.interrupt, sources & (sources - 1));
    } else {
      bank.setLatched(index, false);
    }
    this.#update();
    return result;
  }

  /** GICC_EOIR (4.4.5): drops the running priority and, unless EOImode splits the two, deactivates. */
  #endOfInterrupt(cpu: number, value: number, alias?: 1): void {
    const interrupt = value & 0x3ff;
    if (interrupt >= privateInterrupts + this.#targets.length || this.#runningPriority(cpu) === idlePriority) return;
    const { bank, index } = this.#locate(cpu, interrupt);
    const group = bank.groupOf(index);
    if (alias && group === 0) return;
    const levels = this.#interfaces[cpu].active[group];
    const word = levels.findIndex((bits) => bits !== 0);
    if (word >= 0) levels[word] &= levels[word] - 1;
    if (!(this.#interfaces[cpu].control & CpuControl.eoiMode)) bank.setActive(index, false);
    this.#update();
  }

  /** GICC_DIR (4.4.15): only when EOImode splits. */
  #deactivate(cpu: number, value: number): void {
    const interrupt = value & 0x3ff;
    if (interrupt >= privateInterrupts + this.#targets.length || !(this.#interfaces[cpu].control & CpuControl.eoiMode)) return;
    const { bank, index } = this.#locate(cpu, interrupt);
    bank.setActive(index, false);
    this.#update();
  }

  #locate(cpu: number, interrupt: number): { bank: InterruptBank; index: number } {
    if (interrupt < privateInterrupts) return { bank: this.#own[cpu], index: interrupt };
    return { bank: this.#shared, index: interrupt - privateInterrupts };
  }
}

function resetInterface(): CpuInterfaceState {
  return {
    control: 0,
    priorityMask: 0,
    binaryPoint: 0,
    aliasedBinaryPoint: 1,
    active: [new Uint32Array(aprCount), new Uint32Array(aprCount)],
  };
}

function lowestBit(value: number): number {
  return value === 0 ? 0 : 31 - Math.clz32(value & -value);
}
