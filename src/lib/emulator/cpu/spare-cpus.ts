/** CPUs that are made before anybody powers a machine on. */
import type { CpuHost } from './host.ts';
import { createCpus } from './cpu.ts';
import type { CpuCluster, CpuConfig, ExceptionRecord } from './types.ts';

/**
 * CPUs, their memory and the handlers that are known by now, for the next machine of a configuration: making them is the greater part of a power-on. They are in
 * the state of any other new ones, and whoever takes them resets them as those.
 */
export class SpareCpus {
  readonly #key: string;
  readonly #cluster: CpuCluster;
  readonly #host = new LaterHost();

  constructor(config: CpuConfig) {
    this.#key = keyOf(config);
    this.#cluster = createCpus({ ...config, ready: true }, this.#host);
  }

  fits(config: CpuConfig): boolean {
    return keyOf(config) === this.#key;
  }

  /** Gives them to a board, once. */
  adopt(host: CpuHost): CpuCluster {
    this.#host.board = host;
    return this.#cluster;
  }
}

function keyOf({ ram, cpus, gicSystemRegisters = false, translator = false }: CpuConfig): string {
  return JSON.stringify([ram.base, ram.size, cpus, gicSystemRegisters, translator]);
}

/** The host of CPUs that have no board yet: until then there is nothing on the bus, and time stands. */
class LaterHost implements CpuHost {
  board: CpuHost | undefined;

  busRead(address: number, size: 1 | 2 | 4 | 8): bigint | undefined {
    return this.board?.busRead(address, size);
  }

  busWrite(address: number, size: 1 | 2 | 4 | 8, value: bigint): boolean {
    return this.board?.busWrite(address, size, value) ?? false;
  }

  counter(): bigint {
    return this.board?.counter() ?? 0n;
  }

  timerChanged(cpu: number): void {
    this.board?.timerChanged(cpu);
  }

  performanceInterrupt(cpu: number, level: boolean): void {
    this.board?.performanceInterrupt?.(cpu, level);
  }

  conduit(cpu: number, kind: 'hvc' | 'smc'): boolean {
    return this.board?.conduit(cpu, kind) ?? false;
  }

  gicRead(cpu: number, key: number): bigint | undefined {
    return this.board?.gicRead(cpu, key);
  }

  gicWrite(cpu: number, key: number, value: bigint): boolean {
    return this.board?.gicWrite(cpu, key, value) ?? false;
  }

  exceptionTaken(cpu: number, exception: ExceptionRecord): void {
    this.board?.exceptionTaken?.(cpu, exception);
  }
}
