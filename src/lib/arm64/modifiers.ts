/**
 * Modifiers of symbolic operands, `:lo12:symbol`, and the relocations that they ask for: ELF for the Arm 64-bit Architecture, by names without
 * `R_AARCH64_`. One table for each place where a modifier can stand.
 */
type Modifiers = Readonly<Record<string, string>>;

export const adrpModifiers: Modifiers = {
  pg_hi21: 'ADR_PREL_PG_HI21',
  pg_hi21_nc: 'ADR_PREL_PG_HI21_NC',
  got: 'ADR_GOT_PAGE',
  gottprel: 'TLSIE_ADR_GOTTPREL_PAGE21',
  tlsdesc: 'TLSDESC_ADR_PAGE21',
  tlsgd: 'TLSGD_ADR_PAGE21',
  tlsldm: 'TLSLD_ADR_PAGE21',
};

export const adrModifiers: Modifiers = { tlsgd: 'TLSGD_ADR_PREL21', tlsldm: 'TLSLD_ADR_PREL21', tlsdesc: 'TLSDESC_ADR_PREL21' };

export const literalModifiers: Modifiers = {
  got: 'GOT_LD_PREL19',
  gottprel: 'TLSIE_LD_GOTTPREL_PREL19',
  tlsdesc: 'TLSDESC_LD_PREL19',
};

export const addModifiers: Modifiers = {
  lo12: 'ADD_ABS_LO12_NC',
  tprel_hi12: 'TLSLE_ADD_TPREL_HI12',
  tprel_lo12: 'TLSLE_ADD_TPREL_LO12',
  tprel_lo12_nc: 'TLSLE_ADD_TPREL_LO12_NC',
  dtprel_hi12: 'TLSLD_ADD_DTPREL_HI12',
  dtprel_lo12: 'TLSLD_ADD_DTPREL_LO12',
  dtprel_lo12_nc: 'TLSLD_ADD_DTPREL_LO12_NC',
  tlsdesc_lo12: 'TLSDESC_ADD_LO12',
  tlsgd_lo12: 'TLSGD_ADD_LO12_NC',
  tlsldm_lo12_nc: 'TLSLD_ADD_LO12_NC',
};

/** Of an offset in a load or store; `*` stands for the bits of the access. */
export const offsetModifiers: Modifiers = {
  lo12: 'LDST*_ABS_LO12_NC',
  tprel_lo12: 'TLSLE_LDST*_TPREL_LO12',
  tprel_lo12_nc: 'TLSLE_LDST*_TPREL_LO12_NC',
  dtprel_lo12: 'TLSLD_LDST*_DTPREL_LO12',
  dtprel_lo12_nc: 'TLSLD_LDST*_DTPREL_LO12_NC',
  got_lo12: 'LD64_GOT_LO12_NC',
  gotpage_lo15: 'LD64_GOTPAGE_LO15',
  gottprel_lo12: 'TLSIE_LD64_GOTTPREL_LO12_NC',
  tlsdesc_lo12: 'TLSDESC_LD64_LO12',
};

/** Of MOVZ, MOVN and MOVK, before `_g0` to `_g3`. */
const moveModifiers: Modifiers = {
  abs: 'MOVW_UABS',
  abs_s: 'MOVW_SABS',
  prel: 'MOVW_PREL',
  tprel: 'TLSLE_MOVW_TPREL',
  dtprel: 'TLSLD_MOVW_DTPREL',
  gottprel: 'TLSIE_MOVW_GOTTPREL',
  tlsdesc_off: 'TLSDESC_OFF',
  tlsgd: 'TLSGD_MOVW',
};

/** The relocation of `abs_g1_nc` and its like, and which 16 bits it takes. */
export function moveRelocation(modifier: string): { type: string; hw: number } | undefined {
  const match = /^(\w+?)_g([0-3])(_s)?(_nc)?$/.exec(modifier);
  const kind = match && moveModifiers[`${match[1]}${match[3] ?? ''}`];
  return kind ? { type: `${kind}_G${match[2]}${match[4] ? '_NC' : ''}`, hw: Number(match[2]) } : undefined;
}
