import type { Problem } from '../../problem.ts';
import type { Place } from './ast.ts';

type Macro = { flavor: 'recursive' | 'simple'; text: string };

const maxNesting = 200;
const maxProblems = 1000;
/** Characters that expansion may produce in all. */
const maxProduced = 1 << 24;

/**
 * Kconfig's macro language (kconfig-macro-language in the Linux documentation): `$(name)`, `$(name,arg,...)`, assignment by `=`, `:=` and `+=`,
 * and the built-in functions but `shell`, which is refused because there is no shell where this runs. Names that are not defined come from
 * the environment, else they are empty.
 */
export class Macros {
  readonly problems: Problem[] = [];
  private readonly defined = new Map<string, Macro>();
  private readonly environment: ReadonlyMap<string, string>;
  private nesting = 0;
  private produced = 0;
  /** Names under expansion, to refuse a recursive macro that refers to itself. */
  private readonly active = new Set<string>();

  constructor(environment: ReadonlyMap<string, string>) {
    this.environment = environment;
  }

  assign(name: string, op: '=' | ':=' | '+=', text: string, place: Place): void {
    const old = this.defined.get(name);
    if (op === '+=' && old) {
      const added = old.flavor === 'simple' ? this.expand(text, place) : text;
      old.text += ` ${added}`;
    } else if (op === ':=') this.defined.set(name, { flavor: 'simple', text: this.expand(text, place) });
    else this.defined.set(name, { flavor: 'recursive', text });
  }

  /** Expands every `$(...)` in a text. A dollar sign before anything else stands for itself. */
  expand(text: string, place: Place, args: readonly string[] = []): string {
    if (this.nesting >= maxNesting || this.produced > maxProduced) {
      this.problem(place, 'macros nest too deeply or grow without bounds');
      return '';
    }
    this.nesting++;
    const out = this.expandReferences(text, place, args);
    this.nesting--;
    this.produced += out.length;
    return out;
  }

  private expandReferences(text: string, place: Place, args: readonly string[]): string {
    let out = '';
    for (let at = 0; at < text.length;) {
      if (text[at] !== '$' || text[at + 1] !== '(') {
        out += text[at++];
        continue;
      }
      const end = closingParenthesis(text, at + 2);
      if (end < 0) {
        this.problem(place, `"$(" without its ")"`);
        return out;
      }
      out += this.reference(text.slice(at + 2, end), place, args);
      at = end + 1;
    }
    return out;
  }

  private reference(body: string, place: Place, args: readonly string[]): string {
    const [head = '', ...rest] = splitArguments(body).map((part) => this.expand(part, place, args));
    const name = head;
    if (/^\d+$/.test(name)) return args[Number(name)] ?? '';
    const macro = this.defined.get(name);
    if (macro) return macro.flavor === 'simple' ? macro.text : this.call(name, macro, rest, place);
    const inherited = this.environment.get(name);
    if (inherited !== undefined && rest.length === 0) return inherited;
    return this.builtIn(name, rest, place);
  }

  private call(name: string, macro: Macro, rest: readonly string[], place: Place): string {
    if (this.active.has(name)) {
      this.problem(place, `macro "${name}" refers to itself`);
      return '';
    }
    this.active.add(name);
    const value = this.expand(macro.text, place, [name, ...rest]);
    this.active.delete(name);
    return value;
  }

  private builtIn(name: string, args: readonly string[], place: Place): string {
    switch (name) {
      case 'filename':
        return place.file;
      case 'lineno':
        return String(place.line);
      case 'info':
        this.problem(place, args.join(','), 'note');
        return '';
      case 'warning-if':
        if (args[0] === 'y') this.problem(place, args.slice(1).join(','), 'warning');
        return '';
      case 'error-if':
        if (args[0] === 'y') this.problem(place, args.slice(1).join(','));
        return '';
      case 'shell':
        this.problem(place, `$(shell,...) is not supported: there is no shell where the configuration is read`);
        return '';
      default:
        if (args.length > 0) this.problem(place, `unknown function "${name}" in $(${name},...)`);
        return '';
    }
  }

  private problem(place: Place, message: string, severity: Problem['severity'] = 'error'): void {
    if (this.problems.length > maxProblems) return;
    this.problems.push({ severity, place, message });
  }
}

/** Index of the `)` that closes a reference whose body starts at `from`; -1 when there is none. */
export function closingParenthesis(text: string, from: number): number {
  for (let at = from, depth = 1; at < text.length; at++) {
    if (text[at] === '(') depth++;
    else if (text[at] === ')' && --depth === 0) return at;
  }
  return -1;
}

/** Splits at commas outside nested parentheses. */
function splitArguments(body: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < body.length; at++) {
    if (body[at] === '(') depth++;
    else if (body[at] === ')') depth--;
    else if (body[at] === ',' && depth === 0) {
      parts.push(body.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(body.slice(from));
  return parts;
}
