import type { Configuration } from './configuration.ts';
import { blockers } from './explain.ts';
import type { MenuNode } from './model.ts';

/** An entry of the configuration menu as plain data: what a user interface shows, with nothing left to look up. */
export type MenuEntry = {
  /** Stable between configurations of one model, unique in the tree. */
  id: string;
  kind: 'menu' | 'config' | 'choice' | 'comment';
  prompt: string;
  help?: string;
  /** Symbol name without `CONFIG_`. */
  symbol?: string;
  type?: 'bool' | 'tristate' | 'int' | 'hex' | 'string';
  /** As in .config, without quotes. For a choice the name of the chosen member. */
  value?: string;
  /** A member of a choice. */
  radio?: boolean;
  /** Smallest and largest value of an int or hex. */
  range?: { low: string; high: string };
  changeable: boolean;
  /** Why it is not changeable. */
  reasons: string[];
  /** Symbols that are on and select this one. */
  selectedBy: string[];
  /** Symbols that setting this one to y selects. */
  selects: string[];
  children: MenuEntry[];
};

/**
 * The menu tree. `visible` leaves out what cannot be reached now, as menuconfig does; `all` keeps every entry that has a prompt, with the
 * reasons why it cannot be changed, so that a person can find out what to turn on first.
 */
export function menuTree(configuration: Configuration, which: 'visible' | 'all' = 'visible'): MenuEntry[] {
  return level(configuration, configuration.model.menu, which, 'm');
}

function level(configuration: Configuration, nodes: readonly MenuNode[], which: 'visible' | 'all', id: string): MenuEntry[] {
  return nodes.flatMap((node, index) => {
    const entry = entryOf(configuration, node, `${id}.${index}`);
    const children = level(configuration, node.children, which, `${id}.${index}`);
    if (!entry) return children;
    const shown = which === 'all' || isShown(configuration, node);
    if (!shown) return entry.kind === 'config' ? children : [];
    if (entry.kind === 'menu' && children.length === 0) return [];
    return [{ ...entry, children }];
  });
}

function isShown(configuration: Configuration, node: MenuNode): boolean {
  if (node.item.kind === 'choice')
    return configuration.choiceVisibility(node.item.choice) > 0 && configuration.holds(node.prompt?.condition);
  if (node.item.kind === 'menu') return configuration.holds(node.prompt?.condition) && configuration.holds(node.visibleIf);
  return configuration.holds(node.prompt?.condition);
}

function entryOf(configuration: Configuration, node: MenuNode, id: string): Omit<MenuEntry, 'children'> | undefined {
  const { item, prompt } = node;
  if (!prompt || item.kind === 'if') return undefined;
  const base = { id, prompt: prompt.text, ...(node.help ? { help: node.help } : {}), reasons: [], selectedBy: [], selects: [] };
  if (item.kind === 'choice') {
    const selection = configuration.selectionOf(item.choice);
    const changeable = configuration.choiceVisibility(item.choice) > 0;
    return { ...base, kind: 'choice', type: item.choice.type, value: selection?.name ?? '', changeable };
  }
  if (item.kind !== 'symbol') return { ...base, kind: item.kind, changeable: false };
  const { symbol } = item;
  const type = configuration.typeOf(symbol);
  const reasons = blockers(configuration, symbol).map((r) => r.text);
  const range = type === 'int' || type === 'hex' ? configuration.rangeOf(symbol) : undefined;
  const digits = (n: bigint) => (type === 'hex' ? `0x${n.toString(16)}` : String(n));
  return {
    ...base,
    kind: 'config',
    symbol: symbol.name,
    ...(type === 'unknown' ? {} : { type }),
    value: configuration.valueOf(symbol.name),
    ...(symbol.choice ? { radio: true } : {}),
    ...(range ? { range: { low: digits(range.low), high: digits(range.high) } } : {}),
    changeable: reasons.length === 0,
    reasons,
    selectedBy: symbol.selectedBy
      .filter((s) => configuration.isOn(s.symbol.name) && configuration.holds(s.condition))
      .map((s) => s.symbol.name),
    selects: symbol.selects.map((s) => s.target),
  };
}
