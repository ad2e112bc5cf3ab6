/* SPDX-License-Identifier: BSD-3-Clause */
/** From the first instruction with MMU to ukboot: what machine is this? */
#include <kvm/kvm.h>
#include <kvm/layout.h>
#include <libfdt.h>
#include <string.h>
#include <uk/introspect.h>
#include <uk/plat/bootstrap.h>
#include <uk/plat/memory.h>
#include <uk/print.h>

const void *kvm_dtb;

static char command_line[CONFIG_KVM_CMDLINE_MAX];

/** A number of one or two big-endian cells. */
static __u64 cells(const fdt32_t *cell, int count)
{
	__u64 value = fdt32_to_cpu(cell[0]);

	return count == 2 ? value << 32 | fdt32_to_cpu(cell[1]) : value;
}

/** Entry `index` of a node's `reg`; the node is a child of the root. */
static int read_reg(int node, int index, __paddr_t *base, __sz *len)
{
	int address = fdt_address_cells(kvm_dtb, 0);
	int size = fdt_size_cells(kvm_dtb, 0);
	int bytes;
	const fdt32_t *reg = fdt_getprop(kvm_dtb, node, "reg", &bytes);

	if (!reg || (index + 1) * (address + size) * 4 > bytes)
		return -1;
	reg += index * (address + size);
	*base = cells(reg, address);
	*len = cells(reg + address, size);
	return 0;
}

int kvm_fdt_device(const char *compat, int index, __paddr_t *base, __sz *len)
{
	int node = kvm_dtb ? fdt_node_offset_by_compatible(kvm_dtb, -1, compat) : -1;

	return node < 0 || read_reg(node, index, base, len) < 0 ? -1 : node;
}

/** The tree where the loader says, or else where QEMU puts it for an ELF file. */
static const void *find_dtb(const void *given)
{
	if (given && kvm_map_dtb((__paddr_t)given) == 0
	    && fdt_check_header(given) == 0)
		return given;
	given = (const void *)(__uptr)KVM_RAM_BASE;
	return fdt_check_header(given) == 0 ? given : 0;
}

/** Bytes that the tree really has; its header counts room to grow as well. */
static __sz dtb_size(void)
{
	__sz structure = fdt_off_dt_struct(kvm_dtb) + fdt_size_dt_struct(kvm_dtb);
	__sz strings = fdt_off_dt_strings(kvm_dtb) + fdt_size_dt_strings(kvm_dtb);

	return structure > strings ? structure : strings;
}

static void read_chosen(void)
{
	int node = fdt_path_offset(kvm_dtb, "/chosen");
	const char *args;
	const fdt32_t *start, *end;
	int len, end_len;

	if (node < 0)
		return;
	args = fdt_getprop(kvm_dtb, node, "bootargs", &len);
	if (args) {
		if (len > (int)sizeof(command_line)) {
			uk_pr_warn("Command line cut to %d bytes\n",
				   (int)sizeof(command_line) - 1);
			len = sizeof(command_line);
		}
		memcpy(command_line, args, len);
		command_line[sizeof(command_line) - 1] = '\0';
	}
	start = fdt_getprop(kvm_dtb, node, "linux,initrd-start", &len);
	end = fdt_getprop(kvm_dtb, node, "linux,initrd-end", &end_len);
	if (start && end) {
		__paddr_t base = cells(start, len / 4);

		kvm_memregion_add(base, cells(end, end_len / 4) - base,
				  UKPLAT_MEMRT_INITRD,
				  UKPLAT_MEMRF_READ | UKPLAT_MEMRF_WRITE, "initrd");
	}
}

static void add_part(const char *from, const char *to, unsigned int type,
		     unsigned int flags, const char *name)
{
	kvm_memregion_add((__paddr_t)from, (__paddr_t)to - (__paddr_t)from, type,
			  flags, name);
}

static void add_image(void)
{
	const unsigned int r = UKPLAT_MEMRF_READ;
	const unsigned int rw = r | UKPLAT_MEMRF_WRITE;

	add_part(_text, _etext, UKPLAT_MEMRT_KERNEL, r | UKPLAT_MEMRF_EXECUTE, "text");
	add_part(_rodata, _erodata, UKPLAT_MEMRT_KERNEL, r, "rodata");
	add_part(_data, __bss_end, UKPLAT_MEMRT_KERNEL, rw, "data");
	add_part(_excguard, _excstack, UKPLAT_MEMRT_GUARD, 0, "guard");
	add_part(_excstack, _excstack_end, UKPLAT_MEMRT_STACK, rw, "exception stack");
	add_part(_bootguard, _bootstack, UKPLAT_MEMRT_GUARD, 0, "guard");
	add_part(_bootstack, _bootstack_end, UKPLAT_MEMRT_STACK, rw, "boot stack");
}

/** Finds RAM, maps it, and sorts out which of it is free. */
static void read_memory(void)
{
	__paddr_t base, image_end;
	__sz len;
	int node = fdt_path_offset(kvm_dtb, "/memory");

	if (node < 0 || read_reg(node, 0, &base, &len) < 0) {
		uk_pr_crit("The device tree tells of no memory\n");
		ukplat_crash();
	}
	if (kvm_map_ram(base, len) < 0)
		uk_pr_err("Not all of the RAM could be mapped\n");
	image_end = kvm_paging_pool_end();
	if (image_end > base + len) {
		uk_pr_crit("The image needs RAM up to 0x%lx, the machine has 0x%lx bytes from 0x%lx on\n",
			   image_end, len, base);
		ukplat_crash();
	}
	kvm_memregion_add(kvm_paging_pool_start(), image_end - kvm_paging_pool_start(),
			  UKPLAT_MEMRT_PAGETABLE,
			  UKPLAT_MEMRF_READ | UKPLAT_MEMRF_WRITE, "page tables");
	kvm_memregion_fill(base, len);
}

/** Called by entry64.S on the boot stack. `given` is x0 at entry, `ticks` the counter then. */
void __noreturn kvm_start(const void *given, __u64 ticks)
{
	__paddr_t base;
	__sz len;

	uk_introspect_mark_at(KVM_MARK_ENTRY, ticks);
	uk_introspect_mark(KVM_MARK_MMU);
	kvm_dtb = find_dtb(given);
	if (!kvm_dtb) {
		uk_pr_crit("No device tree, neither in x0 nor at the start of RAM\n");
		ukplat_crash();
	}
	if (kvm_fdt_device("arm,pl011", 0, &base, &len) >= 0)
		kvm_console_move(base);
	kvm_memregion_add((__paddr_t)kvm_dtb, dtb_size(), UKPLAT_MEMRT_DEVICETREE,
			  UKPLAT_MEMRF_READ | UKPLAT_MEMRF_WRITE, "device tree");
	add_image();
	read_chosen();
	read_memory();
	uk_introspect_mark(KVM_MARK_PLATFORM);
	ukplat_entry_argp(CONFIG_UK_NAME, command_line, sizeof(command_line));
}
