/** `uk snapshot TARGET --out F [--at N] [options of uk run]` saves a machine; `uk snapshot --info F` tells what is in a file. */
import { readFileSync } from 'node:fs';
import { readSnapshotInfo } from '../src/lib/emulator/index.ts';
import { complain, run } from './run.ts';

const usage = `usage: uk snapshot ELF|IMAGE|SNAPSHOT|DIR --out F [--at N] [options of uk run]
       uk snapshot --info F
  --out F    the file to write: the machine with its image, and all input that it has had
  --at N     save after N instructions; otherwise when the run ends (--until TEXT is often what you want)
  --info F   tell what a snapshot is of
uk run F goes on from a snapshot, uk replay F repeats its whole run, uk gdb F debugs it.
`;

export async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(usage);
    return 0;
  }
  if (args[0] === '--info' && args.length === 2) return tell(args[1]);
  if (!args.some((arg) => arg === '--out' || arg.startsWith('--out='))) {
    process.stderr.write(`uk snapshot: --out says where to\n${usage}`);
    return 2;
  }
  const at = args.some((arg) => arg === '--at' || arg.startsWith('--at='));
  const names = new Map([
    ['--out', '--record'],
    ['--at', '--max-instructions'],
  ]);
  const status = await run(args.map((arg) => arg.replace(/^--(out|at)(?==|$)/, (name) => names.get(name) ?? name)));
  // That the instructions are used up is what was asked for.
  return at && status === 4 ? 0 : status;
}

async function tell(file: string): Promise<number> {
  const info = await readSnapshotInfo(readFileSync(file));
  if (!info.ok) return complain(info.problems);
  const { options, imageBytes, instructions, virtualNs, stateHash, sections } = info.value;
  process.stdout.write(`image     ${imageBytes} bytes${options.imageName === undefined ? '' : `, ${options.imageName}`}
machine   virt,gic=${options.gic},smp=${options.cpus},mem=${(options.memoryBytes ?? 0) / 2 ** 10}K
at        ${instructions} instructions, ${virtualNs} ns
state     ${stateHash}
${sections.map(({ name, storedBytes, plainBytes }) => `${name}      ${storedBytes} bytes, ${plainBytes} unpacked\n`).join('')}`);
  return 0;
}
