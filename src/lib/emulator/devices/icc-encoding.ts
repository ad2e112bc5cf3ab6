import { systemKey } from '../../arm64/sysregs.ts';
import type { IccRegister } from './interrupt-controller.ts';

/** CRn, CRm and op2 of the CPU interface's system registers; op0 is 3 and op1 0 for all (IHI 0069H table 12-1). */
const encodings: Readonly<Record<IccRegister, readonly [number, number, number]>> = {
  PMR: [4, 6, 0],
  IAR0: [12, 8, 0],
  EOIR0: [12, 8, 1],
  HPPIR0: [12, 8, 2],
  BPR0: [12, 8, 3],
  AP0R0: [12, 8, 4],
  AP1R0: [12, 9, 0],
  DIR: [12, 11, 1],
  RPR: [12, 11, 3],
  SGI1R: [12, 11, 5],
  ASGI1R: [12, 11, 6],
  SGI0R: [12, 11, 7],
  IAR1: [12, 12, 0],
  EOIR1: [12, 12, 1],
  HPPIR1: [12, 12, 2],
  BPR1: [12, 12, 3],
  CTLR: [12, 12, 4],
  SRE: [12, 12, 5],
  IGRPEN0: [12, 12, 6],
  IGRPEN1: [12, 12, 7],
};

/** The register of a packed system register key. */
export const iccByKey: ReadonlyMap<number, IccRegister> = new Map(
  (Object.keys(encodings) as IccRegister[]).map((name) => [systemKey(3, 0, ...encodings[name]), name]),
);
