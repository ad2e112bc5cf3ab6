/** What the debugger's view makes of a picture: places that are typed in, registers that have changed. */
import type { DebugPicture, ImagePiece, LineStop, RegisterView, SourceLine, Watch } from '../session/messages.ts';

/** An address that a person means by `main`, `main+0x8` or `0x40101234`; undefined when it is none, or not one of an instruction. */
export function codeAddress(text: string, pieces: readonly ImagePiece[]): number | undefined {
  const [, name = '', offset = '0'] = /^\s*([^\s+]+)\s*(?:\+\s*(0x[0-9a-f]+|\d+))?\s*$/i.exec(text) ?? [];
  const start = /^0x[0-9a-f_]+$/i.test(name) ? Number(name.replaceAll('_', '')) : pieces.find((piece) => piece.symbol === name)?.start;
  const address = start === undefined ? NaN : start + Number(offset);
  return Number.isSafeInteger(address) && address % 4 === 0 ? address : undefined;
}

/** A line that a person means by `main.c:12` or `libs/nolibc/stdio.c:40`; `exists` tells whether the page has a file. */
export function sourceLine(text: string, exists: (file: string) => boolean): SourceLine | undefined {
  const [, path = '', digits = ''] = /^\s*([^\s:]+):(\d{1,6})\s*$/.exec(text) ?? [];
  const file = [path, `pool:${path}`].find(exists);
  return file !== undefined && Number(digits) > 0 ? { file, line: Number(digits) } : undefined;
}

/** Memory that is watched of an address without a name. */
const unnamedBytes = 8;
/** Of a large array its beginning. */
const mostBytes = 4096;

/** Memory that a person means by `balance`, `table+0x10` or `0x40108000`: to the end of the variable, when it is one. */
export function watchedMemory(text: string, pieces: readonly ImagePiece[]): { address: number; length: number } | undefined {
  const [, name = '', offset = '0'] = /^\s*([^\s+]+)\s*(?:\+\s*(0x[0-9a-f]+|\d+))?\s*$/i.exec(text) ?? [];
  const piece = pieces.find(({ symbol, kind }) => symbol === name && kind !== 'code');
  const start = /^0x[0-9a-f_]+$/i.test(name) ? Number(name.replaceAll('_', '')) : piece?.start;
  if (start === undefined || !Number.isSafeInteger(start + Number(offset))) return undefined;
  const length = piece ? piece.size - Number(offset) : unnamedBytes;
  return length > 0 ? { address: start + Number(offset), length: Math.min(length, mostBytes) } : undefined;
}

/** `written`, `read or written`. */
export function formatUse({ read, write }: Pick<Watch, 'read' | 'write'>): string {
  return read && write ? 'read or written' : read ? 'read' : 'written';
}

/** Whether a stop is at a line: that it was set at, or that has its code. */
export function isStopAt(stop: LineStop, { file, line }: SourceLine): boolean {
  return stop.file === file && (stop.line === line || stop.found?.line === line);
}

/** The lines to stop at with one more, or without the one that stops there already. */
export function toggled(stops: readonly LineStop[], { file, line }: SourceLine): SourceLine[] {
  const left = stops.filter((stop) => !isStopAt(stop, { file, line }));
  return (left.length < stops.length ? left : [...stops, { file, line }]).map((stop) => ({ file: stop.file, line: stop.line }));
}

/** Names of the registers that are not as they were in the picture before. */
export function changedRegisters(now: DebugPicture, before: DebugPicture | undefined): ReadonlySet<string> {
  if (!before || before.cpu !== now.cpu) return new Set();
  const old = new Map([...before.registers, ...before.system].map(({ name, value }) => [name, value]));
  return new Set([...now.registers, ...now.system].filter(({ name, value }) => old.get(name) !== value).map(({ name }) => name));
}

/** `0x0000_0000_4010_1234`. */
export function formatRegister({ bits, value }: Pick<RegisterView, 'bits' | 'value'>): string {
  const digits = value.toString(16).padStart(bits / 4, '0');
  return `0x${digits.replace(/(?!^)(?=(.{4})+$)/g, '_')}`;
}

/** A function and how far into it, by the pieces of the image. */
export function formatCodePlace(address: number, pieces: readonly ImagePiece[]): string {
  const piece = pieces.find(({ start, size }) => address >= start && address < start + size);
  if (piece?.symbol === undefined) return '';
  return address === piece.start ? piece.symbol : `${piece.symbol}+0x${(address - piece.start).toString(16)}`;
}
