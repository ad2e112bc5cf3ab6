/**
 * Writes src/lib/emulator/cpu/usual-handlers.ts anew, from what Debian's arm64 kernel executes until busybox's shell asks for a command:
 * `npx tsx scripts/usual-handlers.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { powerOn, runToShell } from '../bench/linux-boot.ts';
import { decode } from '../src/lib/arm64/index.ts';
import { pageBytes } from '../src/lib/emulator/cpu/layout.ts';
import { PageUses } from '../src/lib/emulator/cpu/page-use.ts';
import { debianArm64 } from '../tests/differential/linux/debian.ts';
import { initramfs } from '../tests/differential/linux/initramfs.ts';

const file = new URL('../src/lib/emulator/cpu/usual-handlers.ts', import.meta.url);
/** Instructions after which executed pages are read, before they can become data. */
const slice = 2_000_000;
/** Words of a row and variant in all pages that are executed, from which on it is usual. */
const least = 6;
const lineLength = 140;

const debian = debianArm64();
if (typeof debian === 'string') throw new Error(debian);
const machine = await powerOn(readFileSync(debian.kernel), initramfs(readFileSync(debian.busybox)));
const reader = machine.pageUse.subscribe(PageUses.execute);
const counts = new Map<string, Map<number, number>>();
const seen = new Set<number>();
const ram = machine.memory.view();
const words = new Uint32Array(ram.buffer, ram.byteOffset, ram.byteLength / 4);
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
const lines = [''];
for (const name of [...counts.keys()].sort()) {
  const usual = [...(counts.get(name) ?? [])].filter(([, count]) => count >= least).map(([variant]) => variant);
  if (usual.length === 0) continue;
  const item = `${name}:${usual.sort((a, b) => a - b).join()}`;
  const last = lines[lines.length - 1];
  if (last.length + item.length + 1 > lineLength) lines.push(item);
  else lines[lines.length - 1] = last === '' ? item : `${last} ${item}`;
}
writeFileSync(
  file,
  `/** Rows and their variants that a large program is likely to need: those of Debian's kernel. Written by scripts/usual-handlers.ts. */
export const usualHandlers = \`
${lines.join('\n')}
\`;
`,
);
