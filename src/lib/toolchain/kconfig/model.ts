import type { Problem } from '../../problem.ts';
import { symbolsOf } from './ast.ts';
import type { Default, Entry, Expr, KconfigFile, Operand, Place, Prompt, Range, Selection, ValueType } from './ast.ts';

/** A condition after resolution: like {@link Expr}, and a choice may stand in it (members depend on theirs). */
export type Condition =
  | Operand
  | { kind: 'choice'; choice: ChoiceModel }
  | { kind: 'not'; operand: Condition }
  | { kind: 'and' | 'or'; left: Condition; right: Condition }
  | Extract<Expr, { kind: 'compare' }>;

export type Guarded<T> = Omit<T, 'condition'> & { condition?: Condition };

/**
 * One definition of a symbol, or a menu, choice or comment, in the menu tree. `if` blocks are dissolved into the conditions of what they
 * hold; they stand in the tree only until it is known what nests under what.
 */
export type MenuNode = {
  item:
    | { kind: 'symbol'; symbol: SymbolModel }
    | { kind: 'choice'; choice: ChoiceModel }
    | { kind: 'menu' }
    | { kind: 'comment' }
    | { kind: 'if' };
  /** Whether its children open as a page of their own. */
  isMenuConfig: boolean;
  /** Own dependencies and those of everything around it. */
  dependency?: Condition;
  /** `visible if` of this menu. */
  visibleIf?: Condition;
  prompt?: Guarded<Prompt>;
  help?: string;
  place: Place;
  parent?: MenuNode;
  children: MenuNode[];
};

export type SymbolModel = {
  name: string;
  type: ValueType | 'unknown';
  nodes: MenuNode[];
  defaults: Guarded<Default>[];
  selects: Guarded<Selection>[];
  implies: Guarded<Selection>[];
  ranges: Guarded<Range>[];
  /** Who selects and implies this symbol. */
  selectedBy: { symbol: SymbolModel; condition?: Condition; place: Place }[];
  impliedBy: { symbol: SymbolModel; condition?: Condition; place: Place }[];
  /** Some definition's dependencies hold. Undefined: always. */
  directDependency?: Condition;
  /** Some definition has no dependencies, so that alternatives no longer matter. */
  alwaysDefinable: boolean;
  choice?: ChoiceModel;
  env?: string;
};

export type ChoiceModel = {
  name?: string;
  type: 'bool' | 'tristate';
  optional: boolean;
  nodes: MenuNode[];
  defaults: Guarded<Default>[];
  members: SymbolModel[];
  place: Place;
};

/** A configuration language ready to be evaluated: what is asked and what depends on what. */
export type KconfigModel = {
  mainMenu: string;
  /** Entries at top level. */
  menu: MenuNode[];
  /** Defined symbols by name, in order of first definition. */
  symbols: ReadonlyMap<string, SymbolModel>;
  choices: readonly ChoiceModel[];
  /** The symbol that turns tristate on, when there is one. */
  modules?: SymbolModel;
  files: readonly string[];
};

/** Resolves a parsed file: spreads dependencies inward, gathers symbols defined in several places, checks what can be checked. */
export function buildModel(file: KconfigFile, environment: ReadonlyMap<string, string>): { model: KconfigModel; problems: Problem[] } {
  const builder = new ModelBuilder(environment);
  const menu = nestDependents(builder.build(file.entries, {}));
  setParents(menu, undefined);
  const model: KconfigModel = {
    mainMenu: file.mainMenu,
    menu,
    symbols: builder.symbols,
    choices: builder.choices,
    ...(builder.symbols.get('MODULES') ? { modules: builder.symbols.get('MODULES') } : {}),
    files: file.files,
  };
  builder.connectSelections();
  builder.inheritChoiceTypes();
  return { model, problems: builder.problems };
}

type Surroundings = { dependency?: Condition; visibleIf?: Condition; choice?: ChoiceModel };

class ModelBuilder {
  readonly symbols = new Map<string, SymbolModel>();
  readonly choices: ChoiceModel[] = [];
  readonly problems: Problem[] = [];
  private readonly namedChoices = new Map<string, ChoiceModel>();
  private readonly environment: ReadonlyMap<string, string>;

  constructor(environment: ReadonlyMap<string, string>) {
    this.environment = environment;
  }

  build(entries: readonly Entry[], around: Surroundings): MenuNode[] {
    return entries.map((entry) => this.entry(entry, around));
  }

  private entry(entry: Entry, around: Surroundings): MenuNode {
    if (entry.kind === 'if') {
      const dependency = and(entry.condition, around.dependency);
      const children = this.build(entry.children, { ...around, dependency });
      return { item: { kind: 'if' }, isMenuConfig: false, dependency, place: entry.place, children };
    }
    const { attributes } = entry;
    const dependency = and(attributes.dependsOn, around.dependency);
    const takesVisibility = entry.kind !== 'menu' && entry.kind !== 'comment';
    const prompt = attributes.prompt && {
      ...attributes.prompt,
      condition: and(and(attributes.prompt.condition, takesVisibility ? around.visibleIf : undefined), dependency),
    };
    const node: Omit<MenuNode, 'item'> = {
      isMenuConfig: entry.kind === 'menuconfig' || entry.kind === 'menu',
      dependency,
      ...(prompt ? { prompt } : {}),
      ...(attributes.help ? { help: attributes.help } : {}),
      place: entry.place,
      children: [],
    };
    switch (entry.kind) {
      case 'config':
      case 'menuconfig':
        return this.symbol(entry, node, around);
      case 'choice':
        return this.choice(entry, node, around);
      case 'comment':
        return { ...node, item: { kind: 'comment' } };
      case 'menu': {
        const menu: MenuNode = { ...node, item: { kind: 'menu' }, visibleIf: attributes.visibleIf };
        menu.children = this.build(entry.children, { dependency, visibleIf: and(around.visibleIf, attributes.visibleIf) });
        return menu;
      }
    }
  }

  private symbol(entry: Extract<Entry, { kind: 'config' | 'menuconfig' }>, base: Omit<MenuNode, 'item'>, around: Surroundings): MenuNode {
    const { attributes, name } = entry;
    const symbol = this.symbols.get(name) ?? newSymbol(name);
    this.symbols.set(name, symbol);
    const node: MenuNode = { ...base, item: { kind: 'symbol', symbol } };
    this.mergeType(symbol, attributes.type);
    const guard = <T extends { condition?: Expr }>(list: readonly T[]) =>
      list.map((item) => ({ ...item, condition: and(item.condition, base.dependency) }));
    symbol.nodes.push(node);
    symbol.defaults.push(...guard(attributes.defaults));
    symbol.selects.push(...guard(attributes.selects));
    symbol.implies.push(...guard(attributes.implies));
    symbol.ranges.push(...guard(attributes.ranges));
    symbol.alwaysDefinable ||= !base.dependency;
    symbol.directDependency = symbol.alwaysDefinable ? undefined : or(symbol.directDependency, base.dependency);
    if (attributes.env) this.environmentDefault(symbol, attributes.env);
    if (around.choice) this.joinChoice(symbol, around.choice, entry.place);
    return node;
  }

  private mergeType(symbol: SymbolModel, type: { value: ValueType; place: Place } | undefined): void {
    if (!type) return;
    if (symbol.type !== 'unknown' && symbol.type !== type.value)
      this.warn(type.place, `${symbol.name} is ${type.value} here and ${symbol.type} where it is defined first (${where(symbol)})`);
    else symbol.type = type.value;
  }

  private environmentDefault(symbol: SymbolModel, env: { name: string; place: Place }): void {
    const value = this.environment.get(env.name);
    if (value === undefined) this.warn(env.place, `${symbol.name} takes its value from ${env.name}, which is not set`);
    symbol.env = env.name;
    symbol.defaults.push({ value: { kind: 'constant', value: value ?? '', place: env.place }, place: env.place });
  }

  private joinChoice(symbol: SymbolModel, choice: ChoiceModel, place: Place): void {
    if (symbol.choice && symbol.choice !== choice) this.warn(place, `${symbol.name} is a member of two choices`);
    symbol.choice ??= choice;
    if (!choice.members.includes(symbol)) choice.members.push(symbol);
  }

  private choice(entry: Extract<Entry, { kind: 'choice' }>, base: Omit<MenuNode, 'item'>, around: Surroundings): MenuNode {
    const { attributes } = entry;
    const known = entry.name ? this.namedChoices.get(entry.name) : undefined;
    const choice: ChoiceModel = known ?? {
      ...(entry.name ? { name: entry.name } : {}),
      type: 'bool',
      optional: false,
      nodes: [],
      defaults: [],
      members: [],
      place: entry.place,
    };
    if (!known) this.choices.push(choice);
    if (entry.name) this.namedChoices.set(entry.name, choice);
    const type = attributes.type?.value;
    if (type === 'bool' || type === 'tristate') choice.type = type;
    else if (type && attributes.type) this.error(attributes.type.place, `a choice is bool or tristate, not ${type}`);
    choice.optional ||= attributes.optional === true;
    choice.defaults.push(...attributes.defaults.map((d) => ({ ...d, condition: and(d.condition, base.dependency) })));
    const node: MenuNode = { ...base, item: { kind: 'choice', choice } };
    choice.nodes.push(node);
    node.children = this.build(entry.children, {
      dependency: { kind: 'choice', choice },
      ...(around.visibleIf ? { visibleIf: around.visibleIf } : {}),
      choice,
    });
    if (!choice.nodes.some((n) => n.prompt)) this.warn(entry.place, 'choice without a prompt');
    return node;
  }

  /** Members of a choice that say no type take the choice's, as menuconfig does it. */
  inheritChoiceTypes(): void {
    for (const choice of this.choices) for (const member of choice.members) if (member.type === 'unknown') member.type = choice.type;
  }

  connectSelections(): void {
    for (const symbol of this.symbols.values()) {
      for (const select of symbol.selects)
        this.symbols.get(select.target)?.selectedBy.push({ symbol, condition: select.condition, place: select.place });
      for (const imply of symbol.implies)
        this.symbols.get(imply.target)?.impliedBy.push({ symbol, condition: imply.condition, place: imply.place });
    }
  }

  private warn(place: Place, message: string): void {
    this.problems.push({ severity: 'warning', place, message });
  }

  private error(place: Place, message: string): void {
    this.problems.push({ severity: 'error', place, message });
  }
}

function newSymbol(name: string): SymbolModel {
  return {
    name, type: 'unknown', nodes: [], defaults: [], selects: [], implies: [], ranges: [], selectedBy: [], impliedBy: [], alwaysDefinable: false,
  }; // prettier-ignore
}

function where(symbol: SymbolModel): string {
  const place = symbol.nodes[0]?.place;
  return place ? `${place.file}:${place.line}` : 'elsewhere';
}

/** Conjunction, folded where a side is y or n, so that a dependency on n hides what else an entry needs. */
function and(left: Condition | undefined, right: Condition | undefined): Condition | undefined {
  if (!left || isConstant(right, 'n')) return right;
  if (!right || isConstant(left, 'n')) return left;
  if (isConstant(left, 'y')) return right;
  return isConstant(right, 'y') ? left : { kind: 'and', left, right };
}

function or(left: Condition | undefined, right: Condition | undefined): Condition | undefined {
  if (!left || isConstant(right, 'y')) return right;
  if (!right || isConstant(left, 'y')) return left;
  if (isConstant(left, 'n')) return right;
  return isConstant(right, 'n') ? left : { kind: 'or', left, right };
}

function isConstant(condition: Condition | undefined, value: 'y' | 'n'): boolean {
  return condition?.kind === 'constant' && condition.value === value;
}

/**
 * Makes entries that follow a symbol and need it its children, as every menu program shows them. An entry needs a symbol when its prompt's
 * condition (its dependencies, for one without a prompt) cannot hold without the symbol. Then dissolves what cannot be opened: `if` blocks
 * and symbols without a prompt leave their children beside them.
 */
function nestDependents(level: MenuNode[]): MenuNode[] {
  for (let i = 0; i < level.length; i++) nestUnder(level, i);
  return flatten(level);
}

function nestUnder(level: MenuNode[], index: number): void {
  const node = level[index];
  if (!node) return;
  const { item } = node;
  if (item.kind !== 'symbol') {
    node.children = nestDependents(node.children);
    return;
  }
  for (
    let next = level[index + 1];
    next && requires(next.prompt ? next.prompt.condition : next.dependency, item.symbol.name);
    next = level[index + 1]
  ) {
    nestUnder(level, index + 1);
    node.children.push(...level.splice(index + 1, 1));
  }
  node.children = flatten(node.children);
}

function flatten(level: readonly MenuNode[]): MenuNode[] {
  return level.flatMap((node) => {
    if (node.item.kind === 'if') return node.children;
    if (node.prompt || node.item.kind === 'choice' || node.children.length === 0) return [node];
    return [node, ...node.children.splice(0)];
  });
}

function setParents(level: readonly MenuNode[], parent: MenuNode | undefined): void {
  for (const node of level) {
    if (parent) node.parent = parent;
    setParents(node.children, node);
  }
}

function requires(condition: Condition | undefined, name: string): boolean {
  if (!condition) return false;
  if (condition.kind === 'symbol') return condition.name === name;
  // A bare m stands for "m && MODULES".
  if (condition.kind === 'constant') return condition.value === 'm' && name === 'MODULES';
  if (condition.kind === 'and') return requires(condition.left, name) || requires(condition.right, name);
  if (condition.kind !== 'compare') return false;
  const { left, right } = condition;
  const value = left.kind === 'symbol' && left.name === name ? right : right.kind === 'symbol' && right.name === name ? left : undefined;
  if (value?.kind !== 'constant') return false;
  return condition.op === '=' ? value.value === 'y' || value.value === 'm' : condition.op === '!=' && value.value === 'n';
}

/** Symbols that a condition mentions; a choice counts as what its own visibility and defaults mention. */
export function symbolsOfCondition(condition: Condition | undefined): Extract<Operand, { kind: 'symbol' }>[] {
  if (!condition) return [];
  switch (condition.kind) {
    case 'choice':
      return [];
    case 'symbol':
    case 'constant':
      return symbolsOf(condition);
    case 'compare':
      return [...symbolsOf(condition.left), ...symbolsOf(condition.right)];
    case 'not':
      return symbolsOfCondition(condition.operand);
    default:
      return [...symbolsOfCondition(condition.left), ...symbolsOfCondition(condition.right)];
  }
}
