import type { Problem } from '../../problem.ts';
import type { Expr, Operand, Place } from './ast.ts';
import { symbolsOfCondition, type ChoiceModel, type Condition, type KconfigModel, type SymbolModel } from './model.ts';

const decimal = /^-?\d+$/;
const hexadecimal = /^(0[xX])?[0-9a-fA-F]+$/;

/** Whether a text is a value of that type. */
export function isValueOf(type: SymbolModel['type'], text: string): boolean {
  switch (type) {
    case 'bool':
      return text === 'y' || text === 'n';
    case 'tristate':
      return text === 'y' || text === 'n' || text === 'm';
    case 'int':
      return decimal.test(text);
    case 'hex':
      return hexadecimal.test(text);
    default:
      return true;
  }
}

/** What is wrong with a model whatever the values: unknown names, wrong types, dependencies that go round. */
export function checkModel(model: KconfigModel): Problem[] {
  const problems: Problem[] = [];
  const warn = (place: Place, message: string, hint?: string) =>
    problems.push({ severity: 'warning', place, message, ...(hint ? { hint } : {}) });
  const reported = new Set<string>();
  const checkNames = (condition: Condition | undefined) => {
    for (const { name, place } of symbolsOfCondition(condition)) {
      const key = `${name}@${place.file}:${place.line}`;
      if (model.symbols.has(name) || !/[A-Z_]/.test(name) || hexadecimal.test(name) || reported.has(key)) continue;
      reported.add(key);
      warn(place, `${name} is not defined: it counts as n`, nearest(name, model));
    }
  };
  for (const symbol of model.symbols.values()) {
    checkSymbol(symbol, model, warn);
    for (const node of symbol.nodes) {
      checkNames(node.dependency);
      checkNames(node.prompt?.condition);
    }
    for (const item of [...symbol.defaults, ...symbol.selects, ...symbol.implies, ...symbol.ranges]) checkNames(item.condition);
    if (symbol.type === 'bool' || symbol.type === 'tristate') for (const d of symbol.defaults) checkNames(d.value);
  }
  for (const choice of model.choices) {
    for (const node of choice.nodes) checkNames(node.dependency);
    for (const d of choice.defaults) {
      if (d.value.kind !== 'symbol') warn(d.place, 'the default of a choice is the name of one of its members');
      else if (!choice.members.some((m) => d.value.kind === 'symbol' && m.name === d.value.name))
        warn(d.place, `${d.value.name} is not a member of this choice`);
    }
  }
  return [...problems, ...dependencyLoops(model)];
}

type Warn = (place: Place, message: string, hint?: string) => void;

function checkSymbol(symbol: SymbolModel, model: KconfigModel, warn: Warn): void {
  const place = symbol.nodes[0]?.place;
  if (!place) return;
  if (symbol.type === 'unknown') warn(place, `${symbol.name} has no type`, 'add bool, int, hex or string');
  const logical = symbol.type === 'bool' || symbol.type === 'tristate';
  for (const { target, place: at } of [...symbol.selects, ...symbol.implies]) {
    const selected = model.symbols.get(target);
    if (!selected) warn(at, `${target} is not defined: selecting it does nothing`, nearest(target, model));
    else if (selected.type !== 'bool' && selected.type !== 'tristate' && selected.type !== 'unknown')
      warn(at, `${target} is ${selected.type}: only bool symbols can be selected`);
    else if (selected.choice) warn(at, `${target} is a member of a choice: selecting it does nothing`);
    if (!logical) warn(at, `${symbol.name} is ${symbol.type}: only bool symbols can select`);
  }
  for (const range of symbol.ranges) {
    if (symbol.type !== 'int' && symbol.type !== 'hex') warn(range.place, `${symbol.name} is ${symbol.type}: only int and hex have ranges`);
    else for (const bound of [range.low, range.high]) checkNumber(symbol, bound, model, warn);
  }
  for (const d of symbol.defaults) checkDefault(symbol, d, model, warn);
  if (symbol.choice && symbol.defaults.length > 0 && symbol.type === 'bool')
    warn(place, `default of ${symbol.name} does nothing: it is a member of a choice`, 'give the choice a default');
}

function checkDefault(symbol: SymbolModel, item: { value: Expr; place: Place }, model: KconfigModel, warn: Warn): void {
  const { value } = item;
  if (symbol.type === 'bool' || symbol.type === 'tristate') {
    const ok =
      value.kind === 'constant'
        ? isValueOf('tristate', value.value)
        : value.kind !== 'symbol' ||
          !model.symbols.has(value.name) ||
          /^(bool|tristate|unknown)$/.test(model.symbols.get(value.name)?.type ?? '');
    if (!ok) warn(item.place, `${symbol.name} is ${symbol.type}, its default ${describe(value)} is not`);
  } else if (value.kind !== 'symbol' && value.kind !== 'constant') {
    if (symbol.type !== 'unknown') warn(item.place, `${symbol.name} is ${symbol.type}: its default must be one value or symbol`);
  } else if (symbol.type === 'int' || symbol.type === 'hex') checkNumber(symbol, value, model, warn);
}

function checkNumber(symbol: SymbolModel, value: Operand, model: KconfigModel, warn: Warn): void {
  const other = value.kind === 'symbol' ? model.symbols.get(value.name) : undefined;
  const ok = other ? other.type === symbol.type : isValueOf(symbol.type, value.kind === 'symbol' ? value.name : value.value);
  if (!ok) warn(value.place, `${describe(value)} is not a value of type ${symbol.type} for ${symbol.name}`);
}

function describe(value: Expr): string {
  return value.kind === 'symbol' ? value.name : value.kind === 'constant' ? JSON.stringify(value.value) : 'expression';
}

function nearest(name: string, model: KconfigModel): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, name.length / 5) + 1;
  for (const candidate of model.symbols.keys()) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best && `did you mean ${best}?`;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Symbols that may depend on each other in a row: more than anyone writes, few enough for the stack. */
const maxChain = 400;

type Edge = { to: SymbolModel | ChoiceModel; why: string; place: Place };

/** Begins the message of a model that must not be evaluated. */
export const chainTooLong = 'too many symbols depend on each other in a row';

/** Symbols whose value depends on itself. Each loop is reported once, with the way round. */
export function dependencyLoops(model: KconfigModel): Problem[] {
  const problems: Problem[] = [];
  const state = new Map<SymbolModel | ChoiceModel, 'open' | 'done'>();
  const path: { at: SymbolModel | ChoiceModel; edge: Edge }[] = [];
  let tooLong = false;
  const visit = (at: SymbolModel | ChoiceModel): void => {
    state.set(at, 'open');
    if (path.length >= maxChain && !tooLong) {
      tooLong = true;
      const place = at.nodes[0]?.place;
      problems.push({
        severity: 'error',
        ...(place ? { place } : {}),
        message: `${chainTooLong}: more than ${maxChain} up to ${label(at)}`,
      });
    }
    if (tooLong) return;
    for (const edge of edgesOf(at, model)) {
      const seen = state.get(edge.to);
      if (seen === 'done') continue;
      path.push({ at, edge });
      if (seen === 'open') problems.push(loopProblem(path.slice(path.findIndex((step) => step.at === edge.to))));
      else visit(edge.to);
      path.pop();
    }
    state.set(at, 'done');
  };
  for (const symbol of model.symbols.values()) if (!state.has(symbol)) visit(symbol);
  return problems;
}

function loopProblem(steps: readonly { at: SymbolModel | ChoiceModel; edge: Edge }[]): Problem {
  const lines = steps.map(({ at, edge }) => `${label(at)} ${edge.why} ${label(edge.to)} (${edge.place.file}:${edge.place.line})`);
  const place = steps[0]?.edge.place;
  return { severity: 'error', ...(place ? { place } : {}), message: `dependencies go round in a circle: ${lines.join('; ')}` };
}

function label(item: SymbolModel | ChoiceModel): string {
  return item.name ?? 'choice';
}

function edgesOf(item: SymbolModel | ChoiceModel, model: KconfigModel): Edge[] {
  const edges: Edge[] = [];
  const add = (condition: Condition | undefined, why: string, fallback: Place) => {
    // The first reason is enough: a prompt's condition repeats the dependencies.
    for (const { to, place } of mentioned(condition, model))
      if (!edges.some((edge) => edge.to === to)) edges.push({ to, why, place: place ?? fallback });
  };
  const place = item.nodes[0]?.place ?? { file: '', line: 0, column: 0 };
  for (const node of item.nodes) {
    add(node.dependency, 'depends on', node.place);
    add(node.prompt?.condition, 'is shown by', node.place);
  }
  for (const d of item.defaults) {
    // A choice's default names a member, which depends on the choice: that is how choices work and no loop.
    if (!('members' in item)) add(d.value, 'has the default', d.place);
    add(d.condition, 'has a default by', d.place);
  }
  if ('members' in item) {
    for (const member of item.members)
      for (const node of member.nodes)
        add(withoutChoice(node.prompt?.condition, item), `has the member ${member.name}, which depends on`, node.place);
    // Members that depend on each other only decide which of them the choice falls on.
    return edges.filter(({ to }) => 'members' in to || to.choice !== item);
  }
  for (const r of item.ranges) for (const part of [r.low, r.high, r.condition]) add(part, 'has a range by', r.place);
  for (const s of [...item.selectedBy, ...item.impliedBy]) {
    edges.push({ to: s.symbol, why: 'is selected by', place: s.place });
    add(s.condition, `is selected by ${s.symbol.name} if`, s.place);
  }
  if (item.choice) edges.push({ to: item.choice, why: 'is a member of the', place });
  return edges;
}

/** A member's own condition: without the part that says it belongs to its choice, or every choice would be a loop. */
function withoutChoice(condition: Condition | undefined, choice: ChoiceModel): Condition | undefined {
  if (!condition || (condition.kind === 'choice' && condition.choice === choice)) return undefined;
  if (condition.kind !== 'and') return condition;
  const left = withoutChoice(condition.left, choice);
  const right = withoutChoice(condition.right, choice);
  return left && right ? { kind: 'and', left, right } : (left ?? right);
}

function mentioned(condition: Condition | undefined, model: KconfigModel): { to: SymbolModel | ChoiceModel; place?: Place }[] {
  if (!condition) return [];
  if (condition.kind === 'choice') return [{ to: condition.choice }];
  if (condition.kind === 'and' || condition.kind === 'or')
    return [...mentioned(condition.left, model), ...mentioned(condition.right, model)];
  if (condition.kind === 'not') return mentioned(condition.operand, model);
  return symbolsOfCondition(condition).flatMap(({ name, place }) => {
    const to = model.symbols.get(name);
    return to ? [{ to, place }] : [];
  });
}
