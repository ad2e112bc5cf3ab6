/** What clang and lld print about their input, as data. */
import type { Problem } from '../../problem.ts';

const placed = /^(.+?):(\d+):(?:(\d+):)? (fatal error|error|warning|note|remark): (.*)$/;
const unplaced = /^(?:clang|clang-\d+|ld\.lld|lld): (?:(fatal error|error|warning|note|remark): )?(.*)$/;
const bare = /^(fatal error|error|warning|note|remark): (.*)$/;
/** `In file included from`, source lines with carets, and the count at the end say nothing that the problems do not. */
const context =
  /^(In file included from |In module |\s+from |\s*\d* \|| *\^|\d+ (error|warning)s?( and \d+ (error|warning)s?)? generated\.$)/;

function severityOf(word: string | undefined): Problem['severity'] {
  if (word === 'warning') return 'warning';
  return word === 'note' || word === 'remark' ? 'note' : 'error';
}

/**
 * Problems from clang's text (`-fno-color-diagnostics`), in its order. A note follows what it belongs to.
 * Column 0 where clang gives none.
 */
export function parseDiagnostics(text: string): Problem[] {
  const problems: Problem[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || context.test(line)) continue;
    const at = placed.exec(line);
    if (at) {
      const place = { file: at[1], line: Number(at[2]), column: Number(at[3] ?? 0) };
      problems.push({ severity: severityOf(at[4]), place, message: at[5] });
      continue;
    }
    const general = unplaced.exec(line);
    const plain = bare.exec(line);
    const last = problems.at(-1);
    if (general) problems.push({ severity: severityOf(general[1]), message: general[2] });
    else if (plain) problems.push({ severity: severityOf(plain[1]), message: plain[2] });
    // A message of several lines, such as static_assert gives.
    else if (last) last.message += `\n${line}`;
    else problems.push({ severity: 'error', message: line });
  }
  return problems;
}
