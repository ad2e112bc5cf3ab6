import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haveOracles } from '../../oracle.ts';
import { buildProgram } from './programs.ts';

const uk = new URL('../../../cli/uk.mjs', import.meta.url).pathname;

describe.skipIf(!haveOracles('aarch64-linux-gnu-gcc'))('uk run', () => {
  let folder = '';
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'board-cli-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const run = (args: string[], input = '') => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [uk, 'run', ...args], { input, encoding: 'utf8', timeout: 60_000 });
    return { status, stdout, stderr };
  };
  const echo = () => buildProgram('echo', ['RXIM=0x10']);

  it('passes stdin to the guest, ends when it powers off, and writes figures', () => {
    const json = join(folder, 'figures.json');
    expect(run([echo(), '--json', json], 'one\nquit\n')).toMatchObject({ status: 0, stdout: '> one\n> quit\n' });
    const figures = JSON.parse(readFileSync(json, 'utf8')) as Record<string, unknown>;
    expect(Object.keys(figures)).toEqual(['instructions', 'virtualNs', 'wallMs', 'firstUartMs', 'stop', 'stateHash']);
    expect(figures.stop).toBe('poweroff');
  });

  it('takes input from a file or all of stdin, the same run each time', () => {
    const hashOf = (args: string[], input?: string) => {
      const json = join(folder, 'hash.json');
      expect(run([echo(), '--json', json, ...args], input)).toMatchObject({ status: 0, stdout: '> x y\n> quit\n' });
      return (JSON.parse(readFileSync(json, 'utf8')) as { stateHash: string }).stateHash;
    };
    expect(hashOf(['--input', file('input', 'x y\nquit\n')])).toBe(hashOf(['--input', '-'], 'x y\nquit\n'));
  });

  it('follows a script, and says which line failed', () => {
    const good = file('good', '# talk\nexpect > \nsend hello\nexpect hello\nexpect > \nsend quit\n');
    expect(run([echo(), '--script', good])).toMatchObject({ status: 0, stdout: '> hello\n> quit\n' });
    const bad = run([echo(), '--script', file('bad', 'expect > \nsend hello\nexpect goodbye\n')]);
    expect(bad.status).toBe(1);
    expect(bad.stderr).toContain('line 3: expected "goodbye", which never came');
  });

  it('stops at a text, at a limit, and when nobody will type', () => {
    expect(run([echo(), '--until', '>']).status).toBe(0);
    expect(run([buildProgram('timer', ['GIC=2']), '--max-instructions', '500'])).toMatchObject({ status: 4 });
    expect(run([echo()])).toMatchObject({ status: 4, stderr: expect.stringContaining('waits for input') as string });
  });

  it('tells a guest fault with the registers', () => {
    const { status, stdout, stderr } = run([buildProgram('wild', ['WILD=1'])]);
    expect(status).toBe(3);
    expect(stdout).toBe('before\n');
    expect(stderr).toMatch(/data abort at PC 0x402.*writing address 0xc000010/);
    expect(stderr).toMatch(/x30 [0-9a-f]{16}/);
  });

  it('boots the machine it is told to', () => {
    expect(run([buildProgram('smp', ['GIC=3']), '--machine', 'virt,gic=3,smp=4,mem=8M'])).toMatchObject({ status: 0 });
    expect(run([buildProgram('smp', ['GIC=3']), '--machine', 'virt,gic=3,smp=4,mem=1M'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('outside RAM') as string,
    });
  });

  it('refuses what it cannot do, with the reason', () => {
    expect(run(['/no/such/file'])).toMatchObject({ status: 1, stderr: expect.stringContaining('/no/such/file') as string });
    expect(run([echo(), '--drive', 'disk.img'])).toMatchObject({ status: 1, stderr: expect.stringContaining('no virtio-blk') as string });
    expect(run([file('text.txt', 'hello'), '--machine', 'virt,mem=1M'])).toMatchObject({ status: 1 });
    expect(run([])).toMatchObject({ status: 2 });
  });
});
