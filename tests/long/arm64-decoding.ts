/**
 * Every SIMD, floating-point and crypto encoding, apart from the numbers of two registers: decoded here if and only if LLVM decodes it.
 * `npx tsx tests/long/arm64-decoding.ts`, two million words. Ends with 1 when one differs.
 */
import { decode, disassemble } from '../../src/lib/arm64/index.ts';
import { llvmDisassemble } from '../differential/arm64/tools.ts';

let decoded = 0;
let wrong = 0;
// Bits 28:25: data processing, and loads and stores.
for (const group of [0b0111, 0b1111, 0b0110, 0b1110]) {
  // V1 and V2, or register 31 twice.
  for (const registers of [0x041, 0x3ff]) {
    const words: number[] = [];
    for (let top = 0; top < 8; top++) {
      for (let middle = 0; middle < 1 << 15; middle++) words.push(((top << 29) | (group << 25) | (middle << 10) | registers) >>> 0);
    }
    llvmDisassemble(words, '+v8a,+aes,+sha2,+lse,+crc').forEach((text, i) => {
      const isOurs = decode(words[i]) !== undefined;
      if (isOurs) decoded++;
      if (isOurs === (text !== undefined)) return;
      if (wrong++ < 20) console.log(`${words[i].toString(16)} here: ${disassemble(words[i], 0n)}, LLVM: ${text ?? 'invalid'}`);
    });
  }
}
console.log(`${decoded} words decoded, ${wrong} differ`);
process.exitCode = wrong > 0 ? 1 : 0;
