/** Assembly texts, one for each part of the language; GNU as and ours must make the same of them. */
export const directiveCorpus: Readonly<Record<string, string>> = {
  'integers of every size': `
	.data
	.byte 1, -1, 255, 'a', '\\n', 0x7f, 0b101, 017
	.hword 1, -2
	.short 3
	.2byte 4
	.word 0x12345678, -1
	.long 5
	.int 6
	.4byte 7
	.quad 0x123456789abcdef0, -1
	.xword 8
	.dword 9
	.8byte 10
	.octa 0x112233445566778899aabbccddeeff00, 1
	.uleb128 0, 127, 128, 300, 0xffffffff
	.sleb128 0, 63, 64, -64, -65, 1000000
	.float 1.5, -0.0, 1e10
	.single 2
	.double 3.25, -1e-300
	.float16 1.0, -2.5, 65504
	.inst 0xd503201f`,
  'strings and escapes': `
	.section .rodata
	.ascii "a\\tb\\n\\\\\\"", "\\101\\x42\\0"
	.asciz "c", ""
	.string "d" "e"
	.ascii "semi;colon // no comment /* nor this */ # or this"`,
  'precedence of operators': `
	.data
	.word 1+2*3|4, 2|1+1, 1<<4+1, 7-3-1, 100/7*7, 100%7, -7/2, -7%3
	.word 1==1, 1==2, 1!=2, 1<>1, 2<1, 1<=1, 1>=2, -1<1, 3>2
	.word 1&&2, 0&&1, 0||0, 0||3, !0, !5, ~0, -(-3), 3!5, 12&10^6, (1+2)*(3+4)
	.quad 1<<63, -1>>60, 0x7fffffffffffffff+1`,
  'gaps and fills': `
	.data
	.zero 3
	.skip 2, 0xaa
	.space 1
	.fill 3
	.fill 2, 2, 0x1234
	.fill 1, 8, -1
	.fill 2, 3, 0xabcdef
	.balign 8
	.byte 1
	.balign 4, 0x55
	.byte 1
	.p2align 3
	.byte 1
	.p2align 4, , 3
	.byte 2
	.align 2
	.byte 3, 4
	.balignw 4, 0x1122
	.word 1
	.balignl 16, 0x11223344
	.org 0x80
	.byte 9
here:	. = . + 3
	.org here + 8, 0xee
	.byte 1`,
  'alignment of code': `
	nop
	.p2align 4
	nop
	.balign 8, 0
	nop
	.byte 1
	.balign 4
	nop
	.p2align 3, , 4
	ret`,
  'sections with flags and types': `
	.section .text.hot, "ax", %progbits
	nop
	.section .rodata.str1.1, "aMS", @progbits, 1
	.string "x"
	.section .rodata.cst8, "aM", %progbits, 8
	.quad 1
	.section .tdata, "awT"
tv:	.word 1
	.section .tbss, "awT", %nobits
	.zero 8
	.section .init_array, "aw"
	.quad 0
	.section .fini_array.7, "aw", %fini_array
	.quad 0
	.section .note.test, "a", %note
	.word 1
	.section .note.GNU-stack, "", %progbits
	.section .kept, "awR"
	.word 2
	.section .dropped, "e"
	.word 3
	.section .debug_x
	.word 4
	.section .bss.big
	.zero 100
	.section .mynobits, "aw", "nobits"
	.zero 5
	.section .linked, "ao", %progbits, .text.hot
	.word 1
	.bss
	.zero 3`,
  groups: `
	.section .text.f, "axG", %progbits, f, comdat
	.weak f
	.type f, %function
f:	bl g
	ret
	.size f, .-f
	.section .data.f, "awG", %progbits, f, comdat
	.quad f, l
l:	.word 1
	.section .text.g, "axG", %progbits, other
g:	ret
	.text
	bl l2
	.section .text.f, "axG", %progbits, f, comdat
l2:	nop`,
  'stack of sections': `
	.text
	nop
	.data
	.word 1
	.previous
	nop
	.pushsection .rodata
	.word 2
	.pushsection .data
	.word 3
	.popsection
	.word 4
	.popsection
	nop
	.previous
	.word 5
	.section .rodata
	.previous
	.word 6`,
  subsections: `
	.data
	.word 1
	.subsection 2
a:	.word 2
	.subsection 1
b:	.word 3, a - b
	.previous
	.word 4
	.data
	.word 5, b - .
	.data 1
	.word 6
	.text 1
c:	bl d
	.text
d:	bl c
	nop`,
  'symbols and their attributes': `
	.global f, g
	.globl h
	.weak w, wu
	.hidden h
	.protected g
	.internal i
	.local loc
	.type f, %function
	.type g, @function
	.type h, "function"
	.type o, STT_OBJECT
	.type ind, %gnu_indirect_function
	.text
f:	nop
g:	nop
h:	bl wu
w:	ret
ind:	ret
i:	nop
	.global i
	.size f, 4
	.size g, . - g
	.data
o:	.quad wu, undefined_one
	.size o, 16
loc:	.byte 1
	.comm c1, 10
	.comm c2, 3, 16
	.local c3
	.comm c3, 8, 8
	.lcomm c4, 5`,
  equates: `
	.set a, 5
	.equ b, a * 2
c = b + 1
	.equiv d, c - 1
	.data
	.word a, b, c, d, later
x:	.word 1
y = x + 4
	.quad y, y + 1
	.set a, 6
	.word a
	.set a, a + 1
	.word a
	later = 77
	.global later, y
	.set alias, external
	.quad alias + 8
	.set forward, z
	.quad forward
z:	.word 2
	.weakref ref, target
	.quad ref
	.type f, %function
	.global f2
	.text
f:	ret
	.set f2, f`,
  'differences of labels': `
	.text
a:	nop
	nop
b:	.word b - a, a - b, . - a, end - a
	.hword b - a
	.byte (end - a) / 4, b - a + 1
	.balign 4
	.skip end2 - end
end:	nop
	nop
end2:
	.data
	.word a - ., b - . + 4, ext - .
	.quad ext - ., d - a2, a2
a2:	.quad . - a2
d:	.hword ext2 - .`,
  'numeric labels': `
1:	b 1b
	b 1f
2:	b 2f
1:	b 1b
	b 2b
2:	adr x0, 1b
	.quad 1b, 2f - 1b
2:	.data
1:	.quad 1b, 1f
1:`,
  conditionals: `
	.data
	.set n, 3
	.if n == 3
	.byte 1
	.else
	.byte 2
	.endif
	.if n > 5
	.byte 3
	.elseif n > 2
	.byte 4
	.elseif n > 1
	.byte 5
	.else
	.byte 6
	.endif
	.ifdef n
	.byte 7
	.endif
	.ifndef n
	.byte 8
	.if 1
	.byte 9
	.endif
	.else
	.byte 10
	.endif
	.ifdef nothing
	.byte 11
	.endif
	.ifeq n - 3
	.byte 12
	.endif
	.ifne n
	.byte 13
	.endif
	.ifgt n
	.byte 14
	.endif
	.ifge -1
	.byte 15
	.endif
	.iflt -1
	.byte 16
	.endif
	.ifle 0
	.byte 17
	.endif
	.ifc a b,a b
	.byte 18
	.endif
	.ifnc a,b
	.byte 19
	.endif
	.ifb
	.byte 20
	.endif
	.ifnb x
	.byte 21
	.endif
	.ifeqs "a", "a"
	.byte 22
	.endif
	.ifnes "a", "b"
	.byte 23
	.endif`,
  macros: `
	.macro plain
	nop
	.endm
	.macro args a, b=5, c:req
	.word \\a, \\b, \\c
	.endm
	.macro rest first, others:vararg
	.word \\first
	.ifnb \\others
	rest \\others
	.endif
	.endm
	.macro unique
l\\@:	b l\\@
	.endm
	.macro glue name, suffix
\\name\\()_\\suffix:
	.ascii "\\name\\suffix"
	.endm
	.macro early n
	.word 1
	.if \\n
	.exitm
	.endif
	.word 2
	.endm
	.macro nested x
	.macro inner_\\x y
	.word \\y + \\x
	.endm
	.endm
	plain
	PLAIN
	args 1, 2, 3
	args 1, , 3
	args c=7, a=8
	args 1 2 3
	args (1 + 2), 4, 5 + 6
	rest 1, 2, 3
	unique
	unique
	glue foo, bar
	.balign 4
	early 0
	early 1
	nested 10
	inner_10 5
	.purgem plain
	.macro plain
	ret
	.endm
	plain`,
  repetitions: `
	.data
	.rept 3
	.byte 1
	.endr
	.rept 0
	.byte 99
	.endr
	.irp v, 1, 2 3
	.byte \\v
	.endr
	.irpc c, 456
	.byte \\c
	.endr
	.irp r
	.byte 7
	.endr
	.set i, 0
	.rept 4
	.byte i
	.set i, i + 1
	.endr
	.macro outer
	.rept 2
	.irp z, 8, 9
	.byte \\z
	.endr
	.endr
	.endm
	outer`,
  'comments and separators': `
# a comment line
	.data; .byte 1; .byte 2 // the rest
	/* over
	   lines */ .byte 3 /* in between */; .byte 4
label:	.byte 5 ; other: .byte 6
	.byte '"', ';', '/'
   # 1 "not a marker
	.byte 7`,
  'references to local symbols become sections': `
	.text
	adrp x0, local
	adrp x0, local + 8
	bl other
	b near
near:	nop
	.section .text.b, "ax"
	nop
other:	bl near
	.data
	.zero 4
local:	.quad near, other, local, local + 4
	.section .rodata.str1.1, "aMS", %progbits, 1
	.byte 0
.Ls:	.string "hi"
	.text
	adrp x1, .Ls
	adrp x1, .Ls + 1
	.quad .Ls, .Ls + 1`,
  'explicit relocations': `
	.text
a:	nop
	.reloc a, R_AARCH64_NONE, target
	.reloc ., R_AARCH64_CALL26, f + 4
	.inst 0x94000000
	.reloc 0, R_AARCH64_ABS32`,
  'call frame information': `
	.text
	.global f
f:	.cfi_startproc
	nop
	.cfi_def_cfa_offset 16
	.cfi_offset x29, -16
	.cfi_offset 30, -8
	nop
	.cfi_def_cfa x29, 16
	.cfi_remember_state
	.cfi_restore w19
	.cfi_adjust_cfa_offset 8
	.rept 70
	nop
	.endr
	.cfi_restore_state
	.cfi_def_cfa_register sp
	.cfi_rel_offset d8, 8
	.cfi_undefined x1
	.cfi_same_value x2
	.cfi_register x3, x4
	.cfi_escape 0x16, 1, 2
	.cfi_window_save
	.cfi_negate_ra_state
	.cfi_val_offset x5, -24
	.cfi_endproc
	.data
	.byte 1
	.text
g:	.cfi_startproc
	.cfi_personality 0x9b, DW.ref.personality
	.cfi_lsda 0x1b, .Llsda
	nop
	.cfi_signal_frame
	.cfi_endproc
h:	.cfi_startproc simple
	.cfi_return_column x17
	nop
	.cfi_endproc
k:	.cfi_startproc
	nop
	.cfi_b_key_frame
	.cfi_endproc
k2:	.cfi_startproc
	nop
	.cfi_endproc
	.section .gcc_except_table, "a"
.Llsda:	.word 1`,
  'frames for the debugger': `
	.cfi_sections .debug_frame
	.text
f:	.cfi_startproc
	nop
	.cfi_def_cfa_offset 32
	nop
	.cfi_endproc`,
  'line markers and directives without effect': `
# 1 "a.S"
	.file "a.c"
	.ident "compiler"
	.arch armv8-a
	.cpu generic
	.arch_extension crc
# 7 "b.h" 1
	.text
	.func f
	nop
	.endfunc`,
};

/** Texts that both must reject. */
export const wrongCorpus: Readonly<Record<string, string>> = {
  'unknown directive': '.nonsense 1',
  'unknown instruction': 'frobnicate x0, x1',
  'symbol defined twice': 'a: nop\na: nop',
  'equiv defined twice': '.equiv a, 1\n.equiv a, 2',
  'unbalanced if': '.if 1\nnop',
  'unbalanced endif': '.endif',
  'macro not closed': '.macro m\nnop',
  'repetition not closed': '.rept 2\nnop',
  'missing macro argument': '.macro m a:req\n.word \\a\n.endm\nm',
  'too many macro arguments': '.macro m a\n.word \\a\n.endm\nm 1, 2',
  'unbalanced parentheses': '.word (1 + 2',
  'backwards org': '.data\n.zero 8\n.org 4',
  'data in bss': '.bss\n.word 1',
  'no such label': 'b 1b',
  'label never defined': 'b 1f',
  'undefined size': '.skip nothing',
  'difference across sections': '.data\na: .word 1\n.text\nb: .word 1\n.section .x\n.word a - b',
  'error directive': '.error "stop"',
  'endless macro': '.macro m\nm\n.endm\nm',
  'cfi outside a procedure': '.cfi_def_cfa_offset 16',
  'cfi not closed': '.cfi_startproc\nnop',
  'not a power of two': '.balign 3',
  'branch too far': 'b.eq 1f\n.zero 0x200000\n1: nop',
};

/** Texts that GNU as takes with a warning, guessing what was meant; we reject them. */
export const doubtfulCorpus: Readonly<Record<string, string>> = {
  'unterminated string': '.ascii "abc',
  'bad expression': '.word 1 +',
  'division by zero': '.word 1 / 0',
  'popsection without push': '.popsection',
};

/** Texts with `.loc`, and without it, whose line tables must be equal. */
export const lineCorpus: Readonly<Record<string, string>> = {
  'told by .loc': `
	.file 0 "/src" "a.c"
	.file 1 "a.c"
	.file 2 "inc" "b.h"
	.text
	.loc 1 3 1
	nop
	.loc 1 4 5 is_stmt 0
	nop
	nop
	.loc 2 900 2 is_stmt 1 prologue_end
	ret
	.loc 1 2 1
	.loc 1 1 1
	nop
	.byte 1
	.balign 4
	.section .text.cold, "ax"
	.loc 1 50 9 basic_block
	.zero 400
	nop
	.loc 1 51 3 epilogue_begin
	nop
`,
  'of an assembly file': `
	.macro two
	nop
	nop
	.endm
	.text
f:	mov x0, #1

	two
	.rept 2
	ret
	.endr
	.data
	.word 1
	.section .text.b, "ax"
	two
	.byte 1
	.balign 4
	nop
`,
};
