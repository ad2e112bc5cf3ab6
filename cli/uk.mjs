#!/usr/bin/env -S node --v8-pool-size=1
// One thread for V8's compilers and collectors (docs/decisions/0061-one-compiler-thread.md).
// The engines are TypeScript that Node cannot read by itself on every version we support: tsx reads it.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));
