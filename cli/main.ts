/** The command line: `uk COMMAND ARGS`. Commands are loaded when they are called, so that one does not wait for what another needs. */

type Command = {
  usage: string;
  summary: string;
  load: () => Promise<{ main(args: readonly string[]): Promise<number> }>;
};

const commands: Readonly<Record<string, Command>> = {
  build: { usage: 'DIR [--out D] [--set SYM=val ...] [--json]', summary: 'build an application', load: () => import('./build.ts') },
  run: { usage: 'ELF|IMAGE|SNAPSHOT|DIR [options]', summary: 'boot an image on the emulated machine', load: () => import('./run.ts') },
  snapshot: {
    usage: 'ELF|IMAGE|DIR --out F [--at N] [options of uk run], or --info F',
    summary: 'run to a place and save the machine',
    load: () => import('./snapshot.ts'),
  },
  replay: { usage: 'SNAPSHOT [--json F]', summary: 'run a recording again and prove it equal', load: () => import('./replay.ts') },
  gdb: { usage: 'ELF|IMAGE|SNAPSHOT|DIR [options]', summary: 'serve GDB, which can go back in time', load: () => import('./gdb.ts') },
  config: {
    usage: 'DIR [--list|--set SYM=val|--why SYM|--savedefconfig|--menu]',
    summary: 'show and change a configuration',
    load: () => import('./config.ts'),
  },
  cc: { usage: 'ARGS', summary: 'compile for arm64, as clang takes its arguments', load: () => import('./cc.ts') },
  as: { usage: 'ARGS', summary: 'assemble', load: () => import('./as.ts') },
  ld: { usage: 'ARGS', summary: 'link, as ld.lld takes its arguments', load: () => import('./ld.ts') },
  lesson: { usage: 'list | check [NAME [DIR]]', summary: "hold lessons' checks against an answer", load: () => import('./lesson.ts') },
  objdump: { usage: 'ARGS', summary: 'disassemble and show what is in an object', load: () => import('./objdump.ts') },
};

function helpText(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(
    ([name, { usage, summary }]) => `  ${name.padEnd(width)}  ${summary}\n  ${' '.repeat(width)}  uk ${name} ${usage}`,
  );
  return `usage: uk COMMAND ARGS\n\n${lines.join('\n')}\n\nExit status: 0 done, 1 the input was at fault, 2 the command line was.\n`;
}

/** Runs a command and gives its exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  const [name, ...args] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    (name === undefined ? process.stderr : process.stdout).write(helpText());
    return name === undefined ? 2 : 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    process.stderr.write(`uk: unknown command "${name}"\n\n${helpText()}`);
    return 2;
  }
  const module = await command.load();
  return module.main(args);
}
