/**
 * SHA-256 (FIPS 180-4), written out because `crypto.subtle` is absent in pages that are not served over HTTPS, and because keys are needed
 * without waiting.
 */
export function sha256(bytes: Uint8Array): string {
  const state = new Uint32Array(initial);
  const schedule = new Uint32Array(64);
  const whole = bytes.length & ~63;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < whole; at += 64) compress(state, schedule, view, at);
  // The rest, a one bit, zeros, and the length in bits as 64 bits.
  const rest = bytes.length - whole;
  const tail = new Uint8Array(rest < 56 ? 64 : 128);
  tail.set(bytes.subarray(whole));
  tail[rest] = 0x80;
  const tailView = new DataView(tail.buffer);
  tailView.setBigUint64(tail.length - 8, BigInt(bytes.length) * 8n);
  for (let at = 0; at < tail.length; at += 64) compress(state, schedule, tailView, at);
  return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('');
}

const encoder = new TextEncoder();

/** Hash of a list of texts; no two lists give the same input. */
export function hashTexts(texts: readonly string[]): string {
  return sha256(encoder.encode(texts.map((text) => `${text.length}:${text}`).join('')));
}

/** First 32 bits of the fractional parts of the roots (cube roots for the 64 constants) of the first primes, worked out exactly. */
const primes = Array.from({ length: 312 }, (_, i) => BigInt(i)).filter(
  (n) => n > 1n && ![2n, 3n, 5n, 7n, 11n, 13n, 17n].some((p) => p < n && n % p === 0n),
);
const initial = Uint32Array.from(primes.slice(0, 8), (p) => Number(BigInt.asUintN(32, integerRoot(p << 64n, 2n))));
const constants = Uint32Array.from(primes.slice(0, 64), (p) => Number(BigInt.asUintN(32, integerRoot(p << 96n, 3n))));

/** Largest integer whose `degree`-th power does not exceed `n`, by bisection. */
function integerRoot(n: bigint, degree: bigint): bigint {
  let low = 0n;
  let high = 1n << 40n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** degree <= n) low = middle;
    else high = middle;
  }
  return low;
}

function compress(state: Uint32Array, w: Uint32Array, view: DataView, at: number): void {
  for (let i = 0; i < 16; i++) w[i] = view.getUint32(at + i * 4);
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15] ?? 0;
    const y = w[i - 2] ?? 0;
    w[i] = (w[i - 16] ?? 0) + (rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)) + (w[i - 7] ?? 0) + (rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10));
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let i = 0; i < 64; i++) {
    const t1 = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + (constants[i] ?? 0) + (w[i] ?? 0)) | 0;
    const t2 = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((value, i) => (state[i] = (state[i] ?? 0) + value));
}

function rotate(x: number, n: number): number {
  return (x >>> n) | (x << (32 - n));
}
