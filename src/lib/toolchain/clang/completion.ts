/** What clang says could stand at a place (`-code-completion-at`), as data. */

/** A piece of what would be inserted; a placeholder is to be replaced, with clang's words for what belongs there. */
export type CompletionChunk = { text: string } | { placeholder: string };

export type Completion = {
  name: string;
  /** Type of the result, or of the variable or member. */
  type?: string;
  chunks: CompletionChunk[];
  /** First sentence of the declaration's comment. */
  comment?: string;
};

/** More are of no use to anybody. */
const maxItems = 3000;
const result = /^COMPLETION: (.*?)(?: : (.*))?$/;

/**
 * Clang's list, in its order. A line reads `COMPLETION: printf : [#int#]printf(<#const char *#>, <#...#>) : comment`: types in `[# #]`, places
 * to fill in `<# #>`, optional parameters in `{# #}`, whose contents are left to the one who types.
 */
export function parseCompletions(text: string): Completion[] {
  const items: Completion[] = [];
  for (const line of text.split('\n')) {
    const found = result.exec(line);
    if (!found || items.length >= maxItems) continue;
    const [, name, rest = name] = found;
    // A pattern is a statement such as `for (...) {`, which a person types as quickly.
    if (name === 'Pattern' || /\(Hidden\)|\(Inaccessible\)/.test(rest)) continue;
    const comment = / : (.*)$/.exec(rest)?.[1];
    const body = comment === undefined ? rest : rest.slice(0, -(comment.length + 3));
    const type = /^\[#(.*?)#\]/.exec(body)?.[1];
    const bare = body.replace(/\[#.*?#\]/g, '').replace(/\{#(?:[^#]|#(?!\}))*#\}/g, '');
    items.push({ name: name.replace(/ \(.*\)$/, ''), chunks: chunksOf(bare), ...(type ? { type } : {}), ...(comment ? { comment } : {}) });
  }
  return items;
}

function chunksOf(text: string): CompletionChunk[] {
  return text
    .split(/(<#.*?#>)/)
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('<#') ? { placeholder: part.slice(2, -2) } : { text: part }));
}
