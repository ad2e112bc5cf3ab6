/** `uk as [-g] [-o OUTPUT] [-I FOLDER] [--defsym NAME=VALUE] [FILE...]`: assembles preprocessed assembly, standard input without a file. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { formatProblem, type Problem } from '../src/lib/problem.ts';
import { ASSEMBLER_PRODUCER, assembleToElf } from '../src/lib/toolchain/driver/backend.ts';

const usage = 'usage: uk as [-g] [-o OUTPUT] [-I FOLDER] [--defsym NAME=VALUE] [FILE...]\n';

export async function main(args: readonly string[]): Promise<number> {
  let output = 'a.out';
  let debug = false;
  const folders: string[] = ['.'];
  const symbols: string[] = [];
  const inputs: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg === '--help') {
      process.stdout.write(usage);
      return 0;
    }
    if (arg === '-o') output = args[++i] ?? output;
    else if (arg === '-g' || arg.startsWith('-gdwarf')) debug = true;
    else if (arg === '-I') folders.push(args[++i] ?? '.');
    else if (arg.startsWith('-I')) folders.push(arg.slice(2));
    else if (arg === '--defsym') symbols.push(args[++i] ?? '');
    else if (arg.startsWith('--defsym=')) symbols.push(arg.slice('--defsym='.length));
    else if (arg === '-' || arg === '--' || !arg.startsWith('-')) inputs.push(...(arg === '--' ? [] : [arg]));
    else if (!/^-(EL|W|march=|mcpu=|mabi=|-noexecstack|-64)/.test(arg)) {
      process.stderr.write(`uk as: unknown option ${arg}\n${usage}`);
      return 2;
    }
  }
  const definitions = symbols.map((definition) => `.set ${definition.replace('=', ', ')}\n`);
  const texts = (inputs.length === 0 ? ['-'] : inputs).map((path) => ({
    name: path === '-' ? '{standard input}' : path,
    text: read(path),
  }));
  const missing = texts.find(({ text }) => text === undefined);
  if (missing) {
    process.stderr.write(`uk as: can't open ${missing.name} for reading\n`);
    return 1;
  }
  // Several files are read one after the other, as one.
  const whole = definitions.join('') + texts.map(({ name, text }) => `# 1 ${JSON.stringify(name)}\n${text}`).join('\n');
  const find = (path: string): Uint8Array | undefined => {
    const found = [...folders, ...inputs.map((input) => dirname(input))]
      .map((folder) => join(folder, path))
      .find((candidate) => existsSync(candidate));
    return found === undefined ? undefined : readFileSync(found);
  };
  const assembled = assembleToElf(whole, texts[0].name, {
    include: (path) => find(path) && new TextDecoder().decode(find(path)),
    incbin: find,
    ...(debug ? { debug: { directory: process.cwd(), producer: ASSEMBLER_PRODUCER } } : {}),
  });
  report(assembled.ok ? assembled.value.problems : assembled.problems);
  if (!assembled.ok) return 1;
  writeFileSync(output, assembled.value.object);
  return 0;
}

function read(path: string): string | undefined {
  if (path !== '-' && !existsSync(path)) return undefined;
  return readFileSync(path === '-' ? 0 : path, 'utf8');
}

function report(problems: readonly Problem[]): void {
  for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`);
}
