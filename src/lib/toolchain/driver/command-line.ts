/** A compiler command line as clang and gcc take it, sorted into what concerns which stage. */
import type { Result } from '../../problem.ts';

/** How far to go. */
export type Stage = 'preprocess' | 'check' | 'llvm-ir' | 'llvm-bitcode' | 'assembly' | 'object' | 'link';

export type Input = { path: string; language: Language };

export type Language = 'c' | 'c++' | 'cpp-output' | 'c++-cpp-output' | 'c-header' | 'assembler' | 'assembler-with-cpp' | 'ir' | 'object';

export type CommandLine = {
  stage: Stage;
  inputs: Input[];
  /** `-o`; `-` is standard output. */
  output?: string;
  target: string;
  /** For clang's front end, in order. */
  compileFlags: string[];
  /** For the linker's command line, in order, by way of clang's driver. */
  linkFlags: string[];
  /** `-MD`, `-MMD`: write the files that were read, in make's syntax; `-MF`'s file and `-MT`'s target when given. */
  dependencies?: { flag: '-MD' | '-MMD'; file?: string; hasTarget: boolean };
  /** `--dump-passes`: show the program after each pass of the code generator. */
  dumpPasses: boolean;
  /** `--version`, `-dumpmachine`, `-###` and the like: clang answers itself. */
  query: boolean;
  verbose: boolean;
};

const languages: Readonly<Record<string, Language>> = {
  c: 'c',
  'c++': 'c++',
  'cpp-output': 'cpp-output',
  'c++-cpp-output': 'c++-cpp-output',
  'c-header': 'c-header',
  assembler: 'assembler',
  'assembler-with-cpp': 'assembler-with-cpp',
  ir: 'ir',
};

const suffixes: Readonly<Record<string, Language>> = {
  c: 'c',
  i: 'cpp-output',
  h: 'c-header',
  cc: 'c++',
  cp: 'c++',
  cxx: 'c++',
  cpp: 'c++',
  'c++': 'c++',
  C: 'c++',
  ii: 'c++-cpp-output',
  s: 'assembler',
  S: 'assembler-with-cpp',
  sx: 'assembler-with-cpp',
  ll: 'ir',
  bc: 'ir',
};

/** Options whose value is the next argument, or the rest of this one. */
const joinedOrSeparate = ['-I', '-D', '-U', '-F', '-L', '-l', '-T', '-u', '-e', '-z', '-o', '-x'];
/** Options whose value is the next argument. */
const separate = [
  ...[
    '-isystem',
    '-iquote',
    '-idirafter',
    '-include',
    '-imacros',
    '-isysroot',
    '-iprefix',
    '-iwithprefix',
    '-iwithprefixbefore',
    '-imultilib',
  ],
  ...[
    '-MF',
    '-MT',
    '-MQ',
    '-Xclang',
    '-Xlinker',
    '-Xassembler',
    '-Xpreprocessor',
    '-mllvm',
    '-target',
    '--param',
    '-working-directory',
    '--sysroot',
    '-arch',
  ],
];
const linkOnly =
  /^(-Wl,|-nostdlib$|-nostartfiles$|-nodefaultlibs$|-nolibc$|-static$|-static-pie$|-shared$|-pie$|-no-pie$|-r$|-s$|-rdynamic$|-fuse-ld=|-rtlib=|-unwindlib=|-B|-pthread$)/;
const linkWithValue = new Set(['-L', '-T', '-u', '-e', '-z', '-Xlinker']);
const queries = /^(--version|-dumpmachine|-dumpversion|-###|--help|--help-hidden|-print-.*|--print-.*)$/;
const stages: Readonly<Record<string, Stage>> = {
  '-c': 'object',
  '-S': 'assembly',
  '-E': 'preprocess',
  '-fsyntax-only': 'check',
  '-M': 'preprocess',
  '-MM': 'preprocess',
};

export function parseCommandLine(args: readonly string[], defaultTarget: string): Result<CommandLine> {
  const parser = new CommandLineParser(defaultTarget);
  const mistake = parser.parse(args);
  if (mistake !== undefined) return { ok: false, problems: [{ severity: 'error', message: mistake }] };
  return { ok: true, value: parser.result() };
}

class CommandLineParser {
  private readonly line: CommandLine;
  private stage: Stage | undefined;
  private emitLlvm = false;
  private language: string | undefined;

  constructor(target: string) {
    this.line = { stage: 'link', inputs: [], target, compileFlags: [], linkFlags: [], dumpPasses: false, query: false, verbose: false };
  }

  /** Gives the first mistake. */
  parse(args: readonly string[]): string | undefined {
    for (let i = 0; i < args.length; i++) {
      const arg = args[i];
      if (arg === '-' || !arg.startsWith('-')) {
        const mistake = this.input(arg);
        if (mistake !== undefined) return mistake;
        continue;
      }
      const joined = joinedOrSeparate.find((name) => arg.startsWith(name) && !isLongerOption(arg, name));
      const name = joined ?? (separate.includes(arg) ? arg : undefined);
      if (name === undefined) this.flag(arg);
      else {
        const value = arg.length > name.length ? arg.slice(name.length) : args[++i];
        if (value === undefined) return `argument to '${name}' is missing`;
        const mistake = this.option(name, value);
        if (mistake !== undefined) return mistake;
      }
    }
    return undefined;
  }

  result(): CommandLine {
    const { line } = this;
    line.stage = this.stage ?? 'link';
    if (this.emitLlvm && line.stage === 'assembly') line.stage = 'llvm-ir';
    else if (this.emitLlvm && line.stage === 'object') line.stage = 'llvm-bitcode';
    return line;
  }

  private input(path: string): string | undefined {
    let language: Language | undefined;
    if (this.language !== undefined) language = languages[this.language];
    else language = suffixes[/\.([^./]+)$/.exec(path)?.[1] ?? ''] ?? 'object';
    if (path === '-' && this.language === undefined) {
      if (this.stage !== 'preprocess') return '-E or -x required when input is from standard input';
      language = 'c';
    }
    if (!language) return `language not recognized: '${this.language}'`;
    this.line.inputs.push({ path, language });
    return undefined;
  }

  private option(name: string, value: string): string | undefined {
    const { line } = this;
    if (name === '-o') line.output = value;
    else if (name === '-x') {
      if (value !== 'none' && !Object.hasOwn(languages, value)) return `language not recognized: '${value}'`;
      this.language = value === 'none' ? undefined : value;
    } else if (name === '-target') line.target = value;
    else if (name === '-MF')
      line.dependencies = { flag: line.dependencies?.flag ?? '-MD', hasTarget: line.dependencies?.hasTarget ?? false, file: value };
    // Where a library stands among the objects matters to linkers.
    else if (name === '-l') line.inputs.push({ path: name + value, language: 'object' });
    else if (linkWithValue.has(name)) line.linkFlags.push(...(name === '-L' ? [name + value] : [name, value]));
    else {
      if ((name === '-MT' || name === '-MQ') && line.dependencies) line.dependencies.hasTarget = true;
      line.compileFlags.push(...(['-I', '-D', '-U', '-F'].includes(name) ? [name + value] : [name, value]));
      if (name === '--sysroot' || name === '-isysroot') line.linkFlags.push(name, value);
    }
    return undefined;
  }

  private flag(arg: string): void {
    const { line } = this;
    const stage = Object.hasOwn(stages, arg) ? stages[arg] : undefined;
    if (stage) {
      // The earliest stage wins, as for clang: -E before -fsyntax-only before -S before -c.
      const order: Stage[] = ['preprocess', 'check', 'assembly', 'object'];
      if (this.stage === undefined || order.indexOf(stage) < order.indexOf(this.stage)) this.stage = stage;
      if (arg === '-M' || arg === '-MM') line.compileFlags.push(arg);
    } else if (arg === '-emit-llvm') this.emitLlvm = true;
    else if (arg === '--dump-passes') line.dumpPasses = true;
    else if (arg.startsWith('--target=')) line.target = arg.slice('--target='.length);
    else if (arg === '-MD' || arg === '-MMD') line.dependencies = { hasTarget: false, ...line.dependencies, flag: arg };
    else if (queries.test(arg)) {
      line.query = true;
      line.compileFlags.push(arg);
    } else if (arg === '-v') line.verbose = true;
    else if (linkOnly.test(arg)) {
      line.linkFlags.push(arg);
      // These reach the preprocessor and code generation too.
      if (arg === '-pthread' || arg === '-static-pie') line.compileFlags.push(arg);
    } else if (arg !== '-pipe') {
      line.compileFlags.push(arg);
      if (/^(--sysroot=|--gcc-toolchain=|-O|-g|-m|--gcc-install-dir=)/.test(arg)) line.linkFlags.push(arg);
    }
  }
}

/** `-include` is not `-i` with a value, `-emit-llvm` not `-e`, `-Ofast` not `-o`. */
function isLongerOption(arg: string, name: string): boolean {
  if (name === '-e') return arg.startsWith('-emit-');
  if (name === '-u') return arg.startsWith('-undef');
  if (name === '-T') return /^-T(bss|data|text)/.test(arg);
  if (name === '-z' || name === '-F') return arg !== name && !arg.startsWith(`${name}/`);
  return false;
}

/** Name of the output for an input where `-o` does not say it: beside the working directory, as clang does it. */
export function defaultOutput(input: string, stage: Stage): string {
  const base = input.slice(input.lastIndexOf('/') + 1).replace(/(.)\.[^.]*$/, '$1');
  switch (stage) {
    case 'object':
      return `${base}.o`;
    case 'assembly':
      return `${base}.s`;
    case 'llvm-ir':
      return `${base}.ll`;
    case 'llvm-bitcode':
      return `${base}.bc`;
    case 'link':
      return 'a.out';
    default:
      return '-';
  }
}
