/** lld's messages as problems, each with what a person can do about it. */
import type { Problem } from '../../problem.ts';

/** One message: its first line and the lines after it that begin with `>>>`. */
type Message = { severity: Problem['severity']; text: string; details: string[] };

const start = /^(?:ld\.lld|lld): (error|warning): (.*)$/;

export function parseLinkerMessages(text: string): Problem[] {
  const messages: Message[] = [];
  for (const line of text.split('\n')) {
    const first = start.exec(line);
    if (first) messages.push({ severity: first[1] === 'warning' ? 'warning' : 'error', text: first[2], details: [] });
    else if (line.startsWith('>>>')) messages.at(-1)?.details.push(line.slice(3).trim());
  }
  return messages.map(toProblem);
}

function toProblem(message: Message): Problem {
  const place = placeOf(message);
  const explained = explain(message);
  return { severity: message.severity, ...(place ? { place } : {}), ...explained };
}

/** `a.c:12 (/src/a.c:12)`, from debug information; or `script.lds:3: ...`. */
function placeOf({ text, details }: Message): Problem['place'] {
  for (const detail of details) {
    const full = /\((.+):(\d+)\)$/.exec(detail) ?? /^(?:referenced by|defined at) (\S+\.\w+):(\d+)$/.exec(detail);
    if (full) return { file: full[1], line: Number(full[2]), column: 0 };
  }
  const script = /^([^\s:()]+):(\d+): /.exec(text);
  return script ? { file: script[1], line: Number(script[2]), column: 0 } : undefined;
}

/** Objects that the details name, `libx/a.o:(main)`, each once. */
function objectsOf(details: readonly string[]): string[] {
  const found = details.flatMap((detail) => /(\S+):\((.+)\)(?: in archive .*)?$/.exec(detail) ?? []);
  const names: string[] = [];
  for (let i = 0; i + 2 < found.length; i += 3) {
    const name = /^[^.]/.test(found[i + 2]) ? `${found[i + 1]} (in ${found[i + 2]})` : found[i + 1];
    if (!names.includes(name)) names.push(name);
  }
  return names;
}

function explain({ text, details }: Message): Pick<Problem, 'message' | 'hint'> {
  const objects = objectsOf(details);
  const where = objects.length > 0 ? objects.join(', ') : 'an object';
  const undefinedSymbol = /^undefined (?:hidden |protected )?symbol: (.*)$/.exec(text);
  if (undefinedSymbol)
    return {
      message: `undefined symbol '${undefinedSymbol[1]}', used by ${where}`,
      hint: 'select the library that defines it, or define it; a function declared in a header alone has no code',
    };
  const duplicate = /^duplicate symbol: (.*)$/.exec(text);
  if (duplicate)
    return {
      message: `symbol '${duplicate[1]}' is defined more than once: in ${objects.join(' and in ')}`,
      hint: 'keep one definition; make the others static, weak, or extern declarations',
    };
  const overflow = /^section '(.*)' will not fit in region '(.*)': overflowed by (\d+) bytes$/.exec(text);
  if (overflow)
    return {
      message: `section '${overflow[1]}' does not fit in memory region '${overflow[2]}': ${overflow[3]} bytes too many`,
      hint: 'leave out libraries, shrink large arrays, or enlarge the region in the linker script',
    };
  const range = /^(.*): relocation (\S+) out of range: (.*)$/.exec(text);
  if (range)
    return {
      message: `in ${range[1]}: the distance to a symbol does not fit ${range[2]} (${range[3]})${symbolOf(text, details)}`,
      hint: 'the image is spread over too large a range of addresses; check the linker script and very large arrays',
    };
  const overlap = /^section (\S+) (virtual address|load address|file) range overlaps with (\S+)$/.exec(text);
  if (overlap)
    return {
      message: `sections '${overlap[1]}' and '${overlap[3]}' overlap (${overlap[2]}): ${details.join('; ')}`,
      hint: 'check the addresses in the linker script',
    };
  const unopened = /^cannot open (.*?): (.*)$/.exec(text);
  if (unopened) return { message: `cannot open '${unopened[1]}': ${unopened[2]}` };
  return { message: [text, ...details].join('\n') };
}

function symbolOf(text: string, details: readonly string[]): string {
  const named = /references '(.*?)'/.exec(text) ?? /^referenced by (.*)$/.exec(details[0] ?? '');
  return named && !text.includes(named[1]) ? `, referenced by ${named[1]}` : '';
}
