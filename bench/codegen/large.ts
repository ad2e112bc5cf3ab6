/** One C file of 200,000 lines: does it fit in memory, and is time near linear in its length? */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratch, type Compilers } from './compilers.ts';

/** Lines of one generated function. */
const linesEach = 50;

/** Functions of loops, branches, memory, calls and a switch, each a little different. */
export function largeSource(lines: number): string {
  const count = Math.floor(lines / linesEach);
  const text = ['struct item { int key; unsigned size; struct item *next; double weight; };', 'extern int sink(int, double);'];
  for (let n = 0; n < count; n++) {
    text.push(
      `static int table_${n}[16];`,
      `int function_${n}(struct item *list, int *data, int length, unsigned mask)`,
      '{',
      `  int sum = ${n};`,
      '  double weight = 0;',
      '  for (int i = 0; i < length; i++) {',
      `    if ((data[i] & mask) == ${n % 7}u)`,
      '      sum += data[i] * 3;',
      '    else',
      `      table_${n}[i & 15] ^= data[i] >> ${(n % 5) + 1};`,
      '  }',
      '  for (struct item *at = list; at; at = at->next) {',
      '    switch (at->key & 7) {',
    );
    for (let k = 0; k < 8; k++)
      text.push(`    case ${k}:`, `      sum = sum * ${k + 3} + (int)(at->size ^ ${(n * 17 + k) % 251}u);`, '      break;');
    text.push(
      '    }',
      '    weight += at->weight * sum;',
      '    if (at->size > mask)',
      `      sum += sink(sum, weight);`,
      '  }',
      n > 0 ? `  if (sum < 0 && length > 0)\n    sum += function_${n - 1}(list, data, length - 1, mask);` : '  sum += 1;',
      `  return sum + table_${n}[sum & 15];`,
      '}',
      '',
    );
  }
  return `${text.join('\n')}\n`;
}

/** Processor time and memory for files of growing length, at -O1. */
export async function large(compilers: Compilers): Promise<number> {
  process.stdout.write('one file at -O1: milliseconds of processor time of our code generator and of all of clang-19\n');
  for (const lines of [25_000, 50_000, 100_000, 200_000]) {
    const path = join(scratch, `large-${lines}.c`);
    const source = largeSource(lines);
    writeFileSync(path, source);
    const ir = await compilers.ir(path, ['-O1']);
    const before = process.cpuUsage();
    const object = compilers.object(ir, path);
    const { user, system } = process.cpuUsage(before);
    const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MB`;
    const memory = `${megabytes(process.resourceUsage().maxRSS * 1024)} resident at most`;
    const ours = Math.round((user + system) / 1000);
    const theirs = Math.round(compilers.timeTheirs(path, ['-O1']));
    const count = source.split('\n').length - 1;
    process.stdout.write(
      `  ${count} lines: IR ${megabytes(ir.length)}, object ${megabytes(object.length)}, ${ours} and ${theirs}; ${memory}\n`,
    );
  }
  return 0;
}
