import type { Problem, Result } from '../../problem.ts';
import { chainTooLong, checkModel, isValueOf } from './check.ts';
import type { Configuration } from './configuration.ts';
import { blockers } from './explain.ts';
import { buildModel, type KconfigModel } from './model.ts';
import { parseKconfig, type KconfigReader } from './parser.ts';

/** Reads, resolves and checks a configuration language. Use the model only when no problem is an error. */
export function readKconfig(
  top: string,
  reader: KconfigReader,
  environment: ReadonlyMap<string, string> = new Map(),
): { model: KconfigModel; problems: Problem[] } {
  const parsed = parseKconfig(top, reader, environment);
  const built = buildModel(parsed.file, environment);
  const checked = checkModel(built.model);
  // Values are worked out by recursion: a chain that is too long for it is not let in.
  const model = checked.some((p) => p.message.startsWith(chainTooLong))
    ? buildModel({ ...parsed.file, entries: [] }, environment).model
    : built.model;
  return { model, problems: [...parsed.problems, ...built.problems, ...checked] };
}

/**
 * Sets one symbol as a person does in a menu, everything that follows from it resolved. Refused with the reasons when the symbol cannot be
 * changed or the value is not one of its own.
 */
export function setValue(configuration: Configuration, name: string, value: string): Result<Configuration> {
  const symbol = configuration.model.symbols.get(name);
  const refuse = (message: string, hint?: string): Result<Configuration> => ({
    ok: false,
    problems: [{ severity: 'error', message, ...(hint ? { hint } : {}) }],
  });
  if (!symbol) return refuse(`${name} is not defined by any Config.uk`);
  const type = configuration.typeOf(symbol);
  if (!isValueOf(type, value)) return refuse(`${JSON.stringify(value)} is not a value of ${name}, which is ${type}`);
  if (configuration.valueOf(name) === value) return { ok: true, value: configuration.with([[name, value]]) };
  const reasons = blockers(configuration, symbol);
  if (reasons.length > 0) return refuse(`${name} cannot be set to ${value}: ${reasons.map((r) => r.text).join('; ')}`);
  const changed = configuration.with([[name, value]]);
  if (changed.valueOf(name) === value) return { ok: true, value: changed };
  if (symbol.choice) return refuse(`${name} is a member of a choice: turn another member on instead`);
  const range = configuration.rangeOf(symbol);
  if (range) return refuse(`${value} is outside the range ${range.low} to ${range.high} of ${name}`);
  return refuse(`${name} cannot be set to ${value}`);
}
