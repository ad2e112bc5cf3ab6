/** Names of system registers and operations (Arm ARM C5, D17; GIC architecture for ICC_*). A key is op0:op1:CRn:CRm:op2 in 16 bits. */

export function systemKey(op0: number, op1: number, CRn: number, CRm: number, op2: number): number {
  return (op0 << 14) | (op1 << 11) | (CRn << 7) | (CRm << 3) | op2;
}

export const conditionNames = ['eq', 'ne', 'cs', 'cc', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls', 'ge', 'lt', 'gt', 'le', 'al', 'nv'] as const;

/** Barrier options by CRm; holes have no name. */
export const barrierNames: readonly (string | undefined)[] = [
  undefined,
  'oshld',
  'oshst',
  'osh',
  undefined,
  'nshld',
  'nshst',
  'nsh',
  undefined,
  'ishld',
  'ishst',
  'ish',
  undefined,
  'ld',
  'st',
  'sy',
];

/**
 * `name op0 op1 CRn CRm op2`, one a line; `r` or `w` at the end: the name stands for one direction only. Of two names of one register the
 * later is shown. Trace, statistical profiling and other extensions after Armv8.2 are left out.
 */
const registerList = `
spsr_svc 3 0 4 0 0
spsr_hyp 3 4 4 0 0
osdtrrx_el1 2 0 0 0 2
mdccint_el1 2 0 0 2 0
mdscr_el1 2 0 0 2 2
osdtrtx_el1 2 0 0 3 2
oseccr_el1 2 0 0 6 2
mdccsr_el0 2 3 0 1 0
dbgdtr_el0 2 3 0 4 0
dbgdtrrx_el0 2 3 0 5 0 r
dbgdtrtx_el0 2 3 0 5 0 w
dbgvcr32_el2 2 4 0 7 0
mdrar_el1 2 0 1 0 0
oslar_el1 2 0 1 0 4
oslsr_el1 2 0 1 1 4
osdlr_el1 2 0 1 3 4
dbgprcr_el1 2 0 1 4 4
dbgclaimset_el1 2 0 7 8 6
dbgclaimclr_el1 2 0 7 9 6
dbgauthstatus_el1 2 0 7 14 6
midr_el1 3 0 0 0 0
mpidr_el1 3 0 0 0 5
revidr_el1 3 0 0 0 6
id_pfr0_el1 3 0 0 1 0
id_pfr1_el1 3 0 0 1 1
id_dfr0_el1 3 0 0 1 2
id_afr0_el1 3 0 0 1 3
id_mmfr0_el1 3 0 0 1 4
id_mmfr1_el1 3 0 0 1 5
id_mmfr2_el1 3 0 0 1 6
id_mmfr3_el1 3 0 0 1 7
id_isar0_el1 3 0 0 2 0
id_isar1_el1 3 0 0 2 1
id_isar2_el1 3 0 0 2 2
id_isar3_el1 3 0 0 2 3
id_isar4_el1 3 0 0 2 4
id_isar5_el1 3 0 0 2 5
id_mmfr4_el1 3 0 0 2 6
id_isar6_el1 3 0 0 2 7
mvfr0_el1 3 0 0 3 0
mvfr1_el1 3 0 0 3 1
mvfr2_el1 3 0 0 3 2
id_pfr2_el1 3 0 0 3 4
id_dfr1_el1 3 0 0 3 5
id_mmfr5_el1 3 0 0 3 6
id_aa64pfr0_el1 3 0 0 4 0
id_aa64pfr1_el1 3 0 0 4 1
id_aa64zfr0_el1 3 0 0 4 4
id_aa64dfr0_el1 3 0 0 5 0
id_aa64dfr1_el1 3 0 0 5 1
id_aa64afr0_el1 3 0 0 5 4
id_aa64afr1_el1 3 0 0 5 5
id_aa64isar0_el1 3 0 0 6 0
id_aa64isar1_el1 3 0 0 6 1
id_aa64isar2_el1 3 0 0 6 2
id_aa64mmfr0_el1 3 0 0 7 0
id_aa64mmfr1_el1 3 0 0 7 1
id_aa64mmfr2_el1 3 0 0 7 2
sctlr_el1 3 0 1 0 0
actlr_el1 3 0 1 0 1
cpacr_el1 3 0 1 0 2
ttbr0_el1 3 0 2 0 0
ttbr1_el1 3 0 2 0 1
tcr_el1 3 0 2 0 2
spsr_el1 3 0 4 0 0
elr_el1 3 0 4 0 1
sp_el0 3 0 4 1 0
spsel 3 0 4 2 0
currentel 3 0 4 2 2
pan 3 0 4 2 3
uao 3 0 4 2 4
icc_pmr_el1 3 0 4 6 0
afsr0_el1 3 0 5 1 0
afsr1_el1 3 0 5 1 1
esr_el1 3 0 5 2 0
erridr_el1 3 0 5 3 0
errselr_el1 3 0 5 3 1
erxfr_el1 3 0 5 4 0
erxctlr_el1 3 0 5 4 1
erxstatus_el1 3 0 5 4 2
erxaddr_el1 3 0 5 4 3
erxmisc0_el1 3 0 5 5 0
erxmisc1_el1 3 0 5 5 1
far_el1 3 0 6 0 0
par_el1 3 0 7 4 0
pmintenset_el1 3 0 9 14 1
pmintenclr_el1 3 0 9 14 2
mair_el1 3 0 10 2 0
amair_el1 3 0 10 3 0
lorsa_el1 3 0 10 4 0
lorea_el1 3 0 10 4 1
lorn_el1 3 0 10 4 2
lorc_el1 3 0 10 4 3
lorid_el1 3 0 10 4 7
vbar_el1 3 0 12 0 0
rvbar_el1 3 0 12 0 1
rmr_el1 3 0 12 0 2
isr_el1 3 0 12 1 0
disr_el1 3 0 12 1 1
icc_iar0_el1 3 0 12 8 0
icc_eoir0_el1 3 0 12 8 1
icc_hppir0_el1 3 0 12 8 2
icc_bpr0_el1 3 0 12 8 3
icc_ap0r0_el1 3 0 12 8 4
icc_ap0r1_el1 3 0 12 8 5
icc_ap0r2_el1 3 0 12 8 6
icc_ap0r3_el1 3 0 12 8 7
icc_ap1r0_el1 3 0 12 9 0
icc_ap1r1_el1 3 0 12 9 1
icc_ap1r2_el1 3 0 12 9 2
icc_ap1r3_el1 3 0 12 9 3
icc_dir_el1 3 0 12 11 1
icc_rpr_el1 3 0 12 11 3
icc_sgi1r_el1 3 0 12 11 5
icc_asgi1r_el1 3 0 12 11 6
icc_sgi0r_el1 3 0 12 11 7
icc_iar1_el1 3 0 12 12 0
icc_eoir1_el1 3 0 12 12 1
icc_hppir1_el1 3 0 12 12 2
icc_bpr1_el1 3 0 12 12 3
icc_ctlr_el1 3 0 12 12 4
icc_sre_el1 3 0 12 12 5
icc_igrpen0_el1 3 0 12 12 6
icc_igrpen1_el1 3 0 12 12 7
contextidr_el1 3 0 13 0 1
tpidr_el1 3 0 13 0 4
cntkctl_el1 3 0 14 1 0
ccsidr_el1 3 1 0 0 0
clidr_el1 3 1 0 0 1
aidr_el1 3 1 0 0 7
csselr_el1 3 2 0 0 0
ctr_el0 3 3 0 0 1
dczid_el0 3 3 0 0 7
nzcv 3 3 4 2 0
daif 3 3 4 2 1
fpcr 3 3 4 4 0
fpsr 3 3 4 4 1
dspsr_el0 3 3 4 5 0
dlr_el0 3 3 4 5 1
pmcr_el0 3 3 9 12 0
pmcntenset_el0 3 3 9 12 1
pmcntenclr_el0 3 3 9 12 2
pmovsclr_el0 3 3 9 12 3
pmswinc_el0 3 3 9 12 4
pmselr_el0 3 3 9 12 5
pmceid0_el0 3 3 9 12 6
pmceid1_el0 3 3 9 12 7
pmccntr_el0 3 3 9 13 0
pmxevtyper_el0 3 3 9 13 1
pmxevcntr_el0 3 3 9 13 2
pmuserenr_el0 3 3 9 14 0
pmovsset_el0 3 3 9 14 3
tpidr_el0 3 3 13 0 2
tpidrro_el0 3 3 13 0 3
cntfrq_el0 3 3 14 0 0
cntpct_el0 3 3 14 0 1
cntvct_el0 3 3 14 0 2
cntp_tval_el0 3 3 14 2 0
cntp_ctl_el0 3 3 14 2 1
cntp_cval_el0 3 3 14 2 2
cntv_tval_el0 3 3 14 3 0
cntv_ctl_el0 3 3 14 3 1
cntv_cval_el0 3 3 14 3 2
pmccfiltr_el0 3 3 14 15 7
vpidr_el2 3 4 0 0 0
vmpidr_el2 3 4 0 0 5
sctlr_el2 3 4 1 0 0
actlr_el2 3 4 1 0 1
hcr_el2 3 4 1 1 0
mdcr_el2 3 4 1 1 1
cptr_el2 3 4 1 1 2
hstr_el2 3 4 1 1 3
hacr_el2 3 4 1 1 7
ttbr0_el2 3 4 2 0 0
ttbr1_el2 3 4 2 0 1
tcr_el2 3 4 2 0 2
vttbr_el2 3 4 2 1 0
vtcr_el2 3 4 2 1 2
dacr32_el2 3 4 3 0 0
spsr_el2 3 4 4 0 0
elr_el2 3 4 4 0 1
sp_el1 3 4 4 1 0
spsr_irq 3 4 4 3 0
spsr_abt 3 4 4 3 1
spsr_und 3 4 4 3 2
spsr_fiq 3 4 4 3 3
ifsr32_el2 3 4 5 0 1
afsr0_el2 3 4 5 1 0
afsr1_el2 3 4 5 1 1
esr_el2 3 4 5 2 0
fpexc32_el2 3 4 5 3 0
far_el2 3 4 6 0 0
hpfar_el2 3 4 6 0 4
mair_el2 3 4 10 2 0
amair_el2 3 4 10 3 0
vbar_el2 3 4 12 0 0
rvbar_el2 3 4 12 0 1
rmr_el2 3 4 12 0 2
icc_sre_el2 3 4 12 9 5
ich_hcr_el2 3 4 12 11 0
ich_vtr_el2 3 4 12 11 1
ich_misr_el2 3 4 12 11 2
ich_eisr_el2 3 4 12 11 3
ich_elrsr_el2 3 4 12 11 5
ich_vmcr_el2 3 4 12 11 7
contextidr_el2 3 4 13 0 1
tpidr_el2 3 4 13 0 2
cntvoff_el2 3 4 14 0 3
cnthctl_el2 3 4 14 1 0
cnthp_tval_el2 3 4 14 2 0
cnthp_ctl_el2 3 4 14 2 1
cnthp_cval_el2 3 4 14 2 2
cnthv_tval_el2 3 4 14 3 0
cnthv_ctl_el2 3 4 14 3 1
cnthv_cval_el2 3 4 14 3 2
sctlr_el12 3 5 1 0 0
cpacr_el12 3 5 1 0 2
ttbr0_el12 3 5 2 0 0
ttbr1_el12 3 5 2 0 1
tcr_el12 3 5 2 0 2
spsr_el12 3 5 4 0 0
elr_el12 3 5 4 0 1
afsr0_el12 3 5 5 1 0
afsr1_el12 3 5 5 1 1
esr_el12 3 5 5 2 0
far_el12 3 5 6 0 0
mair_el12 3 5 10 2 0
amair_el12 3 5 10 3 0
vbar_el12 3 5 12 0 0
contextidr_el12 3 5 13 0 1
cntkctl_el12 3 5 14 1 0
cntp_tval_el02 3 5 14 2 0
cntp_ctl_el02 3 5 14 2 1
cntp_cval_el02 3 5 14 2 2
cntv_tval_el02 3 5 14 3 0
cntv_ctl_el02 3 5 14 3 1
cntv_cval_el02 3 5 14 3 2
sctlr_el3 3 6 1 0 0
actlr_el3 3 6 1 0 1
scr_el3 3 6 1 1 0
sder32_el3 3 6 1 1 1
cptr_el3 3 6 1 1 2
mdcr_el3 3 6 1 3 1
ttbr0_el3 3 6 2 0 0
tcr_el3 3 6 2 0 2
spsr_el3 3 6 4 0 0
elr_el3 3 6 4 0 1
sp_el2 3 6 4 1 0
afsr0_el3 3 6 5 1 0
afsr1_el3 3 6 5 1 1
esr_el3 3 6 5 2 0
far_el3 3 6 6 0 0
mair_el3 3 6 10 2 0
amair_el3 3 6 10 3 0
vbar_el3 3 6 12 0 0
rvbar_el3 3 6 12 0 1
rmr_el3 3 6 12 0 2
icc_ctlr_el3 3 6 12 12 4
icc_sre_el3 3 6 12 12 5
icc_igrpen1_el3 3 6 12 12 7
tpidr_el3 3 6 13 0 2
cntps_tval_el1 3 7 14 2 0
cntps_ctl_el1 3 7 14 2 1
cntps_cval_el1 3 7 14 2 2
`;

const operationList = `
ic ialluis 0 7 1 0 -
ic iallu 0 7 5 0 -
ic ivau 3 7 5 1 x
dc ivac 0 7 6 1 x
dc isw 0 7 6 2 x
dc csw 0 7 10 2 x
dc cisw 0 7 14 2 x
dc zva 3 7 4 1 x
dc cvac 3 7 10 1 x
dc cvau 3 7 11 1 x
dc cvap 3 7 12 1 x
dc civac 3 7 14 1 x
at s1e1r 0 7 8 0 x
at s1e1w 0 7 8 1 x
at s1e0r 0 7 8 2 x
at s1e0w 0 7 8 3 x
at s1e1rp 0 7 9 0 x
at s1e1wp 0 7 9 1 x
at s1e2r 4 7 8 0 x
at s1e2w 4 7 8 1 x
at s12e1r 4 7 8 4 x
at s12e1w 4 7 8 5 x
at s12e0r 4 7 8 6 x
at s12e0w 4 7 8 7 x
at s1e3r 6 7 8 0 x
at s1e3w 6 7 8 1 x
tlbi vmalle1is 0 8 3 0 -
tlbi vae1is 0 8 3 1 x
tlbi aside1is 0 8 3 2 x
tlbi vaae1is 0 8 3 3 x
tlbi vale1is 0 8 3 5 x
tlbi vaale1is 0 8 3 7 x
tlbi vmalle1 0 8 7 0 -
tlbi vae1 0 8 7 1 x
tlbi aside1 0 8 7 2 x
tlbi vaae1 0 8 7 3 x
tlbi vale1 0 8 7 5 x
tlbi vaale1 0 8 7 7 x
tlbi ipas2e1is 4 8 0 1 x
tlbi ipas2le1is 4 8 0 5 x
tlbi alle2is 4 8 3 0 -
tlbi vae2is 4 8 3 1 x
tlbi alle1is 4 8 3 4 -
tlbi vale2is 4 8 3 5 x
tlbi vmalls12e1is 4 8 3 6 -
tlbi ipas2e1 4 8 4 1 x
tlbi ipas2le1 4 8 4 5 x
tlbi alle2 4 8 7 0 -
tlbi vae2 4 8 7 1 x
tlbi alle1 4 8 7 4 -
tlbi vale2 4 8 7 5 x
tlbi vmalls12e1 4 8 7 6 -
tlbi alle3is 6 8 3 0 -
tlbi vae3is 6 8 3 1 x
tlbi vale3is 6 8 3 5 x
tlbi alle3 6 8 7 0 -
tlbi vae3 6 8 7 1 x
tlbi vale3 6 8 7 5 x
`;

const byName = new Map<string, number>();
const readNames = new Map<number, string>();
const writeNames = new Map<number, string>();

function name(text: string, key: number, direction?: string): void {
  byName.set(text, key);
  if (direction !== 'w') readNames.set(key, text);
  if (direction !== 'r') writeNames.set(key, text);
}

for (const line of registerList.trim().split('\n')) {
  const [text, op0, op1, CRn, CRm, op2, direction] = line.split(' ');
  name(text, systemKey(Number(op0), Number(op1), Number(CRn), Number(CRm), Number(op2)), direction);
}
for (let i = 0; i < 16; i++) {
  name(`dbgbvr${i}_el1`, systemKey(2, 0, 0, i, 4));
  name(`dbgbcr${i}_el1`, systemKey(2, 0, 0, i, 5));
  name(`dbgwvr${i}_el1`, systemKey(2, 0, 0, i, 6));
  name(`dbgwcr${i}_el1`, systemKey(2, 0, 0, i, 7));
  name(`ich_lr${i}_el2`, systemKey(3, 4, 12, 12 + (i >> 3), i & 7));
}
for (let i = 0; i < 31; i++) {
  name(`pmevcntr${i}_el0`, systemKey(3, 3, 14, 8 + (i >> 3), i & 7));
  name(`pmevtyper${i}_el0`, systemKey(3, 3, 14, 12 + (i >> 3), i & 7));
}
for (let i = 0; i < 4; i++) {
  name(`ich_ap0r${i}_el2`, systemKey(3, 4, 12, 8, i));
  name(`ich_ap1r${i}_el2`, systemKey(3, 4, 12, 9, i));
}

/** Key of a register by name (lower case), or of the generic spelling `s3_0_c1_c0_0`. */
export function sysregKey(text: string): number | undefined {
  const known = byName.get(text);
  if (known !== undefined) return known;
  const generic = /^s([0-3])_([0-7])_c(\d|1[0-5])_c(\d|1[0-5])_([0-7])$/.exec(text);
  return generic
    ? systemKey(Number(generic[1]), Number(generic[2]), Number(generic[3]), Number(generic[4]), Number(generic[5]))
    : undefined;
}

/** Name of a register in lower case; undefined when it has none that we know. */
export function sysregName(key: number, direction: 'read' | 'write' = 'read'): string | undefined {
  return (direction === 'read' ? readNames : writeNames).get(key);
}

/** All known registers, for views and debuggers. */
export function sysregNames(): ReadonlyMap<string, number> {
  return byName;
}

export type SystemOperation = { instruction: string; name: string; key: number; takesRegister: boolean };

/** IC, DC, AT and TLBI operations. */
export const systemOperations: readonly SystemOperation[] = operationList
  .trim()
  .split('\n')
  .map((line) => {
    const [instruction, operation, op1, CRn, CRm, op2, register] = line.split(' ');
    return {
      instruction,
      name: operation,
      key: systemKey(1, Number(op1), Number(CRn), Number(CRm), Number(op2)),
      takesRegister: register === 'x',
    };
  });
