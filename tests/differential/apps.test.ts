import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMachine } from '../../src/lib/emulator/index.ts';
import { haveOracles } from '../oracle.ts';

/** Every example application, built here, prints the same under our machine and under QEMU, and both end by PSCI. */
const root = fileURLToPath(new URL('../..', import.meta.url));
/** Input for those that read the UART. QEMU takes it from a pipe, so it must not depend on timing. */
const inputs: Record<string, string> = { echo: 'hello\rab\x7fc\rquit\r' };

type Built = { elf: string; imageBytes: number; problems: unknown[] };

describe.skipIf(!haveOracles('qemu-system-aarch64'))('example applications', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'apps-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function build(app: string): Built {
    const args = ['cli/uk.mjs', 'build', `static/sysroot/apps/${app}`, '--out', join(folder, app), '--json'];
    const built: Built = JSON.parse(execFileSync('node', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 }));
    return built;
  }

  async function here(elf: string, input: string): Promise<{ output: string; reason: string }> {
    const made = await createMachine({ image: new Uint8Array(readFileSync(elf)), memoryBytes: 64 << 20 });
    if (!made.ok) throw new Error(made.problems[0].message);
    let output = '';
    made.value.onUart = (bytes) => (output += Buffer.from(bytes).toString('latin1'));
    let exit = made.value.run(200_000_000);
    if (exit.reason === 'idle') {
      made.value.sendInput(new TextEncoder().encode(input));
      exit = made.value.run(200_000_000);
    }
    return { output, reason: exit.reason };
  }

  it.each(readdirSync(join(root, 'static/sysroot/apps')))('%s', async (app) => {
    const { elf } = build(app);
    const args = ['-M', 'virt', '-cpu', 'cortex-a53', '-m', '64', '-display', 'none', '-serial', 'stdio', '-kernel', elf];
    const input = inputs[app] ?? '';
    const qemu = spawnSync('qemu-system-aarch64', args, { encoding: 'latin1', timeout: 60_000, input });
    expect(qemu.status).toBe(0);
    expect(qemu.stdout.length).toBeGreaterThan(10);
    expect(await here(elf, input)).toEqual({ output: qemu.stdout, reason: 'poweroff' });
  });

  it('helloworld stays within the size of 2018: 27 KB of image', () => {
    expect(build('helloworld').imageBytes).toBeLessThanOrEqual(27 * 1024);
  });

  it('gives byte-equal images for equal input', () => {
    const first = readFileSync(build('helloworld').elf);
    rmSync(join(folder, 'helloworld'), { recursive: true });
    expect(readFileSync(build('helloworld').elf).equals(first)).toBe(true);
  });
});
