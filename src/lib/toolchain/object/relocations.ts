/**
 * The relocations of the ELF for the Arm 64-bit Architecture (AAELF64, sections 5.7.3 to 5.7.12), by the name that the ABI gives
 * them without `R_AARCH64_`. One row says what number stands in the file, which bits of the place it fills and from which
 * bits of the value, so that the assembler, the writer and the disassembler agree.
 */

/** Which bits of an instruction or datum a relocation writes. */
export type RelocationField =
  | 'data64'
  | 'data32'
  | 'data16'
  /** imm26 of B and BL, imm19 of B.cond, CBZ and LDR (literal), imm14 of TBZ, in units of 4 bytes. */
  | 'imm26'
  | 'imm19'
  | 'imm14'
  /** immlo:immhi of ADR and ADRP. */
  | 'adr'
  /** imm12 of ADD and of loads and stores. */
  | 'imm12'
  /** imm16 of MOVZ, MOVK and MOVN. */
  | 'imm16'
  /** As imm16, and the instruction becomes MOVN or MOVZ by the sign. */
  | 'imm16signed'
  /** Marks an instruction for the linker and writes nothing. */
  | 'none';

/** What is computed: `S + A`, `S + A - P`, `Page(S + A) - Page(P)`, or something only a linker can know. */
export type RelocationValue = 'absolute' | 'relative' | 'page' | 'got' | 'tls' | 'dynamic';

export type RelocationKind = {
  readonly name: string;
  readonly number: number;
  readonly field: RelocationField;
  readonly value: RelocationValue;
  /** The value is shifted right by this before it is written. */
  readonly shift: number;
  /** Bits of the value, sign included, that must hold it whole; 0: the rest is dropped on purpose (`_NC`). */
  readonly bits: number;
  /** Whether `bits` counts a signed value, an unsigned one, or either (data: -2^(n-1) to 2^n - 1). */
  readonly range: 'signed' | 'unsigned' | 'either';
};

type Row = [
  number: number,
  name: string,
  field: RelocationField,
  value: RelocationValue,
  shift?: number,
  bits?: number,
  range?: RelocationKind['range'],
];

const rows: Row[] = [
  [0, 'NONE', 'none', 'absolute'],
  // Data.
  [257, 'ABS64', 'data64', 'absolute'],
  [258, 'ABS32', 'data32', 'absolute', 0, 32, 'either'],
  [259, 'ABS16', 'data16', 'absolute', 0, 16, 'either'],
  [260, 'PREL64', 'data64', 'relative'],
  [261, 'PREL32', 'data32', 'relative', 0, 32, 'either'],
  [262, 'PREL16', 'data16', 'relative', 0, 16, 'either'],
  [314, 'PLT32', 'data32', 'relative', 0, 32, 'signed'],
  // MOVZ, MOVK, MOVN with absolute values.
  [263, 'MOVW_UABS_G0', 'imm16', 'absolute', 0, 16, 'unsigned'],
  [264, 'MOVW_UABS_G0_NC', 'imm16', 'absolute'],
  [265, 'MOVW_UABS_G1', 'imm16', 'absolute', 16, 32, 'unsigned'],
  [266, 'MOVW_UABS_G1_NC', 'imm16', 'absolute', 16],
  [267, 'MOVW_UABS_G2', 'imm16', 'absolute', 32, 48, 'unsigned'],
  [268, 'MOVW_UABS_G2_NC', 'imm16', 'absolute', 32],
  [269, 'MOVW_UABS_G3', 'imm16', 'absolute', 48],
  [270, 'MOVW_SABS_G0', 'imm16signed', 'absolute', 0, 17, 'signed'],
  [271, 'MOVW_SABS_G1', 'imm16signed', 'absolute', 16, 33, 'signed'],
  [272, 'MOVW_SABS_G2', 'imm16signed', 'absolute', 32, 49, 'signed'],
  // PC-relative addresses and the low bits of absolute ones.
  [273, 'LD_PREL_LO19', 'imm19', 'relative', 2, 21, 'signed'],
  [274, 'ADR_PREL_LO21', 'adr', 'relative', 0, 21, 'signed'],
  [275, 'ADR_PREL_PG_HI21', 'adr', 'page', 12, 33, 'signed'],
  [276, 'ADR_PREL_PG_HI21_NC', 'adr', 'page', 12],
  [277, 'ADD_ABS_LO12_NC', 'imm12', 'absolute'],
  [278, 'LDST8_ABS_LO12_NC', 'imm12', 'absolute'],
  [284, 'LDST16_ABS_LO12_NC', 'imm12', 'absolute', 1],
  [285, 'LDST32_ABS_LO12_NC', 'imm12', 'absolute', 2],
  [286, 'LDST64_ABS_LO12_NC', 'imm12', 'absolute', 3],
  [299, 'LDST128_ABS_LO12_NC', 'imm12', 'absolute', 4],
  // Branches.
  [279, 'TSTBR14', 'imm14', 'relative', 2, 16, 'signed'],
  [280, 'CONDBR19', 'imm19', 'relative', 2, 21, 'signed'],
  [282, 'JUMP26', 'imm26', 'relative', 2, 28, 'signed'],
  [283, 'CALL26', 'imm26', 'relative', 2, 28, 'signed'],
  // MOVZ, MOVK, MOVN with PC-relative values.
  [287, 'MOVW_PREL_G0', 'imm16signed', 'relative', 0, 17, 'signed'],
  [288, 'MOVW_PREL_G0_NC', 'imm16', 'relative'],
  [289, 'MOVW_PREL_G1', 'imm16signed', 'relative', 16, 33, 'signed'],
  [290, 'MOVW_PREL_G1_NC', 'imm16', 'relative', 16],
  [291, 'MOVW_PREL_G2', 'imm16signed', 'relative', 32, 49, 'signed'],
  [292, 'MOVW_PREL_G2_NC', 'imm16', 'relative', 32],
  [293, 'MOVW_PREL_G3', 'imm16signed', 'relative', 48],
  // Global offset table.
  [300, 'MOVW_GOTOFF_G0', 'imm16signed', 'got', 0],
  [301, 'MOVW_GOTOFF_G0_NC', 'imm16', 'got', 0],
  [302, 'MOVW_GOTOFF_G1', 'imm16signed', 'got', 16],
  [303, 'MOVW_GOTOFF_G1_NC', 'imm16', 'got', 16],
  [304, 'MOVW_GOTOFF_G2', 'imm16signed', 'got', 32],
  [305, 'MOVW_GOTOFF_G2_NC', 'imm16', 'got', 32],
  [306, 'MOVW_GOTOFF_G3', 'imm16signed', 'got', 48],
  [307, 'GOTREL64', 'data64', 'got'],
  [308, 'GOTREL32', 'data32', 'got'],
  [309, 'GOT_LD_PREL19', 'imm19', 'got', 2],
  [310, 'LD64_GOTOFF_LO15', 'imm12', 'got', 3],
  [311, 'ADR_GOT_PAGE', 'adr', 'got', 12],
  [312, 'LD64_GOT_LO12_NC', 'imm12', 'got', 3],
  [313, 'LD64_GOTPAGE_LO15', 'imm12', 'got', 3],
  [315, 'GOTPCREL32', 'data32', 'got'],
  // Thread-local storage: general and local dynamic.
  [512, 'TLSGD_ADR_PREL21', 'adr', 'tls'],
  [513, 'TLSGD_ADR_PAGE21', 'adr', 'tls', 12],
  [514, 'TLSGD_ADD_LO12_NC', 'imm12', 'tls'],
  [515, 'TLSGD_MOVW_G1', 'imm16signed', 'tls', 16],
  [516, 'TLSGD_MOVW_G0_NC', 'imm16', 'tls'],
  [517, 'TLSLD_ADR_PREL21', 'adr', 'tls'],
  [518, 'TLSLD_ADR_PAGE21', 'adr', 'tls', 12],
  [519, 'TLSLD_ADD_LO12_NC', 'imm12', 'tls'],
  [520, 'TLSLD_MOVW_G1', 'imm16signed', 'tls', 16],
  [521, 'TLSLD_MOVW_G0_NC', 'imm16', 'tls'],
  [522, 'TLSLD_LD_PREL19', 'imm19', 'tls', 2],
  [523, 'TLSLD_MOVW_DTPREL_G2', 'imm16signed', 'tls', 32],
  [524, 'TLSLD_MOVW_DTPREL_G1', 'imm16signed', 'tls', 16],
  [525, 'TLSLD_MOVW_DTPREL_G1_NC', 'imm16', 'tls', 16],
  [526, 'TLSLD_MOVW_DTPREL_G0', 'imm16signed', 'tls'],
  [527, 'TLSLD_MOVW_DTPREL_G0_NC', 'imm16', 'tls'],
  [528, 'TLSLD_ADD_DTPREL_HI12', 'imm12', 'tls', 12],
  [529, 'TLSLD_ADD_DTPREL_LO12', 'imm12', 'tls'],
  [530, 'TLSLD_ADD_DTPREL_LO12_NC', 'imm12', 'tls'],
  [531, 'TLSLD_LDST8_DTPREL_LO12', 'imm12', 'tls'],
  [532, 'TLSLD_LDST8_DTPREL_LO12_NC', 'imm12', 'tls'],
  [533, 'TLSLD_LDST16_DTPREL_LO12', 'imm12', 'tls', 1],
  [534, 'TLSLD_LDST16_DTPREL_LO12_NC', 'imm12', 'tls', 1],
  [535, 'TLSLD_LDST32_DTPREL_LO12', 'imm12', 'tls', 2],
  [536, 'TLSLD_LDST32_DTPREL_LO12_NC', 'imm12', 'tls', 2],
  [537, 'TLSLD_LDST64_DTPREL_LO12', 'imm12', 'tls', 3],
  [538, 'TLSLD_LDST64_DTPREL_LO12_NC', 'imm12', 'tls', 3],
  [572, 'TLSLD_LDST128_DTPREL_LO12', 'imm12', 'tls', 4],
  [573, 'TLSLD_LDST128_DTPREL_LO12_NC', 'imm12', 'tls', 4],
  // Initial exec.
  [539, 'TLSIE_MOVW_GOTTPREL_G1', 'imm16signed', 'tls', 16],
  [540, 'TLSIE_MOVW_GOTTPREL_G0_NC', 'imm16', 'tls'],
  [541, 'TLSIE_ADR_GOTTPREL_PAGE21', 'adr', 'tls', 12],
  [542, 'TLSIE_LD64_GOTTPREL_LO12_NC', 'imm12', 'tls', 3],
  [543, 'TLSIE_LD_GOTTPREL_PREL19', 'imm19', 'tls', 2],
  // Local exec.
  [544, 'TLSLE_MOVW_TPREL_G2', 'imm16signed', 'tls', 32],
  [545, 'TLSLE_MOVW_TPREL_G1', 'imm16signed', 'tls', 16],
  [546, 'TLSLE_MOVW_TPREL_G1_NC', 'imm16', 'tls', 16],
  [547, 'TLSLE_MOVW_TPREL_G0', 'imm16signed', 'tls'],
  [548, 'TLSLE_MOVW_TPREL_G0_NC', 'imm16', 'tls'],
  [549, 'TLSLE_ADD_TPREL_HI12', 'imm12', 'tls', 12],
  [550, 'TLSLE_ADD_TPREL_LO12', 'imm12', 'tls'],
  [551, 'TLSLE_ADD_TPREL_LO12_NC', 'imm12', 'tls'],
  [552, 'TLSLE_LDST8_TPREL_LO12', 'imm12', 'tls'],
  [553, 'TLSLE_LDST8_TPREL_LO12_NC', 'imm12', 'tls'],
  [554, 'TLSLE_LDST16_TPREL_LO12', 'imm12', 'tls', 1],
  [555, 'TLSLE_LDST16_TPREL_LO12_NC', 'imm12', 'tls', 1],
  [556, 'TLSLE_LDST32_TPREL_LO12', 'imm12', 'tls', 2],
  [557, 'TLSLE_LDST32_TPREL_LO12_NC', 'imm12', 'tls', 2],
  [558, 'TLSLE_LDST64_TPREL_LO12', 'imm12', 'tls', 3],
  [559, 'TLSLE_LDST64_TPREL_LO12_NC', 'imm12', 'tls', 3],
  [570, 'TLSLE_LDST128_TPREL_LO12', 'imm12', 'tls', 4],
  [571, 'TLSLE_LDST128_TPREL_LO12_NC', 'imm12', 'tls', 4],
  // Descriptors.
  [560, 'TLSDESC_LD_PREL19', 'imm19', 'tls', 2],
  [561, 'TLSDESC_ADR_PREL21', 'adr', 'tls'],
  [562, 'TLSDESC_ADR_PAGE21', 'adr', 'tls', 12],
  [563, 'TLSDESC_LD64_LO12', 'imm12', 'tls', 3],
  [564, 'TLSDESC_ADD_LO12', 'imm12', 'tls'],
  [565, 'TLSDESC_OFF_G1', 'imm16signed', 'tls', 16],
  [566, 'TLSDESC_OFF_G0_NC', 'imm16', 'tls'],
  [567, 'TLSDESC_LDR', 'none', 'tls'],
  [568, 'TLSDESC_ADD', 'none', 'tls'],
  [569, 'TLSDESC_CALL', 'none', 'tls'],
  // Dynamic linking.
  [1024, 'COPY', 'none', 'dynamic'],
  [1025, 'GLOB_DAT', 'data64', 'dynamic'],
  [1026, 'JUMP_SLOT', 'data64', 'dynamic'],
  [1027, 'RELATIVE', 'data64', 'dynamic'],
  [1028, 'TLS_DTPMOD', 'data64', 'dynamic'],
  [1029, 'TLS_DTPREL', 'data64', 'dynamic'],
  [1030, 'TLS_TPREL', 'data64', 'dynamic'],
  [1031, 'TLSDESC', 'data64', 'dynamic'],
  [1032, 'IRELATIVE', 'data64', 'dynamic'],
];

const kinds: RelocationKind[] = rows.map(([number, name, field, value, shift = 0, bits = 0, range = 'signed']) => ({
  number,
  name,
  field,
  value,
  shift,
  bits,
  range,
}));
const byName = new Map(kinds.map((kind) => [kind.name, kind]));
const byNumber = new Map(kinds.map((kind) => [kind.number, kind]));

export function relocationByName(name: string): RelocationKind | undefined {
  return byName.get(name);
}

export function relocationByNumber(number: number): RelocationKind | undefined {
  return byNumber.get(number);
}

/** Bytes at the place that a relocation of this kind may change. */
export function fieldSize(field: RelocationField): number {
  if (field === 'data64') return 8;
  if (field === 'data16') return 2;
  return field === 'none' ? 0 : 4;
}

/**
 * Why a value does not fit a relocation of this kind, in words that follow "the value"; undefined when it fits.
 * `value` is what the kind computes, before the shift.
 */
export function relocationMisfit(kind: RelocationKind, value: bigint): string | undefined {
  if (kind.bits !== 0) {
    const bits = BigInt(kind.bits);
    const low = kind.range === 'unsigned' ? 0n : -(1n << (bits - 1n));
    const high = kind.range === 'signed' ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n;
    if (value < low || value > high) return `is out of range (${low} to ${high})`;
  }
  const scaled = kind.field === 'imm26' || kind.field === 'imm19' || kind.field === 'imm14' || (kind.field === 'imm12' && kind.shift < 12);
  if (scaled && kind.shift > 0 && (value & ((1n << BigInt(kind.shift)) - 1n)) !== 0n) return `is not a multiple of ${1 << kind.shift}`;
  return undefined;
}

/**
 * Writes a value (before the shift; see {@link relocationMisfit}) into the field of the instruction or datum at
 * `offset`. For `page` kinds the value is the difference of the pages.
 */
export function patchField(kind: RelocationKind, bytes: Uint8Array, offset: number, value: bigint): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shifted = value >> BigInt(kind.shift);
  const low = (bits: number): number => Number(BigInt.asUintN(bits, shifted));
  const merge = (mask: number, bits: number): void => view.setUint32(offset, (view.getUint32(offset, true) & ~mask) | bits, true);
  switch (kind.field) {
    case 'none':
      return;
    case 'data64':
      view.setBigUint64(offset, BigInt.asUintN(64, value), true);
      return;
    case 'data32':
      view.setUint32(offset, low(32), true);
      return;
    case 'data16':
      view.setUint16(offset, low(16), true);
      return;
    case 'imm26':
      return merge(0x03ffffff, low(26));
    case 'imm19':
      return merge(0x7ffff << 5, low(19) << 5);
    case 'imm14':
      return merge(0x3fff << 5, low(14) << 5);
    case 'adr':
      return merge((0x3 << 29) | (0x7ffff << 5), (low(2) << 29) | ((low(21) >>> 2) << 5));
    case 'imm12':
      // The low 12 bits of the value, in units of the access; shift 12 is the high part of an ADD.
      return merge(
        0xfff << 10,
        Number(BigInt.asUintN(12, kind.shift === 12 ? shifted : BigInt.asUintN(12, value) >> BigInt(kind.shift))) << 10,
      );
    case 'imm16':
      return merge(0xffff << 5, low(16) << 5);
    case 'imm16signed': {
      // MOVN holds the complement of a negative value; opc is 00 for MOVN, 10 for MOVZ.
      const bits = Number(BigInt.asUintN(16, value < 0n ? ~shifted : shifted));
      return merge((0xffff << 5) | (3 << 29), (bits << 5) | (value < 0n ? 0 : 2 << 29));
    }
  }
}
