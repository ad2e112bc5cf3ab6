import { parseArguments } from './arguments.ts';

export const usage = `usage: uk run ELF|IMAGE|SNAPSHOT|DIR [options]
  --machine virt,gic=2|3,smp=N,mem=64M   the machine (default virt,gic=2,smp=1,mem=64M)
  --append S             command line of the guest
  --initrd F             initial RAM disk, for Linux images
  --input F|-            bytes to send to the UART from the start, instead of this terminal's
  --script F             lines "expect TEXT" and "send TEXT", run in virtual time
  --until TEXT           stop, with success, when the guest has printed TEXT
  --max-instructions N   give up after N instructions
  --record F             at the end, write a snapshot with all input to F, for uk replay and uk run
  --no-jit               interpret only
  --json F               write figures of the run to F
A snapshot (uk snapshot, --record) goes on where it was saved, on its own machine.
In scripts \\n \\r \\t \\\\ \\xNN stand for characters; send ends with a newline unless it says \\n, \\r or \\c (no newline) at its end.
In a terminal, Ctrl-A x leaves and Ctrl-A Ctrl-A sends Ctrl-A.
Exit status: 0 the guest powered off, 1 it could not be run or the script failed, 2 bad usage, 3 guest fault, 4 limit.
`;

export type RunOptions = {
  target: string;
  gic: 2 | 3;
  cpus: number;
  memoryBytes: number;
  append?: string;
  initrd?: string;
  drive?: string;
  input?: string;
  script?: string;
  until?: string;
  maxInstructions: number;
  json?: string;
  record?: string;
  /** False: interpret only. */
  translate: boolean;
};

const values = [
  '--machine',
  '--append',
  '--initrd',
  '--drive',
  '--input',
  '--script',
  '--until',
  '--max-instructions',
  '--json',
  '--record',
];

/** Reads the command line; a string says what is wrong with it. */
export function parseRunOptions(args: readonly string[]): RunOptions | 'help' | { mistake: string } {
  const parsed = parseArguments(args, { flags: ['--no-jit', '--help'], values });
  if (typeof parsed === 'string') return { mistake: parsed };
  if (parsed.flags.has('--help')) return 'help';
  const [target, ...more] = parsed.rest;
  if (target === undefined) return { mistake: 'which image?' };
  if (more.length > 0) return { mistake: 'one image at a time' };
  const value = (name: string) => parsed.values.get(name)?.at(-1);
  const machine = parseMachine(value('--machine') ?? 'virt');
  if ('mistake' in machine) return machine;
  const limit = value('--max-instructions');
  const maxInstructions = limit === undefined ? Infinity : Number(limit.replaceAll('_', ''));
  if (!(maxInstructions >= 0)) return { mistake: `--max-instructions takes a number, not "${limit}"` };
  if (value('--input') !== undefined && value('--script') !== undefined) return { mistake: '--input and --script exclude each other' };
  return {
    target,
    ...machine,
    append: value('--append'),
    initrd: value('--initrd'),
    drive: value('--drive'),
    input: value('--input'),
    script: value('--script'),
    until: value('--until'),
    maxInstructions,
    json: value('--json'),
    record: value('--record'),
    translate: !parsed.flags.has('--no-jit'),
  };
}

type MachineChoice = Pick<RunOptions, 'gic' | 'cpus' | 'memoryBytes'>;

/** `virt,gic=2|3,smp=N,mem=64M`, in any order behind `virt`. */
function parseMachine(text: string): MachineChoice | { mistake: string } {
  const [board, ...settings] = text.split(',');
  if (board !== 'virt') return { mistake: `--machine: there is no machine "${board}", only virt` };
  const choice: MachineChoice = { gic: 2, cpus: 1, memoryBytes: 64 * 2 ** 20 };
  for (const setting of settings) {
    const [, key, value = ''] = /^(\w+)=(.*)$/.exec(setting) ?? [];
    if (key === 'gic' && (value === '2' || value === '3')) choice.gic = value === '2' ? 2 : 3;
    else if (key === 'smp' && /^[1-8]$/.test(value)) choice.cpus = Number(value);
    else if (key === 'mem') {
      const bytes = parseSize(value);
      if (bytes === undefined) return { mistake: `--machine: mem takes a size such as 64M, not "${value}"` };
      choice.memoryBytes = bytes;
    } else return { mistake: `--machine: "${setting}" is none of gic=2|3, smp=1..8, mem=SIZE` };
  }
  return choice;
}

/** A number of MiB, or a number with K, M or G. */
function parseSize(text: string): number | undefined {
  const [, digits, unit] = /^(\d+)([KMG]?)i?B?$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  return Number(digits) * { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, '': 2 ** 20 }[(unit ?? '').toUpperCase() as 'K' | 'M' | 'G' | ''];
}
