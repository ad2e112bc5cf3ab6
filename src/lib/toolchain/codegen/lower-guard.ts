/**
 * -fstack-protector: a word between the locals and what the function must find again when it returns, checked before it does. Which functions
 * get one is LLVM's rule: `ssp` for character arrays of eight bytes, `sspstrong` for any array and any local whose address goes somewhere,
 * `sspreq` for all.
 */
import { operandsOf, sizeOf, type Instruction, type Type, type Value } from '../ir/index.ts';
import type { Lowering } from './lowering.ts';
import { newSlot, zr, type Reg } from './mir.ts';

/** Smallest character array that `ssp` protects (LLVM's `ssp-buffer-size`). */
const bufferBytes = 8;

export function needsGuard(L: Lowering): boolean {
  const { attributes, blocks } = L.ir;
  if (attributes.has('naked')) return false;
  if (attributes.has('sspreq')) return true;
  const strong = attributes.has('sspstrong');
  if (!strong && !attributes.has('ssp')) return false;
  const locals = blocks.flatMap((b) => b.instructions.filter((i): i is Extract<Instruction, { op: 'alloca' }> => i.op === 'alloca'));
  if (locals.some((i) => (i.count && i.count.kind !== 'int') || hasArray(i.allocated, strong))) return true;
  return strong && locals.length > 0 && escapes(L, new Set<Value>(locals));
}

function hasArray(type: Type, strong: boolean): boolean {
  if (type.kind === 'struct') return type.fields.some((f) => hasArray(f, strong));
  if (type.kind !== 'array') return false;
  return strong || (type.element.kind === 'int' && type.element.bits === 8 && sizeOf(type) >= bufferBytes);
}

/** Whether an address of a local is used for more than loading and storing there. */
function escapes(L: Lowering, addresses: Set<Value>): boolean {
  for (const b of L.ir.blocks)
    for (const i of b.instructions) {
      const used = operandsOf(i).filter((o) => addresses.has(o));
      if (used.length === 0 || i.op === 'load' || i.op === 'icmp') continue;
      if (i.op === 'store' && !addresses.has(i.operands[0])) continue;
      if (i.op === 'call' && i.callee.kind === 'global' && /^llvm\.(lifetime|dbg)/.test(i.callee.global.name)) continue;
      if (i.op !== 'getelementptr') return true;
      addresses.add(i);
    }
  return false;
}

function guardValue(L: Lowering): Reg {
  const symbol = L.module.external('__stack_chk_guard');
  const got = L.module.options.pic;
  const page = L.op('adrp', [], { immlo: 0, immhi: 0 }, { fixup: { type: got ? 'ADR_GOT_PAGE' : 'ADR_PREL_PG_HI21', symbol, addend: 0n } });
  const load = (base: Reg, type?: string): Reg => {
    const d = L.reg();
    L.emit(
      'ldr_x_uimm',
      [
        ['Rt', d, 'd'],
        ['Rn', base, 'u'],
      ],
      { imm12: 0 },
      type ? { fixup: { type, symbol, addend: 0n } } : {},
    );
    return d;
  };
  return got ? load(load(page, 'LD64_GOT_LO12_NC')) : load(page, 'LDST64_ABS_LO12_NC');
}

/** At the function's entry. */
export function storeGuard(L: Lowering): void {
  if (L.guardSlot === undefined) return;
  L.emit('str_x_uimm', [['Rt', guardValue(L), 'u']], { imm12: 0 }, { frame: { slot: L.guardSlot, offset: 0 } });
}

/** Before the function is left. */
export function checkGuard(L: Lowering): void {
  if (L.guardSlot === undefined) return;
  const kept = L.reg();
  L.emit('ldr_x_uimm', [['Rt', kept, 'd']], { imm12: 0 }, { frame: { slot: L.guardSlot, offset: 0 } });
  L.emit(
    'subs_shift',
    [
      ['Rd', zr, 'd'],
      ['Rn', kept, 'u'],
      ['Rm', guardValue(L), 'u'],
    ],
    { sf: 1, shift: 0, imm6: 0 },
  );
  const fail = L.newBlock();
  L.emit('b_cond', [], { imm19: 0, cond: 1 }, { target: fail });
  const here = L.out;
  L.out = [];
  L.callExternal('__stack_chk_fail', [], []);
  L.emit('$unreachable', []);
  fail.ins = L.out;
  L.out = here;
}

/** Above every local: what runs over an array meets it first. */
export function guardSlot(L: Lowering): number {
  return newSlot(L.fn, 8, 8, 'guard');
}
