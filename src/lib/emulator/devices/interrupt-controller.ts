import type { Device, InterruptLine } from '../device.ts';

/** What a GIC tells a CPU: the levels of its IRQ and FIQ inputs. */
export type CpuSignals = (cpu: number, irq: boolean, fiq: boolean) => void;

/** What the board wires up and debug views read, whichever GIC version it is. */
export interface InterruptController {
  readonly version: 2 | 3;
  /** Its register windows. */
  readonly devices: readonly Device[];
  /** Input of shared peripheral interrupt `spi` (interrupt ID 32 + spi). */
  sharedLine(spi: number): InterruptLine;
  /** Input of a private interrupt (ID 16 to 31) of one CPU. */
  privateLine(cpu: number, interrupt: number): InterruptLine;
  /** GICv3 CPU interface registers by {@link IccRegister}; undefined or false: no such register, or not that way. */
  readSystem(cpu: number, register: IccRegister): bigint | undefined;
  writeSystem(cpu: number, register: IccRegister, value: bigint): boolean;
  /** One row for each interrupt that is enabled, pending or active, for views. */
  describe(): InterruptView[];
}

export type InterruptView = {
  interrupt: number;
  /** Absent for shared interrupts. */
  cpu?: number;
  enabled: boolean;
  pending: boolean;
  active: boolean;
  edge: boolean;
  group: 0 | 1;
  priority: number;
};

export const spuriousInterrupt = 1023;

/** System registers of the GICv3 CPU interface at EL1 (IHI 0069H 12.2). */
export type IccRegister =
  | 'PMR'
  | 'IAR0'
  | 'EOIR0'
  | 'HPPIR0'
  | 'BPR0'
  | 'AP0R0'
  | 'AP1R0'
  | 'DIR'
  | 'RPR'
  | 'SGI1R'
  | 'ASGI1R'
  | 'SGI0R'
  | 'IAR1'
  | 'EOIR1'
  | 'HPPIR1'
  | 'BPR1'
  | 'CTLR'
  | 'SRE'
  | 'IGRPEN0'
  | 'IGRPEN1';
