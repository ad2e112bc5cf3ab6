/** `uk config DIR [--list|--set SYM=val|--why SYM|--savedefconfig|--menu]`: Kconfig without the browser. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  configure, explain, explanationText, menuTree, setValue, worldOf, writeConfig, writeDefconfig, type Configuration, type MenuEntry,
} from '../src/lib/toolchain/index.ts'; // prettier-ignore
import { parseArguments, parseSettings } from './arguments.ts';
import { openProject, printProblems } from './project-folder.ts';

const usage = `usage: uk config DIR [--list | --set SYM=val ... | --why SYM | --savedefconfig | --menu]
  --list           the whole configuration, as .config (default)
  --set SYM=val    change an option and write the minimal configuration to DIR/defconfig
  --why SYM        why an option has its value and what it does to others
  --savedefconfig  write the minimal configuration to DIR/defconfig
  --menu           the menu as a person sees it
  --all            with --menu: also what cannot be changed now, and why
`;

export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, { flags: ['--list', '--savedefconfig', '--menu', '--all', '--help'], values: ['--set', '--why'] });
  const usageError = (message: string) => {
    process.stderr.write(`uk config: ${message}\n${usage}`);
    return 2;
  };
  if (typeof parsed === 'string') return usageError(parsed);
  const settings = parseSettings(parsed.values.get('--set') ?? []);
  if (typeof settings === 'string') return usageError(settings);
  if (parsed.flags.has('--help')) {
    process.stdout.write(usage);
    return 0;
  }
  const [directory] = parsed.rest;
  if (directory === undefined || parsed.rest.length > 1)
    return usageError(directory === undefined ? 'which folder?' : 'one folder at a time');
  const project = openProject(directory);
  const folder = resolve(directory);
  if (!project.ok) {
    printProblems(project.problems, folder);
    return 1;
  }
  const { configuration, problems } = configure(worldOf(project.value.app, project.value.pool), { name: project.value.name });
  printProblems(problems, folder);
  if (problems.some((problem) => problem.severity === 'error')) return 1;
  const why = parsed.values.get('--why');
  if (why) return explainAll(configuration, why);
  if (settings.length > 0) return change(configuration, settings, folder);
  if (parsed.flags.has('--savedefconfig')) writeFileSync(join(folder, 'defconfig'), writeDefconfig(configuration));
  else if (parsed.flags.has('--menu'))
    process.stdout.write(menuText(menuTree(configuration, parsed.flags.has('--all') ? 'all' : 'visible'), 0));
  else process.stdout.write(writeConfig(configuration));
  return 0;
}

function explainAll(configuration: Configuration, names: readonly string[]): number {
  let status = 0;
  for (const name of names) {
    const explanation = explain(configuration, name.replace(/^CONFIG_/, ''));
    if (explanation) process.stdout.write(explanationText(explanation));
    else {
      process.stderr.write(`${name} is not defined by any Config.uk\n`);
      status = 1;
    }
  }
  return status;
}

function change(before: Configuration, settings: readonly [string, string][], folder: string): number {
  let configuration = before;
  for (const [name, value] of settings) {
    const changed = setValue(configuration, name, value);
    if (!changed.ok) {
      printProblems(changed.problems, folder);
      return 1;
    }
    configuration = changed.value;
  }
  writeFileSync(join(folder, 'defconfig'), writeDefconfig(configuration));
  for (const name of configuration.model.symbols.keys()) {
    const [from, to] = [before.valueOf(name), configuration.valueOf(name)];
    if (from !== to) process.stdout.write(`${name}: ${from || '""'} -> ${to || '""'}\n`);
  }
  return 0;
}

function menuText(entries: readonly MenuEntry[], depth: number): string {
  return entries.map((entry) => `${'  '.repeat(depth)}${entryText(entry)}\n${menuText(entry.children, depth + 1)}`).join('');
}

function entryText(entry: MenuEntry): string {
  if (entry.kind === 'menu') return `${entry.prompt}:`;
  if (entry.kind === 'comment') return `*** ${entry.prompt} ***`;
  if (entry.kind === 'choice') return `${entry.prompt} (${entry.value ?? ''})`;
  const on = entry.value === 'y';
  const mark = entry.type === 'bool' ? (entry.radio ? (on ? '(x)' : '( )') : on ? '[x]' : '[ ]') : `(${entry.value ?? ''})`;
  const fixed = entry.changeable ? '' : `  -- ${entry.reasons.join('; ')}`;
  return `${mark} ${entry.prompt}  ${entry.symbol ?? ''}${fixed}`;
}
