/**
 * `npm run bench -- codegen [--size|--speed|--time|--large] [--only TEXT] [--functions N]`: our compiler against clang-19 on the same sources with the same flags.
 * Instructions are those that qemu-aarch64 executes at -O2, counted exactly; bytes are those of code at -Os; times are processor time of one run.
 */
import { DebianArchive } from '../../tests/differential/hosted/debian-archive.ts';
import { Compilers } from './compilers.ts';
import { codeBytes, elfOf, execute, functionsOf } from './count.ts';
import { large } from './large.ts';
import { poolObjects } from './pool.ts';
import { programs, type Program } from './programs.ts';

/** Geometric means that may not be exceeded: ours over clang-19's. */
const bars = { instructions: 1.25, bytes: 1.2 };

type Pair = { ours: number; theirs: number };
type Row = Pair & { name: string; note?: string };

export async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--large')) return large(new Compilers());
  const value = (flag: string): string | undefined => (args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined);
  const only = value('--only') ?? '';
  const worst = Number(value('--functions') ?? 10);
  const { found, missing } = programs(new DebianArchive());
  for (const each of missing) process.stdout.write(`left out: ${each}\n`);
  const chosen = found.filter((p) => p.name.includes(only));
  const compilers = new Compilers();
  const within: boolean[] = [];
  if (args.includes('--time')) return time(compilers, chosen);
  if (!args.includes('--size')) within.push(await speed(compilers, chosen, worst));
  if (!args.includes('--speed')) within.push(await size(compilers, chosen, worst, 'pool'.includes(only)));
  return within.every(Boolean) && missing.length === 0 ? 0 : 1;
}

/** Processor time of our code generator from IR text to object, and of all of clang-19, at -O2. What V8 compiles beside the main thread counts as well. */
async function time(compilers: Compilers, list: readonly Program[]): Promise<number> {
  const rows: Row[] = [];
  for (const program of list) {
    const flags = ['-O2', ...program.flags];
    const row = { name: program.name, ours: 0, theirs: 0 };
    for (const source of program.sources) {
      const ir = await compilers.ir(source, flags);
      const before = process.cpuUsage();
      compilers.object(ir, source);
      const { user, system } = process.cpuUsage(before);
      row.ours += (user + system) / 1000;
      row.theirs += compilers.timeTheirs(source, flags);
    }
    rows.push({ ...row, ours: Math.round(row.ours), theirs: Math.round(row.theirs) });
  }
  table('milliseconds of processor time at -O2: our code generator, and all of clang-19', rows);
  return 0;
}

async function speed(compilers: Compilers, list: readonly Program[], worst: number): Promise<boolean> {
  const rows: Row[] = [];
  const own: Pair[] = [];
  const functions = new Map<string, Pair>();
  for (const program of list) {
    const flags = ['-O2', ...program.flags];
    const objects: Uint8Array[] = [];
    for (const source of program.sources) objects.push(await compilers.ours(source, flags));
    const ours = execute(compilers.link('ours', objects), program.args);
    const theirObjects = program.sources.map((source) => compilers.theirs(source, flags));
    const theirs = execute(compilers.link('theirs', theirObjects), program.args);
    if (ours.status !== 0 || ours.output !== theirs.output)
      throw new Error(`${program.name}: status ${String(ours.status)}, output\n${ours.output}instead of\n${theirs.output}`);
    const mine = new Set([...objects, ...theirObjects].flatMap((o) => functionsOf(elfOf(o)).map((f) => f.name)));
    const pair = { ours: 0, theirs: 0 };
    for (const name of mine) {
      const each = { ours: ours.functions.get(name) ?? 0, theirs: theirs.functions.get(name) ?? 0 };
      pair.ours += each.ours;
      pair.theirs += each.theirs;
      functions.set(`${name} (${program.name})`, each);
    }
    own.push(pair);
    const note = `without the C library ${(pair.ours / pair.theirs).toFixed(3)}`;
    rows.push({ name: program.name, ours: ours.instructions, theirs: theirs.instructions, note });
  }
  table('instructions executed at -O2', rows);
  const mean = geometricMean(rows);
  verdict(mean, bars.instructions, `without the C library ${geometricMean(own).toFixed(3)}`);
  worstFunctions('most instructions more than clang-19, by function', functions, worst);
  return mean <= bars.instructions;
}

async function size(compilers: Compilers, list: readonly Program[], worst: number, withPool: boolean): Promise<boolean> {
  const rows: Row[] = [];
  const functions = new Map<string, Pair>();
  const add = (name: string, objects: readonly { ours: Uint8Array; theirs: Uint8Array }[]): void => {
    const row = { name, ours: 0, theirs: 0 };
    for (const object of objects) {
      const [ours, theirs] = [elfOf(object.ours), elfOf(object.theirs)];
      row.ours += codeBytes(ours);
      row.theirs += codeBytes(theirs);
      const sizes = new Map(functionsOf(ours).map((f) => [f.name, f.size]));
      for (const f of functionsOf(theirs)) functions.set(`${f.name} (${name})`, { ours: sizes.get(f.name) ?? 0, theirs: f.size });
    }
    rows.push(row);
  };
  if (withPool) add('pool', await poolObjects(compilers));
  for (const program of list) {
    const flags = ['-Os', ...program.flags];
    const objects: { ours: Uint8Array; theirs: Uint8Array }[] = [];
    for (const source of program.sources)
      objects.push({ ours: await compilers.ours(source, flags), theirs: compilers.theirs(source, flags) });
    add(program.name, objects);
  }
  table('bytes of code at -Os', rows);
  const mean = geometricMean(rows);
  verdict(mean, bars.bytes);
  worstFunctions('most bytes more than clang-19, by function', functions, worst);
  return mean <= bars.bytes;
}

function table(title: string, rows: readonly Row[]): void {
  process.stdout.write(`\n${title}\n`);
  line('', 'ours', 'clang-19', 'ratio');
  for (const { name, ours, theirs, note } of rows) line(name, String(ours), String(theirs), (ours / theirs).toFixed(3), note);
}

function line(name: string, ours: string, theirs: string, ratio: string, note = ''): void {
  process.stdout.write(`  ${name.padEnd(44)} ${ours.padStart(11)} ${theirs.padStart(11)} ${ratio.padStart(7)}  ${note}`.trimEnd() + '\n');
}

function verdict(mean: number, bar: number, note = ''): void {
  line('geometric mean', '', '', mean.toFixed(3), `bar ${bar.toFixed(2)}: ${mean <= bar ? 'kept' : 'missed'}${note && `; ${note}`}`);
}

function geometricMean(pairs: readonly Pair[]): number {
  return Math.exp(pairs.reduce((sum, { ours, theirs }) => sum + Math.log(ours / theirs), 0) / pairs.length);
}

/** Functions that one of the two compilers has inlined away say nothing and are left out. */
function worstFunctions(title: string, functions: ReadonlyMap<string, Pair>, count: number): void {
  const rows = [...functions].filter(([, p]) => p.ours > 0 && p.theirs > 0).map(([name, pair]) => ({ name, ...pair }));
  table(title, rows.sort((a, b) => b.ours - b.theirs - (a.ours - a.theirs)).slice(0, count));
}
