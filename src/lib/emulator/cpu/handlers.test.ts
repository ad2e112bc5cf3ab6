import { describe, expect, it } from 'vitest';
import { decode, encodeRow, rows, variantFields, variantOf, variantsOf, type Row } from '../../arm64/index.ts';
import { Comparison, isComparable, ramSize, Random } from './compare.ts';
import { compiledHandlers } from './compiled-handlers.ts';
import { createCpus } from './cpu.ts';
import { frequent, preferredThreading, usual } from './handlers.ts';
import { layoutFor } from './layout.ts';
import { assembleLines, compileLoop, emptyHost, testBase } from './testing.ts';

/** A random word of a variant, or undefined when there seems to be none. */
function wordOf(row: Row, variant: number, random: Random): number | undefined {
  const fixed = variantFields(row, variant);
  for (let attempt = 0; attempt < 60; attempt++) {
    const fields = Object.fromEntries(row.fields.map(({ name, width }) => [name, fixed[name] ?? random.next() & (2 ** width - 1)]));
    const word = encodeRow(row, fields);
    if (decode(word)?.row === row) return word;
  }
  return undefined;
}

it('the usual handlers are of variants that there are, each once', () => {
  const all = usual();
  for (const { row, variant } of all) expect(variantOf(row, variantFields(row, variant))).toBe(variant);
  for (const { row, variant } of all) expect(variantsOf(row)).toContainEqual(variantFields(row, variant));
  expect(new Set(all.map(({ row, variant }) => `${row.name} ${variant}`)).size).toBe(all.length);
});

it('a loop is of usual handlers, each once', () => {
  const all = frequent().map(({ row, variant, onSp }) => `${row.name} ${variant} ${onSp}`);
  const known = new Set(usual().map(({ row, variant }) => `${row.name} ${variant}`));
  expect(new Set(all).size).toBe(all.length);
  for (const { row, variant } of frequent()) expect(known).toContain(`${row.name} ${variant}`);
});

it('a program is not taken for a large one because others ran before it', () => {
  const size = 2 << 20;
  const operands = 'x0, x1, x2';
  const each = ['mul', 'udiv', 'sdiv', 'smulh', 'umulh', 'lsl', 'lsr', 'asr', 'ror', 'adc', 'sbc', 'bic'].map(
    (name) => `${name} ${operands}`,
  );
  for (const line of each) {
    const { memory, cpus } = createCpus({ ram: { base: testBase, size }, cpus: 1, ready: true }, emptyHost);
    memory.store(testBase, assembleLines([line]));
    cpus[0].reset({ pc: testBase });
    cpus[0].run(1);
  }
  const modules = [...compiledHandlers(preferredThreading(), layoutFor(size, 1)).modules()];
  expect(modules.length).toBeGreaterThanOrEqual(each.length);
  expect(Math.max(...modules.map(({ handlers }) => handlers.length))).toBeLessThan(usual().length / 10);
});

describe.each(['tailCalls', 'loop'] as const)('handlers (%s)', (threading) => {
  it('do what the evaluator does, for every row and variant', () => {
    const random = new Random(threading === 'loop' ? 7 : 3);
    const comparison = new Comparison(99, threading);
    const differences: string[] = [];
    for (const row of rows.filter(isComparable)) {
      const variants = variantsOf(row).map((fields) => variantOf(row, fields));
      const each = Math.max(threading === 'loop' ? 1 : 3, Math.ceil((threading === 'loop' ? 8 : 30) / Math.max(1, variants.length)));
      for (const variant of variants) {
        for (let i = 0; i < each; i++) {
          const word = wordOf(row, variant, random);
          if (word === undefined) continue;
          const difference = comparison.run(word);
          if (difference) differences.push(`${row.name} ${word.toString(16)}: ${difference}`);
        }
      }
    }
    expect(differences.slice(0, 20)).toEqual([]);
  });
});

// The last test of the file: machines of this thread have the loop from here on.
it('a loop does what the evaluator does, for every kind of it', () => {
  compileLoop(ramSize);
  const random = new Random(11);
  const comparison = new Comparison(5, 'tailCalls');
  const differences: string[] = [];
  for (const { row, variant } of frequent()) {
    if (!isComparable(row)) continue;
    for (let i = 0; i < 100; i++) {
      const word = wordOf(row, variant, random);
      const difference = word === undefined ? undefined : comparison.run(word);
      if (difference) differences.push(`${row.name} ${word?.toString(16)}: ${difference}`);
    }
  }
  expect(differences.slice(0, 20)).toEqual([]);
});
