import { ByteWriter } from '../byte-writer.ts';
import { memoryOpcodes, numericOpcodes, vectorMemoryOpcodes, vectorOpcodes, type MemoryOp, type NumericOp } from './wasm-opcodes.ts';

/** WebAssembly modules as bytes (core specification 2.0, chapter 5): just what this room needs. */
export type WasmType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

const typeCodes: Readonly<Record<WasmType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const emptyBlock = 0x40;

/** Bytes with the numbers of the format (5.2.2: LEB128). */
class LebWriter extends ByteWriter {
  /** 32 bits: a varint without arithmetic on larger numbers. */
  unsigned(value: number): void {
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  signed(value: number): void {
    let rest = value | 0;
    while (rest < -0x40 || rest > 0x3f) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    this.byte(rest & 0x7f);
  }

  /** 64 bits by their halves. */
  signed64(low: number, high: number): void {
    let [l, h] = [low | 0, high | 0];
    while (h !== l >> 31 || l < -0x40 || l > 0x3f) {
      this.byte((l & 0x7f) | 0x80);
      l = (l >>> 7) | (h << 25);
      h >>= 7;
    }
    this.byte(l & 0x7f);
  }

  /** A name, of ASCII characters: calling an encoder for each takes longer than writing them. */
  name(name: string): void {
    this.unsigned(name.length);
    for (let i = 0; i < name.length; i++) this.byte(name.charCodeAt(i));
  }
}

const smallCapacity = 64;
const functionCapacity = 256;

/** The body of one function. Locals are numbered from the parameters on. */
export class FunctionWriter {
  readonly #bytes = new LebWriter(functionCapacity);
  readonly #locals: WasmType[] = [];
  /** Locals, by their places in the list, that may be used again. */
  readonly #free = new Set<number>();
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
    const free = this.#free.size === 0 ? -1 : this.#locals.findIndex((each, i) => each === type && this.#free.has(i));
    if (free < 0) return this.#parameters + this.#locals.push(type) - 1;
    this.#free.delete(free);
    return this.#parameters + free;
  }

  /** No local's value is needed any more but one's: {@link local} gives the others out again. */
  freeLocals(but: number): void {
    for (const i of this.#locals.keys()) if (i !== but - this.#parameters) this.#free.add(i);
  }

  op(name: NumericOp): this {
    this.#bytes.byte(numericOpcodes[name]);
    return this;
  }

  i32(value: number): this {
    this.#bytes.byte(0x41);
    this.#bytes.signed(value);
    return this;
  }

  i64(value: bigint): this {
    return this.i64Halves(Number(value & 0xffff_ffffn), Number((value >> 32n) & 0xffff_ffffn));
  }

  /** The same by its halves, which takes a fraction of the time. */
  i64Halves(low: number, high: number): this {
    this.#bytes.byte(0x42);
    this.#bytes.signed64(low, high);
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
      this.#bytes.byte(0xfd);
      this.#bytes.unsigned(vector[0]);
    }
    const [code, natural] = vector ?? memoryOpcodes[op as keyof typeof memoryOpcodes];
    if (!vector) this.#bytes.byte(code);
    this.#bytes.unsigned(align ?? natural);
    this.#bytes.unsigned(offset);
    return this;
  }

  /** `lanes`: one for lane accesses, sixteen for a shuffle. */
  vector(op: string, lanes: readonly number[] = []): this {
    const code = vectorOpcodes[op];
    if (code === undefined) throw new Error(`no vector operation ${op}`);
    this.#bytes.byte(0xfd);
    this.#bytes.unsigned(code);
    this.#bytes.bytes(lanes);
    return this;
  }

  v128(low: bigint, high: bigint): this {
    this.#bytes.byte(0xfd);
    this.#bytes.byte(12);
    for (const half of [low, high]) for (let i = 0n; i < 64n; i += 8n) this.#bytes.byte(Number((half >> i) & 0xffn));
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
    this.#bytes.byte(0x05);
    return this;
  }

  end(): this {
    this.#depth--;
    this.#bytes.byte(0x0b);
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
    this.#bytes.byte(0x0e);
    for (const n of [labels.length, ...labels, otherwise]) this.#bytes.unsigned(n);
    return this;
  }

  return(): this {
    this.#bytes.byte(0x0f);
    return this;
  }

  unreachable(): this {
    this.#bytes.byte(0x00);
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
    this.#bytes.unsigned(table);
    return this;
  }

  returnCallIndirect(type: number, table = 0): this {
    this.#indexed(0x13, type);
    this.#bytes.unsigned(table);
    return this;
  }

  /** Writes the function: its length, locals, code and the closing `end`. */
  finish(to: LebWriter): void {
    const runs: { type: WasmType; count: number }[] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    const locals = new LebWriter(smallCapacity);
    locals.unsigned(runs.length);
    for (const { type, count } of runs) {
      locals.unsigned(count);
      locals.byte(typeCodes[type]);
    }
    to.unsigned(locals.length + this.#bytes.length + 1);
    to.bytes(locals.written);
    to.bytes(this.#bytes.written);
    to.byte(0x0b);
  }

  #indexed(code: number, index: number): this {
    this.#bytes.byte(code);
    this.#bytes.unsigned(index);
    return this;
  }

  #open(code: number, result: WasmType | undefined): this {
    this.#depth++;
    this.#bytes.byte(code);
    this.#bytes.byte(result === undefined ? emptyBlock : typeCodes[result]);
    return this;
  }
}

export type Signature = { params: readonly WasmType[]; results: readonly WasmType[] };

/** A module under construction. All imports come from the module name 'e' and must precede the first function. */
export class ModuleWriter {
  readonly #types: string[] = [];
  readonly #typeBytes = new LebWriter(smallCapacity);
  readonly #imports = new LebWriter(functionCapacity);
  #importCount = 0;
  readonly #importedFunctions = new Map<string, number>();
  readonly #functions: { type: number; body: FunctionWriter }[] = [];
  readonly #exports: { name: string; index: number }[] = [];

  type({ params, results }: Signature): number {
    const key = `${params.join()}>${results.join()}`;
    const known = this.#types.indexOf(key);
    if (known >= 0) return known;
    this.#typeBytes.byte(0x60);
    for (const list of [params, results]) {
      this.#typeBytes.unsigned(list.length);
      for (const t of list) this.#typeBytes.byte(typeCodes[t]);
    }
    return this.#types.push(key) - 1;
  }

  get importedFunctions(): Iterable<string> {
    return this.#importedFunctions.keys();
  }

  importMemory(name: string, pages: number): void {
    this.#import(name, [0x02, 0x00]);
    this.#imports.unsigned(pages);
  }

  importTable(name: string, size: number): void {
    this.#import(name, [0x01, 0x70, 0x00]);
    this.#imports.unsigned(size);
  }

  /** The index of an imported function; the same one for the same name. */
  importFunction(name: string, signature: Signature): number {
    const known = this.#importedFunctions.get(name);
    if (known !== undefined) return known;
    if (this.#functions.length > 0) throw new Error('imports come before functions');
    const type = this.type(signature);
    this.#import(name, [0x00]);
    this.#imports.unsigned(type);
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
    const functions = new LebWriter(smallCapacity);
    const exports = new LebWriter(smallCapacity);
    const code = new LebWriter(functionCapacity);
    for (const { type } of this.#functions) functions.unsigned(type);
    for (const { name, index } of this.#exports) {
      exports.name(name);
      exports.byte(0x00);
      exports.unsigned(index);
    }
    for (const { body } of this.#functions) body.finish(code);
    const module = new LebWriter(functionCapacity + code.length);
    module.bytes([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    section(module, 1, this.#types.length, this.#typeBytes);
    section(module, 2, this.#importCount, this.#imports);
    section(module, 3, this.#functions.length, functions);
    section(module, 7, this.#exports.length, exports);
    section(module, 10, this.#functions.length, code);
    return module.written;
  }

  #import(name: string, description: readonly number[]): void {
    this.#imports.name('e');
    this.#imports.name(name);
    this.#imports.bytes(description);
    this.#importCount++;
  }
}

function section(module: LebWriter, id: number, count: number, content: LebWriter): void {
  const head = new LebWriter(smallCapacity);
  head.unsigned(count);
  module.byte(id);
  module.unsigned(head.length + content.length);
  module.bytes(head.written);
  module.bytes(content.written);
}
