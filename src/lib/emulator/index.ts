/** The machine room's door: the virt board with its CPUs, for the session's worker and the command line. */
export { Machine } from './board/machine.ts';
export type { DeviceView, MachineCounters, MachineExit, MachineOptions, MachineState } from './board/machine.ts';
export type { BootImage } from './board/loader.ts';
export type { GuestFault } from './board/guest-fault.ts';
export { MemoryMap } from './board/memory-map.ts';
export type { InterruptView } from './devices/interrupt-controller.ts';
export type { Cpu, CpuState, Translation, WalkStep } from './cpu/cpu.ts';
