/** Takes down what debug records of the IR refer to, while a function is lowered. Nothing is made for them: debug information never changes the code. */
import type { Instruction, Value } from '../../ir/index.ts';
import type { Lowering } from '../lowering.ts';
import type { MIns } from '../mir.ts';

/**
 * To be called after an instruction was lowered, or left out. Blocks are lowered backwards: `groups` holds the machine instructions of this
 * one and of all after it, the latest group standing first in the block.
 */
export function traceBlock(L: Lowering, i: Instruction, groups: readonly (readonly MIns[])[]): void {
  if (L.ir.debug === undefined) return;
  const trace = (L.fn.trace ??= { records: new Map(), values: new Map() });
  if (!i.records) return;
  const before = groups.findLast((g) => g.length > 0)?.[0];
  const known = trace.records.get(i.block) ?? [];
  trace.records.set(i.block, [...i.records.map((record) => ({ record, before })), ...known]);
}

/** To be called when the whole function is lowered: which registers the values got that records name. */
export function traceValues(L: Lowering): void {
  const { trace } = L.fn;
  if (!trace) return;
  const see = (value: Value): void => {
    if (value.kind === 'metadataValue') {
      const { metadata } = value;
      if (typeof metadata === 'string') return;
      if (metadata.kind === 'argList') metadata.values.forEach(see);
      else if (metadata.kind !== 'tuple' && metadata.kind !== 'specialized' && metadata.kind !== 'expression') see(metadata);
      return;
    }
    if (value.kind !== 'instruction' && value.kind !== 'param') return;
    const slot = L.slots.get(value);
    const regs = L.knownRegs(value);
    if (slot !== undefined) trace.values.set(value, { slot });
    else if (regs) trace.values.set(value, { regs });
  };
  for (const list of trace.records.values())
    for (const { record } of list) for (const o of record.operands) if (typeof o !== 'number') see(o);
}
