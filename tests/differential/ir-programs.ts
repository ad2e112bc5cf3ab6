/** Random programs as LLVM IR, and the C that calls their functions. */
/** Numbers from a seed: mulberry32. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

export type IrProgram = {
  /** LLVM IR of the functions. */
  ir: string;
  /** C that calls each on a few inputs and prints a line for each call. */
  driver: string;
  /** IR of one function, for whoever looks into a difference. */
  textOf: (name: string) => string;
};

/** Writes one function's body, which reads from %x, %y and %z and writes to %out: its lines, and declarations of what it calls. */
export type FunctionBody = { readonly lines: readonly string[]; readonly declarations: Iterable<string>; step(): void; finish(): void };

/** So many random functions of so many steps each. */
export function irProgram(
  seed: number,
  functions: number,
  steps: number,
  Body: new (random: (below: number) => number) => FunctionBody,
): IrProgram {
  const random = randomNumbers(seed);
  const declarations = new Set<string>();
  const bodies = new Map<string, string>();
  for (let n = 0; n < functions; n++) {
    const body = new Body(random);
    for (let k = 0; k < steps; k++) body.step();
    body.finish();
    for (const d of body.declarations) declarations.add(d);
    const name = `f${n}`;
    bodies.set(name, `define void @${name}(ptr %out, ptr %x, ptr %y, ptr %z) {\n${body.lines.join('\n')}\n  ret void\n}\n`);
  }
  const names = [...bodies.keys()];
  // What LLVM calls for a signed product of 128 bits, and GCC's library does not have.
  const driver = `#include <stdio.h>
#include <string.h>
__int128 __muloti4(__int128 a, __int128 b, int *o) { __int128 p = (__int128)((unsigned __int128)a * (unsigned __int128)b); *o = (a == -1 && b == p && b < 0) || (a != 0 && a != -1 && p / a != b); return p; }
${names.map((n) => `void ${n}(void *, const void *, const void *, const void *);`).join('\n')}
static const struct { const char *name; void (*f)(void *, const void *, const void *, const void *); } all[] = {${names.map((n) => `{"${n}", ${n}}`).join(', ')}};
static unsigned char in[4][1024], out[4096];
int main(void) {
  unsigned s = 12345;
  for (int k = 0; k < 4; k++) for (int i = 0; i < 1024; i++) { s = s * 1103515245 + 12345; in[k][i] = k == 3 ? (i & 1 ? 0xff : 0) : s >> 16; if (k == 2 && s >> 30 == 0) in[k][i] = 0x80; }
  for (unsigned f = 0; f < sizeof all / sizeof *all; f++) for (int k = 0; k < 4; k++) {
    memset(out, 0xa5, sizeof out);
    all[f].f(out, in[k], in[(k + 1) & 3], in[(k + 2) & 3]);
    printf("%s.%d ", all[f].name, k);
    int last = sizeof out; while (last > 0 && out[last - 1] == 0xa5) last--;
    for (int i = 0; i < last; i++) printf("%02x", out[i]);
    printf("\\n");
  }
  return 0;
}
`;

  return { ir: [...bodies.values(), ...declarations].join('\n'), driver, textOf: (name) => bodies.get(name) ?? '' };
}
