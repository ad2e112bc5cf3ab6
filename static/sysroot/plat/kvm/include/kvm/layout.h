/* SPDX-License-Identifier: BSD-3-Clause */
/** Where the machine and the linker script put things. */
#ifndef __KVM_LAYOUT_H__
#define __KVM_LAYOUT_H__

#define KVM_RAM_BASE		0x40000000
#define KVM_IMAGE_OFFSET	0x100000

#ifndef __ASSEMBLY__
extern char _base_addr[], _text[], _etext[], _rodata[], _erodata[], _data[],
	    _edata[], __bss_start[], __bss_end[], _end[];
extern char _excguard[], _excstack[], _excstack_end[];
extern char _bootguard[], _bootstack[], _bootstack_end[];
#endif

#endif /* __KVM_LAYOUT_H__ */
