/** Kconfig files as a tree of what is written in them. Dependencies are not yet resolved; `model.ts` does that. */

/** `line` and `column` count from 1. */
export type Place = { file: string; line: number; column: number };

export type ValueType = 'bool' | 'tristate' | 'int' | 'hex' | 'string';

export type CompareOp = '=' | '!=' | '<' | '<=' | '>' | '>=';

export type Operand =
  | { kind: 'symbol'; name: string; place: Place }
  /** Quoted text, and the bare words y, m and n. */
  | { kind: 'constant'; value: string; place: Place };

export type Expr =
  | Operand
  | { kind: 'not'; operand: Expr }
  | { kind: 'and' | 'or'; left: Expr; right: Expr }
  | { kind: 'compare'; op: CompareOp; left: Operand; right: Operand };

export type Prompt = { text: string; condition?: Expr; place: Place };
export type Default = { value: Expr; condition?: Expr; place: Place };
export type Selection = { target: string; condition?: Expr; place: Place };
export type Range = { low: Operand; high: Operand; condition?: Expr; place: Place };

/** What may stand under `config`, `menuconfig`, `choice`, `menu` and `comment`, in the order written. */
export type Attributes = {
  type?: { value: ValueType; place: Place };
  prompt?: Prompt;
  defaults: Default[];
  selects: Selection[];
  implies: Selection[];
  ranges: Range[];
  /** Every `depends on`, joined by `&&`. */
  dependsOn?: Expr;
  /** Every `visible if`, joined by `&&`. */
  visibleIf?: Expr;
  help?: string;
  /** `option env="NAME"`. */
  env?: { name: string; place: Place };
  /** `modules` or `option modules`: the symbol that turns tristate on. */
  modules?: boolean;
  /** `optional` in a choice: none need be chosen. */
  optional?: boolean;
};

export type Entry =
  | { kind: 'config' | 'menuconfig'; name: string; attributes: Attributes; place: Place }
  | { kind: 'menu'; attributes: Attributes; children: Entry[]; place: Place }
  | { kind: 'choice'; name?: string; attributes: Attributes; children: Entry[]; place: Place }
  | { kind: 'comment'; attributes: Attributes; place: Place }
  | { kind: 'if'; condition: Expr; children: Entry[]; place: Place };

export type KconfigFile = {
  mainMenu: string;
  entries: Entry[];
  /** Every file read, in order of first reading, the top one first. */
  files: string[];
};

export function both(left: Expr | undefined, right: Expr | undefined): Expr | undefined {
  return left && right ? { kind: 'and', left, right } : (left ?? right);
}

/** Symbols that an expression mentions, left to right, repeats included. */
export function symbolsOf(expr: Expr | undefined): Extract<Operand, { kind: 'symbol' }>[] {
  if (!expr) return [];
  switch (expr.kind) {
    case 'symbol':
      return [expr];
    case 'constant':
      return [];
    case 'not':
      return symbolsOf(expr.operand);
    default:
      return [...symbolsOf(expr.left), ...symbolsOf(expr.right)];
  }
}

/** An expression in Kconfig's own notation with the fewest parentheses. */
export function exprText(expr: Expr): string {
  switch (expr.kind) {
    case 'symbol':
      return expr.name;
    case 'constant':
      return /^[ymn]$/.test(expr.value) ? expr.value : JSON.stringify(expr.value);
    case 'not':
      return expr.operand.kind === 'and' || expr.operand.kind === 'or' || expr.operand.kind === 'compare'
        ? `!(${exprText(expr.operand)})`
        : `!${exprText(expr.operand)}`;
    case 'compare':
      return `${exprText(expr.left)} ${expr.op} ${exprText(expr.right)}`;
    case 'or':
      return `${exprText(expr.left)} || ${exprText(expr.right)}`;
    case 'and': {
      const side = (e: Expr) => (e.kind === 'or' ? `(${exprText(e)})` : exprText(e));
      return `${side(expr.left)} && ${side(expr.right)}`;
    }
  }
}
