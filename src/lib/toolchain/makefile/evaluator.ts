import type { Problem } from '../../problem.ts';
import { dirname, joinPath } from '../build/files.ts';
import { Conditionals } from './conditionals.ts';
import { FunctionError, textFunctions, words, type FileNames, patsubst } from './functions.ts';
import {
  closing, firstWord, joinContinuations, logicalLines, parseAssignment, splitAtCommas, withoutComment,
  type AssignmentLine, type Place, type RawLine,
} from './lines.ts'; // prettier-ignore

export type Origin = 'undefined' | 'default' | 'environment' | 'file' | 'command line' | 'override' | 'automatic';

export type Variable = {
  flavor: 'recursive' | 'simple';
  text: string;
  origin: Origin;
  /** What was assigned and appended, each with the line that did it, so that a word of the value can be traced. */
  parts: { text: string; place: Place }[];
};

export type MakeFiles = {
  read(path: string): string | undefined;
  glob(pattern: string): string[];
  exists(path: string): boolean;
};

/** A function that makefiles call by `$(call name,...)` and that is ours: gives the text of the call. */
export type NativeMacro = (args: readonly string[], place: Place) => string;

const maxCallDepth = 200;
const maxIncludeDepth = 64;
/** References within references: far above what makefiles have, far below what the stack holds. */
const maxNesting = 400;
/** Characters that expansion may produce in all, so that variables that double each other end. */
const maxProduced = 1 << 24;

/**
 * Evaluates makefiles that only compute variables, as every Makefile.uk does: assignments, conditionals, includes and functions of GNU make,
 * without rules, recipes and shell. What it does not do it reports with the line; it never runs anything.
 */
export class MakeEvaluator {
  readonly variables = new Map<string, Variable>();
  readonly natives = new Map<string, NativeMacro>();
  readonly problems: Problem[] = [];
  /** Makefiles read, in order. */
  readonly included: string[] = [];
  private readonly files: MakeFiles;
  private readonly host: FileNames;
  /** `call` arguments and `foreach` variables, innermost last. */
  private readonly scopes: Map<string, Variable>[] = [];
  private readonly expanding = new Set<string>();
  private place: Place = { file: '', line: 0, column: 0 };
  private depth = 0;
  private nesting = 0;
  private produced = 0;
  private includeDepth = 0;
  /** Set by $(error): nothing more is evaluated. */
  private stopped = false;

  /** `folder`: where relative paths start. */
  constructor(files: MakeFiles, folder: string) {
    this.files = files;
    this.host = { folder, glob: (pattern) => files.glob(pattern), exists: (path) => files.exists(path) };
  }

  define(name: string, text: string, origin: Origin = 'default'): void {
    this.variables.set(name, { flavor: 'simple', text, origin, parts: [{ text, place: this.place }] });
  }

  /** Expanded value of a variable; '' when it is not defined. */
  value(name: string): string {
    const variable = this.lookup(name);
    if (!variable)
      return name === 'MAKEFILE_LIST' ? this.included.join(' ') : name === '.VARIABLES' ? [...this.variables.keys()].join(' ') : '';
    if (variable.flavor === 'simple') return variable.text;
    if (this.expanding.has(name)) {
      this.stop(`variable ${name} refers to itself`);
      return '';
    }
    this.expanding.add(name);
    const value = this.expand(variable.text);
    this.expanding.delete(name);
    return value;
  }

  /** The line that put a word into a variable, when one can be told. */
  placeOfWord(name: string, word: string): Place | undefined {
    const parts = this.variables.get(name)?.parts ?? [];
    return (parts.find((part) => words(this.expand(part.text)).includes(word)) ?? parts[0])?.place;
  }

  /** Evaluates a makefile. False when there is none. */
  evaluateFile(path: string): boolean {
    const text = this.files.read(path);
    if (text === undefined) return false;
    const outer = this.place;
    if (this.includeDepth >= maxIncludeDepth) {
      this.error(`"${path}" includes itself, or files nest deeper than ${maxIncludeDepth}`);
      return true;
    }
    this.included.push(path);
    this.includeDepth++;
    this.evaluateLines(logicalLines(text), path);
    this.includeDepth--;
    this.place = outer;
    return true;
  }

  private evaluateLines(lines: readonly RawLine[], file: string, fixedLine?: number): void {
    const conditionals = new Conditionals((message) => this.error(message));
    for (let i = 0; i < lines.length && !this.stopped; i++) {
      const raw = lines[i];
      if (!raw) break;
      this.place = { file, line: fixedLine ?? raw.line, column: 0 };
      const line = withoutComment(joinContinuations(raw.text));
      const [word] = firstWord(line);
      const assignment = parseAssignment(line);
      if (
        !assignment &&
        conditionals.directive(
          line,
          raw.line,
          (text) => this.expand(text),
          (name) => (this.lookup(name)?.text ?? '') !== '',
        )
      )
        continue;
      if (word === 'define' || (word === 'override' && firstWord(firstWord(line)[1])[0] === 'define')) {
        const end = this.endOfDefine(lines, i + 1);
        if (conditionals.taken)
          this.defineLines(word === 'define' ? line : firstWord(line)[1], word === 'override', lines.slice(i + 1, end));
        if (end >= lines.length) this.error('define without endef');
        i = end;
        continue;
      }
      if (conditionals.taken) this.statement(line, assignment);
    }
    const open = conditionals.openLine;
    if (open !== undefined && !this.stopped)
      this.problems.push({ severity: 'error', place: { file, line: fixedLine ?? open, column: 0 }, message: 'missing endif' });
  }

  /** Index of the endef that ends a define whose body starts at `from`. */
  private endOfDefine(lines: readonly RawLine[], from: number): number {
    let depth = 1;
    for (let i = from; i < lines.length; i++) {
      const text = lines[i]?.text ?? '';
      const [word] = firstWord(text.startsWith('\t') ? '' : withoutComment(text));
      if (word === 'define') depth++;
      else if (word === 'endef' && --depth === 0) return i;
    }
    return lines.length;
  }

  private defineLines(head: string, isOverride: boolean, body: readonly RawLine[]): void {
    const [, rest] = firstWord(head);
    const [, written = '', op = '='] = /^(.*?)[ \t]*(::=|:=|\+=|\?=|=)?[ \t]*$/s.exec(rest) ?? [];
    const name = this.expand(written).trim();
    const text = body.map((line) => line.text).join('\n');
    if (name === '') this.error('define without a name');
    else this.assign(name, op === '::=' || op === ':=' || op === '+=' || op === '?=' ? op : '=', text, isOverride ? 'override' : 'file');
  }

  private statement(line: string, assignment: AssignmentLine | undefined): void {
    if (assignment) return this.assignment(assignment);
    const [word, rest] = firstWord(line);
    switch (word) {
      case '':
        return;
      case 'override':
      case 'export':
      case 'private': {
        // export says what a shell would see; nothing here starts one.
        const inner = parseAssignment(rest);
        if (inner) this.assignment(inner, word === 'override' ? 'override' : 'file');
        else if (word !== 'export') this.error(`"${word}" must stand before an assignment`);
        return;
      }
      case 'unexport':
        return;
      case 'undefine':
        for (const name of words(this.expand(rest))) this.variables.delete(name);
        return;
      case 'include':
      case '-include':
      case 'sinclude':
        return this.include(words(this.expand(rest)), word === 'include');
      case 'endef':
        return this.error('endef without define');
      default:
        return this.otherLine(line);
    }
  }

  private assignment(line: AssignmentLine, origin: Origin = 'file'): void {
    const name = this.expand(line.name).trim();
    if (name === '') return this.error('assignment without a variable name');
    if (line.op === '!=') return this.error(`"!=" runs a shell command, which is not supported: ${name} != ${line.value}`);
    // "override NAME = value" comes here as the name "override NAME" only when the parser saw no space: names have none.
    this.assign(name, line.op, line.value, origin);
  }

  private assign(name: string, op: Exclude<AssignmentLine['op'], '!='>, text: string, origin: Origin): void {
    const old = this.variables.get(name);
    if (old && (old.origin === 'command line' || old.origin === 'override') && origin !== 'override') return;
    if (op === '?=' && old) return;
    if (op === '+=' && old) {
      const added = old.flavor === 'simple' ? this.expand(text) : text;
      if (added === '') return;
      old.text = old.text === '' ? added : `${old.text} ${added}`;
      old.parts.push({ text: added, place: this.place });
      return;
    }
    const simple = op === ':=' || op === '::=';
    const value = simple ? this.expand(text) : text;
    this.variables.set(name, { flavor: simple ? 'simple' : 'recursive', text: value, origin, parts: [{ text: value, place: this.place }] });
  }

  private include(paths: readonly string[], required: boolean): void {
    const here = this.place;
    for (const written of paths.flatMap((path) => (/[*?[]/.test(path) ? this.files.glob(path) : [path]))) {
      const candidates = [joinPath(this.host.folder, written), joinPath(dirname(here.file), written)];
      const found = candidates.find((path) => this.files.exists(path) && this.evaluateFile(path));
      if (found === undefined && required) this.error(`included file not found: ${written}`);
      this.place = here;
    }
  }

  private otherLine(line: string): void {
    if (line.startsWith('\t') && !/^\t[ \t]*\$[({]/.test(line)) return this.error(`recipes are not supported: ${line.trim()}`, ruleHint);
    const expanded = this.expand(line).trim();
    if (expanded === '' || this.stopped) return;
    if (/^[^=]*:/.test(expanded)) this.error(`rules are not supported: ${shorten(expanded)}`, ruleHint);
    else
      this.error(
        `line is neither an assignment nor a directive: ${shorten(expanded)}`,
        'a call that registers something is written $(eval $(call ...))',
      );
  }

  /** Expands every reference in a text. */
  expand(text: string): string {
    if (!text.includes('$')) return text;
    if (++this.nesting > maxNesting) this.stop(`references nest deeper than ${maxNesting}`);
    const out = this.stopped ? '' : this.expandReferences(text);
    this.nesting--;
    this.produced += out.length;
    if (this.produced > maxProduced && !this.stopped) this.stop('variables grow without bounds');
    return out;
  }

  private expandReferences(text: string): string {
    let out = '';
    for (let at = 0; at < text.length && !this.stopped;) {
      const dollar = text.indexOf('$', at);
      if (dollar < 0 || dollar + 1 >= text.length) {
        // A dollar sign at the very end vanishes, as make has it.
        out += dollar < 0 ? text.slice(at) : text.slice(at, dollar);
        break;
      }
      out += text.slice(at, dollar);
      const c = text[dollar + 1] ?? '';
      if (c === '$') out += '$';
      else if (c === '(' || c === '{') {
        const end = closing(text, c, dollar + 2);
        if (end < 0) {
          this.stop(`unterminated variable reference: ${shorten(text.slice(dollar))}`);
          return out;
        }
        out += this.reference(text.slice(dollar + 2, end), c);
        at = end + 1;
        continue;
      } else if (!/\s/.test(c)) out += this.value(c);
      at = dollar + 2;
    }
    return out;
  }

  private reference(body: string, open: string): string {
    const call = /^([a-z-]+)([ \t\n]+)([\s\S]*)$/.exec(body);
    if (call && Object.hasOwn(functionNames, call[1] ?? '')) return this.callFunction(call[1] ?? '', call[3] ?? '', open);
    // The colon of a substitution reference is looked for after expansion: the name may be computed.
    const name = this.expand(body);
    const substitution = /^([^:]+):([^=]*)=(.*)$/s.exec(name);
    if (substitution) {
      const [, variable = '', from = '', to = ''] = substitution;
      return from.includes('%') ? patsubst(from, to, this.value(variable)) : patsubst(`%${from}`, `%${to}`, this.value(variable));
    }
    return this.value(name);
  }

  private callFunction(name: string, body: string, open: string): string {
    const lazy = lazyFunctions[name];
    if (lazy) return this.lazy(name, splitAtCommas(body, open, lazy));
    return this.textFunction(
      name,
      splitAtCommas(body, open, functionNames[name]).map((arg) => this.expand(arg)),
    );
  }

  /** A function whose arguments are all expanded. */
  private textFunction(name: string, args: readonly string[]): string {
    const fn = textFunctions[name];
    if (!fn) return this.effect(name, args);
    if (args.length < fn.min) {
      this.stop(`insufficient number of arguments (${args.length}) to function '${name}'`);
      return '';
    }
    const result = fn.apply(args, this.host);
    if (!(result instanceof FunctionError)) return result;
    this.stop(result.message);
    return '';
  }

  private effect(name: string, args: readonly string[]): string {
    const [first = ''] = args;
    switch (name) {
      case 'eval':
        this.evaluateText(first);
        return '';
      case 'call':
        return this.callMacro(args);
      case 'value':
        return this.lookup(first)?.text ?? '';
      case 'origin':
        return this.lookup(first)?.origin ?? 'undefined';
      case 'flavor':
        return this.lookup(first)?.flavor ?? 'undefined';
      case 'info':
        this.report('note', first);
        return '';
      case 'warning':
        this.report('warning', first);
        return '';
      case 'error':
        this.stop(first);
        return '';
      default:
        this.error(
          `$(${name} ...) is not supported: ${name === 'shell' ? 'there is no shell where builds run' : 'builds write no files of their own'}`,
        );
        return '';
    }
  }

  private evaluateText(text: string): void {
    const outer = this.place;
    this.evaluateLines(logicalLines(text), outer.file, outer.line);
    this.place = outer;
  }

  private lazy(name: string, args: readonly string[]): string {
    switch (name) {
      case 'if':
        return this.expand((args[0] ?? '').trim()) !== '' ? this.expand(args[1] ?? '') : this.expand(args[2] ?? '');
      case 'or':
        for (const arg of args) {
          const value = this.expand(arg.trim());
          if (value !== '') return value;
        }
        return '';
      case 'and': {
        let value = '';
        for (const arg of args) {
          value = this.expand(arg.trim());
          if (value === '') return '';
        }
        return value;
      }
      default:
        return this.foreach(args);
    }
  }

  private foreach([variable = '', list = '', body = '']: readonly string[]): string {
    const name = this.expand(variable).trim();
    const scope = new Map<string, Variable>();
    const items = words(this.expand(list));
    this.scopes.push(scope);
    const results = items.map((text) => {
      scope.set(name, { flavor: 'simple', text, origin: 'automatic', parts: [] });
      return this.expand(body);
    });
    this.scopes.pop();
    return results.join(' ');
  }

  private callMacro(args: readonly string[]): string {
    const name = (args[0] ?? '').trim();
    if (Object.hasOwn(functionNames, name)) {
      const rest = args.slice(1);
      return lazyFunctions[name] ? this.lazy(name, rest) : this.textFunction(name, rest);
    }
    const native = this.natives.get(name);
    const variable = this.lookup(name);
    if (!variable) return native ? native(args.slice(1), this.place) : '';
    if (++this.depth > maxCallDepth) {
      this.stop(`$(call ${name},...) nests deeper than ${maxCallDepth}`);
      return '';
    }
    const scope = new Map<string, Variable>();
    // Ten at least, so that arguments of an outer call do not show through.
    for (let i = 0; i < Math.max(args.length, 10); i++)
      scope.set(String(i), { flavor: 'simple', text: i === 0 ? name : (args[i] ?? ''), origin: 'automatic', parts: [] });
    this.scopes.push(scope);
    const value = variable.flavor === 'simple' ? variable.text : this.expand(variable.text);
    this.scopes.pop();
    this.depth--;
    return value;
  }

  private lookup(name: string): Variable | undefined {
    for (let i = this.scopes.length - 1; i >= 0; i--) {
      const found = this.scopes[i]?.get(name);
      if (found) return found;
    }
    return this.variables.get(name);
  }

  /** An error after which nothing more is evaluated. */
  private stop(message: string): void {
    this.error(message);
    this.stopped = true;
  }

  error(message: string, hint?: string): void {
    this.report('error', message, hint);
  }

  private report(severity: Problem['severity'], message: string, hint?: string): void {
    const place = this.place.file === '' ? {} : { place: { ...this.place } };
    this.problems.push({ severity, ...place, message, ...(hint ? { hint } : {}) });
  }
}

const ruleHint = 'name the sources in LIB..._SRCS-y: the build knows how to compile them';

/** Functions whose arguments are expanded only when needed, with the number of arguments beyond which commas are text. */
const lazyFunctions: Readonly<Record<string, number>> = { if: 3, or: Infinity, and: Infinity, foreach: 3 };

/** Every function by name, with that number. */
const functionNames: Readonly<Record<string, number>> = {
  ...Object.fromEntries(Object.entries(textFunctions).map(([name, { max }]) => [name, max])),
  ...lazyFunctions,
  eval: 1, call: Infinity, value: 1, origin: 1, flavor: 1, info: 1, warning: 1, error: 1, shell: 1, file: 2,
}; // prettier-ignore

function shorten(text: string): string {
  const line = text.split('\n')[0] ?? '';
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}
