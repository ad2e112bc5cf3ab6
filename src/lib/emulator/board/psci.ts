/**
 * Power State Coordination Interface 1.1 (Arm DEN 0022E). Function identifiers with bit 30 take 64-bit arguments.
 */
const Function = {
  version: 0x84000000,
  cpuSuspend: 0x84000001,
  cpuOff: 0x84000002,
  cpuOn: 0x84000003,
  affinityInfo: 0x84000004,
  migrateInfoType: 0x84000006,
  systemOff: 0x84000008,
  systemReset: 0x84000009,
  features: 0x8400000a,
} as const;

/** Functions that have a form with 64-bit arguments. */
const sixtyFourBit = new Set<number>([Function.cpuSuspend, Function.cpuOn, Function.affinityInfo]);
const sixtyFourBitFlag = 0x4000_0000;

/** Return codes (5.2.2). */
const Result = { success: 0n, notSupported: -1n, invalidParameters: -2n, alreadyOn: -4n, invalidAddress: -9n } as const;
/** Entry points are physical addresses of instructions. */
const physicalLimit = 1n << 52n;
const version = 0x1_0001n; // 1.1
/** MIGRATE_INFO_TYPE: there is no trusted OS that would have to move. */
const noMigration = 2n;
/** CPU_SUSPEND: the parts of a power state that we have none of. */
const unsupportedPowerState = 0xfffe_0000n;

/** What PSCI does to the machine. */
export interface PsciHost {
  /** Number of CPUs; a CPU's affinity is its number. */
  readonly cpus: number;
  isOn(cpu: number): boolean;
  /** Starts a CPU that is off, at EL1 with the context in X0. */
  turnOn(cpu: number, entry: bigint, context: bigint): void;
  turnOff(cpu: number): void;
  /** Stops the CPU until an interrupt is pending, as WFI does. */
  suspend(cpu: number): void;
  powerOff(): void;
  reset(): void;
}

/** Carries out the call in X0..X3 of `cpu`. Gives X0 after it. */
export function psciCall(host: PsciHost, cpu: number, args: readonly [bigint, bigint, bigint, bigint]): bigint {
  return BigInt.asUintN(64, dispatch(host, cpu, args));
}

function dispatch(host: PsciHost, cpu: number, [id, first, second, third]: readonly [bigint, bigint, bigint, bigint]): bigint {
  switch (baseFunction(id)) {
    case Function.version:
      return version;
    case Function.migrateInfoType:
      return noMigration;
    case Function.features:
      return baseFunction(first) === undefined ? Result.notSupported : Result.success;
    case Function.cpuSuspend:
      if (first & unsupportedPowerState) return Result.invalidParameters;
      host.suspend(cpu);
      return Result.success;
    case Function.cpuOff:
      host.turnOff(cpu);
      return Result.success;
    case Function.cpuOn: {
      const target = cpuWith(host, first);
      if (target === undefined) return Result.invalidParameters;
      if (second & 3n) return Result.invalidParameters;
      if (second >= physicalLimit) return Result.invalidAddress;
      if (host.isOn(target)) return Result.alreadyOn;
      host.turnOn(target, second, third);
      return Result.success;
    }
    case Function.affinityInfo: {
      // Everything above a single CPU is always on.
      if (second > 0n) return 0n;
      const target = cpuWith(host, first);
      if (target === undefined) return Result.invalidParameters;
      return host.isOn(target) ? 0n : 1n;
    }
    case Function.systemOff:
      host.powerOff();
      return Result.success;
    case Function.systemReset:
      host.reset();
      return Result.success;
    default:
      return Result.notSupported;
  }
}

/** The function without its 64-bit flag; undefined when there is none of that number. */
function baseFunction(id: bigint): number | undefined {
  const known = Object.values(Function).find((f) => id === BigInt(f) || (sixtyFourBit.has(f) && id === BigInt(f + sixtyFourBitFlag)));
  return known;
}

function cpuWith(host: PsciHost, affinity: bigint): number | undefined {
  return affinity < BigInt(host.cpus) ? Number(affinity) : undefined;
}
