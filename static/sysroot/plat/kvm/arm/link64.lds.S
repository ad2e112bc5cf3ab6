/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Layout of an image.
 *
 * QEMU puts the device tree, up to 1 MiB of it, at the start of RAM when it loads
 * an ELF file that leaves room there; so the image begins 1 MiB above.
 * Every part that has other rights than its neighbour begins on a new page: rights
 * are given to pages.
 *
 *	text     vectors, code			read, execute
 *	rodata   constants, init tables		read
 *	data     variables with a value		read, write
 *	bss      variables that begin as zero	read, write: not in the file
 *	guard    nothing			no access
 *	excstack exception stack		read, write
 *	guard    nothing			no access
 *	stack    main()'s stack			read, write
 *
 * What follows _end is free; the platform makes its page tables there.
 */
#include <uk/config.h>
#include <uk/arch/limits.h>
#include <kvm/layout.h>

ENTRY(_libkvmplat_entry)

PHDRS
{
	text   PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data   PT_LOAD FLAGS(6);
}

SECTIONS
{
	. = KVM_RAM_BASE + KVM_IMAGE_OFFSET;
	_base_addr = .;

	_text = .;
	.text : {
		KEEP(*(.text.header))
		KEEP(*(.text.vectors))
		KEEP(*(.text.entry))
		*(.text .text.*)
	} :text
	_etext = .;

	. = ALIGN(PAGE_SIZE);
	_rodata = .;
	.rodata : {
		*(.rodata .rodata.*)
	} :rodata
	.uk_ctortab : ALIGN(8) {
		uk_ctortab_start = .;
		KEEP(*(SORT_BY_NAME(.uk_ctortab[0-9])))
		uk_ctortab_end = .;
	} :rodata
	.uk_inittab : ALIGN(8) {
		uk_inittab_start = .;
		KEEP(*(SORT_BY_NAME(.uk_inittab[1-6][0-9])))
		uk_inittab_end = .;
	} :rodata
	.init_array : ALIGN(8) {
		__init_array_start = .;
		KEEP(*(SORT_BY_INIT_PRIORITY(.init_array.*)))
		KEEP(*(.init_array))
		__init_array_end = .;
	} :rodata
	.uk_introspect : ALIGN(8) {
		KEEP(*(.uk_introspect))
	} :rodata
	_erodata = .;

	. = ALIGN(PAGE_SIZE);
	_data = .;
	.data : {
		*(.data .data.*)
	} :data
	_edata = .;

	.bss : ALIGN(16) {
		__bss_start = .;
		*(.bss .bss.*)
		*(COMMON)
		. = ALIGN(16);
		__bss_end = .;
	} :data

	. = ALIGN(PAGE_SIZE);
	.stacks (NOLOAD) : {
		_excguard = .;
		. += PAGE_SIZE;
		_excstack = .;
		. += CONFIG_KVM_EXCEPTION_STACK_PAGES * PAGE_SIZE;
		_excstack_end = .;
		_bootguard = .;
		. += PAGE_SIZE;
		_bootstack = .;
		. += PAGE_SIZE << CONFIG_STACK_SIZE_PAGE_ORDER;
		_bootstack_end = .;
	} :data
	_end = .;
	_image_size = _end - _base_addr;

	/DISCARD/ : {
		*(.comment .note .note.* .eh_frame .eh_frame_hdr .ARM.* .gnu.* .llvm_addrsig)
	}
}
