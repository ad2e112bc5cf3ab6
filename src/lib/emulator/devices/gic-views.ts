import type { InterruptBank } from './gic-interrupts.ts';
import type { InterruptView } from './interrupt-controller.ts';

/** The interrupts of a bank that are enabled, pending or active; `first` is the ID of the bank's first. */
export function describeBank(bank: InterruptBank, first: number, cpu?: number): InterruptView[] {
  const rows: InterruptView[] = [];
  for (let i = 0; i < bank.words * 32; i++) {
    const bit = (words: Uint32Array | number) => (((typeof words === 'number' ? words : words[i >>> 5]) >>> (i & 31)) & 1) === 1;
    const row: InterruptView = {
      interrupt: first + i,
      ...(cpu === undefined ? {} : { cpu }),
      enabled: bit(bank.s.enabled),
      pending: bit(bank.pending(i >>> 5)),
      active: bit(bank.s.active),
      edge: bit(bank.s.edge),
      group: bank.groupOf(i),
      priority: bank.s.priority[i],
    };
    if (row.enabled || row.pending || row.active) rows.push(row);
  }
  return rows;
}
