/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Reading flattened device trees (Devicetree Specification 0.4, chapter 5).
 *
 * A node is named by its offset in the structure block; the root has offset 0.
 * Functions return a negative FDT_ERR_* when there is nothing to return.
 */
#ifndef __LIBFDT_H__
#define __LIBFDT_H__

#include <stdint.h>

#define FDT_MAGIC	0xd00dfeed

#define FDT_BEGIN_NODE	1
#define FDT_END_NODE	2
#define FDT_PROP	3
#define FDT_NOP		4
#define FDT_END		9

#define FDT_ERR_NOTFOUND	1
#define FDT_ERR_BADOFFSET	4
#define FDT_ERR_BADPATH		5
#define FDT_ERR_TRUNCATED	8
#define FDT_ERR_BADMAGIC	9
#define FDT_ERR_BADVERSION	10
#define FDT_ERR_BADSTRUCTURE	11

/** Big-endian, as all numbers in a tree are. */
typedef uint32_t fdt32_t;
typedef uint64_t fdt64_t;

struct fdt_header {
	fdt32_t magic;
	fdt32_t totalsize;
	fdt32_t off_dt_struct;
	fdt32_t off_dt_strings;
	fdt32_t off_mem_rsvmap;
	fdt32_t version;
	fdt32_t last_comp_version;
	fdt32_t boot_cpuid_phys;
	fdt32_t size_dt_strings;
	fdt32_t size_dt_struct;
};

static inline uint32_t fdt32_to_cpu(fdt32_t x)
{
	return __builtin_bswap32(x);
}

static inline uint64_t fdt64_to_cpu(fdt64_t x)
{
	return __builtin_bswap64(x);
}

#define fdt_get_header(fdt, field) \
	fdt32_to_cpu(((const struct fdt_header *)(fdt))->field)
#define fdt_magic(fdt)			fdt_get_header(fdt, magic)
#define fdt_totalsize(fdt)		fdt_get_header(fdt, totalsize)
#define fdt_off_dt_struct(fdt)		fdt_get_header(fdt, off_dt_struct)
#define fdt_off_dt_strings(fdt)		fdt_get_header(fdt, off_dt_strings)
#define fdt_version(fdt)		fdt_get_header(fdt, version)
#define fdt_last_comp_version(fdt)	fdt_get_header(fdt, last_comp_version)
#define fdt_size_dt_strings(fdt)	fdt_get_header(fdt, size_dt_strings)
#define fdt_size_dt_struct(fdt)		fdt_get_header(fdt, size_dt_struct)

/** 0 when this is a device tree that we can read. */
int fdt_check_header(const void *fdt);

/** Tag at an offset, FDT_END when there is none; `nextoffset` is that of the next tag, or a negative error. */
uint32_t fdt_next_tag(const void *fdt, int offset, int *nextoffset);

/** The node after `offset` in the text, whatever its depth; `depth` counts along. -1 to begin. */
int fdt_next_node(const void *fdt, int offset, int *depth);

/** Name with unit address: `pl011@9000000`. */
const char *fdt_get_name(const void *fdt, int nodeoffset, int *lenp);

/** Value of a property, `lenp` its length in bytes; null and a negative error in `lenp` when the node has none. */
const void *fdt_getprop(const void *fdt, int nodeoffset, const char *name,
			int *lenp);

/** Child by name; the unit address may be left out. */
int fdt_subnode_offset(const void *fdt, int parentoffset, const char *name);

/** Node by absolute path: `/memory`, `/cpus/cpu@0`. */
int fdt_path_offset(const void *fdt, const char *path);

/** 0 when `compatible` of the node has the string, 1 when it has not, else an error. */
int fdt_node_check_compatible(const void *fdt, int nodeoffset,
			      const char *compatible);

/** First node after `startoffset` (-1: of all) that is compatible. */
int fdt_node_offset_by_compatible(const void *fdt, int startoffset,
				  const char *compatible);

/** Cells of an address, and of a size, in `reg` of the node's children. */
int fdt_address_cells(const void *fdt, int nodeoffset);
int fdt_size_cells(const void *fdt, int nodeoffset);

#endif /* __LIBFDT_H__ */
