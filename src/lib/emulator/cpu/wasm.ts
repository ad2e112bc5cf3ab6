import { memoryOpcodes, numericOpcodes, vectorMemoryOpcodes, vectorOpcodes, type MemoryOp, type NumericOp } from './wasm-opcodes.ts';

/** WebAssembly modules as bytes (core specification 2.0, chapter 5): just what this room needs. */
export type WasmType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

const typeCodes: Readonly<Record<WasmType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const emptyBlock = 0x40;

function pushUnsigned(bytes: number[], value: number): void {
  let rest = value >>> 0;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
}

function pushSigned(bytes: number[], value: number): void {
  let rest = value | 0;
  for (;;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && !(byte & 0x40)) || (rest === -1 && byte & 0x40)) {
      bytes.push(byte);
      return;
    }
    bytes.push(byte | 0x80);
  }
}

function pushSigned64(bytes: number[], value: bigint): void {
  if (value >= -0x8000_0000n && value <= 0x7fff_ffffn) return pushSigned(bytes, Number(value));
  let rest = BigInt.asIntN(64, value);
  for (;;) {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    if ((rest === 0n && !(byte & 0x40)) || (rest === -1n && byte & 0x40)) {
      bytes.push(byte);
      return;
    }
    bytes.push(byte | 0x80);
  }
}

/** The body of one function. Locals are numbered from the parameters on. */
export class FunctionWriter {
  readonly #bytes: number[] = [];
  readonly #locals: WasmType[] = [];
  readonly #parameters: number;
  #depth = 0;

  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  /** Blocks that are open here: the difference of two depths is a branch label. */
  get depth(): number {
    return this.#depth;
  }

  get size(): number {
    return this.#bytes.length;
  }

  local(type: WasmType): number {
    return this.#parameters + this.#locals.push(type) - 1;
  }

  op(name: NumericOp): this {
    this.#bytes.push(numericOpcodes[name]);
    return this;
  }

  i32(value: number): this {
    this.#bytes.push(0x41);
    pushSigned(this.#bytes, value);
    return this;
  }

  i64(value: bigint): this {
    this.#bytes.push(0x42);
    pushSigned64(this.#bytes, BigInt.asIntN(64, value));
    return this;
  }

  get(local: number): this {
    return this.#indexed(0x20, local);
  }

  set(local: number): this {
    return this.#indexed(0x21, local);
  }

  tee(local: number): this {
    return this.#indexed(0x22, local);
  }

  /** The address (i32) is on the stack, for stores below the value. Guest accesses may be unaligned: give `align` 0. */
  memory(op: MemoryOp, offset: number, align?: number): this {
    const vector = op in vectorMemoryOpcodes ? vectorMemoryOpcodes[op as keyof typeof vectorMemoryOpcodes] : undefined;
    if (vector) {
      this.#bytes.push(0xfd);
      pushUnsigned(this.#bytes, vector[0]);
    }
    const [code, natural] = vector ?? memoryOpcodes[op as keyof typeof memoryOpcodes];
    if (!vector) this.#bytes.push(code);
    pushUnsigned(this.#bytes, align ?? natural);
    pushUnsigned(this.#bytes, offset);
    return this;
  }

  /** `lanes`: one for lane accesses, sixteen for a shuffle. */
  vector(op: string, lanes: readonly number[] = []): this {
    const code = vectorOpcodes[op];
    if (code === undefined) throw new Error(`no vector operation ${op}`);
    this.#bytes.push(0xfd);
    pushUnsigned(this.#bytes, code);
    this.#bytes.push(...lanes);
    return this;
  }

  v128(low: bigint, high: bigint): this {
    this.#bytes.push(0xfd, 12);
    for (const half of [low, high]) for (let i = 0n; i < 64n; i += 8n) this.#bytes.push(Number((half >> i) & 0xffn));
    return this;
  }

  block(result?: WasmType): this {
    return this.#open(0x02, result);
  }

  loop(result?: WasmType): this {
    return this.#open(0x03, result);
  }

  if(result?: WasmType): this {
    return this.#open(0x04, result);
  }

  else(): this {
    this.#bytes.push(0x05);
    return this;
  }

  end(): this {
    this.#depth--;
    this.#bytes.push(0x0b);
    return this;
  }

  br(label: number): this {
    return this.#indexed(0x0c, label);
  }

  brIf(label: number): this {
    return this.#indexed(0x0d, label);
  }

  /** Branches by the number on the stack; `otherwise` for numbers beyond the list. */
  brTable(labels: readonly number[], otherwise: number): this {
    this.#bytes.push(0x0e);
    for (const n of [labels.length, ...labels, otherwise]) pushUnsigned(this.#bytes, n);
    return this;
  }

  return(): this {
    this.#bytes.push(0x0f);
    return this;
  }

  unreachable(): this {
    this.#bytes.push(0x00);
    return this;
  }

  call(fn: number): this {
    return this.#indexed(0x10, fn);
  }

  returnCall(fn: number): this {
    return this.#indexed(0x12, fn);
  }

  callIndirect(type: number, table = 0): this {
    this.#indexed(0x11, type);
    pushUnsigned(this.#bytes, table);
    return this;
  }

  returnCallIndirect(type: number, table = 0): this {
    this.#indexed(0x13, type);
    pushUnsigned(this.#bytes, table);
    return this;
  }

  /** Locals, code and the closing `end`, with the length in front, in pieces. */
  finish(): (readonly number[])[] {
    const locals: number[] = [];
    const runs: { type: WasmType; count: number }[] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    pushUnsigned(locals, runs.length);
    for (const { type, count } of runs) {
      pushUnsigned(locals, count);
      locals.push(typeCodes[type]);
    }
    const length: number[] = [];
    pushUnsigned(length, locals.length + this.#bytes.length + 1);
    return [length, locals, this.#bytes, [0x0b]];
  }

  #indexed(code: number, index: number): this {
    this.#bytes.push(code);
    pushUnsigned(this.#bytes, index);
    return this;
  }

  #open(code: number, result: WasmType | undefined): this {
    this.#depth++;
    this.#bytes.push(code, result === undefined ? emptyBlock : typeCodes[result]);
    return this;
  }
}

export type Signature = { params: readonly WasmType[]; results: readonly WasmType[] };

/** A module under construction. All imports come from the module name 'e' and must precede the first function. */
export class ModuleWriter {
  readonly #types: string[] = [];
  readonly #typeBytes: number[] = [];
  readonly #imports: number[] = [];
  #importCount = 0;
  readonly #importedFunctions = new Map<string, number>();
  readonly #functions: { type: number; body: FunctionWriter }[] = [];
  readonly #exports: { name: string; index: number }[] = [];

  type({ params, results }: Signature): number {
    const key = `${params.join()}>${results.join()}`;
    const known = this.#types.indexOf(key);
    if (known >= 0) return known;
    this.#typeBytes.push(0x60);
    for (const list of [params, results]) {
      pushUnsigned(this.#typeBytes, list.length);
      for (const t of list) this.#typeBytes.push(typeCodes[t]);
    }
    return this.#types.push(key) - 1;
  }

  get importedFunctions(): Iterable<string> {
    return this.#importedFunctions.keys();
  }

  importMemory(name: string, pages: number): void {
    this.#import(name, [0x02, 0x00]);
    pushUnsigned(this.#imports, pages);
  }

  importTable(name: string, size: number): void {
    this.#import(name, [0x01, 0x70, 0x00]);
    pushUnsigned(this.#imports, size);
  }

  /** The index of an imported function; the same one for the same name. */
  importFunction(name: string, signature: Signature): number {
    const known = this.#importedFunctions.get(name);
    if (known !== undefined) return known;
    if (this.#functions.length > 0) throw new Error('imports come before functions');
    const type = this.type(signature);
    this.#import(name, [0x00]);
    pushUnsigned(this.#imports, type);
    const index = this.#importedFunctions.size;
    this.#importedFunctions.set(name, index);
    return index;
  }

  /** Adds a function. Its index is returned; `exported` names it to the outside. */
  function(signature: Signature, body: FunctionWriter, exported?: string): number {
    const index = this.#importedFunctions.size + this.#functions.push({ type: this.type(signature), body }) - 1;
    if (exported !== undefined) this.#exports.push({ name: exported, index });
    return index;
  }

  finish(): Uint8Array<ArrayBuffer> {
    const functions: number[] = [];
    const exports: number[] = [];
    for (const { type } of this.#functions) pushUnsigned(functions, type);
    for (const { name, index } of this.#exports) {
      pushName(exports, name);
      exports.push(0x00);
      pushUnsigned(exports, index);
    }
    return joined([
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, this.#types.length, [this.#typeBytes]),
      ...section(2, this.#importCount, [this.#imports]),
      ...section(3, this.#functions.length, [functions]),
      ...section(7, this.#exports.length, [exports]),
      ...section(
        10,
        this.#functions.length,
        this.#functions.flatMap(({ body }) => body.finish()),
      ),
    ]);
  }

  #import(name: string, description: readonly number[]): void {
    pushName(this.#imports, 'e');
    pushName(this.#imports, name);
    this.#imports.push(...description);
    this.#importCount++;
  }
}

const lengthOf = (pieces: readonly (readonly number[])[]): number => pieces.reduce((sum, { length }) => sum + length, 0);

function section(id: number, count: number, content: readonly (readonly number[])[]): (readonly number[])[] {
  const head: number[] = [];
  pushUnsigned(head, count);
  const start = [id];
  pushUnsigned(start, head.length + lengthOf(content));
  return [start, head, ...content];
}

/** Copied by the engine, which takes a fraction of the time that a loop takes before it is optimized: most modules are written at the very start. */
function joined(pieces: readonly (readonly number[])[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(lengthOf(pieces));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function pushName(bytes: number[], name: string): void {
  const encoded = new TextEncoder().encode(name);
  pushUnsigned(bytes, encoded.length);
  bytes.push(...encoded);
}
