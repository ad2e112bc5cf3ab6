/** Ways to write instructions that GNU as takes and that differ from what a disassembler writes, one a line. */
export const spellings = `
add x0, x1, #-5
add sp, sp, #-16
adds x0, x1, #-1
sub x0, x1, #-4096
subs w0, w1, #-0x1000
cmp x0, #-1
cmn w3, #-4095
cmp w3, #4096
cmp sp, #16
cmp sp, x1
cmp x0, x1, lsl #3
cmp x0, w1, uxtw
cmp x0, w1, sxtb #2
cmp wsp, w1
cmn x0, x1
cmn sp, x2, lsl #2
add x0, x1, 5
add x0, x1, #0x5000
add x0, x1, #5, lsl 12
add x0, x1, #5, lsl #0
add x0, x1, x2
add x0, x1, x2, lsl #0
add x0, sp, x2
add sp, x1, x2
add sp, sp, x2, lsl #4
add x0, x1, w2, uxtw
add x0, x1, w2, uxtb #1
add x0, x1, x2, uxtx
add x0, x1, x2, sxtx #3
add w0, w1, w2, uxtw #2
add w0, wsp, w2
add w0, wsp, w2, lsl #1
sub sp, x0, x1
sub x0, x0, w1, sxtw
subs x0, sp, x1
subs xzr, sp, x1, uxtx #1
adds x0, x1, w2, uxth
adds xzr, x1, #3
adds x3, sp, #3
neg x0, x1
neg w0, w1, lsl #3
neg x0, x1, asr #63
negs x0, x1
negs w0, w1, lsr #2
ngc x0, x1
ngcs w0, w1
adc x0, x1, x2
sbcs w0, w1, w2
and x0, x1, #0xff
and x0, x1, #-16
and w0, w1, #-2
and w0, w1, #0xfffffff0
and x0, x1, #~0xfff
and sp, x0, #~15
and x0, x1, x2, ror #7
ands x0, x1, #1
orr x0, xzr, #0x5555555555555555
orr w0, w1, #0x0f0f0f0f
eor x0, x1, #0x8000000000000000
bic x0, x1, #0xff
bic x0, x1, x2
eon x0, x1, x2, lsl #2
tst x0, #1
tst w0, #0x80000000
tst x0, x1, lsl #1
mvn x0, x1
mvn w0, w1, lsr #31
mov x0, x1
mov w0, w1
mov x0, sp
mov sp, x0
mov wsp, w0
mov w0, wsp
mov x0, xzr
mov x0, #0
mov x0, 1
mov x0, #-1
mov w0, #-1
mov w0, #0xffffffff
mov w0, #-65536
mov w0, #0xffff0000
mov x0, #0xffff0000
mov x0, #0x12340000
mov x0, #0xffffffffffff1234
mov x0, #-0x12350001
mov x0, #0xaaaaaaaaaaaaaaaa
mov w0, #0xaaaaaaaa
mov sp, #0x10
mov x0, #0x10000
movz x0, #1, lsl #48
movz w0, #1, lsl #16
movn x0, #0
movn w0, #0xffff
movk x0, #0xffff, lsl 32
movk x0, 7
movz x0, #:abs_g1:0x12345678
movz x0, #:abs_g0_nc:0x12345678
movk x0, #:abs_g2_nc:0x123456789abc
movz x0, #:abs_g3:0xfedc000000000000
movz x0, #:abs_g1_s:0x12345678
lsl x0, x1, #3
lsl w0, w1, #31
lsl x0, x1, #0
lsl x0, x1, x2
lslv x0, x1, x2
lsr x0, x1, #1
lsr w0, w1, w2
asr x0, x1, #63
asr w0, w1, #0
asr w0, w1, w2
ror x0, x1, #5
ror w0, w1, #31
ror x0, x1, x2
rorv w0, w1, w2
ubfx x0, x1, #4, #8
ubfx w0, w1, #31, #1
ubfx x0, x1, #0, #64
sbfx x0, x1, #4, #8
sbfx w0, w1, #0, #32
ubfiz x0, x1, #4, #8
sbfiz w0, w1, #4, #8
bfi x0, x1, #4, #8
bfi w0, wzr, #4, #8
bfc x0, #4, #8
bfxil x0, x1, #4, #8
ubfm x0, x1, #5, #3
sbfm w0, w1, #5, #3
bfm x0, x1, #5, #3
sxtb w0, w1
sxtb x0, w1
sxth x0, w1
sxtw x0, w1
uxtb w0, w1
uxth w0, w1
uxtw x0, w1
extr x0, x1, x2, #3
extr w0, w1, w2, #31
mul x0, x1, x2
mneg w0, w1, w2
madd x0, x1, x2, x3
smull x0, w1, w2
umull x0, w1, w2
smnegl x0, w1, w2
umnegl x0, w1, w2
smaddl x0, w1, w2, x3
umsubl x0, w1, w2, x3
smulh x0, x1, x2
udiv w0, w1, w2
sdiv x0, x1, x2
rev x0, x1
rev w0, w1
rev64 x0, x1
rev32 x0, x1
rev16 w0, w1
clz x0, x1
cls w0, w1
rbit x0, x1
csel x0, x1, x2, eq
csel x0, x1, x2, hs
csel x0, x1, x2, lo
csel x0, x1, x2, EQ
cset x0, ne
cset w0, cc
csetm x0, gt
cinc x0, x1, lt
cinv w0, w1, vs
cneg x0, x1, mi
csinc x0, xzr, xzr, al
ccmp x0, #3, #0, ne
ccmp w0, w1, #15, eq
ccmn x0, 31, 4, hs
crc32b w0, w1, w2
crc32cx w0, w1, x2
b .+8
b.eq .+8
beq .+8
bne .-4
b.cs .+8
bhs .+8
blo .+8
b.al .+8
cbz x0, .+8
cbnz w0, .-8
tbz x0, #63, .+8
tbz x0, #3, .+8
tbnz w0, #31, .-8
tbz w0, 0, .+4
bl .+1024
br x16
blr x30
ret
ret x30
ret x1
adr x0, .
adr x0, .+3
ldr w0, [x1]
ldr w0, [x1, #0]
ldr w0, [x1, 4]
ldr x0, [x1, #8]
ldr x0, [x1, #-8]
ldr x0, [x1, #3]
ldr x0, [x1, #255]
ldr x0, [x1, #32760]
ldr x0, [sp]
ldr x0, [sp, #16]!
ldr x0, [sp], #16
ldr x0, [sp], -16
str x0, [sp, #-16]!
str wzr, [x0]
str x0, [x1, #-256]
ldr x0, [x1, x2]
ldr x0, [x1, x2, lsl #3]
ldr x0, [x1, x2, lsl #0]
ldr x0, [x1, w2, uxtw]
ldr x0, [x1, w2, sxtw #3]
ldr x0, [x1, w2, uxtw #0]
ldr x0, [x1, x2, sxtx]
ldrb w0, [x1, x2]
ldrb w0, [x1, x2, lsl #0]
ldrb w0, [x1, w2, sxtw #0]
ldrb w0, [x1, #4095]
ldrb w0, [x1, #-1]
ldrsb x0, [x1]
ldrsb w0, [x1, #-3]
ldrsh x0, [x1, #2]
ldrsh w0, [x1], #2
ldrsw x0, [x1, #4]
ldrsw x0, [x1, w2, uxtw #2]
ldrsw x0, [x1, #-4]!
strh w0, [x1, x2, lsl #1]
ldur x0, [x1, #8]
ldur x0, [x1]
stur w0, [x1, #-1]
ldursw x0, [x1, #1]
ldtr x0, [x1, #8]
sttrb w0, [x1]
ldtrsw x0, [x1, #-256]
ldr x0, .+8
ldr w0, .-4
ldrsw x0, .+16
ldr s0, .+8
ldr q0, .+16
ldp x0, x1, [sp]
ldp x29, x30, [sp], #16
stp x29, x30, [sp, #-16]!
stp w0, w1, [x2, #-256]
stp xzr, xzr, [x0, #504]
ldpsw x0, x1, [x2, #8]
ldnp x0, x1, [x2]
stnp w0, w1, [x2, #8]
stp q0, q1, [sp, #-32]!
ldp d8, d9, [sp, #16]
ldp s0, s1, [x0], #8
ldr b0, [x1, #1]
ldr h0, [x1, #2]
ldr s0, [x1, #4]
ldr d0, [x1, #-8]
ldr q0, [x1, x2, lsl #4]
str d0, [sp, #-8]!
ldur q0, [x1, #-16]
stur b0, [x0, #5]
prfm pldl1keep, [x0]
prfm pstl2strm, [x0, #8]
prfm pldl1keep, [x0, #-8]
prfm #7, [x0]
prfm pldl3strm, [x0, x1, lsl #3]
prfum pldl1keep, [x0, #1]
prfm plil1keep, .+8
ldar x0, [x1]
ldar w0, [x1, #0]
stlr w0, [sp]
ldaxr x0, [x1]
stlxr w0, x1, [x2]
stlxrb w0, w1, [x2, #0]
ldxp x0, x1, [x2]
stlxp w0, x1, x2, [x3]
ldaxrh w0, [x1]
ldlar x0, [x1]
ldadd x0, x1, [x2, #0]
ldaddal w0, w1, [x2]
stadd x0, [x1]
staddlb w0, [x1]
stclr w0, [sp]
swp x0, x1, [x2]
swpalh w0, w1, [x2]
cas x0, x1, [x2]
casalb w0, w1, [x2]
casp x0, x1, x2, x3, [x4]
caspal w0, w1, w2, w3, [sp]
ldsmaxa w0, w1, [x2]
stumin x0, [x1]
nop
hint #0
hint 34
hint #2
hint 1
hint #0x3
hint #5
wfi
wfe
yield
sev
sevl
esb
csdb
bti
bti c
bti jc
paciasp
autiasp
xpaclri
isb
isb sy
isb #15
isb #1
dsb sy
dsb ish
dsb #11
dsb nsh
dmb ishst
dmb oshld
dmb #0
dmb sy
clrex
clrex #3
svc #0
svc 0x80
hvc #0
smc #1
brk #0xf000
hlt #0xf000
udf #0
dcps1
dcps3 #4
drps
eret
fcmeq v0.4s, v1.4s, #0
fcmge v0.2d, v1.2d, #0.0
fcmgt s0, s1, 0.0
fcmle d0, d1, #0
fcmlt v0.2s, v1.2s, #0.00
fadd v0.4s, V1.4S, v2.4s
fmla v0.4s, v1.4s, v2.s[3]
fmls v0.2d, v1.2d, v31.d[1]
fmul s0, s1, v2.s[1]
fmulx d0, d1, v2.d[0]
fmulx v0.2s, v1.2s, v17.s[2]
faddp d0, v1.2d
fmaxnmp s0, v1.2s
fmaxnmv s0, v1.4s
scvtf s0, w1
scvtf d0, x1, #64
ucvtf s0, w1, #1
fcvtzs w0, s1, 3
fcvtzu x0, d1, #33
scvtf v0.4s, v1.4s, #32
fcvtzu d0, d1, #64
ucvtf s0, s1, #1
fcvtas v0.2d, v1.2d
fcvtmu s0, s1
fcvtl v0.4s, v1.4h
fcvtl2 v0.2d, v1.4s
fcvtn v0.2s, v1.2d
fcvtn2 v0.8h, v1.4s
fcvtxn s0, d1
fcvtxn2 v0.4s, v1.2d
fcvt h0, d1
frecpx d0, d1
ursqrte v0.2s, v1.2s
fmov x0, v1.d[1]
fmov v31.d[1], xzr
aese v0.16b, v1.16b
sha1h s0, s1
sha256h2 q0, q1, v2.4s
sha1su0 v0.4s, v1.4s, v2.4s
pmull v0.1q, v1.1d, v2.1d
pmull2 v0.1q, v1.2d, v2.2d
mrs x0, sctlr_el1
mrs x0, SCTLR_EL1
mrs x0, s3_0_c1_c0_0
mrs x0, S3_3_C14_C0_2
msr vbar_el1, x0
msr s3_0_c15_c2_1, x3
msr daifset, #2
msr DAIFClr, #0xf
msr spsel, #1
msr SPSel, x0
msr pan, #1
msr uao, #0
msr nzcv, x0
mrs x1, NZCV
mrs x0, dbgdtrrx_el0
msr dbgdtrtx_el0, x0
mrs x0, pmevcntr30_el0
mrs x0, icc_iar1_el1
msr icc_eoir1_el1, x0
mrs x0, cntvct_el0
dc zva, x0
dc civac, x1
DC CVAU, X2
ic iallu
ic ivau, x0
at s1e1r, x0
tlbi vmalle1
tlbi vmalle1is
tlbi vae1is, x0
tlbi ASIDE1, x3
sys #0, c7, c5, #0
sys 3, C7, C4, 1, x0
sys #3, c7, c10, #1, xzr
sysl x0, #0, c7, c5, #0
`
  .trim()
  .split('\n');

/** Lines that GNU as refuses, and so must we. */
export const misspellings = `
add x0, x1, w2
add w0, x1, w2
add x0, x1, #0x1001
add x0, x1, #4096, lsl #12
add xzr, x1, #1
adds sp, x1, #1
add x0, x1, x2, ror #3
add x0, x1, x2, lsl #64
add w0, w1, w2, lsl #32
add x0, x1, w2, uxtw #5
and x0, x1, #0
and x0, x1, #5, lsl #1
and w0, w1, #0x100000000
orr x0, x1, #0xffffffffffffffff
mov x0, #0x12345
mov w0, #0x1ffffffff
mov x0, w1
movz w0, #1, lsl #32
movz x0, #1, lsl #8
movk x0, #65536
movz x0, #:abs_g0:0x12345
lsl x0, x1, #64
ubfx x0, x1, #60, #5
ubfx w0, w1, #0, #33
bfi w0, w1, #31, #2
sxtw w0, w1
csel x0, x1, x2
cset x0, al
cinc x0, x1, nv
ccmp x0, #32, #0, eq
ccmp x0, #1, #16, eq
tbz w0, #32, .+8
tbz x0, #64, .+8
b .+2
cbz sp, .+8
ldr x0, [x1, #32768]
ldr x0, [x1, #257]
ldr x0, [w1]
ldr x0, [x1, w2]
ldr x0, [x1, x2, lsl #2]
ldr x0, [x1, x2, uxtw]
ldr x0, [x1, w2, lsl #3]
ldr x0, [x1, #256]!
ldr x0, [xzr]
ldur x0, [x1, #256]
ldp x0, x1, [x2, #4]
ldp x0, x1, [x2, #512]
ldp x0, w1, [x2]
casp x1, x2, x4, x5, [x6]
casp x0, x2, x4, x5, [x6]
ldar x0, [x1, #8]
stxr x0, x1, [x2]
svc #65536
dmb #16
msr daifset, #16
msr spsel, #2
msr nosuchregister, x0
mrs x0, daifset
tlbi vae1
tlbi vmalle1, x0
dc civac
hint #128
ret sp
br w0
fadd v0.1d, v1.1d, v2.1d
fadd v0.4s, v1.4s, v2.2s
fadd v0.8b, v1.8b, v2.8b
fcmeq v0.4s, v1.4s, #1.0
fmla v0.4s, v1.4s, v2.s[4]
fmla v0.2d, v1.2d, v2.d[2]
fmul s0, s1, v2.d[1]
faddp d0, v1.4s
fmaxv d0, v1.2d
fmaxv s0, v1.2s
scvtf s0, w1, #33
scvtf s0, w1, #0
fcvtzs s0, s1, #33
fcvtzs s0, d1
fcvtl v0.4s, v1.8h
fcvtl2 v0.4s, v1.4h
fcvtn v0.4h, v1.2d
fcvtxn v0.4h, v1.4s
fmov x0, v1.d[0]
fmov w0, v1.d[1]
aese v0.8b, v1.8b
sha1c s0, s1, v2.4s
sha256h q0, s1, v2.4s
pmull v0.1q, v1.2d, v2.2d
nosuch x0
add x0, x1
add x0, x1, x2, x3
`
  .trim()
  .split('\n');

/** Operands that the linker fills in. */
export const symbolicOperands = `
b sym
bl sym
b.eq sym
cbz x0, sym
tbnz w0, #3, sym
adr x0, sym
adr x0, :tlsgd:sym
adr x0, :tlsldm:sym
adr x0, :tlsdesc:sym
adrp x0, sym
adrp x0, :pg_hi21:sym
adrp x0, :pg_hi21_nc:sym
adrp x0, :got:sym
adrp x0, :gottprel:sym
adrp x0, :tlsdesc:sym
adrp x0, :tlsgd:sym
adrp x0, :tlsldm:sym
ldr x0, sym
ldr w0, sym
ldrsw x0, sym
ldr q0, sym
prfm pldl1keep, sym
ldr x0, :got:sym
ldr x0, :gottprel:sym
ldr x0, :tlsdesc:sym
add x0, x0, :lo12:sym
add x0, x0, #:lo12:sym
add x0, x0, :tprel_hi12:sym
add x0, x0, :tprel_hi12:sym, lsl #12
add x0, x0, :tprel_lo12:sym
add x0, x0, :tprel_lo12_nc:sym
add x0, x0, :dtprel_hi12:sym
add x0, x0, :dtprel_lo12:sym
add x0, x0, :dtprel_lo12_nc:sym
add x0, x0, :tlsdesc_lo12:sym
add x0, x0, :tlsgd_lo12:sym
add x0, x0, :tlsldm_lo12_nc:sym
ldrb w0, [x1, :lo12:sym]
ldrsb x0, [x1, #:lo12:sym]
strh w0, [x1, :lo12:sym]
ldr w0, [x1, :lo12:sym]
ldrsw x0, [x1, :lo12:sym]
ldr x0, [x1, :lo12:sym]
ldr q0, [x1, :lo12:sym]
ldr b0, [x1, :lo12:sym]
str d0, [x1, :lo12:sym]
prfm pldl1keep, [x1, :lo12:sym]
ldr x0, [x1, :got_lo12:sym]
ldr x0, [x1, :gotpage_lo15:sym]
ldr x0, [x1, :gottprel_lo12:sym]
ldr x0, [x1, :tlsdesc_lo12:sym]
ldr x0, [x1, :tprel_lo12:sym]
ldr w0, [x1, :tprel_lo12_nc:sym]
ldrb w0, [x1, :tprel_lo12:sym]
strh w0, [x1, :tprel_lo12_nc:sym]
ldr x0, [x1, :dtprel_lo12:sym]
ldrb w0, [x1, :dtprel_lo12_nc:sym]
movz x0, #:abs_g0:sym
movz x0, #:abs_g1:sym
movz x0, #:abs_g2:sym
movz x0, #:abs_g3:sym
movk x0, #:abs_g0_nc:sym
movk x0, #:abs_g1_nc:sym
movk x0, #:abs_g2_nc:sym
movn x0, #:abs_g0_s:sym
movz x0, #:abs_g1_s:sym
movz x0, #:abs_g2_s:sym
movz x0, #:prel_g0:sym
movk x0, #:prel_g0_nc:sym
movz x0, #:prel_g1:sym
movk x0, #:prel_g1_nc:sym
movz x0, #:prel_g2:sym
movk x0, #:prel_g2_nc:sym
movz x0, #:prel_g3:sym
movz x0, #:tprel_g2:sym
movz x0, #:tprel_g1:sym
movk x0, #:tprel_g1_nc:sym
movz x0, #:tprel_g0:sym
movk x0, #:tprel_g0_nc:sym
movz x0, #:dtprel_g1:sym
movk x0, #:dtprel_g0_nc:sym
movz x0, #:gottprel_g1:sym
movk x0, #:gottprel_g0_nc:sym
movz x0, #:tlsdesc_off_g1:sym
movk x0, #:tlsdesc_off_g0_nc:sym
movz x0, #:tlsgd_g1:sym
movk x0, #:tlsgd_g0_nc:sym
`
  .trim()
  .split('\n');
