/**
 * A 64-bit hash of machine state, to tell whether two runs came to the same. Two 32-bit lanes of multiply and rotate; not
 * cryptographic. Equal states give equal hashes on every host.
 */
export class StateHash {
  #a = 0x9e3779b9 | 0;
  #b = 0x85ebca6b | 0;

  word(value: number): void {
    this.#a = Math.imul(this.#a ^ value, 0x01000193);
    this.#a = (this.#a << 13) | (this.#a >>> 19);
    this.#b = (Math.imul(this.#b, 0x5bd1e995) + value) | 0;
    this.#b ^= this.#b >>> 15;
  }

  /** Memory, whose length is a multiple of 4 KiB: pages of zeros cost one look and count for nothing. */
  pages(bytes: Uint8Array): void {
    const pageWords = 1024;
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
    this.word(words.length);
    for (let page = 0; page < words.length; page += pageWords) {
      let any = 0;
      for (let i = page; i < page + pageWords; i++) any |= words[i];
      if (any === 0) continue;
      this.word(page);
      for (let i = page; i < page + pageWords; i++) this.word(words[i]);
    }
  }

  /** Plain data as devices save it: numbers, booleans, strings, bigints, arrays, typed arrays and records of those. */
  value(value: unknown): void {
    if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'boolean') this.word(value ? 1 : 0);
    else if (typeof value === 'bigint') this.value(value.toString(16));
    else if (typeof value === 'string') {
      this.word(value.length);
      for (let i = 0; i < value.length; i++) this.word(value.charCodeAt(i));
    } else if (ArrayBuffer.isView(value)) this.#bytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    else if (Array.isArray(value)) {
      this.word(value.length);
      for (const element of value) this.value(element);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, field] of Object.entries(value)) {
        this.value(key);
        this.value(field);
      }
    } else this.word(0x6e756c6c);
  }

  /** 16 hexadecimal digits. */
  digest(): string {
    let a = this.#a;
    let b = this.#b ^ a;
    for (let i = 0; i < 2; i++) {
      a = Math.imul(a ^ (a >>> 16), 0x21f0aaad) ^ b;
      b = Math.imul(b ^ (b >>> 15), 0x735a2d97) ^ a;
    }
    const hex = (v: number) => (v >>> 0).toString(16).padStart(8, '0');
    return hex(a) + hex(b);
  }

  #number(value: number): void {
    this.word(value | 0);
    if (value !== (value | 0)) {
      const view = new DataView(new ArrayBuffer(8));
      view.setFloat64(0, value);
      this.word(view.getInt32(0));
      this.word(view.getInt32(4));
    }
  }

  #bytes(bytes: Uint8Array): void {
    this.word(bytes.length);
    for (const byte of bytes) this.word(byte);
  }
}
