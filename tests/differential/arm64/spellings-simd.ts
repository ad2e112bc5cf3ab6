/** Ways to write AdvSIMD instructions on integers that GNU as takes, one a line. */
export const simdSpellings = `
mov v0.16b, v1.16b
mov v0.8b, v31.8b
orr v0.8b, v31.8b, v31.8b
orr v0.8b, v31.8b, v30.8b
mov v0.s[1], w2
mov v0.d[0], x1
mov v0.b[15], wzr
ins v0.b[15], w1
ins v0.h[7], v3.h[0]
mov v0.h[7], v3.h[0]
mov v0.d[1], v3.d[0]
mov w0, v1.s[3]
umov w0, v1.s[3]
umov w0, v1.b[15]
umov x0, v1.d[1]
mov x0, v1.d[1]
smov w0, v1.h[7]
smov x0, v1.b[0]
smov x0, v1.s[3]
mov b0, v1.b[15]
mov d0, v1.d[1]
dup h0, v1.h[3]
dup v0.2d, x1
dup v0.2d, v1.d[1]
dup v0.8b, wzr
dup v0.8b, v1.b[9]
dup v0.4h, w1
movi v0.4s, #1
movi v0.4s, #1, lsl #0
movi v0.4s, 1, lsl 8
movi v0.2s, #0xff, lsl #24
movi v0.8h, #0xff, lsl #8
movi v0.4h, #0
movi v0.2d, #0
movi v0.2d, 0xffffffffffffffff
movi v0.2d, #0xff00ff0000ffff00
movi d0, #0xff
movi d0, 0xffffffff00000000
movi v0.16b, #-1
movi v0.16b, #255
movi v0.8b, #-128
movi v0.4s, #5, msl #8
mvni v0.4s, #5, msl 16
mvni v0.4s, #5
mvni v0.8h, #5, lsl #8
bic v0.4s, #1
bic v0.2s, #1, lsl #16
orr v0.8h, #1, lsl 8
orr v0.4h, 255
mvn v0.16b, v1.16b
not v0.8b, v1.8b
fmov v0.4s, #1.0
fmov v0.2d, #0.5e1
fmov v0.2s, #-31.0
fmov v0.2s, 0.125
cmeq v0.16b, v1.16b, #0
cmge v0.16b, v1.16b, 0
cmlt v0.2d, v1.2d, #0
cmle d0, d1, #0
cmgt d0, d1, d2
cmhi v0.2d, v1.2d, v2.2d
cmtst v0.4h, v1.4h, v2.4h
sxtl v0.8h, v1.8b
sxtl2 v0.2d, v1.4s
uxtl v0.4s, v1.4h
uxtl2 v0.8h, v1.16b
sshll v0.8h, v1.8b, #0
sshll2 v0.8h, v1.16b, #7
ushll v0.2d, v1.2s, #31
shll v0.8h, v1.8b, #8
shll2 v0.2d, v1.4s, #32
ext v0.8b, v1.8b, v2.8b, #7
ext v0.16b, v1.16b, v2.16b, 15
tbl v0.8b, {v1.16b}, v3.8b
tbl v0.8b, {v1.16b, v2.16b}, v3.8b
tbl v0.8b, { v1.16b - v2.16b }, v3.8b
tbx v0.16b, {v30.16b, v31.16b, v0.16b, v1.16b}, v3.16b
uzp1 v0.2d, v1.2d, v2.2d
trn2 v0.8b, v1.8b, v2.8b
zip2 v0.4s, v1.4s, v2.4s
mul v0.4h, v1.4h, v2.h[3]
mla v0.4s, v1.4s, v31.s[3]
smull v0.4s, v1.4h, v15.h[7]
smull2 v0.4s, v1.8h, v15.h[7]
umlal2 v0.2d, v1.4s, v31.s[0]
sqdmull s0, h1, v2.h[3]
sqdmlal d0, s1, v20.s[3]
sqdmulh h0, h1, v15.h[0]
sqrdmulh v0.2s, v1.2s, v2.s[1]
sqrdmulh s0, s1, s2
shl d0, d1, #63
shl v0.2s, v1.2s, 31
sshr v0.16b, v1.16b, #8
ushr d0, d1, 64
sri v0.4h, v1.4h, #1
sqshl b0, b1, #7
sqshl b0, b1, b2
uqshl v0.2d, v1.2d, v2.2d
uqshl v0.2d, v1.2d, #63
sqshlu h0, h1, #0
shrn v0.8b, v1.8h, #8
shrn2 v0.4s, v1.2d, #32
sqrshrun s0, d1, #1
uqrshrn2 v0.16b, v1.8h, #1
addp d0, v1.2d
addp v0.2d, v1.2d, v2.2d
addv b0, v1.16b
uaddlv h0, v1.8b
smaxv s0, v1.4s
xtn v0.8b, v1.8h
xtn2 v0.4s, v1.2d
sqxtun b0, h1
uqxtn2 v0.8h, v1.4s
saddw2 v0.8h, v1.8h, v2.16b
raddhn2 v0.16b, v1.8h, v2.8h
pmull v0.8h, v1.8b, v2.8b
pmull2 v0.8h, v1.16b, v2.16b
suqadd d0, d1
sadalp v0.1d, v1.2s
uaddlp v0.4h, v1.8b
rev64 v0.2s, v1.2s
rev16 v0.16b, v1.16b
abs d0, d1
neg v0.8b, v1.8b
`
  .trim()
  .split('\n');

/** What it refuses. */
export const simdMisspellings = `
mov v0.16b, v1.8b
mov v0.s[4], w2
mov v0.d[1], w2
mov v0.b[0], v1.h[0]
ins v0.b[16], w1
umov w0, v1.d[0]
umov x0, v1.s[0]
smov w0, v1.s[0]
smov x0, v1.d[0]
mov b0, v1.h[0]
dup v0.1d, v1.d[0]
dup v0.1d, x0
dup v0.2d, w1
movi v0.4s, #256
movi v0.4s, #1, lsl #32
movi v0.4s, #1, lsl #4
movi v0.8h, #1, lsl #16
movi v0.16b, #256
movi v0.2d, #1
movi v0.4s, #1, msl #0
movi v0.4s, #1, msl #24
bic v0.16b, #1
orr v0.4s, #1, msl #8
fmov v0.4s, #0.1
fmov v0.4s, #0.0
fmov v0.1d, #1.0
cmeq v0.16b, v1.16b, #1
cmhi v0.16b, v1.16b, #0
cmgt s0, s1, s2
cmgt v0.1d, v1.1d, v2.1d
add v0.1d, v1.1d, v2.1d
add v0.8b, v1.8b, v2.16b
mul v0.2d, v1.2d, v2.2d
pmul v0.4h, v1.4h, v2.4h
smax v0.2d, v1.2d, v2.2d
and v0.4s, v1.4s, v2.4s
sxtl v0.8h, v1.16b
sshll v0.8h, v1.8b, #8
shll v0.8h, v1.8b, #7
shll v0.4s, v1.4h, #8
ext v0.8b, v1.8b, v2.8b, #8
tbl v0.8b, {v1.8b}, v3.8b
tbl v0.8b, {v1.16b, v3.16b}, v3.8b
tbx v0.16b, {v31.16b-v1.16b}, v3.16b
mul v0.4h, v1.4h, v16.h[3]
mul v0.4h, v1.4h, v2.h[8]
mul v0.8b, v1.8b, v2.b[0]
mul v0.2s, v1.2s, v2.s[4]
sqdmulh b0, b1, b2
shl v0.16b, v1.16b, #8
shl s0, s1, #3
sshr v0.16b, v1.16b, #0
sshr v0.16b, v1.16b, #9
ushr d0, d1, #65
shrn v0.8b, v1.8h, #9
shrn2 v0.8b, v1.8h, #1
addp d0, v1.4s
addv s0, v1.2s
addv d0, v1.2d
xtn v0.16b, v1.8h
xtn2 v0.8b, v1.8h
sqxtun h0, h1
rev32 v0.4s, v1.4s
rev16 v0.4h, v1.4h
cnt v0.4h, v1.4h
clz v0.2d, v1.2d
`
  .trim()
  .split('\n');
