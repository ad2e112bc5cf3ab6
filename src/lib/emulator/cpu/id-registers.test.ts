import { describe, expect, it } from 'vitest';
import { decode } from '../../arm64/index.ts';
import { identityRegisters } from './id-registers.ts';

/** Instructions by the field that announces them: register, lowest bit, least value, an encoding with register operands 0. */
const features: [string, number, number, string, number][] = [
  ['id_aa64isar0_el1', 4, 1, 'AESE', 0x4e28_4800],
  ['id_aa64isar0_el1', 4, 2, 'PMULL (1Q)', 0x0ee0_e000],
  ['id_aa64isar0_el1', 8, 1, 'SHA1C', 0x5e00_0000],
  ['id_aa64isar0_el1', 12, 1, 'SHA256H', 0x5e00_4000],
  ['id_aa64isar0_el1', 12, 2, 'SHA512H', 0xce60_8000],
  ['id_aa64isar0_el1', 16, 1, 'CRC32B', 0x1ac0_4000],
  ['id_aa64isar0_el1', 20, 2, 'LDADD', 0xb820_0000],
  ['id_aa64isar0_el1', 28, 1, 'SQRDMLAH', 0x2e40_8400],
  ['id_aa64isar0_el1', 32, 1, 'EOR3', 0xce00_0000],
  ['id_aa64isar0_el1', 36, 1, 'SM3SS1', 0xce40_0000],
  ['id_aa64isar0_el1', 40, 1, 'SM4E', 0xcec0_8400],
  ['id_aa64isar0_el1', 44, 1, 'SDOT', 0x0e80_9400],
  ['id_aa64isar0_el1', 48, 1, 'FMLAL', 0x0e20_ec00],
  ['id_aa64isar0_el1', 52, 1, 'CFINV', 0xd500_401f],
  ['id_aa64isar1_el1', 12, 1, 'FJCVTZS', 0x1e7e_0000],
  ['id_aa64isar1_el1', 16, 1, 'FCMLA', 0x2e40_c400],
  ['id_aa64isar1_el1', 20, 1, 'LDAPR', 0xb8bf_c000],
  ['id_aa64isar1_el1', 32, 1, 'FRINT32Z', 0x1e28_4000],
];

describe('identification registers', () => {
  const identity = identityRegisters(0, false);

  it.each(features)('%s, field at bit %i, value %i: says whether there is %s', (register, lsb, least, _, word) => {
    const announced = Number((identity[register] >> BigInt(lsb)) & 15n) >= least;
    expect(announced).toBe(decode(word) !== undefined);
  });

  it('say that there is floating point without half precision, and vectors', () => {
    const fields = Number((identity.id_aa64pfr0_el1 >> 16n) & 0xffn);
    expect(fields).toBe(0);
    expect(decode(0x1e20_2800)).toBeDefined();
    expect(decode(0x1ee0_2800)).toBeUndefined();
    expect(decode(0x4e20_8400)).toBeDefined();
  });

  it('announce GICv3 system registers where there are some, and the number of the CPU', () => {
    expect((identityRegisters(0, true).id_aa64pfr0_el1 >> 24n) & 15n).toBe(1n);
    expect((identity.id_aa64pfr0_el1 >> 24n) & 15n).toBe(0n);
    expect(identityRegisters(3, true).mpidr_el1 & 0xffn).toBe(3n);
  });
});
