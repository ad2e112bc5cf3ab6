/* void enter(struct registers *): loads all registers, goes to X30, and is returned from at `leave`, which saves them all. */
#define MIDDLE 256 /* from X28 to the registers: half the window */
#define SP_AT 248
#define NZCV_AT 256
#define FPCR_AT 264
#define FPSR_AT 272
#define V_AT 288
#define CALLER_AT 800

	.text
	.global enter, leave, leave_end
enter:
	add	x1, x0, #CALLER_AT
	stp	x19, x20, [x1]
	stp	x21, x22, [x1, #16]
	stp	x23, x24, [x1, #32]
	stp	x25, x26, [x1, #48]
	stp	x27, x28, [x1, #64]
	stp	x29, x30, [x1, #80]
	mov	x2, sp
	str	x2, [x1, #96]
	ldr	x1, [x0, #SP_AT]
	mov	sp, x1
	ldr	x1, [x0, #NZCV_AT]
	msr	nzcv, x1
	ldr	x1, [x0, #FPCR_AT]
	msr	fpcr, x1
	ldr	x1, [x0, #FPSR_AT]
	msr	fpsr, x1
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	ldr	q\n, [x0, #(V_AT + 16 * \n)]
	.endr
	clrex
	.irp	n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	ldr	x\n, [x0, #(8 * \n)]
	.endr
	ldr	x0, [x0]
	br	x30

leave:
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	str	x\n, [x28, #(MIDDLE + 8 * \n)]
	.endr
	add	x0, x28, #MIDDLE
	mov	x1, sp
	str	x1, [x0, #SP_AT]
	mrs	x1, nzcv
	str	x1, [x0, #NZCV_AT]
	mrs	x1, fpcr
	str	x1, [x0, #FPCR_AT]
	mrs	x1, fpsr
	str	x1, [x0, #FPSR_AT]
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	str	q\n, [x0, #(V_AT + 16 * \n)]
	.endr
	msr	fpcr, xzr
	add	x1, x0, #CALLER_AT
	ldp	x19, x20, [x1]
	ldp	x21, x22, [x1, #16]
	ldp	x23, x24, [x1, #32]
	ldp	x25, x26, [x1, #48]
	ldp	x27, x28, [x1, #64]
	ldp	x29, x30, [x1, #80]
	ldr	x2, [x1, #96]
	mov	sp, x2
	ret
leave_end:
