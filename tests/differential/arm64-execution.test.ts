import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Evaluator, resetState, type EvaluateHost } from '../../src/lib/arm64/evaluate.ts';
import { decode, encodeRow, rows, type Fields, type FieldSpec } from '../../src/lib/arm64/index.ts';
import { haveOracles } from '../oracle.ts';
import { buildHarness, differences, explain, runUnderQemu } from './arm64/qemu.ts';
import { makeCase, Random, runnable, unpredictable } from './arm64/sequences.ts';

const chosen = rows.filter(runnable);
const caseCount = 1200;

describe.skipIf(!haveOracles('qemu-aarch64', 'aarch64-linux-gnu-gcc'))('execution against qemu-aarch64', () => {
  let folder = '';
  let harness = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'arm64-execution-'));
    harness = buildHarness(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('random sequences of all rows end in equal states', () => {
    const cases = Array.from({ length: caseCount }, (_, i) => makeCase(i, i + 1, chosen));
    const theirs = runUnderQemu(harness, cases);
    const wrong = cases.filter((c, i) => differences(c.after, theirs[i]).length > 0);
    expect(wrong.slice(0, 5).map((c) => explain(harness, c))).toEqual([]);
    expect(cases.reduce((sum, c) => sum + c.trace.length, 0)).toBeGreaterThan(100_000);
    const ran = new Set(cases.flatMap((c) => c.trace.map((at) => decode(c.words[at])?.row.name)));
    expect(chosen.map((r) => r.name).filter((name) => !ran.has(name))).toEqual([]);
  });

  it('a few saturating instructions leave FPSR.QC as it should be', () => {
    const saturating = chosen.filter(({ feature, name }) => feature === 'simd' && /^(sq|uq|suq|usq)/.test(name));
    // So short that the flag, once set, hides little.
    const cases = Array.from({ length: 2000 }, (_, i) => makeCase(i, 10_000 + i, saturating, 2));
    const theirs = runUnderQemu(harness, cases);
    const wrong = cases.filter((c, i) => differences(c.after, theirs[i]).length > 0);
    expect(wrong.slice(0, 5).map((c) => explain(harness, c))).toEqual([]);
    const set = cases.filter((c) => c.after.state.fpsr !== 0).length;
    expect(set).toBeGreaterThan(200);
    expect(set).toBeLessThan(1800);
  });
});

class Fault extends Error {}

/** Faults at the access of that number, counted from 0. */
function faultingHost(at: number): EvaluateHost & { accesses: number } {
  const access = (host: { accesses: number }) => {
    if (host.accesses++ === at) throw new Fault();
  };
  return {
    accesses: 0,
    load() {
      access(this);
      return 0n;
    },
    store() {
      access(this);
    },
    exception() {},
    eret() {},
    mrs: () => 0n,
    msr() {},
    msrImmediate() {},
    sys() {},
  };
}

describe('faults', () => {
  it('leave all registers as they were, whichever access faults', () => {
    const wrong: string[] = [];
    for (const row of rows) {
      const random = new Random(row.value);
      for (let sample = 0; sample < 12; sample++) {
        const fields = Object.fromEntries(row.fields.map(({ name, width }) => [name, random.below(2 ** width)]));
        const word = encodeRow(row, fields);
        if (decode(word)?.row !== row || unpredictable(row, fields)) continue;
        for (let at = 0; at < 5; at++) {
          const state = resetState();
          state.x = state.x.map(() => random.value());
          const before = { ...state, x: [...state.x], v: [...state.v] };
          const host = faultingHost(at);
          const evaluator = new Evaluator(state, host);
          try {
            evaluator.execute(word);
            break;
          } catch (cause) {
            if (!(cause instanceof Fault)) throw cause;
            if (JSON.stringify(state, print) !== JSON.stringify(before, print)) wrong.push(`${row.name}, access ${at}`);
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('come before anything else when SIMD and floating point are disabled', () => {
    const wrong: string[] = [];
    for (const row of rows.filter(({ feature }) => feature === 'fp' || feature === 'simd' || feature === 'crypto')) {
      const random = new Random(row.value);
      for (let sample = 0; sample < 8; sample++) {
        const fields = Object.fromEntries(row.fields.map(({ name, width }) => [name, random.below(2 ** width)]));
        const word = encodeRow(row, fields);
        if (decode(word)?.row !== row) continue;
        const host = { ...faultingHost(-1), fpTrapped: () => true };
        const state = resetState();
        new Evaluator(state, host).execute(word);
        if (host.accesses > 0 || JSON.stringify(state, print) !== JSON.stringify(resetState(), print)) wrong.push(row.name);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('meanings', () => {
  /** What an interpreter has at run time: variant fields as numbers, registers, and nothing else. */
  function only(fields: Fields, specs: readonly FieldSpec[], found: (name: string) => void): Record<string, number> {
    return new Proxy(Object.fromEntries(specs.map(({ name }) => [name, fields[name]])), {
      get(target, name) {
        if (typeof name === 'string' && !(name in target)) found(name);
        return Reflect.get(target, name);
      },
    });
  }

  it('read no field but those that are declared', () => {
    const wrong: string[] = [];
    for (const row of rows) {
      const random = new Random(row.value);
      for (let sample = 0; sample < 40; sample++) {
        const fields = Object.fromEntries(row.fields.map(({ name, width }) => [name, random.below(2 ** width)]));
        const decoded = decode(encodeRow(row, fields));
        if (decoded?.row !== row) continue;
        const found = (name: string) => wrong.push(`${row.name}: ${name}`);
        row.does(new Lenient(resetState(), faultingHost(-1)), {
          n: only(fields, row.variants, found),
          r: only(fields, row.registers, found),
          imm: BigInt.asUintN(64, decoded.imm),
          imm2: BigInt.asUintN(64, decoded.imm2),
        });
      }
    }
    expect([...new Set(wrong)]).toEqual([]);
  });
});

/** Goes on after an exception. */
class Lenient extends Evaluator {
  override exception(): void {}
  override eret(): void {}
}

function print(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString(16) : value;
}
