/** What the editor inserts for a completion of clang's. */
import type { Completion } from '../session/messages.ts';

export type CompletionKind = 'function' | 'variable' | 'name';

/** Text in Monaco's snippet syntax: places to fill are tab stops. */
export function snippetOf({ chunks }: Completion): string {
  const literal = (text: string) => text.replace(/[\\$}]/g, '\\$&');
  let stop = 0;
  return chunks.map((chunk) => ('text' in chunk ? literal(chunk.text) : `\${${++stop}:${literal(chunk.placeholder)}}`)).join('');
}

export function kindOfCompletion({ chunks, type }: Completion): CompletionKind {
  if (chunks.some((chunk) => 'text' in chunk && chunk.text.includes('('))) return 'function';
  return type === undefined ? 'name' : 'variable';
}

/** The declaration in one line: `int printf(const char *fmt, ...)`. */
export function signatureOf({ type, chunks }: Completion): string {
  const text = chunks.map((chunk) => ('text' in chunk ? chunk.text : chunk.placeholder)).join('');
  return type ? `${type} ${text}` : text;
}
