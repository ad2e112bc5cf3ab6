/** Rows and their variants that a large program is likely to need: those of Debian's kernel. Written by scripts/usual-handlers.ts. */
export const usualHandlers = `
adc:1 add_ext:0,1,8,9,10,11,12,13,14 add_imm:0,1 add_shift:0,1,2,4,5,6 adds_ext:10,14 adds_imm:0,1 adds_shift:0,4 adr:0 adrp:0 and_imm:0,1
and_shift:0,1,4 ands_imm:0,1 ands_shift:0,1,4 asrv:0,1 b:0 b_cond:0,1,2,3,4,5,8,9,10,11,12,13 bfm:0,1 bic_shift:0,4 bics_shift:0,4 bl:0
blr:0 br:0 brk:0 cas_w:0 cas_x:0 casa_w:0 casa_x:0 casal_w:0 casal_x:0 casl_x:0 casp_x:0 cbnz:0,1 cbz:0,1 ccmn_imm:0,1,11,17,24
ccmp_imm:0,1,8,9,10,11,12,13,16,17,24,25,26 ccmp_reg:0,1,2,3,8,9,10,11,12,13,16,17,18,19,24,25,26,29 clz:0,1 cmeq_v:4 cmeq_zero_v:4 cmhs_v:4
crc32cx:0 crc32x:0 csel:0,1,2,3,4,5,8,9,10,11,12,13,16,17,18,19,20,21,24,25,26,27,28,29
csinc:0,1,2,3,8,9,10,11,12,13,16,17,18,19,24,25,28,29 csinv:0,1,2,10,16,17,19,24 csneg:1,4,5,10,21,26 dmb:0 dsb:0 dup_general_b:1
eor_imm:0,1 eor_shift:0,1,3,4,5,7 eret:0 ext_v:17,18,19,20,21,22,23,24,25,26,27,28,29,30,31 extr:0,1 fmov_d_x:0 fmov_s_w:0 fmov_x_d:0
fmov_x_vd1:0 hint:0 hvc:0 isb:0 ld1_1:4 ldadd_w:0 ldadd_x:0 ldadda_w:0 ldaddal_w:0 ldaddal_x:0 ldaddl_w:0 ldar_w:0 ldar_x:0 ldarb:0 ldarh:0
ldaxr_w:0 ldaxr_x:0 ldclr_x:0 ldclral_x:0 ldclrl_x:0 ldp_q_offset:0 ldp_q_post:0 ldp_w_offset:0 ldp_x_offset:0 ldp_x_post:0 ldp_x_pre:0
ldpsw_x_offset:0 ldr_d_uimm:0 ldr_q_pre:0 ldr_q_uimm:0 ldr_q_unscaled:0 ldr_w_post:0 ldr_w_pre:0 ldr_w_reg:4,5,6,7,12,13 ldr_w_uimm:0
ldr_w_unscaled:0 ldr_x_lit:0 ldr_x_post:0 ldr_x_pre:0 ldr_x_reg:4,5,6,7,13 ldr_x_uimm:0 ldr_x_unscaled:0 ldrb_w_post:0 ldrb_w_pre:0
ldrb_w_reg:4,6,12 ldrb_w_uimm:0 ldrb_w_unscaled:0 ldrh_w_post:0 ldrh_w_reg:5,6,7 ldrh_w_uimm:0 ldrh_w_unscaled:0 ldrsb_w_reg:6,12
ldrsb_w_uimm:0 ldrsb_x_reg:6 ldrsb_x_uimm:0 ldrsh_w_reg:7 ldrsh_w_uimm:0 ldrsh_x_uimm:0 ldrsw_x_pre:0 ldrsw_x_reg:6,7 ldrsw_x_uimm:0
ldset_w:0 ldset_x:0 ldseta_x:0 ldsetal_w:0 ldsetal_x:0 ldtr_w:0 ldtr_x:0 ldtrb_w:0 ldtrh_w:0 ldxp_x:0 ldxr_w:0 ldxr_x:0 lslv:0,1 lsrv:0,1
madd:0,1 movi_s:1 movk:0,1 movn:0,1 movz:0,1 mrs:0 msr:0 msr_imm:4,30,31 msub:0,1 orn_shift:0,1,4 orr_imm:0,1 orr_shift:0,1,4,5 orr_v:1
prfm_uimm:0 rbit:0,1 ret:0 rev16:0 rev_w:0 rev_x:0 sbc:1 sbfm:0,1 sdiv:0,1 sevl:0 shrn_b:0 smaddl:0 smc:0 smsubl:0 smulh:0 stlr_w:0 stlr_x:0
stlrb:0 stlxr_w:0 stlxr_x:0 stnp_q:0 stnp_x:0 stp_q_offset:0 stp_q_post:0 stp_q_pre:0 stp_w_offset:0 stp_x_offset:0 stp_x_post:0 stp_x_pre:0
str_d_uimm:0 str_q_reg:6 str_q_uimm:0 str_q_unscaled:0 str_w_post:0 str_w_reg:5,6,7,12,13 str_w_uimm:0 str_w_unscaled:0 str_x_post:0
str_x_pre:0 str_x_reg:4,5,6,7,13 str_x_uimm:0 str_x_unscaled:0 strb_w_post:0 strb_w_reg:4,6,12 strb_w_uimm:0 strb_w_unscaled:0 strh_w_post:0
strh_w_reg:6,7 strh_w_uimm:0 strh_w_unscaled:0 sttr_w:0 sttr_x:0 sttrb_w:0 sttrh_w:0 stxp_x:0 stxr_w:0 stxr_x:0 sub_ext:8,9,10,11,14
sub_imm:0,1 sub_shift:0,1,2,4,5,6 subs_ext:0,1,8,9,10,14 subs_imm:0,1 subs_shift:0,1,2,4,5,6 svc:0 swp_x:0 swpa_x:0 swpal_w:0 swpal_x:0
sys:0 tbnz:0 tbz:0 ubfm:0,1 udf:0 udiv:0,1 umaddl:0 umaxp_v:4 umsubl:0 umulh:0 wfe:0 wfi:0 yield:0
`;

/** Those of them that the interpreter executes most, `!`: with SP as the base of an access. The same origin. */
export const frequentHandlers = `
orr_shift:4 hint:0 add_imm:1 ldr_x_uimm:0 bl:0 stp_x_offset:0! orr_shift:0 ldp_x_offset:0! add_shift:0 movz:0 ret:0 ldr_w_uimm:0
subs_shift:4 eor_shift:0 cbz:1 movz:1 b_cond:1 b_cond:0 add_shift:4 extr:0 subs_imm:0 str_x_uimm:0 ldr_x_uimm:0! str_x_uimm:0! b:0
ldp_x_post:0! stp_x_pre:0! adrp:0 ubfm:1 mrs:0 cbnz:0 subs_shift:0 and_imm:0 cbz:0 subs_imm:1 and_imm:1 sub_imm:1 b_cond:8 tbnz:0 add_imm:0
sub_shift:4 str_w_uimm:0 sbfm:1 ldrb_w_uimm:0 cbnz:1 b_cond:9 ands_imm:0 stp_x_offset:0 tbz:0 orr_imm:1 ldr_w_uimm:0! ldr_w_reg:7
ldr_x_reg:7 ldp_x_offset:0 ands_imm:1 ubfm:0 eor_shift:4 eor_shift:3 and_shift:0 sub_imm:0 sub_shift:0 movk:1 ldr_x_reg:6 b_cond:2
`;
