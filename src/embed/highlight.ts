/** Just enough of C, assembly and makefiles to colour a short file while it is being typed. */

export type Span = { kind: 'comment' | 'string' | 'directive' | 'keyword' | 'number' | 'plain'; text: string };

const keywords =
  'auto|bool|break|case|char|const|continue|default|do|double|else|enum|extern|float|for|goto|if|inline|int|long|register|restrict|return|' +
  'short|signed|sizeof|static|struct|switch|typedef|union|unsigned|void|volatile|while|size_t|u?int(?:8|16|32|64)_t|uintptr_t';
const tokens = new RegExp(
  [
    String.raw`(?<comment>/\*[\s\S]*?(?:\*/|(?![\s\S]))|//[^\n]*)`,
    String.raw`(?<string>"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?)`,
    String.raw`(?<directive>^[ \t]*#[ \t]*\w+)`,
    String.raw`(?<keyword>\b(?:${keywords})\b)`,
    String.raw`(?<number>\b(?:0x[\da-f]+|\d[\d.]*)[uUlL]*\b)`,
  ].join('|'),
  'gmi',
);
const kinds = ['comment', 'string', 'directive', 'keyword', 'number'] as const;

export function highlight(text: string): Span[] {
  const spans: Span[] = [];
  let at = 0;
  for (const match of text.matchAll(tokens)) {
    if (match.index > at) spans.push({ kind: 'plain', text: text.slice(at, match.index) });
    const kind = kinds.find((name) => match.groups?.[name] !== undefined) ?? 'plain';
    spans.push({ kind, text: match[0] });
    at = match.index + match[0].length;
  }
  if (at < text.length) spans.push({ kind: 'plain', text: text.slice(at) });
  return spans;
}
