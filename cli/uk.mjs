#!/usr/bin/env node
// The engines are TypeScript that Node cannot read by itself on every version we support: tsx reads it.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));
