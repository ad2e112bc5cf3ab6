import type { Debugger } from '../debugger.ts';

type Command = { usage: string; help: string; run(debug: Debugger, cpu: number, argument: string): string };

const maxLines = 200;

/** GDB's `monitor COMMAND`: what the protocol has no packet for. */
const commands: Readonly<Record<string, Command>> = {
  where: {
    usage: 'where',
    help: 'the place in the run, and how far one can go',
    run: ({ machine, history }) => {
      const { instructions, virtualNs } = machine.counters;
      const { begin, end } = history.range;
      return `${instructions} instructions, ${virtualNs} ns; the history goes from ${begin} to ${end}\n`;
    },
  },
  goto: {
    usage: 'goto INSTRUCTIONS',
    help: 'go to a place in the history; then say "maintenance flush register-cache"',
    run: (debug, _, argument) => {
      const place = Number(argument);
      if (argument === '' || !Number.isSafeInteger(place) || place < 0) return 'goto takes a number of instructions\n';
      debug.goTo(place);
      return `${debug.machine.counters.instructions} instructions\n`;
    },
  },
  exceptions: {
    usage: 'exceptions [COUNT]',
    help: 'exceptions and interrupts taken last',
    run: ({ machine }, _, argument) =>
      lines(
        machine.exceptions.latest(Number(argument) || 10).map(({ instructions, cpu, kind, elr, esr, far, interrupt }) => {
          const what =
            kind === 'synchronous' ? `ESR 0x${esr.toString(16)} FAR 0x${far.toString(16)}` : `interrupt ${interrupt ?? 'not acknowledged'}`;
          return `${instructions}: CPU ${cpu} ${kind} at 0x${elr.toString(16)}, ${what}`;
        }),
      ),
  },
  translate: {
    usage: 'translate ADDRESS',
    help: 'what a virtual address means to the selected CPU',
    run: (debug, cpu, argument) => {
      if (!/^(0x[0-9a-f]{1,16}|\d{1,20})$/i.test(argument)) return 'translate takes an address\n';
      const at = debug.machine.cpus[cpu].translate(BigInt(argument));
      const steps = at.steps.map(
        (step) => `level ${step.level}: table 0x${step.tableAddress.toString(16)}[${step.index}] = 0x${step.descriptor.toString(16)}`,
      );
      if (!at.ok) return lines([...steps, `${at.fault} fault at level ${at.level}`]);
      const may = (el: 'el0' | 'el1') => `${at.readable[el] ? 'r' : '-'}${at.writable[el] ? 'w' : '-'}${at.executable[el] ? 'x' : '-'}`;
      return lines([
        ...steps,
        `physical 0x${at.physical.toString(16)}, EL1 ${may('el1')}, EL0 ${may('el0')}, attributes 0x${at.attributes.toString(16)}`,
      ]);
    },
  },
  device: {
    usage: 'device [NAME]',
    help: 'registers of a device, or the names of all',
    run: ({ machine }, _, argument) => {
      const devices = machine.devices();
      if (argument === '') return lines(devices.map(({ name, base }) => `0x${base.toString(16)} ${name}`));
      const device = devices.find(({ name }) => name === argument);
      if (!device) return `there is no device ${argument}\n`;
      return lines(device.registers.map(({ name, at, value }) => `+0x${at.toString(16)} ${name} = 0x${(value >>> 0).toString(16)}`));
    },
  },
};

function lines(texts: readonly string[]): string {
  const shown = texts.slice(0, maxLines);
  if (texts.length > maxLines) shown.push(`and ${texts.length - maxLines} more`);
  return shown.map((text) => `${text}\n`).join('');
}

/** What a command prints. */
export function monitor(debug: Debugger, cpu: number, text: string): string {
  const [, name = '', argument = ''] = /^\s*(\S*)\s*(.*?)\s*$/s.exec(text) ?? [];
  if (Object.hasOwn(commands, name)) return commands[name].run(debug, cpu, argument);
  const known = Object.values(commands).map(({ usage, help }) => `${usage}: ${help}`);
  return lines(name === 'help' || name === '' ? known : [`there is no command ${name}`, ...known]);
}
