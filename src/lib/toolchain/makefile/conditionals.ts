import { firstWord, splitAtCommas } from './lines.ts';

type Level = { line: number; state: 'taken' | 'waiting' | 'done' | 'ignored'; elseSeen: boolean };

const heads = new Set(['ifeq', 'ifneq', 'ifdef', 'ifndef']);

/** The nest of conditionals around a line (GNU make manual, "Conditional Parts of Makefiles"). */
export class Conditionals {
  private readonly levels: Level[] = [];
  private readonly problem: (message: string) => void;

  constructor(problem: (message: string) => void) {
    this.problem = problem;
  }

  /** Whether lines here are evaluated. */
  get taken(): boolean {
    return this.levels.every((level) => level.state === 'taken');
  }

  /** Number of the line that opened the innermost conditional that is still open. */
  get openLine(): number | undefined {
    return this.levels.at(-1)?.line;
  }

  /** Takes the line when it is a conditional directive. `isDefined` says whether a variable has a value that is not empty. */
  directive(line: string, lineNumber: number, expand: (text: string) => string, isDefined: (name: string) => boolean): boolean {
    const [word, rest] = firstWord(line);
    if (heads.has(word)) {
      const state = !this.taken ? 'ignored' : this.test(word, rest, expand, isDefined) ? 'taken' : 'waiting';
      this.levels.push({ line: lineNumber, state, elseSeen: false });
    } else if (word === 'else') this.otherwise(rest, expand, isDefined);
    else if (word === 'endif') {
      if (!this.levels.pop()) this.problem('endif without a conditional');
      else if (rest.trim() !== '') this.problem('text after endif');
    } else return false;
    return true;
  }

  private otherwise(rest: string, expand: (text: string) => string, isDefined: (name: string) => boolean): void {
    const level = this.levels.at(-1);
    if (!level) return this.problem('else without a conditional');
    if (level.elseSeen) return this.problem('only one else in a conditional');
    const [word, condition] = firstWord(rest);
    if (word !== '' && !heads.has(word)) return this.problem('text after else');
    level.elseSeen = word === '';
    if (level.state === 'taken') level.state = 'done';
    else if (level.state === 'waiting' && (word === '' || this.test(word, condition, expand, isDefined))) level.state = 'taken';
  }

  private test(word: string, rest: string, expand: (text: string) => string, isDefined: (name: string) => boolean): boolean {
    if (word === 'ifdef' || word === 'ifndef') {
      const name = expand(rest).trim();
      if (name === '' || /\s/.test(name)) this.problem(`${word} needs the name of one variable`);
      return isDefined(name) === (word === 'ifdef');
    }
    const sides = comparands(rest);
    if (!sides) {
      this.problem(`${word} needs two values to compare: ${word} (A,B)`);
      return false;
    }
    return (expand(sides[0]) === expand(sides[1])) === (word === 'ifeq');
  }
}

/** The two sides of `(A,B)`, `"A" "B"` or `'A' 'B'`. */
function comparands(text: string): [string, string] | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith('(')) {
    const match = /^("([^"]*)"|'([^']*)')[ \t]*("([^"]*)"|'([^']*)')$/.exec(trimmed);
    return match ? [match[2] ?? match[3] ?? '', match[5] ?? match[6] ?? ''] : undefined;
  }
  if (!trimmed.endsWith(')')) return undefined;
  const parts = splitAtCommas(trimmed.slice(1, -1), '(', 2);
  if (parts.length < 2) return undefined;
  return [(parts[0] ?? '').replace(/[ \t]+$/, ''), (parts[1] ?? '').replace(/^[ \t]+/, '')];
}
