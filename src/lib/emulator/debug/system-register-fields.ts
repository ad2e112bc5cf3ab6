/** A field of a register: bits `high` down to `low`, its value, and in words what that means where the number alone does not say. */
export type RegisterField = { name: string; high: number; low: number; value: bigint; meaning?: string };

/**
 * Fields of AArch64 system registers (Arm ARM D17; GIC architecture IHI 0069 12.2 for ICC_*), from the most significant: `NAME bit` or
 * `NAME high:low`. Registers that are one value (addresses, counters, thread pointers) are not listed.
 */
const layouts: Readonly<Record<string, string>> = {
  sctlr_el1:
    'UCI 26, EE 25, E0E 24, SPAN 23, WXN 19, nTWE 18, nTWI 16, UCT 15, DZE 14, I 12, UMA 9, SED 8, ITD 7, CP15BEN 5, SA0 4, SA 3, C 2, A 1, M 0',
  tcr_el1:
    'TBI1 38, TBI0 37, AS 36, IPS 34:32, TG1 31:30, SH1 29:28, ORGN1 27:26, IRGN1 25:24, EPD1 23, A1 22, T1SZ 21:16, TG0 15:14, SH0 13:12, ORGN0 11:10, IRGN0 9:8, EPD0 7, T0SZ 5:0',
  ttbr0_el1: 'ASID 63:48, BADDR 47:1, CnP 0',
  ttbr1_el1: 'ASID 63:48, BADDR 47:1, CnP 0',
  mair_el1: 'Attr7 63:56, Attr6 55:48, Attr5 47:40, Attr4 39:32, Attr3 31:24, Attr2 23:16, Attr1 15:8, Attr0 7:0',
  cpacr_el1: 'TTA 28, FPEN 21:20',
  esr_el1: 'EC 31:26, IL 25, ISS 24:0',
  spsr_el1: 'N 31, Z 30, C 29, V 28, UAO 23, PAN 22, SS 21, IL 20, D 9, A 8, I 7, F 6, M 4:0',
  daif: 'D 9, A 8, I 7, F 6',
  nzcv: 'N 31, Z 30, C 29, V 28',
  pan: 'PAN 22',
  uao: 'UAO 23',
  currentel: 'EL 3:2',
  spsel: 'SP 0',
  fpcr: 'AHP 26, DN 25, FZ 24, RMode 23:22, IDE 15, IXE 12, UFE 11, OFE 10, DZE 9, IOE 8',
  fpsr: 'QC 27, IDC 7, IXC 4, UFC 3, OFC 2, DZC 1, IOC 0',
  isr_el1: 'A 8, I 7, F 6',
  vbar_el1: 'Base 63:11',
  par_el1: 'ATTR 63:56, PA 47:12, NS 9, SH 8:7, FST 6:1, F 0',
  contextidr_el1: 'PROCID 31:0',
  midr_el1: 'Implementer 31:24, Variant 23:20, Architecture 19:16, PartNum 15:4, Revision 3:0',
  mpidr_el1: 'Aff3 39:32, U 30, MT 24, Aff2 23:16, Aff1 15:8, Aff0 7:0',
  ctr_el0: 'DIC 29, IDC 28, CWG 27:24, ERG 23:20, DminLine 19:16, L1Ip 15:14, IminLine 3:0',
  dczid_el0: 'DZP 4, BS 3:0',
  clidr_el1: 'LoUU 29:27, LoC 26:24, LoUIS 23:21, Ctype3 8:6, Ctype2 5:3, Ctype1 2:0',
  csselr_el1: 'Level 3:1, InD 0',
  ccsidr_el1: 'NumSets 27:13, Associativity 12:3, LineSize 2:0',
  id_aa64pfr0_el1: 'GIC 27:24, AdvSIMD 23:20, FP 19:16, EL3 15:12, EL2 11:8, EL1 7:4, EL0 3:0',
  id_aa64dfr0_el1: 'CTX_CMPs 31:28, WRPs 23:20, BRPs 15:12, PMUVer 11:8, TraceVer 7:4, DebugVer 3:0',
  id_aa64isar0_el1: 'DP 47:44, SHA3 35:32, RDM 31:28, Atomic 23:20, CRC32 19:16, SHA2 15:12, SHA1 11:8, AES 7:4',
  id_aa64mmfr0_el1: 'TGran4 31:28, TGran64 27:24, TGran16 23:20, BigEndEL0 19:16, SNSMem 15:12, BigEnd 11:8, ASIDBits 7:4, PARange 3:0',
  id_aa64mmfr1_el1: 'PAN 23:20, LO 19:16, HPDS 15:12, VH 11:8, VMIDBits 7:4, HAFDBS 3:0',
  id_aa64mmfr2_el1: 'IESB 15:12, LSM 11:8, UAO 7:4, CnP 3:0',
  cntkctl_el1: 'EL0PTEN 9, EL0VTEN 8, EVNTI 7:4, EVNTDIR 3, EVNTEN 2, EL0VCTEN 1, EL0PCTEN 0',
  cntp_ctl_el0: 'ISTATUS 2, IMASK 1, ENABLE 0',
  cntv_ctl_el0: 'ISTATUS 2, IMASK 1, ENABLE 0',
  mdscr_el1: 'MDE 15, HDE 14, KDE 13, TDCC 12, SS 0',
  oslsr_el1: 'OSLM[1] 3, nTT 2, OSLK 1, OSLM[0] 0',
  pmcr_el0: 'N 15:11, LC 6, DP 5, X 4, D 3, C 2, P 1, E 0',
  pmuserenr_el0: 'ER 3, CR 2, SW 1, EN 0',
  icc_pmr_el1: 'Priority 7:0',
  icc_rpr_el1: 'Priority 7:0',
  icc_ctlr_el1: 'A3V 15, SEIS 14, IDbits 13:11, PRIbits 10:8, PMHE 6, EOImode 1, CBPR 0',
  icc_sre_el1: 'DIB 2, DFB 1, SRE 0',
  icc_igrpen0_el1: 'Enable 0',
  icc_igrpen1_el1: 'Enable 0',
  icc_bpr0_el1: 'BinaryPoint 2:0',
  icc_bpr1_el1: 'BinaryPoint 2:0',
  ...numbered(6, (n) => [`dbgbcr${n}_el1`, 'BT 23:20, LBN 19:16, SSC 15:14, HMC 13, BAS 8:5, PMC 2:1, E 0']),
  ...numbered(4, (n) => [`dbgwcr${n}_el1`, 'MASK 28:24, WT 20, LBN 19:16, SSC 15:14, HMC 13, BAS 12:5, LSC 4:3, PAC 2:1, E 0']),
};

function numbered(count: number, row: (n: number) => [string, string]): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => row(n)));
}

/** ESR_EL1.EC (D17.2.37), those that this machine can give or a guest is likely to write. */
const exceptionClasses: Readonly<Record<number, string>> = {
  0x00: 'unknown reason',
  0x01: 'WFI or WFE',
  0x07: 'SVE, Advanced SIMD or floating point',
  0x0e: 'illegal execution state',
  0x15: 'SVC',
  0x16: 'HVC',
  0x17: 'SMC',
  0x18: 'MSR, MRS or system instruction',
  0x20: 'instruction abort from a lower level',
  0x21: 'instruction abort',
  0x22: 'PC alignment',
  0x24: 'data abort from a lower level',
  0x25: 'data abort',
  0x26: 'SP alignment',
  0x2c: 'floating-point exception',
  0x2f: 'SError',
  0x30: 'breakpoint from a lower level',
  0x31: 'breakpoint',
  0x32: 'software step from a lower level',
  0x33: 'software step',
  0x34: 'watchpoint from a lower level',
  0x35: 'watchpoint',
  0x3c: 'BRK',
};

const modes: Readonly<Record<number, string>> = { 0: 'EL0t', 4: 'EL1t', 5: 'EL1h', 8: 'EL2t', 9: 'EL2h' };
const roundings = ['to nearest', 'towards plus infinity', 'towards minus infinity', 'towards zero'];
const granules0 = ['4 KiB', '64 KiB', '16 KiB'];
const granules1 = ['reserved', '16 KiB', '4 KiB', '64 KiB'];
const outputSizes = ['32 bits', '36 bits', '40 bits', '42 bits', '44 bits', '48 bits'];
const fpTraps = ['trapped', 'trapped at EL0', 'trapped'];

function attributesMeaning(byte: number): string {
  if ((byte & 0xf0) === 0) return `Device-${['nGnRnE', 'nGnRE', 'nGRE', 'GRE'][(byte >> 2) & 3]}`;
  const policy = (nibble: number): string =>
    nibble === 4 ? 'non-cacheable' : `write-${nibble & 4 ? 'back' : 'through'}${nibble & 8 ? '' : ' transient'}`;
  const [outer, inner] = [policy(byte >> 4), policy(byte & 15)];
  return outer === inner ? `Normal, ${outer}` : `Normal, outer ${outer}, inner ${inner}`;
}

function meaningOf(register: string, field: string, value: number): string | undefined {
  if (register === 'mair_el1') return attributesMeaning(value);
  switch (`${register}.${field}`) {
    case 'esr_el1.EC':
      return exceptionClasses[value];
    case 'spsr_el1.M':
      return modes[value];
    case 'currentel.EL':
      return `EL${value}`;
    case 'fpcr.RMode':
      return roundings[value];
    case 'tcr_el1.TG0':
      return granules0[value];
    case 'tcr_el1.TG1':
      return granules1[value];
    case 'tcr_el1.IPS':
      return outputSizes[value];
    case 'tcr_el1.T0SZ':
    case 'tcr_el1.T1SZ':
      return `${64 - value}-bit addresses`;
    case 'cpacr_el1.FPEN':
      return fpTraps[value];
    default:
      return undefined;
  }
}

/** Names and places of a register's fields, most significant first; undefined for one without. `name` in lower case. */
export function fieldLayout(name: string): { name: string; high: number; low: number }[] | undefined {
  if (!Object.hasOwn(layouts, name)) return undefined;
  return layouts[name].split(', ').map((text) => {
    const [field, bits] = text.split(' ');
    const [high, low = high] = bits.split(':').map(Number);
    return { name: field, high, low };
  });
}

/** A register's value by its fields, as {@link fieldLayout} has them. */
export function fieldsOf(name: string, value: bigint): RegisterField[] | undefined {
  return fieldLayout(name)?.map((field) => {
    const { high, low } = field;
    const part = BigInt.asUintN(high - low + 1, value >> BigInt(low));
    const meaning = high - low < 32 ? meaningOf(name, field.name, Number(part)) : undefined;
    return { ...field, value: part, ...(meaning === undefined ? {} : { meaning }) };
  });
}
