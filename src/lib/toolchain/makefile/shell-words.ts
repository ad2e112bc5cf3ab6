/**
 * Splits a command line into words as a POSIX shell does: white space separates, quotes and backslashes keep. Nothing is expanded;
 * `-DNAME=\"x\"` and `'-DNAME="x"'` both give `-DNAME="x"`.
 */
export function splitShellWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const c = text[at] ?? '';
    if (/\s/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (c === "'") {
      const end = text.indexOf("'", at + 1);
      word = (word ?? '') + text.slice(at + 1, end < 0 ? text.length : end);
      at = end < 0 ? text.length : end;
    } else if (c === '"') {
      word ??= '';
      for (at++; at < text.length && text[at] !== '"'; at++) {
        if (text[at] === '\\' && /["\\$`]/.test(text[at + 1] ?? '')) at++;
        word += text[at];
      }
    } else {
      word ??= '';
      word += c === '\\' ? (text[++at] ?? '') : c;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
