/** `uk gdb TARGET [--listen [HOST:]PORT | --stdio] [options of uk run]`: GDB's remote protocol for an emulated machine. */
import { createServer, type Server, type Socket } from 'node:net';
import { Debugger, GdbServer, type Machine } from '../src/lib/emulator/index.ts';
import { complain, openMachine, readInputs } from './run.ts';
import { parseRunOptions } from './run-options.ts';

const usage = `usage: uk gdb ELF|IMAGE|SNAPSHOT|DIR [--listen [HOST:]PORT | --stdio] [options of uk run]
  --listen [HOST:]PORT   where to wait for GDB (default 127.0.0.1:1234; port 0 takes a free one)
  --stdio                speak the protocol on stdin and stdout: (gdb) target remote | uk gdb app.elf --stdio
  --machine, --append, --initrd and --input as for uk run
The machine stands before its first instruction. GDB gets its registers, system registers with their fields, CPUs as threads,
breakpoints, watchpoints, and can go back: reverse-step, reverse-continue. "monitor help" lists what else there is.
The guest's output goes to stdout, with --stdio to stderr. When GDB detaches, the next one finds the machine as it was left.
`;

/** Instructions between looks at the connection: some hundredths of a second. */
const slice = 2_000_000;

type Options = { host: string; port: number; stdio: boolean; rest: string[] };

export async function main(args: readonly string[]): Promise<number> {
  const fail = (mistake: string): number => {
    process.stderr.write(`uk gdb: ${mistake}\n${usage}`);
    return 2;
  };
  const own = parseOwn(args);
  if (typeof own === 'string') return fail(own);
  const options = parseRunOptions(own.rest);
  if (options === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  if ('mistake' in options) return fail(options.mistake);
  const inputs = await readInputs(options);
  if (!inputs.ok) return complain(inputs.problems);
  const opened = await openMachine(options, inputs.value);
  if (!opened.ok) return complain(opened.problems);
  const { machine } = opened.value;
  const debug = new Debugger(machine);
  const output = own.stdio ? process.stderr : process.stdout;
  machine.onUart = (bytes) => {
    if (!debug.history.inPast) output.write(bytes);
  };
  if (inputs.value.input) machine.sendInput(inputs.value.input);
  if (own.stdio) {
    await serve(debug, process.stdin, (bytes) => process.stdout.write(bytes));
    return 0;
  }
  if (inputs.value.input === undefined) forwardInput(machine);
  return listen(debug, own);
}

function parseOwn(args: readonly string[]): Options | string {
  const options: Options = { host: '127.0.0.1', port: 1234, stdio: false, rest: [] };
  for (let i = 0; i < args.length; i++) {
    const listen = /^--listen(?:=(.*))?$/s.exec(args[i]);
    if (args[i] === '--stdio') options.stdio = true;
    else if (!listen) options.rest.push(args[i]);
    else {
      const place = listen.at(1) ?? args[++i] ?? '';
      const [, host, port = ''] = /^(?:(.+):)?(\d{1,5})$/.exec(place) ?? [];
      if (port === '' || Number(port) > 65_535) return `--listen takes [HOST:]PORT, not "${place}"`;
      if (host !== undefined) options.host = host;
      options.port = Number(port);
    }
  }
  return options;
}

/** The terminal, or what stands in for it, is the guest's serial line. */
function forwardInput(machine: Machine): void {
  process.stdin.on('data', (bytes: Buffer) => machine.sendInput(bytes));
  // The end of input is no reason to stay, nor one to go.
  process.stdin.unref();
}

/** One GDB after the other, until one says kill. */
function listen(debug: Debugger, { host, port }: Options): Promise<number> {
  return new Promise((resolve) => {
    let busy = false;
    const server: Server = createServer((socket: Socket) => {
      if (busy) {
        socket.destroy();
        return;
      }
      busy = true;
      socket.setNoDelay(true);
      void serve(debug, socket, (bytes) => socket.write(bytes)).then((ended) => {
        busy = false;
        socket.end();
        if (ended !== 'kill') return;
        server.close();
        process.stdin.pause();
        resolve(0);
      });
    });
    server.on('error', (error) => {
      process.stderr.write(`uk gdb: ${error.message}\n`);
      resolve(1);
    });
    server.listen(port, host, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address ? address.port : port;
      process.stderr.write(`uk gdb: waiting at ${host}:${bound}; (gdb) target remote ${host}:${bound}\n`);
    });
  });
}

/** Serves one connection to its end. */
function serve(debug: Debugger, from: NodeJS.ReadableStream, send: (bytes: Uint8Array) => void): Promise<'detach' | 'kill' | undefined> {
  const server = new GdbServer(debug, send);
  return new Promise((resolve) => {
    let over = false;
    let turning = false;
    const end = (): void => {
      if (over) return;
      over = true;
      from.removeAllListeners('data');
      for (const address of [...debug.breakpoints]) debug.removeBreakpoint(address);
      for (const watchpoint of [...debug.watchpoints]) debug.removeWatchpoint(watchpoint);
      resolve(server.ended);
    };
    const turn = (): void => {
      turning = false;
      if (over || !server.running) return;
      const exit = server.turn(slice);
      if (!server.running) return;
      turning = true;
      // An idle guest waits for input: there is no hurry.
      if (exit?.reason === 'idle') setTimeout(turn, 10);
      else setImmediate(turn);
    };
    from.on('data', (bytes: Buffer) => {
      server.receive(bytes);
      if (server.ended) return end();
      if (server.running && !turning) {
        turning = true;
        setImmediate(turn);
      }
    });
    from.on('end', end);
    from.on('close', end);
    from.on('error', end);
  });
}
