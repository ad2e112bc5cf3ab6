/** Random assembly programs that GNU as accepts: labels, differences, gaps, sections and references that end up in every kind of fixup. */
import fc from 'fast-check';

const sections = [
  '.text',
  '.data',
  '.section .rodata',
  '.section .text.cold, "ax"',
  '.bss',
  '.subsection 1',
  '.text 2',
  '.section .data.rel, "aw"',
];
const LABELS = 12;

type Piece = { kind: string; label: number; other: number; amount: number };

const piece = fc.record({
  kind: fc.constantFrom(
    ...[
      'label',
      'numeric',
      'code',
      'code',
      'word',
      'quad',
      'branch',
      'local',
      'difference',
      'relative',
      'align',
      'balign',
      'skip',
      'section',
      'push',
      'ascii',
    ],
    ...['global', 'literal', 'adrp', 'byteDifference', 'set', 'if', 'macro', 'backward'],
  ),
  label: fc.nat(LABELS - 1),
  other: fc.nat(LABELS - 1),
  amount: fc.nat(40),
});

export const programs: fc.Arbitrary<string> = fc.array(piece, { minLength: 3, maxLength: 60 }).map(render);

/** Keeps to what is allowed where it stands: no contents in .bss, code at multiples of four, differences only within a section. */
function render(pieces: Piece[]): string {
  const lines: string[] = ['\t.macro twice x', '\tnop', '\tadr x1, \\x', '\t.endm'];
  const placed = new Map<number, string>();
  const globals = new Set<number>();
  const sets = new Map<number, number>();
  let section = '.text';
  let numeric = false;
  // Once a section has pieces, where code of one begins depends on the bytes before it.
  const split = pieces.some(({ kind }) => kind === 'section');
  const home = (): string => section;
  // Gaps in a subsection depend on where it comes to stand, which GNU as knows and we decide by its largest alignment.
  const inSubsection = (): boolean => /#1$| 2$/.test(section);
  const isCode = (): boolean => section.startsWith('.text') || section.includes('.text.cold');
  const code = (text: string): void => {
    if (isCode()) lines.push(`\t${text}`);
  };
  const data = (text: string): void => {
    const odd = /^\.(ascii|hword)/.test(text);
    if (section !== '.bss' && !(odd && isCode() && split)) lines.push(`\t${text}`);
  };
  const here = (label: number): boolean => placed.get(label) === home();
  for (const { kind, label, other, amount } of pieces) {
    switch (kind) {
      case 'label':
        if (!placed.has(label)) {
          placed.set(label, home());
          lines.push(`l${label}:`);
        }
        break;
      case 'numeric':
        lines.push(`${(amount % 3) + 1}:`);
        numeric = numeric || (amount % 3) + 1 === 1;
        break;
      case 'code':
        code(amount % 2 === 0 ? 'nop' : 'ret');
        break;
      case 'word':
        data(`.word l${label} + ${amount}, ${amount}`);
        break;
      case 'quad':
        data(`.quad l${label} - ${amount}`);
        break;
      case 'branch':
        code(`bl l${label}`);
        break;
      case 'local':
        if (numeric) code('b 1b');
        break;
      case 'difference':
        if (here(label) && here(other)) data(`.word l${label} - l${other}, (l${label} - l${other}) * 2`);
        break;
      case 'relative':
        data(`.word l${label} - .`);
        break;
      case 'align':
        if (!inSubsection() || !isCode()) lines.push(`\t.p2align ${inSubsection() ? 0 : isCode() ? 2 + (amount % 3) : amount % 5}`);
        break;
      case 'balign':
        if (!isCode() && section !== '.bss' && !inSubsection()) lines.push(`\t.balign ${1 << (amount % 5)}, ${amount}`);
        break;
      case 'skip':
        lines.push(isCode() ? `\t.skip ${amount & ~3}` : `\t.skip ${amount}`);
        break;
      case 'section': {
        const next = sections[amount % sections.length];
        lines.push(`\t${next}`);
        section = next === '.subsection 1' ? `${section.replace(/ \d$/, '').replace(/#.*/, '')}#1` : next;
        break;
      }
      case 'push':
        lines.push('\t.pushsection .note.pushed, "a"', `\t.word l${label}`, '\t.popsection');
        break;
      case 'ascii':
        data(`.ascii "${'x'.repeat(amount % 7)}"`);
        break;
      case 'global':
        globals.add(label);
        lines.push(`\t.${amount % 3 === 0 ? 'weak' : 'global'} l${label}`);
        break;
      case 'literal':
        if (!inSubsection()) code(`ldr x${amount % 30}, =l${label} + ${amount}`);
        break;
      case 'adrp':
        code(`adrp x0, l${label}`);
        code(`add x0, x0, :lo12:l${label}`);
        break;
      case 'byteDifference':
        if (here(label) && here(other)) data(`.hword l${label} - l${other} + ${amount}`);
        break;
      case 'set':
        sets.set(label, amount);
        lines.push(`\t.set s${label}, ${amount}`);
        break;
      case 'if':
        if (sets.has(label))
          lines.push(
            `\t.if s${label} > 20`,
            section === '.bss' ? '\t.skip 4' : `\t.word s${label} * 3`,
            '\t.else',
            '\t.p2align 2',
            '\t.endif',
          );
        break;
      case 'macro':
        code(`twice .`);
        break;
      case 'backward':
        if (here(label) && section !== '.bss') data(`.fill 2, 2, (. - l${label}) & 255`);
        break;
    }
  }
  return `${lines.join('\n')}\n`;
}
