import { describe, expect, it } from 'vitest';
import { createMachine } from '../../index.ts';
import { assembleLines } from '../../cpu/testing.ts';
import { numbersFrom } from '../../snapshot/damage.ts';
import { Debugger } from '../debugger.ts';
import { bytesOf, bytesOfHex, PacketStream, unescapeBinary } from './packets.ts';
import { GdbServer } from './server.ts';

const guest = assembleLines(['movz x1, #0x4020, lsl #16', 'add x0, x0, #1', 'str x0, [x1]', 'b #-8']);
const base = 0x4008_0000;

/** A server, and GDB's side of the line. */
async function connect(cpus = 1): Promise<{ server: GdbServer; debug: Debugger; ask: (data: string) => string; replies: string[] }> {
  const made = await createMachine({ image: guest, memoryBytes: 4 << 20, cpus });
  if (!made.ok) throw new Error(made.problems[0].message);
  const debug = new Debugger(made.value, { history: { intervalInstructions: 1000 } });
  const replies: string[] = [];
  const line = new PacketStream((bytes) => server.receive(bytes), { packet: (data) => replies.push(data), interrupt: () => undefined });
  const server = new GdbServer(debug, (bytes) => line.receive(bytes));
  const ask = (data: string): string => {
    replies.length = 0;
    line.send(data);
    for (let i = 0; i < 100 && server.running; i++) server.turn(1000);
    return replies.join(' ');
  };
  return { server, debug, ask, replies };
}

const little = (value: bigint): string => Buffer.from(BigUint64Array.of(value).buffer).toString('hex');

describe('packets', () => {
  it('carry any bytes, are acknowledged, and asked for again when damaged', () => {
    const sent: string[] = [];
    const packets: string[] = [];
    const stream = new PacketStream((bytes) => sent.push(Buffer.from(bytes).toString('latin1')), {
      packet: (data) => packets.push(data),
      interrupt: () => packets.push('interrupt'),
    });
    stream.receive(bytesOf('noise$g#67+\x03$g#00$p$m0,1#fa'));
    expect(packets).toEqual(['g', 'interrupt', 'm0,1']);
    expect(sent).toEqual(['+', '-', '+']);
    stream.send('a#b');
    expect(sent.at(-1)).toBe('$a}\x03b#43');
    stream.receive(bytesOf('-'));
    expect(sent.at(-1)).toBe('$a}\x03b#43');
    // Sent again because we were slow: it was answered already.
    stream.receive(bytesOf('$m0,1#fa'));
    stream.receive(bytesOf('+$m0,1#fa'));
    expect(packets).toEqual(['g', 'interrupt', 'm0,1', 'm0,1']);
    expect(unescapeBinary('a}\x03}\x5d')).toEqual(bytesOf('a#}'));
  });
});

describe('the GDB server', () => {
  it('tells what it can, and its registers in a description', async () => {
    const { ask } = await connect();
    expect(ask('qSupported:xmlRegisters=i386')).toMatch(/qXfer:features:read\+.*ReverseStep\+;ReverseContinue\+/);
    let description = '';
    for (let piece = 'm'; piece.startsWith('m');) {
      piece = ask(`qXfer:features:read:target.xml:${description.length.toString(16)},400`);
      description += piece.slice(1);
    }
    expect(description).toContain('<feature name="org.gnu.gdb.aarch64.core">');
    expect(description).toContain('<reg name="ttbr0_el1" bitsize="64" type="ttbr0_el1_fields" group="system"/>');
    expect(ask('vMustReplyEmpty')).toBe('');
    expect(ask('?')).toBe('T05thread:1;');
  });

  it('reads and writes registers and memory', async () => {
    const { ask, debug } = await connect();
    expect(ask('P3=' + little(0x1234n))).toBe('OK');
    expect(debug.machine.cpus[0].x(3)).toBe(0x1234n);
    expect(ask('p3')).toBe(little(0x1234n));
    const all = ask('g');
    expect(ask(`G${all}`)).toBe('OK');
    expect(ask('g')).toBe(all);
    expect(all.slice(16 * 32, 16 * 33)).toBe(little(debug.machine.cpus[0].pc));
    expect(ask('M40100000,4:01020304')).toBe('OK');
    expect(ask('X40100002,3:a#b')).toBe('OK');
    expect(bytesOfHex(ask('m40100000,8'))).toEqual(Uint8Array.of(1, 2, 0x61, 0x23, 0x62, 0, 0, 0));
    // As much as there is.
    expect(ask('m403ffffe,8')).toBe('0000');
    expect(ask('m9000000,4')).toBe('E14');
    expect(ask('M9000000,1:00')).toBe('E14');
  });

  it('stops at breakpoints and watchpoints, steps, and does so backwards', async () => {
    const { ask, debug } = await connect();
    const pc = (): number => Number(debug.machine.cpus[0].pc) - base;
    expect(ask(`Z0,${(base + 8).toString(16)},4`)).toBe('OK');
    expect(ask('vCont;c')).toBe('T05swbreak:;thread:1;');
    expect(pc()).toBe(8);
    const first = debug.machine.counters.instructions;
    expect(ask('vCont;s:1')).toBe('T05thread:1;');
    expect(pc()).toBe(12);
    expect(ask('c')).toBe('T05swbreak:;thread:1;');
    expect(debug.machine.counters.instructions).toBe(first + 3);
    expect(ask('bs')).toBe('T05thread:1;');
    expect(pc()).toBe(4);
    expect(ask('bc')).toBe('T05swbreak:;thread:1;');
    expect(debug.machine.counters.instructions).toBe(first);
    expect(ask('bc')).toBe('T05replaylog:begin;thread:1;');
    expect(ask(`z0,${(base + 8).toString(16)},4`)).toBe('OK');
    expect(ask('Z2,40200000,8')).toBe('OK');
    expect(ask('c')).toBe('T05watch:40200000;thread:1;');
  });

  it('stops a running machine, forwards and backwards, when GDB says so', async () => {
    const { server, replies, debug } = await connect();
    const send = (data: string): void =>
      server.receive(
        bytesOf(
          `$${data}#${[...data]
            .reduce((sum, c) => (sum + c.charCodeAt(0)) & 255, 0)
            .toString(16)
            .padStart(2, '0')}`,
        ),
      );
    send('c');
    for (let i = 0; i < 5; i++) expect(server.turn(1000)).toEqual({ reason: 'budget' });
    server.receive(Uint8Array.of(3));
    expect(replies).toEqual(['T02thread:1;']);
    expect(debug.machine.counters.instructions).toBe(5000);
    send('bc');
    server.turn(1000);
    server.receive(Uint8Array.of(3));
    expect(server.running).toBe(false);
    expect(debug.machine.counters.instructions).toBe(5000);
  });

  it('shows CPUs as threads', async () => {
    const { ask } = await connect(4);
    expect(ask('qfThreadInfo')).toBe('m1,2,3,4');
    expect(ask('T4')).toBe('OK');
    expect(ask('T5')).toBe('E22');
    expect(ask('Hg4')).toBe('OK');
    expect(Buffer.from(ask('qThreadExtraInfo,4'), 'hex').toString()).toBe('CPU 3 EL1 off');
  });

  it('answers any packet without an exception, and is still there afterwards', async () => {
    const { ask, server } = await connect(2);
    const below = numbersFrom(7);
    const starts = [
      ...'?gGpPmMXcsbZzHTDvqQ!',
      'vCont;',
      'vCont;s:',
      'qXfer:features:read:target.xml:',
      'qRcmd,',
      'Z2,',
      'Z0,',
      'bc',
      'bs',
      'P0=',
      'X40100000,4:',
    ];
    const letters = '0123456789abcdef,;:=-+*}$#pZ\x00\xff';
    for (let i = 0; i < 3000; i++) {
      const tail = Array.from({ length: below(24) }, () => letters[below(letters.length)]).join('');
      ask(`${starts[below(starts.length)]}${tail}`);
      if (server.running) server.receive(Uint8Array.of(3));
      server.receive(Uint8Array.from({ length: below(8) }, () => below(256)));
    }
    server.receive(bytesOf('#00'));
    if (server.running) server.receive(Uint8Array.of(3));
    expect(ask('qC')).toMatch(/QC[12]/);
  });
});
