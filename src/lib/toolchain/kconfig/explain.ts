import { exprText } from './ast.ts';
import type { Place } from './ast.ts';
import type { Configuration } from './configuration.ts';
import { symbolsOfCondition, type Condition, type SymbolModel } from './model.ts';

/** One reason for a value, with the place in a Config.uk that gives it. */
export type Reason = { text: string; place?: Place };

/** Why a symbol has its value, and what it does to others. */
export type Explanation = {
  symbol: string;
  type: SymbolModel['type'];
  value: string;
  prompt?: string;
  help?: string;
  /** Whether a person may change the value now. */
  changeable: boolean;
  /** Where the value comes from: a setting, a default, a select, an imply, a choice. */
  because: Reason[];
  /** What keeps the symbol from being set, when it is not changeable. */
  blockedBy: Reason[];
  /** Symbols that are on and select it. */
  selectedBy: string[];
  /** Symbols that could select it and are off. */
  couldBeSelectedBy: string[];
  /** Symbols that it turns on when it is y, directly and through others. */
  pullsIn: string[];
  /** Symbols whose dependencies mention it. */
  neededBy: string[];
  definedAt: Place[];
};

/** Explains a symbol; undefined when no Config.uk defines it. */
export function explain(configuration: Configuration, name: string): Explanation | undefined {
  const symbol = configuration.model.symbols.get(name);
  if (!symbol) return undefined;
  const node = symbol.nodes.find((n) => n.prompt) ?? symbol.nodes[0];
  const blockedBy = blockers(configuration, symbol);
  const active = symbol.selectedBy.filter((s) => configuration.isOn(s.symbol.name) && configuration.holds(s.condition));
  return {
    symbol: name,
    type: configuration.typeOf(symbol),
    value: configuration.valueOf(name),
    ...(node?.prompt ? { prompt: node.prompt.text } : {}),
    ...(node?.help ? { help: node.help } : {}),
    changeable: blockedBy.length === 0,
    because: causes(configuration, symbol),
    blockedBy,
    selectedBy: unique(active.map((s) => s.symbol.name)),
    couldBeSelectedBy: unique(symbol.selectedBy.filter((s) => !active.includes(s)).map((s) => s.symbol.name)),
    pullsIn: pulledIn(configuration, symbol),
    neededBy: dependents(configuration, symbol),
    definedAt: symbol.nodes.map((n) => n.place),
  };
}

/** The explanation in words, for a terminal. */
export function explanationText(e: Explanation): string {
  const lines = [`${e.symbol}=${e.value === '' && e.type === 'string' ? '""' : e.value}${e.prompt ? `  (${e.prompt})` : ''}`];
  const add = (title: string, items: readonly string[]) => {
    if (items.length > 0) lines.push(`  ${title}:`, ...items.map((item) => `    ${item}`));
  };
  const withPlace = (r: Reason) => (r.place ? `${r.text}  [${r.place.file}:${r.place.line}]` : r.text);
  add('because', e.because.map(withPlace));
  add('cannot be changed because', e.blockedBy.map(withPlace));
  add('selected by', e.selectedBy);
  add('could be selected by', e.couldBeSelectedBy);
  add('pulls in', e.pullsIn);
  add('needed by', e.neededBy);
  add(
    'defined at',
    e.definedAt.map((p) => `${p.file}:${p.line}`),
  );
  return lines.join('\n') + '\n';
}

function causes(configuration: Configuration, symbol: SymbolModel): Reason[] {
  const reasons: Reason[] = [];
  const { choice } = symbol;
  const visible = configuration.visibilityOf(symbol) > 0;
  const setting = configuration.settings.get(symbol.name);
  if (choice) {
    const selected = configuration.selectionOf(choice);
    if (selected === symbol)
      reasons.push({ text: setting === 'y' ? 'it is the chosen member of its choice' : 'its choice falls on it by default' });
    else if (selected) reasons.push({ text: `its choice has fallen on ${selected.name}` });
    return reasons;
  }
  for (const { symbol: by, condition, place } of symbol.selectedBy) {
    if (!configuration.isOn(by.name) || !configuration.holds(condition)) continue;
    reasons.push({ text: `${by.name} is on and selects it${condition ? guardText(condition) : ''}`, place });
  }
  if (visible && setting !== undefined) {
    const taken = configuration.valueOf(symbol.name) === setting;
    reasons.push({ text: taken ? `it is set to ${setting}` : `it is set to ${setting}, which does not stand` });
  } else {
    if (setting !== undefined) reasons.push({ text: `it is set to ${setting}, which does not count while it cannot be changed` });
    const applied = symbol.defaults.find((d) => configuration.holds(d.condition));
    if (applied) reasons.push({ text: `its default is ${exprText(applied.value)}`, place: applied.place });
    for (const { symbol: by, condition, place } of symbol.impliedBy)
      if (configuration.isOn(by.name) && configuration.holds(condition)) reasons.push({ text: `${by.name} is on and implies it`, place });
    if (reasons.length === 0) reasons.push({ text: 'nothing sets or selects it' });
  }
  return reasons;
}

/** What keeps a person from changing the symbol: empty when nothing does. */
export function blockers(configuration: Configuration, symbol: SymbolModel): Reason[] {
  const visibility = configuration.visibilityOf(symbol);
  const type = configuration.typeOf(symbol);
  if (visibility > 0) {
    if (type !== 'bool' && type !== 'tristate') return [];
    if (symbol.choice || configuration.selectedTo(symbol) < visibility) return [];
    return symbol.selectedBy
      .filter((s) => configuration.isOn(s.symbol.name) && configuration.holds(s.condition))
      .map((s) => ({ text: `${s.symbol.name} selects it`, place: s.place }));
  }
  const reasons: Reason[] = [];
  const prompts = symbol.nodes.filter((n) => n.prompt);
  if (prompts.length === 0)
    return [{ text: 'it has no prompt: other symbols decide', ...(symbol.nodes[0] ? { place: symbol.nodes[0].place } : {}) }];
  for (const node of prompts)
    for (const { text, place } of failing(configuration, node.prompt?.condition)) reasons.push({ text, place: place ?? node.place });
  if (reasons.length === 0) reasons.push({ text: 'its choice does not offer it' });
  return reasons;
}

/** The smallest parts of a condition that keep it from holding, in words. */
function failing(configuration: Configuration, condition: Condition | undefined): Reason[] {
  if (!condition || configuration.holds(condition)) return [];
  switch (condition.kind) {
    case 'and':
      return eachOnce([...failing(configuration, condition.left), ...failing(configuration, condition.right)]);
    case 'choice': {
      const inner = condition.choice.nodes.flatMap((node) => failing(configuration, node.prompt?.condition));
      return inner.length > 0 ? eachOnce(inner) : [{ text: 'its choice is not made' }];
    }
    case 'symbol': {
      const state = configuration.model.symbols.has(condition.name) ? 'is off' : 'is not defined';
      return [{ text: `it needs ${condition.name}, which ${state}`, place: condition.place }];
    }
    case 'constant':
      return [{ text: 'it is disabled (depends on n)', place: condition.place }];
    default:
      return [{ text: `it needs ${conditionText(condition)}${currentValues(configuration, condition)}` }];
  }
}

function eachOnce(reasons: readonly Reason[]): Reason[] {
  return reasons.filter((reason, i) => reasons.findIndex((other) => other.text === reason.text) === i);
}

function currentValues(configuration: Configuration, condition: Condition): string {
  const names = unique(symbolsOfCondition(condition).map((s) => s.name)).filter((n) => configuration.model.symbols.has(n));
  return names.length > 0 ? ` (${names.map((n) => `${n}=${configuration.valueOf(n)}`).join(', ')})` : '';
}

function guardText(condition: Condition): string {
  return condition.kind === 'constant' ? '' : ` if ${conditionText(condition)}`;
}

/** A condition in Kconfig's notation. */
export function conditionText(condition: Condition): string {
  switch (condition.kind) {
    case 'choice':
      return condition.choice.name ?? '<choice>';
    case 'and': {
      const side = (c: Condition) => (c.kind === 'or' ? `(${conditionText(c)})` : conditionText(c));
      return `${side(condition.left)} && ${side(condition.right)}`;
    }
    case 'or':
      return `${conditionText(condition.left)} || ${conditionText(condition.right)}`;
    case 'not':
      return condition.operand.kind === 'symbol' || condition.operand.kind === 'constant'
        ? `!${conditionText(condition.operand)}`
        : `!(${conditionText(condition.operand)})`;
    default:
      return exprText(condition);
  }
}

/** What turning the symbol on turns on, found by turning it on: that takes conditions and chains into account. */
function pulledIn(configuration: Configuration, symbol: SymbolModel): string[] {
  const found: string[] = [];
  const queue = [symbol];
  const seen = new Set(queue);
  for (let next = queue.shift(); next; next = queue.shift()) {
    for (const { target, condition } of next.selects) {
      const selected = configuration.model.symbols.get(target);
      // A condition on the symbol itself holds once it is on; any other must hold now.
      const holds =
        configuration.holds(condition) || symbolsOfCondition(condition).some((s) => s.name === symbol.name || found.includes(s.name));
      if (!selected || seen.has(selected) || !holds) continue;
      seen.add(selected);
      found.push(target);
      queue.push(selected);
    }
  }
  return found;
}

function dependents(configuration: Configuration, symbol: SymbolModel): string[] {
  return [...configuration.model.symbols.values()]
    .filter((other) => other !== symbol && symbolsOfCondition(other.directDependency).some((s) => s.name === symbol.name))
    .map((other) => other.name);
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}
