/** LLVM IR with mistakes in it: text of a module cut off, or with tokens and lines exchanged, doubled, left out or replaced. */
import { randomNumbers } from './ir-programs.ts';

const tokens = /"(?:[^"\\]|\\.)*"|[%@!#$]?[-\w.]+|[^\s\w]/g;
const strange = [
  'i1',
  'i128',
  'i4096',
  'ptr',
  'void',
  '<4 x i32>',
  '{ i32, i8 }',
  '-1',
  '0',
  '99999999999999999999',
  'undef',
  'poison',
  'null',
  '%',
  '@x',
  ')',
  ',',
  'label',
];

export function mutate(text: string, seed: number): string {
  const random = randomNumbers(seed);
  if (random(6) === 0) return text.slice(0, random(text.length));
  const lines = text.split('\n');
  const at = (): number => random(lines.length);
  for (let n = 1 + random(3); n > 0; n--) {
    switch (random(6)) {
      case 0:
        lines.splice(at(), 1);
        break;
      case 1:
        lines.splice(at(), 0, lines[at()]);
        break;
      case 2: {
        const [a, b] = [at(), at()];
        [lines[a], lines[b]] = [lines[b], lines[a]];
        break;
      }
      default: {
        const line = at();
        const found = [...lines[line].matchAll(tokens)];
        if (found.length === 0) break;
        const { index, 0: old } = found[random(found.length)];
        const elsewhere = [...lines[at()].matchAll(tokens)];
        const other = elsewhere.length > 0 && random(2) === 0 ? elsewhere[random(elsewhere.length)][0] : strange[random(strange.length)];
        lines[line] = lines[line].slice(0, index) + other + lines[line].slice(index + old.length);
      }
    }
  }
  return lines.join('\n');
}
