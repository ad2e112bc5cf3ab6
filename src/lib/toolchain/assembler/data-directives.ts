/** Directives that put bytes into the current section. */
import { SyntaxProblem, type Cursor } from './cursor.ts';
import type { Directive } from './directives.ts';
import { number } from './expression.ts';
import { sleb128, uleb128 } from './frames.ts';
import { littleEndian } from './output.ts';
import type { Pass } from './pass.ts';

const MAX_ALIGN_POWER = 31n;
const MAX_REPEAT = 1n << 28n;

/** Comma-separated items; none at all is allowed. */
export function eachItem(cursor: Cursor, item: () => void): void {
  if (cursor.atEnd()) return;
  do item();
  while (cursor.eat(','));
  cursor.expectEnd();
}

const integers =
  (size: 1 | 2 | 4 | 8 | 16): Directive =>
  (pass, cursor) =>
    eachItem(cursor, () => {
      const specifier = cursor.match(/%(\w+)\(/y)?.[1];
      const value = pass.expression(cursor);
      if (specifier === undefined) pass.datum(value, size);
      else {
        cursor.expect(')');
        pass.datum(value, size, dataRelocation(specifier.toLowerCase(), size));
      }
    });

/** `%pltpcrel(x)` and `%gotpcrel(x)` of AArch64's data directives. */
function dataRelocation(specifier: string, size: number): string {
  if (size === 4 && specifier === 'pltpcrel') return 'PLT32';
  if (size === 4 && specifier === 'gotpcrel') return 'GOTPCREL32';
  throw new SyntaxProblem(`'%${specifier}' does not apply to ${size} bytes`);
}

const text =
  (end: readonly number[]): Directive =>
  (pass, cursor) =>
    eachItem(cursor, () => {
      pass.emit(cursor.string());
      // Strings side by side are one string.
      while (cursor.peek() === '"') pass.emit(cursor.string());
      pass.emit(Uint8Array.from(end));
    });

const floats =
  (size: 2 | 4 | 8): Directive =>
  (pass, cursor) =>
    eachItem(cursor, () => pass.emit(floatBytes(readFloat(pass, cursor, size), size)));

const floatLiteral = /(?:0[a-zA-Z])?([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)/y;

/** A number, or its bits as an integer. */
function readFloat(pass: Pass, cursor: Cursor, size: number): number | bigint {
  if (/^0[xX]/.test(cursor.rest())) return pass.numberAt(cursor, 'a floating-point constant');
  const special = cursor.match(/([-+]?)(inf(?:inity)?|nan)/iy);
  if (special) {
    const value = special[2].toLowerCase() === 'nan' ? NaN : Infinity;
    return special[1] === '-' ? -value : value;
  }
  const literal = cursor.match(floatLiteral);
  if (!literal) throw new SyntaxProblem(`expected a floating-point number of ${size} bytes before '${cursor.rest()}'`);
  return Number(literal[1]);
}

function floatBytes(value: number | bigint, size: 2 | 4 | 8): Uint8Array {
  if (typeof value === 'bigint') return littleEndian(value, size);
  const view = new DataView(new ArrayBuffer(size));
  if (size === 8) view.setFloat64(0, value, true);
  else if (size === 4) view.setFloat32(0, value, true);
  else view.setUint16(0, halfBits(value), true);
  return new Uint8Array(view.buffer);
}

/** IEEE 754 binary16 of a number, rounded to nearest, ties to even. */
function halfBits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return sign | 0x7c00;
  const exponent = Math.max(Math.floor(Math.log2(magnitude)), -14);
  const scaled = magnitude / 2 ** (exponent - 10);
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  // A carry out of the fraction raises the exponent by itself.
  return sign | (rounded < 1024 ? rounded : ((exponent + 14) << 10) + rounded);
}

const skip: Directive = (pass, cursor) => {
  const count = pass.numberAt(cursor, 'the size');
  const fill = cursor.eat(',') ? pass.numberAt(cursor, 'the fill value') : 0n;
  cursor.expectEnd();
  if (count < 0n) {
    pass.warn(`size ${count} is negative; nothing is reserved`);
    return;
  }
  pass.fill(count, Number(fill & 0xffn));
};

/** `.fill REPEAT, SIZE, VALUE`. As in GNU as only the low four bytes of each unit come from the value. */
const fill: Directive = (pass, cursor) => {
  const repeat = pass.numberAt(cursor, 'the number of repetitions');
  const size = cursor.eat(',') ? pass.numberAt(cursor, 'the size') : 1n;
  const value = cursor.eat(',') ? pass.numberAt(cursor, 'the fill value') : 0n;
  cursor.expectEnd();
  if (size < 0n || repeat < 0n) throw new SyntaxProblem('size and number of repetitions must not be negative');
  const unit = littleEndian(BigInt.asUintN(32, value), Number(size > 8n ? 8n : size));
  const total = repeat * BigInt(unit.length);
  if (total > MAX_REPEAT) throw new SyntaxProblem('.fill of more than 256 MiB');
  if (unit.every((byte) => byte === unit[0])) {
    pass.fill(total, unit[0] ?? 0);
    return;
  }
  const bytes = new Uint8Array(Number(total));
  for (let at = 0; at < bytes.length; at += unit.length) bytes.set(unit, at);
  pass.emit(bytes);
};

/** `unit`: the argument is a power of two, or a number of bytes that is one. */
const align =
  (unit: 'power' | 'bytes', fillSize: 1 | 2 | 4): Directive =>
  (pass, cursor) => {
    const amount = cursor.atEnd() ? 0n : pass.numberAt(cursor, 'the alignment');
    let value: bigint | undefined;
    let limit: number | undefined;
    if (cursor.eat(',')) {
      if (cursor.peek() !== ',') value = pass.numberAt(cursor, 'the fill value');
      if (cursor.eat(',')) limit = Number(pass.numberAt(cursor, 'the largest gap'));
    }
    cursor.expectEnd();
    if (unit === 'bytes' && (amount < 0n || (amount & (amount - 1n)) !== 0n))
      throw new SyntaxProblem(`alignment ${amount} is not a power of two`);
    if (unit === 'power' && (amount < 0n || amount > MAX_ALIGN_POWER))
      throw new SyntaxProblem(`alignment 2^${amount} is out of range (0 to ${MAX_ALIGN_POWER})`);
    const bytes = unit === 'power' ? 1n << amount : amount;
    if (bytes > 1n << MAX_ALIGN_POWER) throw new SyntaxProblem(`alignment ${bytes} is too large`);
    if (bytes > 1n) pass.align(Number(bytes), value, fillSize, limit === 0 ? undefined : limit);
  };

const org: Directive = (pass, cursor) => {
  const target = pass.expression(cursor);
  const value = cursor.eat(',') ? pass.numberAt(cursor, 'the fill value') : 0n;
  cursor.expectEnd();
  pass.moveTo(target, Number(value & 0xffn));
};

const leb128 =
  (encode: (value: bigint) => number[]): Directive =>
  (pass, cursor) =>
    eachItem(cursor, () => pass.emit(Uint8Array.from(encode(pass.numberAt(cursor, 'the value')))));

const incbin: Directive = (pass, cursor) => {
  const path = cursor.word('a file name');
  const skipped = cursor.eat(',') ? Number(cursor.peek() === ',' ? 0n : pass.numberAt(cursor, 'the offset')) : 0;
  const count = cursor.eat(',') ? Number(pass.numberAt(cursor, 'the size')) : undefined;
  cursor.expectEnd();
  const bytes = pass.options.incbin?.(path);
  if (!bytes) throw new SyntaxProblem(`cannot find '${path}'`);
  if (skipped < 0 || skipped + (count ?? 0) > bytes.length) throw new SyntaxProblem(`'${path}' has only ${bytes.length} bytes`);
  pass.emit(bytes.subarray(skipped, count === undefined ? undefined : skipped + count));
};

const inst: Directive = (pass, cursor) =>
  eachItem(cursor, () => pass.word(Number(BigInt.asUintN(32, pass.numberAt(cursor, 'an instruction')))));

/** `.reloc OFFSET, R_AARCH64_NAME, EXPRESSION`. */
const reloc: Directive = (pass, cursor) => {
  const offset = pass.reduce(pass.expression(cursor), 0);
  cursor.expect(',');
  const name = cursor.name("a relocation's name");
  const value = cursor.eat(',') ? pass.expression(cursor) : number(0n);
  cursor.expectEnd();
  let at = offset.constant;
  if (offset.add?.place && 'section' in offset.add.place && offset.add.place.section === pass.section && !offset.sub)
    at += BigInt(offset.add.place.offset);
  else if (offset.add || offset.sub) throw new SyntaxProblem('the offset must be a place in this section');
  if (at < 0n || at > BigInt(pass.section.size)) throw new SyntaxProblem('the offset lies outside of the section');
  pass.relocate(Number(at), name.replace(/^R_AARCH64_/, ''), value);
};

export const dataDirectives: Readonly<Record<string, Directive>> = {
  '.byte': integers(1),
  '.dc.b': integers(1),
  '.hword': integers(2),
  '.short': integers(2),
  '.2byte': integers(2),
  '.dc.w': integers(2),
  '.value': integers(2),
  '.word': integers(4),
  '.long': integers(4),
  '.int': integers(4),
  '.4byte': integers(4),
  '.dc.l': integers(4),
  '.quad': integers(8),
  '.xword': integers(8),
  '.dword': integers(8),
  '.8byte': integers(8),
  '.dc.a': integers(8),
  '.octa': integers(16),
  '.float16': floats(2),
  '.float': floats(4),
  '.single': floats(4),
  '.double': floats(8),
  '.ascii': text([]),
  '.asciz': text([0]),
  '.string': text([0]),
  '.string8': text([0]),
  '.zero': skip,
  '.skip': skip,
  '.space': skip,
  '.fill': fill,
  '.align': align('power', 1),
  '.p2align': align('power', 1),
  '.p2alignw': align('power', 2),
  '.p2alignl': align('power', 4),
  '.balign': align('bytes', 1),
  '.balignw': align('bytes', 2),
  '.balignl': align('bytes', 4),
  '.org': org,
  '.uleb128': leb128(uleb128),
  '.sleb128': leb128(sleb128),
  '.incbin': incbin,
  '.inst': inst,
  '.reloc': reloc,
  '.ltorg': (pass) => pass.placeLiterals(),
  '.pool': (pass) => pass.placeLiterals(),
  '.nops': (pass, cursor) => {
    const size = pass.numberAt(cursor, 'the size');
    if (size < 0n || size > MAX_REPEAT || size % 4n !== 0n) throw new SyntaxProblem(`.nops of ${size} bytes`);
    for (let at = 0n; at < size; at += 4n) pass.word(0xd503201f);
  },
  // A marker that the linker uses to relax the call after it.
  '.tlsdesccall': (pass, cursor) => pass.relocate(pass.section.size, 'TLSDESC_CALL', pass.expression(cursor)),
  '.tlsdescadd': (pass, cursor) => pass.relocate(pass.section.size, 'TLSDESC_ADD', pass.expression(cursor)),
  '.tlsdescldr': (pass, cursor) => pass.relocate(pass.section.size, 'TLSDESC_LDR', pass.expression(cursor)),
};
