import type { Device, InterruptLine } from '../device.ts';
import { type Candidate, InterruptBank, type InterruptBankState, interruptRegisters } from './gic-interrupts.ts';
import { describeBank } from './gic-views.ts';
import { type CpuInterfaceState, Gicv3CpuInterface } from './gicv3-cpu-interface.ts';
import type { CpuSignals, IccRegister, InterruptController, InterruptView } from './interrupt-controller.ts';
import { identification, RegisterBank } from './register-bank.ts';

const privateInterrupts = 32;
/** Each redistributor has a frame for itself and one for its SGIs and PPIs. */
const redistributorSize = 0x2_0000;
const sgiFrame = 0x1_0000;

/** GICD_CTLR: affinity routing is always on and there is one security state (12.9.4). */
const distributorFixed = (1 << 6) | (1 << 4);
const Waker = { processorSleep: 1 << 1, childrenAsleep: 1 << 2 } as const;

type Gicv3State = {
  control: number;
  routes: Uint32Array;
  wakers: Uint8Array;
  shared: InterruptBankState;
  own: InterruptBankState[];
  interfaces: CpuInterfaceState[];
};

/**
 * GICv3 with one security state, affinity routing and system register CPU interfaces (Arm IHI 0069H), as QEMU's `virt` board has it with
 * `gic-version=3,its=off`. No LPIs: GICD_TYPER and GICR_TYPER say so. The distributor keeps all 8 priority bits, of which CPU interfaces
 * mask and preempt by 5.
 */
export class Gicv3 implements InterruptController {
  readonly version = 3;
  readonly devices: readonly Device[];
  #cpus: number;
  #signals: CpuSignals;
  #shared: InterruptBank;
  #own: InterruptBank[];
  #interfaces: Gicv3CpuInterface[];
  #control = 0;
  /** GICD_IROUTER, two words for each shared interrupt. */
  #routes: Uint32Array;
  #wakers: Uint8Array;

  constructor(bases: { distributor: number; redistributors: number }, options: { cpus: number; interrupts: number }, signals: CpuSignals) {
    this.#cpus = options.cpus;
    this.#signals = signals;
    const sharedCount = options.interrupts - privateInterrupts;
    this.#shared = new InterruptBank(sharedCount, 0xff);
    this.#own = Array.from({ length: options.cpus }, () => new InterruptBank(privateInterrupts, 0xff, { edge: 0xffff }));
    this.#routes = new Uint32Array(2 * sharedCount);
    this.#wakers = new Uint8Array(options.cpus);
    this.#interfaces = this.#own.map(
      (_, cpu) =>
        new Gicv3CpuInterface(options.interrupts, {
          best: () => this.#best(cpu),
          activate: (interrupt) => this.#activate(cpu, interrupt),
          deactivate: (interrupt) => this.#deactivate(cpu, interrupt),
          send: (value, group) => this.#send(cpu, value, group),
          changed: () => this.#update(),
        }),
    );
    this.devices = [
      this.#makeDistributor(bases.distributor, options.interrupts),
      ...this.#own.map((_, cpu) => this.#makeRedistributor(bases.redistributors + cpu * redistributorSize, cpu)),
    ];
    this.#reset();
  }

  sharedLine(spi: number): InterruptLine {
    return { set: (level) => this.#shared.setLine(spi, level) && this.#update() };
  }

  privateLine(cpu: number, interrupt: number): InterruptLine {
    return { set: (level) => this.#own[cpu].setLine(interrupt, level) && this.#update() };
  }

  readSystem(cpu: number, register: IccRegister): bigint | undefined {
    return this.#interfaces[cpu].read(register);
  }

  writeSystem(cpu: number, register: IccRegister, value: bigint): boolean {
    return this.#interfaces[cpu].write(register, value);
  }

  describe(): InterruptView[] {
    return [...this.#own.flatMap((bank, cpu) => describeBank(bank, 0, cpu)), ...describeBank(this.#shared, privateInterrupts)];
  }

  #makeDistributor(base: number, interrupts: number): Device {
    const words = interrupts / 32;
    // QEMU counts ITLinesNumber without the last 32 interrupts, which its virt board does not use either.
    const typer = (1 << 25) | (1 << 24) | (0xf << 19) | (words - 2);
    const registers = new RegisterBank('lanes', [
      {
        name: 'GICD_CTLR',
        at: 0x0000,
        read: () => this.#control | distributorFixed,
        write: (v, _, lanes) => this.#change(() => (this.#control = (this.#control & ~lanes) | (v & 3))),
      },
      { name: 'GICD_TYPER', at: 0x0004, read: () => typer },
      { name: 'GICD_IIDR', at: 0x0008, read: () => 0x43b },
      ...interruptRegisters({
        prefix: 'GICD',
        at: 0,
        words,
        firstWord: 1,
        bank: (i) => ({ bank: this.#shared, word: i - 1 }),
        fixedSgis: false,
        changed: () => this.#update(),
      }),
      {
        name: 'GICD_IROUTER',
        at: 0x6000 + 8 * privateInterrupts,
        count: this.#routes.length,
        read: (i) => this.#routes[i],
        write: (v, i, lanes) => this.#change(() => (this.#routes[i] = (this.#routes[i] & ~lanes) | v)),
      },
      identification(0xffd0, identificationBytes(0x92)),
    ]);
    return {
      name: 'gicv3.distributor',
      base,
      size: 0x1_0000,
      registers: registers.registers,
      read: (offset, bytes) => registers.read(offset, bytes),
      write: (offset, value, bytes) => registers.write(offset, value, bytes),
      reset: () => this.#reset(),
      save: () => this.#save(),
      restore: (state: Gicv3State) => this.#restore(state),
    };
  }

  #makeRedistributor(base: number, cpu: number): Device {
    const last = cpu === this.#cpus - 1 ? 1 << 4 : 0;
    const registers = new RegisterBank('lanes', [
      { name: 'GICR_CTLR', at: 0x0000, read: () => 0 },
      { name: 'GICR_IIDR', at: 0x0004, read: () => 0x43b },
      { name: 'GICR_TYPER_LOW', at: 0x0008, read: () => last | (cpu << 8) },
      { name: 'GICR_TYPER_HIGH', at: 0x000c, read: () => cpu },
      {
        name: 'GICR_WAKER',
        at: 0x0014,
        read: () => this.#wakers[cpu],
        write: (v) => void (this.#wakers[cpu] = v & Waker.processorSleep ? Waker.processorSleep | Waker.childrenAsleep : 0),
      },
      identification(0xffd0, identificationBytes(0x93)),
      ...interruptRegisters({
        prefix: 'GICR',
        at: sgiFrame,
        words: 1,
        bank: () => ({ bank: this.#own[cpu], word: 0 }),
        fixedSgis: false,
        changed: () => this.#update(),
      }),
    ]);
    return {
      name: `gicv3.redistributor.${cpu}`,
      base,
      size: redistributorSize,
      registers: registers.registers,
      read: (offset, bytes) => registers.read(offset, bytes),
      write: (offset, value, bytes) => registers.write(offset, value, bytes),
      // State and reset are the distributor's: they are one device.
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
    this.#routes.fill(0);
    this.#wakers.fill(Waker.processorSleep | Waker.childrenAsleep);
    this.#shared.reset();
    for (const bank of this.#own) bank.reset();
    for (const cpuInterface of this.#interfaces) cpuInterface.reset();
    this.#update();
  }

  #save(): Gicv3State {
    return {
      control: this.#control,
      routes: this.#routes.slice(),
      wakers: this.#wakers.slice(),
      shared: this.#shared.save(),
      own: this.#own.map((bank) => bank.save()),
      interfaces: this.#interfaces.map((cpuInterface) => cpuInterface.save()),
    };
  }

  #restore(state: Gicv3State): void {
    this.#control = state.control;
    this.#routes = state.routes.slice();
    this.#wakers = state.wakers.slice();
    this.#shared.restore(state.shared);
    this.#own.forEach((bank, cpu) => bank.restore(state.own[cpu]));
    this.#interfaces.forEach((cpuInterface, cpu) => cpuInterface.restore(state.interfaces[cpu]));
    this.#update();
  }

  #update(): void {
    this.#interfaces.forEach((cpuInterface, cpu) => {
      const signalled = cpuInterface.signalled();
      // 4.6.2: with one security state group 0 interrupts are FIQs, group 1 IRQs.
      this.#signals(cpu, signalled?.group === 1, signalled?.group === 0);
    });
  }

  #best(cpu: number): Candidate | undefined {
    const group0 = (this.#control & 1) !== 0;
    const group1 = (this.#control & 2) !== 0;
    if (!group0 && !group1) return undefined;
    const own = this.#own[cpu].best(group0, group1, () => true);
    const shared = this.#shared.best(group0, group1, (i) => this.#routedTo(i, cpu));
    if (shared && (!own || shared.priority < own.priority)) return { ...shared, interrupt: shared.interrupt + privateInterrupts };
    return own;
  }

  /** GICD_IROUTER (12.9.22): "any CPU" is CPU 0. Affinities here are the CPU number in Aff0. */
  #routedTo(index: number, cpu: number): boolean {
    const low = this.#routes[2 * index];
    if (low >>> 31 === 1) return cpu === 0;
    return (low & 0xffffff) === cpu && (this.#routes[2 * index + 1] & 0xff) === 0;
  }

  #activate(cpu: number, interrupt: number): void {
    const { bank, index } = this.#locate(cpu, interrupt);
    bank.setActive(index, true);
    bank.setLatched(index, false);
  }

  #deactivate(cpu: number, interrupt: number): void {
    const { bank, index } = this.#locate(cpu, interrupt);
    bank.setActive(index, false);
  }

  /** ICC_SGI<n>R (12.2.20): pends an SGI on the listed CPUs, where it is of that group. */
  #send(from: number, value: bigint, group: 0 | 1): void {
    const interrupt = Number((value >> 24n) & 15n);
    const toOthers = ((value >> 40n) & 1n) === 1n;
    const cluster = ((value >> 16n) & 0xffn) | ((value >> 24n) & 0xff00n) | ((value >> 32n) & 0xff0000n);
    const first = Number((value >> 44n) & 15n) * 16;
    for (let cpu = 0; cpu < this.#cpus; cpu++) {
      const listed = cluster === 0n && cpu >= first && cpu < first + 16 && ((value >> BigInt(cpu - first)) & 1n) === 1n;
      if ((toOthers ? cpu !== from : listed) && this.#own[cpu].groupOf(interrupt) === group) this.#own[cpu].setLatched(interrupt, true);
    }
    this.#update();
  }

  #locate(cpu: number, interrupt: number): { bank: InterruptBank; index: number } {
    if (interrupt < privateInterrupts) return { bank: this.#own[cpu], index: interrupt };
    return { bank: this.#shared, index: interrupt - privateInterrupts };
  }
}

/** PIDR and CIDR of Arm's GIC-500 with the part number's low byte that a frame has. */
function identificationBytes(part: number): number[] {
  return [0x44, 0, 0, 0, part, 0xb4, 0x3b, 0x00, 0x0d, 0xf0, 0x05, 0xb1];
}
