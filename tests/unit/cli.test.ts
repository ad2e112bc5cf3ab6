import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseArguments, parseSettings } from '../../cli/arguments.ts';
import { folderCache } from '../../cli/folder-cache.ts';
import { main } from '../../cli/main.ts';
import { readFolder } from '../../cli/project-folder.ts';

let folder: string;
let out = '';
let err = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cli-'));
  out = err = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

describe('uk', () => {
  it('gives help, and refuses what it does not know with status 2', async () => {
    expect(await main(['--help'])).toBe(0);
    expect(out).toContain('uk build DIR');
    expect(await main([])).toBe(2);
    expect(await main(['constructor'])).toBe(2);
    expect(err).toContain('unknown command "constructor"');
    expect(await main(['build'])).toBe(2);
    expect(await main(['build', folder, '--nonsense'])).toBe(2);
    expect(await main(['build', folder, '--set', 'nonsense'])).toBe(2);
    expect(err).toContain('--set takes SYM=value, not "nonsense"');
  });

  it('says what a folder lacks to be an application', async () => {
    expect(await main(['build', folder])).toBe(1);
    expect(err).toContain(`${folder} has no Makefile.uk`);
    expect(await main(['config', join(folder, 'none')])).toBe(1);
    expect(await main(['build', folder, '--json'])).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ problems: [{ severity: 'error' }] });
  });
});

describe('arguments', () => {
  it('are flags, values and the rest', () => {
    const parsed = parseArguments(['a', '--json', '--set', 'X=1', '--set=CONFIG_Y="b c"', 'd'], { flags: ['--json'], values: ['--set'] });
    expect(parsed).toEqual({ flags: new Set(['--json']), values: new Map([['--set', ['X=1', 'CONFIG_Y="b c"']]]), rest: ['a', 'd'] });
    expect(parseArguments(['--set'], { flags: [], values: ['--set'] })).toBe('--set needs a value');
    expect(parseSettings(['X=1', 'CONFIG_Y="b c"'])).toEqual([
      ['X', '1'],
      ['Y', 'b c'],
    ]);
  });
});

describe('folders', () => {
  it('are read without hidden files and results', () => {
    writeFileSync(join(folder, 'main.c'), 'x');
    writeFileSync(join(folder, '.hidden'), 'x');
    const files = readFolder(folder);
    expect(files.ok && [...files.value.keys()]).toEqual(['main.c']);
  });

  it('keep results between runs', async () => {
    await folderCache(join(folder, 'cache')).put('abc', new Uint8Array([1, 2]));
    expect(await folderCache(join(folder, 'cache')).get('abc')).toEqual(new Uint8Array([1, 2]));
    expect(await folderCache(join(folder, 'cache')).get('abd')).toBeUndefined();
    // A folder that cannot be made: results last as long as the process.
    writeFileSync(join(folder, 'file'), '');
    const fallback = folderCache(join(folder, 'file'));
    await fallback.put('k', new Uint8Array([3]));
    expect(await fallback.get('k')).toEqual(new Uint8Array([3]));
    expect(readFileSync(join(folder, 'file')).length).toBe(0);
  });
});
