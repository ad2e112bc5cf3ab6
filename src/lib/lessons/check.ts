import * as v from 'valibot';
import type { Problem, Result } from '../problem.ts';

/** Limits of a number; all that are given hold. */
const bound = {
  atLeast: v.optional(v.number()),
  atMost: v.optional(v.number()),
  equals: v.optional(v.number()),
};
const boundSchema = v.pipe(
  v.strictObject(bound),
  v.check((b) => Object.keys(b).length > 0, 'give atLeast, atMost or equals'),
);
export type Bound = { atLeast?: number; atMost?: number; equals?: number };

/** A symbol, `symbol+offset`, or an address as a number. */
const place = v.union([v.pipe(v.number(), v.integer(), v.minValue(0)), v.pipe(v.string(), v.regex(/^[\w.$]+(\+(0x[\da-f]+|\d+))?$/i))]);
const texts = v.union([v.string(), v.array(v.string())]);
const symbolName = v.pipe(v.string(), v.regex(/^[\w.$]+$/));

/** What a run is given. Absent fields are the lesson's. */
const setup = {
  machine: v.optional(
    v.strictObject({
      memoryKiB: v.optional(v.pipe(v.number(), v.integer(), v.minValue(64), v.maxValue(1 << 20))),
      cpus: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(8))),
      gic: v.optional(v.picklist([2, 3])),
      commandLine: v.optional(v.string()),
    }),
  ),
  /** Text to type, each piece when the text before it has been printed. */
  input: v.optional(v.array(v.strictObject({ after: v.string(), send: v.string() }))),
  /** Instructions that the run may take. */
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2_000_000_000))),
};

const about = {
  /** What ought to hold, as a sentence for the list of checks. */
  goal: v.pipe(v.string(), v.minLength(1)),
  /** Where to look when it does not. */
  teach: v.pipe(v.string(), v.minLength(1)),
};

/** When a run is looked at: as the instruction at a symbol is reached for the first time, or at its end. */
const at = v.optional(symbolName, 'end');

function kind<const K extends string, const E extends v.ObjectEntries>(name: K, entries: E) {
  return v.pipe(
    v.strictObject({ ...about, ...entries }),
    v.transform((check) => ({ ...check, kind: name })),
  );
}

/** The kinds of checks, by the field that makes a check one of them. */
const schemas = {
  /** The texts are printed, in this order; none of `never` is. */
  uart: kind('uart', { ...setup, uart: texts, never: v.optional(texts) }),
  /** A symbol of the image is there, or is not, or has so many bytes. */
  symbol: kind('symbol', { symbol: symbolName, present: v.optional(v.boolean(), true), bytes: v.optional(boundSchema) }),
  /** Kconfig symbols have these values. */
  option: kind('option', { option: v.record(v.pipe(v.string(), v.regex(/^[A-Z0-9_]+$/)), v.string()) }),
  /** Bytes of the image in its file. */
  image: kind('image', { image: boundSchema }),
  /** The image boots, and powers off, with so many KiB of memory. */
  fits: kind('fits', { ...setup, fits: v.pipe(v.number(), v.integer(), v.minValue(64)) }),
  /** Instructions from power-on until a symbol is reached, or the end. */
  instructions: kind('instructions', { ...setup, instructions: v.strictObject({ ...bound, until: at }) }),
  /** How often an interrupt was taken. */
  interrupt: kind('interrupt', { ...setup, interrupt: v.strictObject({ ...bound, number: v.pipe(v.number(), v.minValue(0)) }) }),
  /** What the page tables say of an address. */
  page: kind('page', {
    ...setup,
    page: v.strictObject({
      of: place,
      at,
      mapped: v.optional(v.boolean(), true),
      writable: v.optional(v.boolean()),
      executable: v.optional(v.boolean()),
      device: v.optional(v.boolean()),
    }),
  }),
  /** A little-endian number in memory. */
  memory: kind('memory', { ...setup, memory: v.strictObject({ ...bound, of: place, at, bytes: v.picklist([1, 2, 4, 8]) }) }),
  /** Bits of a register: `X0`, `SP`, `PC`, or a system register by its name. */
  register: kind('register', {
    ...setup,
    register: v.strictObject({ name: v.string(), at, mask: v.optional(v.number()), equals: v.number() }),
  }),
  /** How the run ends: the guest turns the machine off, or goes on for as long as it is watched. */
  ends: kind('ends', { ...setup, ends: v.picklist(['poweroff', 'running']) }),
} as const;

type Kind = keyof typeof schemas;
export type CheckOf<K extends Kind> = v.InferOutput<(typeof schemas)[K]>;
/** What a solution of a lesson has to show. `kind` is the field that the check is about. */
export type Check = { [K in Kind]: CheckOf<K> }[Kind];

function isKind(name: string): name is Kind {
  return Object.hasOwn(schemas, name);
}

/** Reads the list of checks of a lesson from what its YAML holds. Problems say which check is wrong, and where in it. */
export function readChecks(data: unknown, file: string): Result<Check[]> {
  const refuse = (message: string): Problem => ({ severity: 'error', place: { file, line: 1, column: 0 }, message });
  if (!Array.isArray(data) || data.length === 0) return { ok: false, problems: [refuse('a list of checks is needed')] };
  const problems: Problem[] = [];
  const checks = data.flatMap((entry: unknown, i): Check[] => {
    const kind = Object.keys(typeof entry === 'object' && entry !== null ? entry : {}).find(isKind);
    if (!kind) {
      problems.push(refuse(`check ${i + 1} has none of the fields ${Object.keys(schemas).join(', ')}`));
      return [];
    }
    const result = v.safeParse(schemas[kind], entry);
    if (result.success) return [result.output];
    const [issue] = result.issues;
    problems.push(refuse(`check ${i + 1} (${kind}), ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`));
    return [];
  });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: checks };
}

/** Whether a number keeps within limits. */
export function within(value: number, { atLeast, atMost, equals }: Bound): boolean {
  return (
    (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost) && (equals === undefined || value === equals)
  );
}

/** Limits in words: `at most 16,384`. */
export function boundText({ atLeast, atMost, equals }: Bound, unit = ''): string {
  const parts = [
    ...(equals !== undefined ? [`exactly ${count(equals, unit)}`] : []),
    ...(atLeast !== undefined ? [`at least ${count(atLeast, unit)}`] : []),
    ...(atMost !== undefined ? [`at most ${count(atMost, unit)}`] : []),
  ];
  return parts.join(' and ');
}

/** A number with its unit, in the singular where it is one. */
export function count(n: number, unit: string): string {
  const text = n.toLocaleString('en-US');
  return unit === '' ? text : `${text} ${n === 1 && unit.endsWith('s') ? unit.slice(0, -1) : unit}`;
}
