/**
 * Programs in every tier of the machine: `npx tsx tests/long/tiers.ts [--part N/M] [--level O2] [NAME ...]`. Each of gcc's C torture execute tests that
 * builds as a unikernel (the helloworld application with another main.c) runs by the interpreter alone, with the translator as it is, with one that
 * translates at once, and changing between them at random points by way of snapshots. What is sent, how it ends, the count of instructions and
 * the final state must be equal.
 */
import { basename, dirname, join } from 'node:path';
import { readdirSync, readFileSync } from 'node:fs';
import { nodeToolchain } from '../../cli/toolchain.ts';
import { openProject, poolFolder } from '../../cli/project-folder.ts';
import { Machine, type MachineExit, type MachineOptions } from '../../src/lib/emulator/board/machine.ts';
import { Random } from '../../src/lib/emulator/cpu/compare.ts';
import { createCpus } from '../../src/lib/emulator/cpu/cpu.ts';
import { defaultTuning, type TranslatorTuning } from '../../src/lib/emulator/jit/translator.ts';
import { openSnapshot } from '../../src/lib/emulator/snapshot/snapshot.ts';
import { writeSnapshot } from '../../src/lib/emulator/index.ts';
import type { Result } from '../../src/lib/problem.ts';
import { Builder, memoryCache } from '../../src/lib/toolchain/index.ts';
import { DebianArchive } from '../differential/hosted/debian-archive.ts';
import { tortureFolder, tortureTests } from '../differential/hosted/torture.ts';

const args = process.argv.slice(2);
const option = (name: string, fallback: string): string => {
  const at = args.indexOf(name);
  return at < 0 ? fallback : args.splice(at, 2)[1];
};
const [part, parts] = option('--part', '0/1').split('/').map(Number);
const level = option('--level', 'O2');
/** Instructions after which a test that does not end is compared as it stands. */
const limit = 20_000_000;
const memoryBytes = 4 << 20;

type Tier = TranslatorTuning | false;
type Outcome = { output: string; exit: string; instructions: number; state: string };

function create(options: MachineOptions, tier: Tier): Promise<Result<Machine>> {
  return Machine.create({ ...options, translate: tier !== false }, (setup, host) => createCpus({ ...setup, translator: tier }, host));
}

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'));
  return result.value;
}

function eager(random: Random): TranslatorTuning {
  const firstPeriod = 1 + random.below(500);
  return {
    ...defaultTuning,
    firstLook: 1,
    firstPeriod,
    longestPeriod: firstPeriod * 3,
    threshold: 1 + random.below(2),
    cost: 0,
    large: {
      ...defaultTuning.large,
      pages: random.below(2) * 1000,
      cost: 0,
      exitCost: 0,
      instructions: 20 + random.below(200),
      growth: 1000 * random.below(100),
      least: random.below(40),
      strays: 1 + random.below(8),
      misses: random.below(4),
    },
    limits: { instructions: 40 + random.below(600), pages: 1 + random.below(5) },
  };
}

/** Runs to the end; `changes` are counts of instructions at which a snapshot goes on in the next tier. */
async function run(image: Uint8Array, tiers: readonly Tier[], changes: readonly number[] = []): Promise<Outcome> {
  let machine = value(await create({ image, memoryBytes }, tiers[0]));
  let output = '';
  let exit: MachineExit = { reason: 'budget' };
  for (const [i, until] of [...changes, limit].entries()) {
    machine.onUart = (bytes) => (output += Buffer.from(bytes).toString('latin1'));
    const budget = until - machine.counters.instructions;
    if (budget > 0) exit = machine.run(budget);
    if (exit.reason !== 'budget') break;
    if (i === changes.length) continue;
    const opened = await openSnapshot(await writeSnapshot(machine), (options) => create(options, tiers[(i + 1) % tiers.length]));
    machine = value(opened).machine;
  }
  const text = JSON.stringify(exit, (_, each: unknown) => (typeof each === 'bigint' ? each.toString(16) : each));
  return { output, exit: text, instructions: machine.counters.instructions, state: machine.stateHash() };
}

const fetched = tortureFolder(new DebianArchive());
if (typeof fetched === 'string') throw new Error(fetched);
const tests = tortureTests(fetched.folder).filter(({ name }, i) => (args.length > 0 ? args.includes(name) : i % parts === part));
const builder = new Builder({ ...(await nodeToolchain()), cache: memoryCache(), clock: () => 0 });
const project = value(openProject(join(poolFolder, 'apps/helloworld')));
const headers = new Map(
  readdirSync(fetched.folder)
    .filter((name) => name.endsWith('.h'))
    .map((name) => [name, new Uint8Array(readFileSync(join(fetched.folder, name)))]),
);

const counts = { built: 0, 'not built': 0, equal: 0, different: 0, 'powered off': 0, 'cut off': 0 };
for (const [seed, { name, path, flags }] of tests.entries()) {
  const random = new Random(seed + 1);
  const app = new Map([...project.app, ...headers]);
  app.set('main.c', new Uint8Array(readFileSync(path)));
  const makefile = [
    '$(eval $(call addlib,apphelloworld))',
    'APPHELLOWORLD_SRCS-y += $(APPHELLOWORLD_BASE)/main.c',
    `APPHELLOWORLD_CFLAGS-y += -${level} ${flags.join(' ')}`,
  ];
  app.set('Makefile.uk', new TextEncoder().encode(`${makefile.join('\n')}\n`));
  // A sibling that is included by name.
  for (const [, included] of readFileSync(path, 'latin1').matchAll(/^#include "([^"/]+\.c)"/gm))
    app.set(basename(included), new Uint8Array(readFileSync(join(dirname(path), included))));
  const { elf } = await builder.build({ app, pool: project.pool, name: project.name, settings: [] });
  if (!elf) {
    counts['not built']++;
    continue;
  }
  counts.built++;
  const expected = await run(elf, [false]);
  const points = Array.from({ length: 3 }, () => random.below(expected.instructions)).sort((a, b) => a - b);
  const others = {
    'as it is': await run(elf, [defaultTuning]),
    eager: await run(elf, [eager(random)]),
    changing: await run(elf, [eager(random), false, defaultTuning], points),
  };
  if (expected.exit.includes('poweroff')) counts['powered off']++;
  if (expected.exit.includes('budget')) counts['cut off']++;
  let same = true;
  for (const [tier, outcome] of Object.entries(others)) {
    if (JSON.stringify(outcome) === JSON.stringify(expected)) continue;
    same = false;
    console.log(`DIFFERS ${name} ${tier}: ${JSON.stringify(expected)} ${JSON.stringify(outcome)}`.slice(0, 600));
  }
  counts[same ? 'equal' : 'different']++;
}
console.log(`${tests.length} tests at -${level}: ${JSON.stringify(counts)}`);
process.exitCode = counts.different > 0 ? 1 : 0;
