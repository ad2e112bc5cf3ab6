/** Boots a kernel with an initial RAM disk to its shell: `node linux-program.mjs KERNEL INITRD`. For linux.ts. */
import { readFileSync } from 'node:fs';
import { bootToShell } from './linux-boot.ts';

const [kernel, initrd] = process.argv.slice(2);
const { instructions } = await bootToShell(readFileSync(kernel), readFileSync(initrd));
process.stdout.write(`${instructions}\n`);
