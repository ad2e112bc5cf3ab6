import type { Problem } from '../../problem.ts';
import type { Place } from './ast.ts';
import type { Configuration, Settings } from './configuration.ts';
import type { MenuNode, SymbolModel } from './model.ts';

/** Settings read from a .config or defconfig, with where each was written. */
export type ReadConfig = { settings: Map<string, string>; places: Map<string, Place>; problems: Problem[] };

/** Reads `CONFIG_X=value` and `# CONFIG_X is not set` lines. A symbol given twice takes the last value. */
export function readConfig(text: string, file: string): ReadConfig {
  const result: ReadConfig = { settings: new Map(), places: new Map(), problems: [] };
  text.split(/\r?\n/).forEach((line, index) => {
    const place = { file, line: index + 1, column: 1 };
    const unset = /^# CONFIG_([A-Za-z0-9_]+) is not set\s*$/.exec(line);
    const assignment = /^CONFIG_([A-Za-z0-9_]+)=(.*?)\s*$/.exec(line);
    const name = unset?.[1] ?? assignment?.[1];
    if (name === undefined) {
      if (/^\s*(#.*)?$/.test(line)) return;
      const hint = /^\s*[A-Z]/.test(line) ? 'settings are written CONFIG_NAME=value' : undefined;
      result.problems.push({ severity: 'warning', place, message: `line is not a setting: ${line.trim()}`, ...(hint ? { hint } : {}) });
      return;
    }
    const value = unset ? 'n' : unquote(assignment?.[2] ?? '');
    if (value === undefined) {
      result.problems.push({ severity: 'warning', place, message: `string of CONFIG_${name} is not closed` });
      return;
    }
    // Reinsert: order says which member of a choice was set last.
    result.settings.delete(name);
    result.settings.set(name, value);
    result.places.set(name, place);
  });
  return result;
}

/** The text of a quoted value, or the text itself; undefined when a quote is missing. */
function unquote(text: string): string | undefined {
  if (!text.startsWith('"')) return text;
  const body = /^"((?:[^"\\]|\\.)*)"$/s.exec(text)?.[1];
  return body?.replace(/\\(.)/gs, '$1');
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function line(configuration: Configuration, symbol: SymbolModel): string {
  const value = configuration.valueOf(symbol.name);
  const type = configuration.typeOf(symbol);
  if (!configuration.isWritten(symbol)) return '';
  if (type === 'bool' || type === 'tristate')
    return value === 'n' ? `# CONFIG_${symbol.name} is not set\n` : `CONFIG_${symbol.name}=${value}\n`;
  return `CONFIG_${symbol.name}=${type === 'string' ? quote(value) : value}\n`;
}

function header(configuration: Configuration): string {
  return `#\n# Automatically generated file; DO NOT EDIT.\n# ${configuration.model.mainMenu}\n#\n`;
}

/** The whole configuration as Linux's `make config` writes .config: every symbol that has a value, under its menus' titles. */
export function writeConfig(configuration: Configuration): string {
  let out = header(configuration);
  let afterEnd = false;
  const done = new Set<SymbolModel>();
  const write = (nodes: readonly MenuNode[]): void => {
    for (const node of nodes) {
      const { item } = node;
      if (item.kind === 'symbol') {
        const text = done.has(item.symbol) ? '' : line(configuration, item.symbol);
        done.add(item.symbol);
        if (text && afterEnd) out += '\n';
        if (text) afterEnd = false;
        out += text;
      }
      const shown = configuration.holds(node.dependency) && (item.kind !== 'menu' || configuration.holds(node.visibleIf));
      if (shown && (item.kind === 'menu' || item.kind === 'comment')) {
        out += `\n#\n# ${node.prompt?.text ?? ''}\n#\n`;
        afterEnd = false;
      }
      write(node.children);
      if (shown && item.kind === 'menu') {
        out += `# end of ${node.prompt?.text ?? ''}\n`;
        afterEnd = true;
      }
    }
  };
  write(configuration.model.menu);
  return out;
}

/** The settings that differ from what Kconfig would choose by itself: what `savedefconfig` writes. */
export function minimalSettings(configuration: Configuration): Map<string, string> {
  const minimal = new Map<string, string>();
  for (const symbol of configuration.model.symbols.values()) {
    if (!configuration.isWritten(symbol)) continue;
    if (!symbol.choice && configuration.visibilityOf(symbol) <= configuration.selectedTo(symbol)) continue;
    const value = configuration.valueOf(symbol.name);
    if (value === configuration.defaultOf(symbol)) continue;
    const { choice } = symbol;
    if (choice && !choice.optional && symbol.type === 'bool' && value === 'y' && configuration.defaultSelectionOf(choice) === symbol)
      continue;
    minimal.set(symbol.name, value);
  }
  return minimal;
}

/**
 * What must be set above a defconfig to get this configuration: the minimal settings that the defconfig does not have already, and those of
 * its own that no longer stand.
 */
export function settingsAbove(configuration: Configuration, defconfig: Settings): Map<string, string> {
  const minimal = minimalSettings(configuration);
  const settings = new Map([...minimal].filter(([name, value]) => defconfig.get(name) !== value));
  for (const [name, value] of defconfig) {
    if (minimal.get(name) === value || !configuration.model.symbols.has(name)) continue;
    const now = configuration.valueOf(name);
    if (now !== value) settings.set(name, now);
  }
  return settings;
}

/** A minimal defconfig: reading it gives the same configuration. */
export function writeDefconfig(configuration: Configuration): string {
  let out = '';
  for (const name of minimalSettings(configuration).keys()) {
    const symbol = configuration.model.symbols.get(name);
    if (symbol) out += line(configuration, symbol);
  }
  return out;
}

/** The configuration as a C header: `#define CONFIG_X 1` for y, numbers and quoted strings; nothing for n. */
export function writeHeader(configuration: Configuration): string {
  let out = '';
  for (const [name, value] of headerValues(configuration)) out += `#define CONFIG_${name} ${value}\n`;
  return out;
}

/** What the header defines, by name without `CONFIG_`. */
export function headerValues(configuration: Configuration): Map<string, string> {
  const values = new Map<string, string>();
  for (const symbol of configuration.model.symbols.values()) {
    const value = configuration.valueOf(symbol.name);
    if (!configuration.isWritten(symbol)) continue;
    const type = configuration.typeOf(symbol);
    if (type === 'bool' || type === 'tristate') {
      if (value === 'y') values.set(symbol.name, '1');
      else if (value === 'm') values.set(`${symbol.name}_MODULE`, '1');
    } else if (type === 'string') values.set(symbol.name, quote(value));
    else if (type === 'hex') values.set(symbol.name, /^0x/i.test(value) ? value : `0x${value}`);
    else values.set(symbol.name, value);
  }
  return values;
}

/** The configuration as make variables: `CONFIG_X` is y, a number, or a string in its quotes; n is not defined. */
export function makeVariables(configuration: Configuration): Map<string, string> {
  const variables = new Map<string, string>();
  for (const symbol of configuration.model.symbols.values()) {
    if (!configuration.isWritten(symbol)) continue;
    const value = configuration.valueOf(symbol.name);
    const type = configuration.typeOf(symbol);
    if ((type === 'bool' || type === 'tristate') && value === 'n') continue;
    variables.set(`CONFIG_${symbol.name}`, type === 'string' ? quote(value) : value);
  }
  return variables;
}
