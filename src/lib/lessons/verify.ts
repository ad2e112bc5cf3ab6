import { type Machine, type Translation } from '../emulator/index.ts';
import type { Problem } from '../problem.ts';
import { configure, readElf, worldOf, type BuildRequest } from '../toolchain/index.ts';
import { boundText, count, within, type Bound, type Check, type CheckOf } from './check.ts';
import { observe, type Observation, type Probe, type RunHost, type RunSetup } from './observe.ts';

/** What a build gave that checks look at. */
export type LessonBuild = {
  /** The executable with its symbols. */
  elf: Uint8Array;
  imageBytes: number;
  /** Values of Kconfig symbols, without `CONFIG_`; an absent one is `n`. */
  options: ReadonlyMap<string, string>;
};

/** The values of the Kconfig symbols that checks ask for, as a build of the application has them. */
export function optionsAsked(checks: readonly Check[], { app, pool, ...options }: BuildRequest): Map<string, string> {
  const { configuration } = configure(worldOf(app, pool), options);
  const asked = checks.flatMap((check) => (check.kind === 'option' ? Object.keys(check.option) : []));
  return new Map(asked.map((symbol) => [symbol, configuration.valueOf(symbol) || 'n']));
}

/** How one check went. `seen` and `expected` are sentences; `teach` comes with failures. */
export type Verdict = { goal: string; passed: true } | { goal: string; passed: false; seen: string; expected: string; teach: string };

const defaultSetup: RunSetup = { machine: { memoryKiB: 64 * 1024, cpus: 1, gic: 2, commandLine: '' }, input: [], limit: 10_000_000 };

/** Seen and expected, when they differ. */
type Difference = { seen: string; expected: string } | undefined;

type RunCheck = Exclude<Check, { kind: 'symbol' | 'option' | 'image' }>;

/**
 * Holds a lesson's checks against an image. Checks with the same machine and the same input share a run. Gives the verdicts in the
 * order of the checks; undefined when it was cancelled.
 */
export async function verify(
  checks: readonly Check[],
  build: LessonBuild,
  host: RunHost,
  onprogress: (done: number, total: number) => void = () => undefined,
): Promise<Verdict[] | undefined> {
  const symbols = symbolsOf(build.elf);
  const verdicts = new Map<Check, Verdict>();
  const runs = new Map<string, RunCheck[]>();
  for (const check of checks) {
    if (check.kind === 'symbol' || check.kind === 'option' || check.kind === 'image')
      verdicts.set(check, judged(check, staticDifference(check, build, symbols)));
    else {
      const key = JSON.stringify(setupOf(check));
      runs.set(key, [...(runs.get(key) ?? []), check]);
    }
  }
  let done = 0;
  for (const group of runs.values()) {
    onprogress(done++, runs.size);
    const differences = await runGroup(group, build.elf, symbols, host);
    if (differences === 'cancelled') return undefined;
    group.forEach((check, i) => verdicts.set(check, judged(check, differences[i])));
  }
  return checks.flatMap((check) => verdicts.get(check) ?? []);
}

function judged({ goal, teach }: Check, difference: Difference): Verdict {
  return difference ? { goal, passed: false, ...difference, teach: teach.trim() } : { goal, passed: true };
}

function setupOf(check: RunCheck): RunSetup {
  const { machine = {}, input = defaultSetup.input, limit = defaultSetup.limit } = check;
  const memoryKiB = check.kind === 'fits' ? check.fits : (machine.memoryKiB ?? defaultSetup.machine.memoryKiB);
  return { machine: { ...defaultSetup.machine, ...machine, memoryKiB }, input, limit };
}

// What is known without running

type Symbols = ReadonlyMap<string, { address: number; size: number }>;

function symbolsOf(elf: Uint8Array): Symbols {
  const read = readElf(elf);
  if (!read.ok) return new Map();
  const symbols = new Map<string, { address: number; size: number }>();
  // Global ones last: they win over local ones of the same name.
  const ordered = [...read.value.symbols].sort((a, b) => Number(a.binding !== 'local') - Number(b.binding !== 'local'));
  for (const { name, value, size, section } of ordered)
    if (name !== '' && typeof section === 'number') symbols.set(name, { address: Number(value), size: Number(size) });
  return symbols;
}

function staticDifference(check: Exclude<Check, RunCheck>, build: LessonBuild, symbols: Symbols): Difference {
  switch (check.kind) {
    case 'image':
      return numberDifference(build.imageBytes, check.image, 'the image has', 'bytes');
    case 'option':
      return optionDifference(check.option, build.options);
    case 'symbol': {
      const symbol = symbols.get(check.symbol);
      if (!check.present) return symbol && { seen: `the image has ${check.symbol}`, expected: `no ${check.symbol} in the image` };
      if (!symbol) return { seen: `the image has no ${check.symbol}`, expected: `${check.symbol} in the image` };
      return check.bytes && numberDifference(symbol.size, check.bytes, `${check.symbol} has`, 'bytes');
    }
  }
}

function optionDifference(wanted: Readonly<Record<string, string>>, options: ReadonlyMap<string, string>): Difference {
  const wrong = Object.entries(wanted).filter(([name, value]) => (options.get(name) ?? 'n') !== value);
  if (wrong.length === 0) return undefined;
  const list = (pairs: [string, string][]) => pairs.map(([name, value]) => `${name} is ${value === '' ? 'empty' : value}`).join(', ');
  return { seen: list(wrong.map(([name]) => [name, options.get(name) ?? 'n'])), expected: list(wrong) };
}

function numberDifference(value: number, bound: Bound, what: string, unit: string): Difference {
  if (within(value, bound)) return undefined;
  return { seen: `${what} ${count(value, unit)}`, expected: `${boundText(bound, unit)}` };
}

// What a run shows

async function runGroup(
  checks: readonly RunCheck[],
  elf: Uint8Array,
  symbols: Symbols,
  host: RunHost,
): Promise<Difference[] | 'cancelled'> {
  const looks = checks.map((check) => lookOf(check, symbols));
  const probes = looks.flatMap(({ probe }) => probe ?? []);
  const seen = await observe(elf, setupOf(checks[0]), probes, host);
  if (seen === 'cancelled') return seen;
  if (Array.isArray(seen)) return checks.map(() => ({ seen: sentence(seen), expected: 'a machine that boots the image' }));
  return checks.map((check, i) => crashDifference(check, seen) ?? looks[i].judge(seen));
}

function sentence(problems: readonly Problem[]): string {
  return problems.map(({ message }) => message).join(' ');
}

/** Whatever a check is about: a guest that crashed has not done it. */
function crashDifference(check: RunCheck, { crash, fault, uart }: Observation): Difference {
  if (crash === undefined && fault === undefined) return undefined;
  if (check.kind === 'uart' && uartDifference(check, uart) === undefined && fault === undefined && mentionsCrash(check)) return undefined;
  return { seen: `the guest crashed: ${fault ?? crash}`, expected: 'a run without a crash' };
}

/** Whether the crash screen is what a check wants to see. */
function mentionsCrash(check: CheckOf<'uart'>): boolean {
  return [check.uart].flat().some((text) => text.includes('***'));
}

/** How a check looks at a run: at a place on the way, and at all of it when it has ended. */
type Look = { probe?: Probe; judge: (seen: Observation) => Difference };

function lookOf(check: RunCheck, symbols: Symbols): Look {
  switch (check.kind) {
    case 'uart':
      return { judge: ({ uart }) => uartDifference(check, uart) };
    case 'ends':
      return { judge: (seen) => endDifference(check.ends, seen) };
    case 'fits':
      return { judge: (seen) => endDifference('poweroff', seen) };
    case 'interrupt':
      return {
        judge: ({ interrupts }) =>
          numberDifference(
            interrupts.get(check.interrupt.number) ?? 0,
            check.interrupt,
            `interrupt ${check.interrupt.number} was taken`,
            'times',
          ),
      };
    case 'instructions':
      return numberLook(check.instructions.until, symbols, check.instructions, 'instructions', (machine) => ({
        value: machine.counters.instructions,
        what: 'it took',
      }));
    case 'page':
      return pageLook(check.page, symbols);
    case 'memory':
      return memoryLook(check.memory, symbols);
    case 'register':
      return registerLook(check.register, symbols);
  }
}

function uartDifference({ uart, never = [] }: CheckOf<'uart'>, output: string): Difference {
  let from = 0;
  for (const text of [uart].flat()) {
    const found = output.indexOf(text, from);
    if (found < 0)
      return {
        seen: output === '' ? 'nothing was printed' : `it printed ${quoteEnd(output)}`,
        expected: `the text ${JSON.stringify(text)}`,
      };
    from = found + text.length;
  }
  const unwanted = [never].flat().find((text) => output.includes(text));
  return unwanted === undefined
    ? undefined
    : { seen: `it printed ${JSON.stringify(unwanted)}`, expected: `never ${JSON.stringify(unwanted)}` };
}

const shownOutput = 240;

/** The end of an output, which is where one looks for what is missing. */
function quoteEnd(output: string): string {
  const text = output.trimEnd().replace(/([^\n])\1{15,}/g, (run, character: string) => `${character}... (${run.length} times)`);
  return text.length <= shownOutput ? JSON.stringify(text) : `... ${JSON.stringify(text.slice(-shownOutput))}`;
}

const ends: Readonly<Record<Observation['end'], string>> = {
  poweroff: 'the machine was turned off',
  reset: 'the machine was reset',
  fault: 'the guest crashed',
  idle: 'the guest waits for input that never comes',
  limit: 'the guest was still running',
};

function endDifference(wanted: 'poweroff' | 'running', { end, instructions }: Observation): Difference {
  if (wanted === 'poweroff' ? end === 'poweroff' : end === 'idle' || end === 'limit') return undefined;
  return {
    seen: `${ends[end]} after ${count(instructions, 'instructions')}`,
    expected: wanted === 'poweroff' ? 'main() returns and the machine is turned off' : 'a guest that goes on',
  };
}

// Probes

/** The address of a check's `at`: undefined is the end; null: the image has no such symbol. */
function stopAddress(at: string, symbols: Symbols): number | undefined | null {
  return at === 'end' ? undefined : (symbols.get(at)?.address ?? null);
}

function addressOf(of: string | number, symbols: Symbols): number | undefined {
  if (typeof of === 'number') return of;
  const [name = '', offset = '0'] = of.split('+');
  const symbol = symbols.get(name);
  return symbol && symbol.address + Number(offset);
}

/** A look at the machine at a symbol or at the end. `look` gives what differs. */
function probeLook(at: string, symbols: Symbols, look: (machine: Machine) => Difference): Look {
  const stop = stopAddress(at, symbols);
  if (stop === null) return { judge: () => ({ seen: `the image has no ${at}`, expected: `a function ${at}` }) };
  let difference: Difference = { seen: `${at} was never reached`, expected: `a run that comes to ${at}` };
  return {
    probe: {
      at: stop,
      look: (machine, reached) => {
        if (reached) difference = look(machine);
      },
    },
    judge: () => difference,
  };
}

function numberLook(
  at: string,
  symbols: Symbols,
  bound: Bound,
  unit: string,
  read: (machine: Machine) => { value: number; what: string },
): Look {
  return probeLook(at, symbols, (machine) => {
    const { value, what } = read(machine);
    return numberDifference(value, bound, what, unit);
  });
}

function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}

function pageLook(page: CheckOf<'page'>['page'], symbols: Symbols): Look {
  const address = addressOf(page.of, symbols);
  if (address === undefined) return { judge: () => ({ seen: `the image has no ${page.of}`, expected: `${page.of} in the image` }) };
  return probeLook(page.at, symbols, (machine) => {
    const translation = machine.translate(BigInt(address));
    const wanted = describePage(page);
    const seen = describeTranslation(translation, page);
    return seen === wanted ? undefined : { seen: `the page of ${page.of} is ${seen}`, expected: wanted };
  });
}

type PageFacts = { mapped: boolean; writable?: boolean; executable?: boolean; device?: boolean };

/** The facts that a check names, in words. */
function describePage({ mapped, writable, executable, device }: PageFacts): string {
  if (!mapped) return 'not mapped';
  const part = (fact: boolean | undefined, yes: string, no: string) => (fact === undefined ? [] : [fact ? yes : no]);
  const parts = [
    ...part(writable, 'writable', 'read-only'),
    ...part(executable, 'executable', 'not executable'),
    ...part(device, 'device memory', 'normal memory'),
  ];
  return parts.length > 0 ? parts.join(', ') : 'mapped';
}

function describeTranslation(translation: Translation, asked: PageFacts): string {
  if (!translation.ok) return describePage({ mapped: false });
  const { writable, executable, device } = translation;
  return describePage({
    mapped: true,
    ...(asked.writable === undefined ? {} : { writable: writable.el1 }),
    ...(asked.executable === undefined ? {} : { executable: executable.el1 }),
    ...(asked.device === undefined ? {} : { device }),
  });
}

function memoryLook({ of, at, bytes, ...bound }: CheckOf<'memory'>['memory'], symbols: Symbols): Look {
  const address = addressOf(of, symbols);
  if (address === undefined) return { judge: () => ({ seen: `the image has no ${of}`, expected: `${of} in the image` }) };
  return probeLook(at, symbols, (machine) => {
    const read = machine.cpus[0].peek(BigInt(address), bytes);
    if (read.length < bytes) return { seen: `${of} is not mapped`, expected: `${of} in memory` };
    const value = Number(read.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n));
    return numberDifference(value, bound, `${of} is`, '');
  });
}

function registerLook({ name, at, mask, equals }: CheckOf<'register'>['register'], symbols: Symbols): Look {
  return probeLook(at, symbols, (machine) => {
    const value = registerValue(machine, name);
    if (value === undefined) return { seen: `the CPU has no register ${name}`, expected: `a register ${name}` };
    const bits = mask === undefined ? value : value & BigInt(mask);
    const masked = mask === undefined ? name : `${name} & ${hex(mask)}`;
    return bits === BigInt(equals) ? undefined : { seen: `${masked} is ${hex(bits)}`, expected: `${hex(equals)}` };
  });
}

function registerValue({ cpus: [cpu] }: Machine, name: string): bigint | undefined {
  const general = /^x(\d|[12]\d|30)$/i.exec(name);
  if (general) return cpu.x(Number(general[1]));
  if (/^sp$/i.test(name)) return cpu.sp;
  if (/^pc$/i.test(name)) return cpu.pc;
  return cpu.systemRegister(name);
}
