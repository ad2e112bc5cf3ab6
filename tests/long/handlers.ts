/**
 * Runs single random instructions by the interpreter's compiled handlers and by the evaluator of the instruction table:
 * `npx tsx tests/long/handlers.ts [INSTRUCTIONS] [SEED] [ROWS]`, by default a million from seed 1. ROWS is a regular expression: only rows in
 * whose `FEATURE NAME` it is found run. Ends with 1 when a state differs.
 */
import { decode, encodeRow, rows, type Row } from '../../src/lib/arm64/index.ts';
import { Comparison, isComparable, Random } from '../../src/lib/emulator/cpu/compare.ts';

const wanted = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? 1);
const pattern = new RegExp(process.argv[4] ?? '');
const chosen = rows.filter((row) => isComparable(row) && pattern.test(`${row.feature} ${row.name}`));
const random = new Random(seed);
const comparison = new Comparison(seed);

/** Any word of a row, where fields are often at their ends. */
function randomWord(row: Row): number {
  for (;;) {
    const fields = Object.fromEntries(
      row.fields.map(({ name, width }) => {
        const most = 2 ** width - 1;
        const pick = random.below(8);
        return [name, pick === 0 ? 0 : pick === 1 ? most : random.next() & most];
      }),
    );
    const word = encodeRow(row, fields);
    if (decode(word)?.row === row) return word;
  }
}

let wrong = 0;
for (let i = 0; i < wanted && wrong < 20; i++) {
  const row = chosen[i % chosen.length];
  const word = randomWord(row);
  const difference = comparison.run(word);
  if (difference === undefined) continue;
  wrong++;
  console.log(`${row.name} ${word.toString(16)}: ${difference}`);
}
console.log(`${wanted} instructions of ${chosen.length} rows, ${wrong} differ`);
process.exitCode = wrong > 0 ? 1 : 0;
