/**
 * What a CPU needs from the board that it sits on. The board implements this; the CPU room knows no device.
 */
import type { ExceptionRecord } from './types.ts';

export interface CpuHost {
  /**
   * A bus access to guest physical memory that is not RAM. Gives undefined when nothing answers there: the CPU takes a synchronous
   * external abort. `size` in bytes; a value is unsigned.
   */
  busRead(address: number, size: 1 | 2 | 4 | 8): bigint | undefined;
  busWrite(address: number, size: 1 | 2 | 4 | 8, value: bigint): boolean;
  /** The generic timer's system counter (CNTPCT), 62.5 MHz, from virtual time. */
  counter(): bigint;
  /** CNTP_ or CNTV_ state of this CPU changed: the board reads it, reschedules, and drives PPI 30 / 27. */
  timerChanged(cpu: number): void;
  /** Level of the performance monitors' interrupt, PPI 23, whenever it may have changed. */
  performanceInterrupt?(cpu: number, level: boolean): void;
  /** HVC or SMC at EL1. True: handled (PSCI), results are in X0..X3 already. False: UNDEFINED. */
  conduit(cpu: number, kind: 'hvc' | 'smc'): boolean;
  /** GICv3 CPU interface system registers (ICC_*), by the packed key; undefined: not there, so UNDEFINED. */
  gicRead(cpu: number, key: number): bigint | undefined;
  gicWrite(cpu: number, key: number, value: bigint): boolean;
  /** Told of every exception that is taken, for traces and views. */
  exceptionTaken?(cpu: number, exception: ExceptionRecord): void;
}
