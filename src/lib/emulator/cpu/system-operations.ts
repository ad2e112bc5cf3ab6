import { pstateFields } from '../../arm64/pstate.ts';
import { systemOperations } from '../../arm64/index.ts';
import { zeroBlock } from './access.ts';
import { Pstate, Sctlr, Slot, type Core } from './core.ts';
import { raiseUndefined } from './exceptions.ts';
import { State } from './layout.ts';
import { faultStatus, permissionsOf, walk } from './mmu.ts';
import { trapSystemRegister } from './system-registers.ts';

/** SYS instructions: cache and TLB maintenance, address translation, DC ZVA (C5.3 to C5.5); MSR (immediate). */
type Operation = {
  does: (core: Core, value: bigint) => void;
  /** SCTLR_EL1 bit that opens it to EL0, where it is not undefined there. */
  userBit?: number;
};

/** What DC ZVA zeroes, aligned. */
export const zeroedBytes = 64;

/** PAR_EL1 of a success: bit 11 reads as one; NS is unknown without security states, and set by QEMU. */
const parFixed = (1n << 11n) | (1n << 9n);

/** ISH and plain forms act on all CPUs alike: the shootdown list is the cluster's. */
type Shootdown = (core: Core, act: (target: Core) => void) => void;

const nothing = (): void => undefined;

function addressTranslation(core: Core, value: bigint, name: string): void {
  const user = name.startsWith('s1e0');
  const write = name[4] === 'w';
  const high = Number(value >> 32n);
  const low = Number(value & 0xffff_ffffn);
  const leaf = walk(core.regime, core.memory, high, low);
  const fail = (status: number): void => core.setSystem(Slot.par, BigInt(1 | (status << 1) | (1 << 11)));
  if (!leaf.ok) return fail(faultStatus(leaf.fault, leaf.level));
  const permissions = permissionsOf(core.regime, leaf, user ? 0 : 1);
  const panDenies = name.endsWith('p') && (core.pstate & Pstate.pan) !== 0 && leaf.user && core.regime.enabled;
  if (panDenies || !(write ? permissions.write : permissions.read)) return fail(faultStatus('permission', leaf.level));
  const page = BigInt(leaf.physical - (leaf.physical % 4096));
  // Device memory is outer shareable whatever the descriptor says.
  const shareability = (leaf.attributes & 0xf0) === 0 || leaf.attributes === 0x44 ? 2 : leaf.shareability;
  core.setSystem(Slot.par, (BigInt(leaf.attributes) << 56n) | page | parFixed | BigInt(shareability << 7));
}

/** Whether a SYS instruction by its name does nothing: decoded instructions follow stores at once, and there are no caches. */
export function hasNoEffect(instruction: string, name: string): boolean {
  return instruction === 'ic' || (instruction === 'dc' && name !== 'zva' && name !== 'cvap');
}

function makeOperation(instruction: string, name: string, shootdown: Shootdown): Operation | undefined {
  switch (instruction) {
    case 'ic':
      return { does: nothing, ...(name === 'ivau' ? { userBit: Sctlr.uci } : {}) };
    case 'dc':
      if (name === 'zva') return { does: (core, value) => zeroBlock(core, value, zeroedBytes), userBit: Sctlr.dze };
      if (name === 'cvap') return undefined;
      return { does: nothing, ...(/^(cvac|cvau|civac)$/.test(name) ? { userBit: Sctlr.uci } : {}) };
    case 'at':
      return /^s1e[01][rw]p?$/.test(name) ? { does: (core, value) => addressTranslation(core, value, name) } : undefined;
    case 'tlbi': {
      if (!/e1(is)?$/.test(name) || /^(ipas2|vmalls12|alle)/.test(name)) return undefined;
      const everywhere = name.endsWith('is');
      const act = (core: Core, one: (target: Core) => void): void => (everywhere ? shootdown(core, one) : one(core));
      if (name.startsWith('vmalle1')) return { does: (core) => act(core, (target) => target.flushTlb()) };
      if (name.startsWith('aside1')) return { does: (core, value) => act(core, (target) => target.flushTlbAsid(Number(value >> 48n))) };
      // The address without its ASID: every address space loses the page.
      return {
        does: (core, value) =>
          act(core, (target) => target.flushTlbPage(Number((value >> 20n) & 0xff_ffffn), Number((value & 0xf_ffffn) << 12n))),
      };
    }
    default:
      return undefined;
  }
}

export class SystemOperations {
  readonly #core: Core;
  readonly #operations = new Map<number, Operation>();

  constructor(core: Core, shootdown: Shootdown) {
    this.#core = core;
    for (const { instruction, name, key } of systemOperations) {
      const operation = makeOperation(instruction, name, shootdown);
      if (operation) this.#operations.set(key, operation);
    }
  }

  /** SYS, with the value in State.scratch. */
  sys(key: number): void {
    const core = this.#core;
    const operation = this.#operations.get(key);
    if (!operation) return raiseUndefined(core);
    if (core.exceptionLevel === 0) {
      if (operation.userBit === undefined) return raiseUndefined(core);
      if (!(core.systemBits(Slot.sctlr) & operation.userBit)) return trapSystemRegister(core, key, true);
    }
    operation.does(core, core.quad(State.scratch));
  }

  /** MSR (immediate): `field` is op1:op2. */
  msrImmediate(field: number, value: number): void {
    const core = this.#core;
    const user = core.exceptionLevel === 0;
    const pstate = core.pstate;
    const daif = (value & 15) << 6;
    switch (field) {
      case pstateFields.daifset:
      case pstateFields.daifclr:
        if (user && !(core.systemBits(Slot.sctlr) & Sctlr.uma)) {
          return trapSystemRegister(core, (3 << 11) | (4 << 7) | (value << 3) | (field & 7), true);
        }
        return core.setMasks(field === pstateFields.daifset ? pstate | daif : pstate & ~daif);
      case pstateFields.spsel:
        return user ? raiseUndefined(core) : core.setPstate(withBit(pstate, Pstate.sp, value));
      case pstateFields.pan:
        return user ? raiseUndefined(core) : core.setPstate(withBit(pstate, Pstate.pan, value));
      case pstateFields.uao:
        return user ? raiseUndefined(core) : core.setPstate(withBit(pstate, Pstate.uao, value));
      default:
        return raiseUndefined(core);
    }
  }
}

function withBit(pstate: number, bit: number, value: number): number {
  return value & 1 ? pstate | bit : pstate & ~bit;
}
