import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = new URL('programs/', import.meta.url).pathname;
const flags = '-O1 -march=armv8-a -mgeneral-regs-only -mno-outline-atomics -ffreestanding -nostdlib -static -fno-pic -fno-stack-protector';
const link = '-Wl,-Ttext=0x40200000,--build-id=none';

let output: string | undefined;

/** Compiles a bare-metal program of `programs/` with its start code; gives the path of the ELF. */
export function buildProgram(name: string, defines: readonly string[] = []): string {
  if (output === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'board-programs-'));
    process.on('exit', () => rmSync(made, { recursive: true, force: true }));
    output = made;
  }
  const elf = join(output, `${name}${defines.join('')}.elf`);
  const sources = [`${name}.c`, 'start.S', 'bare.c'].map((file) => join(folder, file));
  const args = [...flags.split(' '), link, ...defines.map((define) => `-D${define}`), `-I${folder}`, ...sources, '-o', elf];
  const compiled = spawnSync('aarch64-linux-gnu-gcc', args);
  if (compiled.status !== 0) throw new Error(`${name}: ${compiled.stderr.toString()}`);
  return elf;
}

export function readProgram(name: string, defines: readonly string[] = []): Uint8Array {
  return readFileSync(buildProgram(name, defines));
}

/** Does what a program asks for by a line: `press` for the power key, `type` for a line of twelve characters. */
export class Person {
  #line = '';
  readonly #press: () => void;
  readonly #type: (text: string) => void;

  constructor(press: () => void, type: (text: string) => void) {
    this.#press = press;
    this.#type = type;
  }

  reads(text: string): void {
    const lines = (this.#line + text).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) {
      if (line === 'press') this.#press();
      if (line === 'type') this.#type('hello there\n');
    }
  }
}

/**
 * Runs an ELF on QEMU's virt board; gives what it printed. `input` goes to the serial line when the program has printed its first
 * byte: QEMU drops what comes before the UART is set up. Without it a {@link Person} sits there.
 */
export function printedByQemu(elf: string, board: { gic: 2 | 3; cpus: number }, input?: string): Promise<string> {
  const monitor = `${elf}.monitor`;
  const args = ['-M', `virt,gic-version=${board.gic}`, '-cpu', 'cortex-a53', '-nic', 'none', '-nographic', '-m', '64M'];
  const control = ['-chardev', `socket,id=monitor,path=${monitor},server=on,wait=off`, '-qmp', 'chardev:monitor'];
  const run = spawn('qemu-system-aarch64', [...args, ...control, '-smp', `${board.cpus}`, '-kernel', elf], { timeout: 60_000 });
  return new Promise((resolve, reject) => {
    let output = '';
    let errors = '';
    const person = new Person(
      () => void createConnection(monitor).end('{"execute":"qmp_capabilities"}\n{"execute":"system_powerdown"}\n'),
      (text) => void run.stdin.write(text),
    );
    run.stdout.on('data', (bytes: Buffer) => {
      if (output === '' && input !== undefined) run.stdin.end(input);
      output += bytes.toString();
      if (input === undefined) person.reads(bytes.toString());
    });
    run.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString()));
    // It may power off before it has read all.
    run.stdin.on('error', () => undefined);
    run.on('close', (code) => (code === 0 ? resolve(output) : reject(new Error(`qemu: ${errors || 'killed'} after ${output}`))));
  });
}
