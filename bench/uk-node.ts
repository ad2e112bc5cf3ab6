import { readFileSync } from 'node:fs';

const [, options] = /"uk": "node (.*)cli\/uk.mjs"/.exec(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) ?? [];
if (options === undefined) throw new Error('package.json has no script `uk` that runs cli/uk.mjs');

/** The options that `npm run uk` gives Node: what is measured is to run as what is used. */
export const ukNodeOptions: readonly string[] = options.split(' ').filter((option) => option !== '');
