/** Options of a command: flags, options with a value, and what is left. */
export type Arguments = { flags: Set<string>; values: Map<string, string[]>; rest: string[] };

/** Reads `--flag`, `--option VALUE` and `--option=VALUE`. Gives the words of the first mistake instead when there is one. */
export function parseArguments(
  args: readonly string[],
  known: { flags: readonly string[]; values: readonly string[] },
): Arguments | string {
  const parsed: Arguments = { flags: new Set(), values: new Map(), rest: [] };
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    const [, name = '', inline] = /^(--[a-z-]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (known.flags.includes(name) && inline === undefined) parsed.flags.add(name);
    else if (known.values.includes(name)) {
      const value = inline ?? args[++i];
      if (value === undefined) return `${name} needs a value`;
      parsed.values.set(name, [...(parsed.values.get(name) ?? []), value]);
    } else if (arg.startsWith('-')) return `unknown option ${arg}`;
    else parsed.rest.push(arg);
  }
  return parsed;
}

/** `SYM=val` and `CONFIG_SYM=val` as name and value; what is wrong with the first that is neither. */
export function parseSettings(texts: readonly string[]): [string, string][] | string {
  const settings: [string, string][] = [];
  for (const text of texts) {
    const match = /^(?:CONFIG_)?([A-Za-z0-9_]+)=(.*)$/s.exec(text);
    if (!match) return `--set takes SYM=value, not "${text}"`;
    settings.push([match[1] ?? '', (match[2] ?? '').replace(/^"(.*)"$/s, '$1')]);
  }
  return settings;
}
