import type { Problem } from '../../problem.ts';
import type { CompareOp, Operand, Place } from './ast.ts';
import { isValueOf } from './check.ts';
import type { ChoiceModel, Condition, KconfigModel, SymbolModel } from './model.ts';

/** n, m, y as numbers: `&&` is the minimum, `||` the maximum, `!` the difference from 2. */
export type Tristate = 0 | 1 | 2;

export const tristateText = ['n', 'm', 'y'] as const;

/** What a person, a defconfig or a .config asks for, by symbol name without `CONFIG_`; strings without quotes. */
export type Settings = ReadonlyMap<string, string>;

type Evaluated = {
  text: string;
  tristate: Tristate;
  /** Whether .config mentions it: it is visible, or has a value from a default or a select. */
  written: boolean;
};

/**
 * The values of all symbols under given settings. Immutable: {@link Configuration.with} gives another. Values are worked out when asked for
 * and kept. Semantics are those of Linux's Kconfig (Documentation/kbuild/kconfig-language): a setting counts only while the symbol's prompt
 * is visible, `select` overrides it from below, `imply` and defaults apply where there is no setting.
 */
export class Configuration {
  readonly model: KconfigModel;
  readonly settings: Settings;
  private readonly values = new Map<SymbolModel, Evaluated>();
  private readonly modes = new Map<ChoiceModel, Tristate>();
  private readonly selections = new Map<ChoiceModel, SymbolModel | undefined>();
  /** Under evaluation, so that a dependency loop (reported by `checkModel`) ends. */
  private readonly open = new Set<SymbolModel | ChoiceModel>();
  private readonly chosen: ReadonlyMap<ChoiceModel, { mode: Tristate; member?: SymbolModel }>;

  constructor(model: KconfigModel, settings: Settings = new Map()) {
    this.model = model;
    this.settings = settings;
    this.chosen = chosenMembers(model, settings);
  }

  /** The same model with other settings; `undefined` as a value takes a setting back. Members of a choice give way to the one set to y. */
  with(changes: Iterable<readonly [string, string | undefined]>): Configuration {
    const settings = new Map(this.settings);
    for (const [name, value] of changes) {
      const symbol = this.model.symbols.get(name);
      settings.delete(name);
      if (value === 'y') for (const member of symbol?.choice?.members ?? []) settings.delete(member.name);
      if (value !== undefined) settings.set(name, value);
    }
    return new Configuration(this.model, settings);
  }

  /** Value as .config has it, without quotes; '' for one that is not defined. */
  valueOf(name: string): string {
    const symbol = this.model.symbols.get(name);
    return symbol ? this.evaluate(symbol).text : '';
  }

  isOn(name: string): boolean {
    const symbol = this.model.symbols.get(name);
    return symbol !== undefined && this.evaluate(symbol).tristate > 0;
  }

  /** Whether .config has a line for the symbol. */
  isWritten(symbol: SymbolModel): boolean {
    return this.evaluate(symbol).written;
  }

  /** Type in effect: tristate is bool while modules are off, which they are wherever no MODULES symbol is on. */
  typeOf(symbol: SymbolModel): SymbolModel['type'] {
    return symbol.type === 'tristate' && !this.modulesOn() ? 'bool' : symbol.type;
  }

  private modulesOn(): boolean {
    const { modules } = this.model;
    return modules !== undefined && !this.open.has(modules) && this.evaluate(modules).tristate === 2;
  }

  /** Value of a condition; one that is absent holds. */
  private test(condition: Condition | undefined): Tristate {
    if (!condition) return 2;
    switch (condition.kind) {
      case 'symbol': {
        const symbol = this.model.symbols.get(condition.name);
        return symbol ? this.evaluate(symbol).tristate : 0;
      }
      case 'constant':
        return condition.value === 'y' ? 2 : condition.value === 'm' ? 1 : 0;
      case 'choice':
        return this.modeOf(condition.choice);
      case 'not':
        return invert(this.test(condition.operand));
      case 'and':
        return least(this.test(condition.left), this.test(condition.right));
      case 'or':
        return most(this.test(condition.left), this.test(condition.right));
      case 'compare':
        return this.compare(condition.op, condition.left, condition.right) ? 2 : 0;
    }
  }

  /** Like {@link test}, where a bare `m` means "m if modules are on", as in dependencies. */
  private testGuard(condition: Condition | undefined): Tristate {
    if (condition?.kind === 'constant' && condition.value === 'm') return this.modulesOn() ? 1 : 0;
    if (condition?.kind === 'and') return least(this.testGuard(condition.left), this.testGuard(condition.right));
    if (condition?.kind === 'or') return most(this.testGuard(condition.left), this.testGuard(condition.right));
    if (condition?.kind === 'not') return invert(this.testGuard(condition.operand));
    return this.test(condition);
  }

  /** Whether a dependency or a guard holds. */
  holds(condition: Condition | undefined): boolean {
    return this.testGuard(condition) > 0;
  }

  private compare(op: CompareOp, left: Operand, right: Operand): boolean {
    const a = this.operand(left);
    const b = this.operand(right);
    let order = a.text < b.text ? -1 : a.text > b.text ? 1 : 0;
    if ((!a.isString || !b.isString) && a.number !== undefined && b.number !== undefined)
      order = a.number < b.number ? -1 : a.number > b.number ? 1 : 0;
    switch (op) {
      case '=':
        return order === 0;
      case '!=':
        return order !== 0;
      case '<':
        return order < 0;
      case '<=':
        return order <= 0;
      case '>':
        return order > 0;
      case '>=':
        return order >= 0;
    }
  }

  private operand(operand: Operand): { text: string; isString: boolean; number: bigint | undefined } {
    if (operand.kind === 'constant') {
      // y, m and n compare as what bool symbols compare as.
      const index = tristateText.findIndex((t) => t === operand.value);
      return { text: operand.value, isString: false, number: index >= 0 ? BigInt(index) : parseNumber(operand.value, 'unknown') };
    }
    const symbol = this.model.symbols.get(operand.name);
    if (!symbol) return { text: operand.name, isString: false, number: parseNumber(operand.name, 'unknown') };
    const { text, tristate } = this.evaluate(symbol);
    if (symbol.type === 'bool' || symbol.type === 'tristate') return { text, isString: false, number: BigInt(tristate) };
    return { text, isString: symbol.type === 'string', number: parseNumber(text, symbol.type) };
  }

  /** How far a person may set the symbol: 0 not at all, 1 up to m, 2 up to y. */
  visibilityOf(symbol: SymbolModel): Tristate {
    let visibility: Tristate = 0;
    for (const { prompt } of symbol.nodes) if (prompt) visibility = most(visibility, this.testGuard(prompt.condition));
    if (symbol.choice) {
      const mode = this.modeOf(symbol.choice);
      if (symbol.choice.type === 'tristate' && symbol.type !== 'tristate' && mode !== 2) return 0;
      if (symbol.type === 'tristate' && visibility === 1 && mode === 2) return 0;
    }
    return visibility === 1 && this.typeOf(symbol) !== 'tristate' ? 2 : visibility;
  }

  choiceVisibility(choice: ChoiceModel): Tristate {
    let visibility: Tristate = 0;
    for (const { prompt } of choice.nodes) if (prompt) visibility = most(visibility, this.testGuard(prompt.condition));
    return visibility === 1 && !(choice.type === 'tristate' && this.modulesOn()) ? 2 : visibility;
  }

  /** y while one member is chosen, n while the choice is not available. */
  modeOf(choice: ChoiceModel): Tristate {
    const known = this.modes.get(choice);
    if (known !== undefined) return known;
    if (this.open.has(choice)) return 0;
    this.open.add(choice);
    const isTristate = choice.type === 'tristate' && this.modulesOn();
    let mode: Tristate = choice.optional ? 0 : 1;
    mode = most(mode, this.chosen.get(choice)?.mode ?? 0);
    mode = least(mode, this.choiceVisibility(choice));
    if (mode === 1 && !isTristate) mode = 2;
    this.open.delete(choice);
    this.modes.set(choice, mode);
    return mode;
  }

  /** The member that is y. */
  selectionOf(choice: ChoiceModel): SymbolModel | undefined {
    if (this.modeOf(choice) !== 2) return undefined;
    if (this.selections.has(choice)) return this.selections.get(choice);
    const chosen = this.chosen.get(choice)?.member;
    const selection = chosen && this.visibilityOf(chosen) > 0 ? chosen : this.defaultSelectionOf(choice);
    this.selections.set(choice, selection);
    return selection;
  }

  /** The member that is y when nobody chooses. */
  defaultSelectionOf(choice: ChoiceModel): SymbolModel | undefined {
    for (const { value, condition } of choice.defaults) {
      const member = value.kind === 'symbol' ? this.model.symbols.get(value.name) : undefined;
      if (member && this.testGuard(condition) > 0 && this.visibilityOf(member) > 0) return member;
    }
    return choice.members.find((member) => this.visibilityOf(member) > 0);
  }

  /** The setting for a symbol, when it is one of its type. */
  private settingOf(symbol: SymbolModel): string | undefined {
    const text = this.settings.get(symbol.name);
    return text !== undefined && isValueOf(symbol.type, text) ? text : undefined;
  }

  /** Largest value among those that select the symbol. */
  selectedTo(symbol: SymbolModel): Tristate {
    return this.strongest(symbol.selectedBy);
  }

  impliedTo(symbol: SymbolModel): Tristate {
    return this.strongest(symbol.impliedBy);
  }

  private strongest(list: SymbolModel['selectedBy']): Tristate {
    let value: Tristate = 0;
    for (const { symbol, condition } of list) value = most(value, least(this.evaluate(symbol).tristate, this.testGuard(condition)));
    return value;
  }

  dependenciesOf(symbol: SymbolModel): Tristate {
    return this.testGuard(symbol.directDependency);
  }

  private evaluate(symbol: SymbolModel): Evaluated {
    const known = this.values.get(symbol);
    if (known) return known;
    if (this.open.has(symbol))
      return { text: symbol.type === 'bool' || symbol.type === 'tristate' ? 'n' : '', tristate: 0, written: false };
    this.open.add(symbol);
    const value = symbol.type === 'bool' || symbol.type === 'tristate' ? this.logical(symbol) : this.textual(symbol);
    this.open.delete(symbol);
    this.values.set(symbol, value);
    return value;
  }

  private logical(symbol: SymbolModel): Evaluated {
    const visibility = this.visibilityOf(symbol);
    let written = visibility > 0;
    let value: Tristate = 0;
    const setting = this.settingOf(symbol);
    if (symbol.choice) {
      if (visibility === 2) value = this.selectionOf(symbol.choice) === symbol ? 2 : 0;
      else if (visibility > 0 && setting !== undefined && setting !== 'n') value = 1;
    } else {
      if (visibility > 0 && setting !== undefined) value = least(toTristate(setting), visibility);
      else {
        const byDefault = this.logicalDefault(symbol);
        value = byDefault;
        written ||= byDefault > 0;
        const implied = this.impliedTo(symbol);
        if (implied > 0 && this.dependenciesOf(symbol) > 0) {
          value = most(value, implied);
          written = true;
        }
      }
      const selected = this.selectedTo(symbol);
      if (selected > 0) {
        value = most(value, selected);
        written = true;
      }
      if (value === 1 && (this.typeOf(symbol) === 'bool' || this.impliedTo(symbol) === 2)) value = 2;
    }
    return { text: tristateText[value], tristate: value, written };
  }

  private logicalDefault(symbol: SymbolModel): Tristate {
    for (const { value, condition } of symbol.defaults) {
      const guard = this.testGuard(condition);
      if (guard > 0) return least(this.test(value), guard);
    }
    return 0;
  }

  private textual(symbol: SymbolModel): Evaluated {
    const visible = this.visibilityOf(symbol) > 0;
    const setting = this.settingOf(symbol);
    const evaluated = (text: string, written: boolean): Evaluated => ({ text, tristate: 0, written });
    const isNumber = symbol.type === 'int' || symbol.type === 'hex';
    const range = isNumber ? this.rangeOf(symbol) : undefined;
    if (visible && setting !== undefined && (!isNumber || inRange(parseNumber(setting, symbol.type), range)))
      return evaluated(setting, true);
    const byDefault = this.textDefault(symbol);
    let text = byDefault ?? '';
    if (range) {
      const number = parseNumber(text, symbol.type) ?? 0n;
      const clamped = number < range.low ? range.low : number > range.high ? range.high : undefined;
      if (clamped !== undefined) text = symbol.type === 'hex' ? `0x${clamped.toString(16)}` : String(clamped);
    }
    return symbol.type === 'unknown' ? evaluated(symbol.name, false) : evaluated(text, visible || byDefault !== undefined);
  }

  private textDefault(symbol: SymbolModel): string | undefined {
    for (const { value, condition } of symbol.defaults) {
      if (this.testGuard(condition) === 0) continue;
      if (value.kind === 'constant') return value.value;
      if (value.kind !== 'symbol') return '';
      return this.model.symbols.has(value.name) ? this.valueOf(value.name) : value.name;
    }
    return undefined;
  }

  /** The range in effect, both ends included. */
  rangeOf(symbol: SymbolModel): { low: bigint; high: bigint } | undefined {
    const active = symbol.ranges.find(({ condition }) => this.testGuard(condition) > 0);
    if (!active) return undefined;
    const bound = (operand: Operand) => parseNumber(this.operand(operand).text, symbol.type) ?? 0n;
    return { low: bound(active.low), high: bound(active.high) };
  }

  /** What the value would be with no setting for this symbol and everything else as it is. */
  defaultOf(symbol: SymbolModel): string {
    if (symbol.type !== 'bool' && symbol.type !== 'tristate') return this.textDefault(symbol) ?? '';
    let value: Tristate = 0;
    if (!symbol.choice) value = most(most(this.logicalDefault(symbol), this.selectedTo(symbol)), this.impliedTo(symbol));
    if (value === 1 && this.typeOf(symbol) === 'bool') value = 2;
    return tristateText[value];
  }

  /** What the settings ask for and do not get, and selections that break dependencies. `places` gives where a setting was written. */
  problems(places: ReadonlyMap<string, Place> = new Map()): Problem[] {
    const problems: Problem[] = [];
    for (const [name, wanted] of this.settings) {
      const symbol = this.model.symbols.get(name);
      const place = places.get(name);
      const warn = (message: string) => problems.push({ severity: 'warning', ...(place ? { place } : {}), message });
      if (!symbol) warn(`${name} is not defined by any Config.uk: the setting does nothing`);
      else if (!isValueOf(symbol.type, wanted)) warn(`${JSON.stringify(wanted)} is not a value of ${name}, which is ${symbol.type}`);
      else if (this.visibilityOf(symbol) > 0 && (symbol.type === 'int' || symbol.type === 'hex')) {
        const range = this.rangeOf(symbol);
        if (!inRange(parseNumber(wanted, symbol.type), range))
          warn(`${wanted} is outside the range ${range?.low} to ${range?.high} of ${name}: ${this.valueOf(name)} is used`);
      }
    }
    for (const symbol of this.model.symbols.values()) problems.push(...this.unmetSelections(symbol));
    return problems;
  }

  private unmetSelections(symbol: SymbolModel): Problem[] {
    if (symbol.choice || this.selectedTo(symbol) <= this.dependenciesOf(symbol)) return [];
    const by = symbol.selectedBy.find(
      (s) => least(this.evaluate(s.symbol).tristate, this.testGuard(s.condition)) > this.dependenciesOf(symbol),
    );
    if (!by) return [];
    return [
      {
        severity: 'warning',
        place: by.place,
        message: `${by.symbol.name} selects ${symbol.name}, whose dependencies do not hold`,
        hint: `let ${by.symbol.name} depend on what ${symbol.name} needs, or select that too`,
      },
    ];
  }
}

/** For each choice the value that was set last for one of its members, and the member set to y last. */
function chosenMembers(model: KconfigModel, settings: Settings): Map<ChoiceModel, { mode: Tristate; member?: SymbolModel }> {
  const chosen = new Map<ChoiceModel, { mode: Tristate; member?: SymbolModel }>();
  for (const [name, value] of settings) {
    const symbol = model.symbols.get(name);
    if (!symbol?.choice || value === 'n' || !isValueOf(symbol.type, value)) continue;
    const member = value === 'y' ? symbol : chosen.get(symbol.choice)?.member;
    chosen.set(symbol.choice, { mode: toTristate(value), ...(member ? { member } : {}) });
  }
  return chosen;
}

function toTristate(text: string): Tristate {
  return text === 'y' ? 2 : text === 'm' ? 1 : 0;
}

function least(a: Tristate, b: Tristate): Tristate {
  return a < b ? a : b;
}

function most(a: Tristate, b: Tristate): Tristate {
  return a > b ? a : b;
}

function invert(a: Tristate): Tristate {
  return a === 0 ? 2 : a === 1 ? 1 : 0;
}

function inRange(value: bigint | undefined, range: { low: bigint; high: bigint } | undefined): boolean {
  return !range || (value !== undefined && value >= range.low && value <= range.high);
}

/** The number that a text stands for: base 10 for int, 16 for hex, by prefix otherwise. */
function parseNumber(text: string, type: SymbolModel['type']): bigint | undefined {
  const trimmed = text.trim();
  const [, sign = '', digits = ''] = /^([+-]?)(.*)$/s.exec(trimmed) ?? [];
  const body = type === 'hex' ? `0x${digits.replace(/^0[xX]/, '')}` : digits;
  const valid = type === 'int' ? /^\d+$/ : type === 'hex' ? /^0x[0-9a-fA-F]+$/ : /^(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|0+|[1-9]\d*)$/;
  if (!valid.test(body)) return undefined;
  return sign === '-' ? -BigInt(body) : BigInt(body);
}
