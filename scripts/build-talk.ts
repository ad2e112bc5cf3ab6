/**
 * Builds the deck of docs/talk/ into static/talk/: its figures are measured, and its recorded run is made, with the very images that the site ships.
 * Runs after scripts/prepare-prebuilt.ts.
 *
 *   node --import tsx scripts/build-talk.ts
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as v from 'valibot';
import { createMachine, recordInput, type Machine } from '../src/lib/emulator/index.ts';
import { encodeLink } from '../src/lib/project/link.ts';
import { projectFromExample } from '../src/lib/project/project.ts';
import type { Recording } from '../src/lib/project/recording.ts';
import { ReplayRun } from '../src/lib/session/replay-run.ts';
import type { PrebuiltManifest } from '../src/lib/session/prebuilt.ts';
import { classicScript } from './classic-script.ts';
import { writeHashedFile } from './hashed-file.ts';
import { sysrootFiles } from './site-files.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const out = join(root, 'static/talk');
const prebuilt = join(root, 'static/prebuilt');
const echo = projectFromExample(sysrootFiles(), 'echo').machine;

const store = (name: string, suffix: string, text: string): string => writeHashedFile(out, name, suffix, text).file;

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const { code, css } = await classicScript(join(root, 'src/talk/main.ts'));
const figures = measureHello();
const page = readFileSync(join(root, 'docs/talk/index.html'), 'utf8')
  .replace('%STYLE%', store('deck', '.css', css))
  .replace('%DECK%', store('deck', '.js', code))
  .replace('%RUN%', await recordedRun())
  .replace(/ *%LIBRARIES%\n/, figures.libraries)
  .replace('%IMAGE%', `${kilobytes(figures.imageBytes)} KB`)
  .replace('%COMPRESSED%', `${kilobytes(figures.compressedBytes)} KB`)
  .replace('%INSTRUCTIONS%', figures.instructions.toLocaleString('en-US'));
writeFileSync(join(out, 'index.html'), page);
console.log(`static/talk: helloworld has ${figures.imageBytes} bytes and runs ${figures.instructions} instructions`);

function kilobytes(bytes: number): string {
  return (bytes / 1024).toFixed(1);
}

/** What the command line says of helloworld. */
function measureHello() {
  const does: Record<string, string> = {
    libkvmplat: 'the board: reset, traps, timer, UART, memory',
    libnolibc: 'a small C library',
    libukdebug: 'messages, assertions, register dumps',
    libukallocbbuddy: 'the heap',
    libfdt: 'reads the device tree',
    libukboot: 'from the first C function to main()',
  };
  const folder = mkdtempSync(join(tmpdir(), 'talk-'));
  const uk = (...args: string[]) => execFileSync(process.execPath, [join(root, 'cli/uk.mjs'), ...args], { encoding: 'utf8' });
  try {
    const { stripped, imageBytes, libraries } = v.parse(
      v.object({
        stripped: v.string(),
        imageBytes: v.number(),
        libraries: v.array(v.object({ name: v.string(), bytes: v.number() })),
      }),
      JSON.parse(uk('build', join(root, 'static/sysroot/apps/helloworld'), '--json', '--out', folder)),
    );
    uk('run', stripped, '--json', join(folder, 'run.json'));
    const { instructions } = v.parse(v.object({ instructions: v.number() }), JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')));
    const largest = libraries.filter(({ name }) => name in does).sort((a, b) => b.bytes - a.bytes);
    const rows = largest.map(
      ({ name, bytes }) => `<tr><td>${name}</td><td>${does[name]}</td><td>${bytes.toLocaleString('en-US')}</td></tr>\n`,
    );
    const compressedBytes = gzipSync(readFileSync(`${stripped}.bin`), { level: 9 }).length;
    return { imageBytes, compressedBytes, instructions, libraries: rows.join('') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A shared link's fragment with a run of echo, in which somebody types. Played once more here, to be sure that it ends as it did. */
async function recordedRun(): Promise<string> {
  const { images }: PrebuiltManifest = JSON.parse(readFileSync(join(prebuilt, 'manifest.json'), 'utf8'));
  const image = gunzipSync(readFileSync(join(prebuilt, images.echo.name)));
  const machine = await bootEcho(image);
  const input = recordInput(machine);
  untilIdle(machine);
  for (const line of ['hello from 2018\r', 'this was typed once, and is played again\r']) {
    machine.sendInput(new TextEncoder().encode(line));
    untilIdle(machine);
  }
  const recording: Recording = { input, ...machine.counters, stateHash: machine.stateHash() };
  const again = await bootEcho(image);
  const replay = new ReplayRun(again, recording);
  while (!replay.isComplete) replay.run(1_000_000, Infinity);
  if (again.stateHash() !== recording.stateHash) throw new Error('the recorded run of the talk does not repeat itself');
  return encodeLink({
    example: 'echo',
    files: {},
    deleted: [],
    settings: {},
    machine: {},
    run: { recording, imageHash: images.echo.hash },
  });
}

async function bootEcho(image: Uint8Array): Promise<Machine> {
  const { memoryMiB, cpus, gic, commandLine } = echo;
  const made = await createMachine({ image, imageName: 'the image', memoryBytes: memoryMiB * 2 ** 20, cpus, gic, commandLine });
  if (!made.ok) throw new Error(made.problems[0].message);
  return made.value;
}

function untilIdle(machine: Machine): void {
  for (;;) {
    const { reason } = machine.run(1_000_000, machine.counters.virtualNs + 1_000_000_000);
    if (reason === 'idle') return;
    if (reason !== 'budget') throw new Error(`echo ended with ${reason}`);
  }
}
