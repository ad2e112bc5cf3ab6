/**
 * Packets of GDB's remote serial protocol ("Overview" of its appendix): `$data#checksum`, acknowledged by `+` or asked for again by `-` unless both
 * sides have agreed not to, and the byte 3 for "interrupt". Data is Latin-1: a byte a character.
 */
export type PacketHandler = {
  packet(data: string): void;
  interrupt(): void;
};

/** Longest packet that is taken: `PacketSize` tells GDB. */
export const maxPacket = 0x4000;

const interruptByte = 3;

export class PacketStream {
  readonly #send: (bytes: Uint8Array) => void;
  readonly #handler: PacketHandler;
  /** What came of a packet, `$` left out; undefined outside of one. */
  #incoming: number[] | undefined;
  #last: Uint8Array | undefined;
  #taken: string | undefined;
  /** The packet that the last reply is for, until GDB acknowledges that. */
  #answered: string | undefined;
  /** Set once GDB has said so (QStartNoAckMode). */
  acknowledges = true;

  constructor(send: (bytes: Uint8Array) => void, handler: PacketHandler) {
    this.#send = send;
    this.#handler = handler;
  }

  /** Takes any bytes: what is no packet is dropped. */
  receive(bytes: Uint8Array): void {
    for (const byte of bytes) this.#take(byte);
  }

  send(data: string): void {
    const escaped = data.replace(/[#$}*]/g, (letter) => `}${String.fromCharCode(letter.charCodeAt(0) ^ 0x20)}`);
    const text = `$${escaped}#${checksumOf(escaped)}`;
    this.#last = bytesOf(text);
    this.#answered = this.#taken;
    this.#send(this.#last);
  }

  #take(byte: number): void {
    const dollar = 0x24;
    const incoming = this.#incoming;
    // A $ within a packet begins another: the first was cut off.
    if (byte === dollar) this.#incoming = [];
    else if (incoming) {
      incoming.push(byte);
      const end = incoming.length - 3;
      if (end >= 0 && incoming[end] === 0x23) this.#complete(incoming, end);
      else if (incoming.length > maxPacket + 3) this.#incoming = undefined;
    } else if (byte === interruptByte) this.#handler.interrupt();
    else if (byte === 0x2b) this.#answered = undefined;
    else if (byte === 0x2d && this.acknowledges && this.#last) this.#send(this.#last);
  }

  #complete(incoming: number[], end: number): void {
    this.#incoming = undefined;
    const data = textOf(incoming.slice(0, end));
    const sum = textOf(incoming.slice(end + 1)).toLowerCase();
    const right = sum === checksumOf(data);
    if (this.acknowledges) this.#send(bytesOf(right ? '+' : '-'));
    // GDB sends a packet again when we are slow: it is the same question, and has its answer.
    if (!right || (this.acknowledges && data === this.#answered)) return;
    this.#taken = data;
    this.#handler.packet(data);
  }
}

function checksumOf(data: string): string {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum = (sum + data.charCodeAt(i)) & 0xff;
  return sum.toString(16).padStart(2, '0');
}

function textOf(bytes: readonly number[]): string {
  return bytes.map((byte) => String.fromCharCode(byte)).join('');
}

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 0xff);
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Undefined: not pairs of hexadecimal digits. */
export function bytesOfHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

/** Data of an `X` packet, in which `}` says that the next byte is meant with bit 5 the other way round. */
export function unescapeBinary(data: string): Uint8Array {
  return bytesOf(data.replace(/\}([^])/g, (_, letter: string) => String.fromCharCode(letter.charCodeAt(0) ^ 0x20)));
}
