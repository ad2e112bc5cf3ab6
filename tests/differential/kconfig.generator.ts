/** Random Kconfig files and .config files for comparing our evaluator with another. The same seed gives the same case. */
export type KconfigCase = { kconfig: string; config: string };

export function randomCase(seed: number): KconfigCase {
  return new Generator(seed).make();
}

type Kind = 'bool' | 'tristate' | 'int' | 'hex' | 'string';

class Generator {
  private state: number;
  private readonly kinds: Kind[] = [];
  private out = '';
  /** Next symbol to define. */
  private at = 0;

  constructor(seed: number) {
    this.state = (seed * 2654435761 + 12345) >>> 0;
  }

  make(): KconfigCase {
    const count = 3 + this.below(14);
    for (let i = 0; i < count; i++) this.kinds.push(this.pick(['bool', 'bool', 'bool', 'bool', 'tristate', 'int', 'hex', 'string']));
    if (this.chance(0.15)) this.out += 'config MODULES\n\tbool "modules"\n\tdefault y\n\toption modules\n\n';
    while (this.at < count) this.block(0);
    if (this.chance(0.3)) this.config(this.below(count));
    return { kconfig: this.out, config: this.settings() };
  }

  private block(depth: number): void {
    const what = depth < 3 ? this.below(12) : 11;
    if (what === 0)
      this.around(`menu "m${this.at}"\n${this.depends()}${this.chance(0.3) ? `\tvisible if ${this.expr()}\n` : ''}`, 'endmenu', depth);
    else if (what === 1) this.around(`if ${this.expr()}\n`, 'endif', depth);
    else if (what === 2) this.choice();
    else if (what === 3) this.out += `comment "c${this.at}"\n${this.depends()}\n`;
    else this.config(this.at++);
  }

  private around(head: string, tail: string, depth: number): void {
    this.out += head + '\n';
    // Never empty: kconfiglib, unlike Linux, writes no end for an empty menu.
    this.config(this.at++);
    for (let i = this.below(4); i > 0 && this.at < this.kinds.length; i--) this.block(depth + 1);
    this.out += `${tail}\n\n`;
  }

  private choice(): void {
    const members = Math.min(1 + this.below(3), this.kinds.length - this.at);
    if (members <= 0) return;
    const type = this.chance(0.15) ? 'tristate' : 'bool';
    this.out += `choice\n\t${type} "ch${this.at}"${this.ifPart(0.2)}\n${this.depends()}`;
    if (this.chance(0.2)) this.out += '\toptional\n';
    if (this.chance(0.5)) this.out += `\tdefault S${this.at + this.below(members)}${this.ifPart(0.3)}\n`;
    const first = this.at;
    for (let i = 0; i < members; i++, this.at++) {
      this.kinds[this.at] = type;
      this.out += `config S${this.at}\n\t${type} "p${this.at}"\n`;
      if (this.chance(0.3)) this.out += `\tdepends on ${this.expr(first)}\n`;
      if (this.chance(0.3)) this.out += this.select(this.at, first + members - 1);
    }
    this.out += 'endchoice\n\n';
  }

  private config(i: number): void {
    const kind = this.kinds[i] ?? 'bool';
    const prompt = this.chance(0.7);
    this.out += `${this.chance(0.2) ? 'menuconfig' : 'config'} S${i}\n`;
    this.out += `\t${kind}${prompt ? ` "p${i}"${this.ifPart(0.2, i)}` : ''}\n`;
    this.out += this.depends(i);
    const logical = kind === 'bool' || kind === 'tristate';
    for (let n = this.below(3); n > 0; n--) this.out += `\tdefault ${logical ? this.expr(i) : this.value(kind)}${this.ifPart(0.4, i)}\n`;
    if (logical) for (let n = this.below(3); n > 0; n--) if (this.chance(0.6)) this.out += this.select(i);
    if ((kind === 'int' || kind === 'hex') && this.chance(0.5)) {
      const low = this.below(20);
      const high = low + this.below(50);
      this.out += kind === 'int' ? `\trange ${low} ${high}` : `\trange 0x${low.toString(16)} 0x${high.toString(16)}`;
      this.out += `${this.ifPart(0.3, i)}\n`;
    }
    if (this.chance(0.2)) this.out += `\thelp\n\t  Text of S${i}\n\n\t    with more\n`;
    this.out += '\n';
  }

  private select(i: number, after = i): string {
    const later = this.kinds
      .map((kind, at) => ({ kind, at }))
      .filter(({ kind, at }) => at > after && (kind === 'bool' || kind === 'tristate'));
    const target = later[this.below(later.length)];
    return target ? `\t${this.chance(0.6) ? 'select' : 'imply'} S${target.at}${this.ifPart(0.3, i)}\n` : '';
  }

  private depends(before = this.at): string {
    return this.chance(0.4) ? `\tdepends on ${this.expr(before)}\n` : '';
  }

  private ifPart(probability: number, before = this.at): string {
    return this.chance(probability) ? ` if ${this.expr(before)}` : '';
  }

  private expr(before = this.at, depth = 0): string {
    const limit = this.chance(0.01) ? this.kinds.length : before;
    const what = depth > 2 ? 9 : this.below(12);
    if (what === 0) return `!${this.atom(limit)}`;
    if (what === 1) return `(${this.expr(before, depth + 1)} && ${this.expr(before, depth + 1)})`;
    if (what === 2) return `${this.expr(before, depth + 1)} || ${this.expr(before, depth + 1)}`;
    if (what === 3) {
      const op = this.pick(['=', '!=', '<', '<=', '>', '>=']);
      // kconfiglib nests an entry whose condition is "S != y" under S, where Linux does not.
      const right = this.pick([op === '=' ? 'y' : 'n', 'n', 'm', '5', '"abc"', '0x10', `S${this.below(Math.max(limit, 1))}`]);
      return `${this.atom(limit)} ${op} ${right}`;
    }
    if (what === 4) return `!(${this.expr(before, depth + 1)})`;
    if (what === 5) return this.pick(['y', 'n', 'm', 'y']);
    return this.atom(limit);
  }

  private atom(limit: number): string {
    return limit <= 0 || this.chance(0.03) ? this.pick(['UNDEFINED', 'y']) : `S${this.below(limit)}`;
  }

  private value(kind: Kind): string {
    if (kind === 'int') return String(this.below(100) - 5);
    if (kind === 'hex') return `0x${this.below(100).toString(16)}`;
    return this.pick(['"text"', '"a \\"quoted\\" one"', '""', '"back\\\\slash"']);
  }

  private settings(): string {
    let text = '';
    this.kinds.forEach((kind, i) => {
      if (!this.chance(0.5)) return;
      if (kind === 'bool' || kind === 'tristate') {
        const value = this.pick(kind === 'tristate' ? ['y', 'm', 'n'] : ['y', 'n']);
        text += value === 'n' ? `# CONFIG_S${i} is not set\n` : `CONFIG_S${i}=${value}\n`;
      } else text += `CONFIG_S${i}=${this.value(kind)}\n`;
    });
    return text;
  }

  private below(n: number): number {
    // xorshift32
    let x = this.state || 1;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x >>> 0;
    return n <= 0 ? 0 : this.state % n;
  }

  private chance(p: number): boolean {
    return this.below(10000) < p * 10000;
  }

  private pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }
}
