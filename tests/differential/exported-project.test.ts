import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { packProject } from '../../src/lib/project/archive.ts';
import { defaultMachine, type Project } from '../../src/lib/project/project.ts';
import { haveOracles } from '../oracle.ts';

const app = 'static/sysroot/apps/helloworld';
const folder = mkdtempSync(join(tmpdir(), 'exported-'));
afterAll(() => rmSync(folder, { recursive: true }));

function unpack(zip: Uint8Array, into: string): void {
  for (const [path, bytes] of Object.entries(unzipSync(zip))) {
    mkdirSync(dirname(join(into, path)), { recursive: true });
    writeFileSync(join(into, path), bytes);
  }
}

describe.skipIf(!haveOracles('qemu-system-aarch64'))('an exported project', () => {
  const files = Object.fromEntries(readdirSync(app).map((name) => [name, readFileSync(join(app, name), 'utf8')]));
  const commandLine = '$HOME `date` "it\'s" 100 %';
  const machine = { ...defaultMachine, gic: 3 as const, commandLine };
  const project: Project = { id: 'x', name: '-Größe & «Spaß»', example: 'helloworld', files, settings: {}, machine };

  it('runs under QEMU by its own Makefile, with the machine and the command line that it had', () => {
    const args = ['cli/uk.mjs', 'build', app, '--set', 'APPHELLOWORLD_PRINTARGS=y', '--out', join(folder, 'out'), '--json'];
    const built: { elf: string } = JSON.parse(execFileSync('node', args, { encoding: 'utf8', maxBuffer: 1 << 26 }));
    const there = join(folder, 'unpacked');
    unpack(packProject(project, readFileSync(built.elf)), there);
    const { stdout, stderr, status } = spawnSync('make', ['-s'], { cwd: there, encoding: 'utf8', timeout: 60_000 });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout.replaceAll('\r', '')).toContain("Hello, world!\nI am helloworld, called with $HOME `date` it's 100 %.");
  });

  it('that was never built says what to do', () => {
    const there = join(folder, 'unbuilt');
    unpack(packProject(project, undefined), there);
    const { stdout, status } = spawnSync('make', ['-s'], { cwd: there, encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stdout).toMatch(/There is no .*\.elf: build the project/);
  });
});
