/**
 * Writes src/lib/emulator/cpu/usual-handlers.ts anew, from what Debian's arm64 kernel executes until busybox's shell asks for a command:
 * `npx tsx scripts/usual-handlers.ts`. It starts twice: once to see which pages are executed, once to see what is executed often.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { memoryMiB, powerOn, runToShell } from '../bench/linux-boot.ts';
import type { Machine } from '../src/lib/emulator/index.ts';
import { decode } from '../src/lib/arm64/index.ts';
import { compiledHandlers } from '../src/lib/emulator/cpu/compiled-handlers.ts';
import { preferredThreading } from '../src/lib/emulator/cpu/handlers.ts';
import { layoutFor, Often, pageBytes } from '../src/lib/emulator/cpu/layout.ts';
import { PageUses } from '../src/lib/emulator/cpu/page-use.ts';
import { debianArm64 } from '../tests/differential/linux/debian.ts';
import { initramfs } from '../tests/differential/linux/initramfs.ts';

const file = new URL('../src/lib/emulator/cpu/usual-handlers.ts', import.meta.url);
/** Instructions after which executed pages are read, before they can become data. */
const slice = 2_000_000;
/** Words of a row and variant in all pages that are executed, from which on it is usual. */
const least = 6;
const lineLength = 140;
/** Instructions from one that is looked at to the next, and kinds that are listed as frequent. */
const period = 101;
const frequent = 64;

const debian = debianArm64();
if (typeof debian === 'string') throw new Error(debian);
const kernel = readFileSync(debian.kernel);
const initrd = initramfs(readFileSync(debian.busybox));
const machine = await powerOn(kernel, initrd);
const reader = machine.pageUse.subscribe(PageUses.execute);
const counts = new Map<string, Map<number, number>>();
const seen = new Set<number>();
const words = wordsOf(machine);
runToShell(machine, slice, () => {
  reader.take((page) => {
    if (seen.has(page)) return;
    seen.add(page);
    for (const word of words.subarray((page * pageBytes) / 4, ((page + 1) * pageBytes) / 4)) {
      const decoded = decode(word);
      if (!decoded) continue;
      const { name } = decoded.row;
      const variants = counts.get(name) ?? new Map<number, number>();
      counts.set(name, variants.set(decoded.variant, (variants.get(decoded.variant) ?? 0) + 1));
    }
  });
});

/** Fields for a base register of an access, by row and variant. */
const bases = new Map<string, number>();
for (const { handlers } of compiledHandlers(preferredThreading(), layoutFor(memoryMiB << 20, 1)).modules()) {
  for (const { row, variant, plain } of handlers) {
    const base = row.fields.find(({ name }) => name === plain.baseField);
    if (base) bases.set(`${row.name}:${variant}`, base.lsb);
  }
}
const looks = new Map<bigint, number>();
const kinds = new Map<string, number>();
const again = await powerOn(kernel, initrd);
const wordsAgain = wordsOf(again);
runToShell(again, period, () => {
  const [cpu] = again.cpus;
  const times = (looks.get(cpu.pc) ?? 0) + 1;
  looks.set(cpu.pc, times);
  // The interpreter does not execute it more often.
  if (times > Often.times / period) return;
  const at = cpu.translate(cpu.pc);
  const decoded = at.ok && decode(wordsAgain[(at.physical - again.memory.base) / 4]);
  if (!decoded) return;
  const kind = `${decoded.row.name}:${decoded.variant}`;
  const lsb = bases.get(kind);
  const key = lsb !== undefined && ((decoded.word >>> lsb) & 31) === 31 ? `${kind}!` : kind;
  kinds.set(key, (kinds.get(key) ?? 0) + 1);
});
const byFrequency = [...kinds].sort(([, a], [, b]) => b - a).map(([kind]) => kind);

function wordsOf({ memory }: Machine): Uint32Array {
  const ram = memory.view();
  return new Uint32Array(ram.buffer, ram.byteOffset, ram.byteLength / 4);
}

function wrapped(items: readonly string[]): string {
  const lines = [''];
  for (const item of items) {
    const last = lines[lines.length - 1];
    if (last.length + item.length + 1 > lineLength) lines.push(item);
    else lines[lines.length - 1] = last === '' ? item : `${last} ${item}`;
  }
  return lines.join('\n');
}

const items: string[] = [];
for (const name of [...counts.keys()].sort()) {
  const usual = [...(counts.get(name) ?? [])].filter(([, count]) => count >= least).map(([variant]) => variant);
  if (usual.length === 0) continue;
  items.push(`${name}:${usual.sort((a, b) => a - b).join()}`);
}
writeFileSync(
  file,
  `/** Rows and their variants that a large program is likely to need: those of Debian's kernel. Written by scripts/usual-handlers.ts. */
export const usualHandlers = \`
${wrapped(items)}
\`;

/** Those of them that the interpreter executes most, \`!\`: with SP as the base of an access. The same origin. */
export const frequentHandlers = \`
${wrapped(byFrequency.slice(0, frequent))}
\`;
`,
);
