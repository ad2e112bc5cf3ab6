/** Numbers of the ELF-64 file format (System V ABI, generic part; AAELF64 for AArch64), as far as we read and write them. */

export const EM_AARCH64 = 183;
export const ET_REL = 1;
export const ELFOSABI_GNU = 3;

export const HEADER_SIZE = 64;
export const SECTION_HEADER_SIZE = 64;
export const PROGRAM_HEADER_SIZE = 56;
export const SYMBOL_SIZE = 24;
export const RELA_SIZE = 24;

export const SHT = {
  null: 0,
  progbits: 1,
  symtab: 2,
  strtab: 3,
  rela: 4,
  hash: 5,
  dynamic: 6,
  note: 7,
  nobits: 8,
  rel: 9,
  dynsym: 11,
  init_array: 14,
  fini_array: 15,
  preinit_array: 16,
  group: 17,
  symtab_shndx: 18,
} as const;

export const SHF = {
  write: 0x1,
  alloc: 0x2,
  exec: 0x4,
  merge: 0x10,
  strings: 0x20,
  infoLink: 0x40,
  linkOrder: 0x80,
  group: 0x200,
  tls: 0x400,
  retain: 0x200000,
  exclude: 0x80000000,
} as const;

export const SHN = { undefined: 0, reserved: 0xff00, absolute: 0xfff1, common: 0xfff2, extended: 0xffff } as const;

export const GRP_COMDAT = 1;

/** Symbol binding, type and visibility in the order of their numbers; holes are numbers without meaning to us. */
export const bindings: readonly (string | undefined)[] = [
  'local',
  'global',
  'weak',
  undefined,
  undefined,
  undefined,
  undefined,
  undefined,
  undefined,
  undefined,
  'unique',
];
export const symbolTypes: readonly (string | undefined)[] = [
  'none',
  'object',
  'func',
  'section',
  'file',
  'common',
  'tls',
  undefined,
  undefined,
  undefined,
  'gnu_ifunc',
];
export const visibilities = ['default', 'internal', 'hidden', 'protected'] as const;
