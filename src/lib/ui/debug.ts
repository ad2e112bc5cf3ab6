/** What the debugger's view makes of a picture: places that are typed in, registers that have changed. */
import type { DebugPicture, ImagePiece, RegisterView } from '../session/messages.ts';

/** An address that a person means by `main`, `main+0x8` or `0x40101234`; undefined when it is none, or not one of an instruction. */
export function codeAddress(text: string, pieces: readonly ImagePiece[]): number | undefined {
  const [, name = '', offset = '0'] = /^\s*([^\s+]+)\s*(?:\+\s*(0x[0-9a-f]+|\d+))?\s*$/i.exec(text) ?? [];
  const start = /^0x[0-9a-f_]+$/i.test(name) ? Number(name.replaceAll('_', '')) : pieces.find((piece) => piece.symbol === name)?.start;
  const address = start === undefined ? NaN : start + Number(offset);
  return Number.isSafeInteger(address) && address % 4 === 0 ? address : undefined;
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
