/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * A device tree is a stream of 4-byte tags: BEGIN_NODE with a name, PROP with a length,
 * the offset of a name and a value, END_NODE, END; each piece is padded to 4
 * bytes. There is no index: to find something is to read from the start. Every
 * read stays within the structure block, whatever the bytes say.
 */
#include <libfdt.h>
#include <string.h>

/** `len` bytes at an offset of the structure block; null when they are not all there. */
static const void *at(const void *fdt, int offset, unsigned int len)
{
	uint32_t size = fdt_size_dt_struct(fdt);

	if (offset < 0 || (uint32_t)offset > size || len > size - (uint32_t)offset)
		return 0;
	return (const char *)fdt + fdt_off_dt_struct(fdt) + offset;
}

int fdt_check_header(const void *fdt)
{
	if ((uintptr_t)fdt & 7 || fdt_magic(fdt) != FDT_MAGIC)
		return -FDT_ERR_BADMAGIC;
	if (fdt_version(fdt) < 17 || fdt_last_comp_version(fdt) > 17)
		return -FDT_ERR_BADVERSION;
	if ((uint64_t)fdt_off_dt_struct(fdt) + fdt_size_dt_struct(fdt) > fdt_totalsize(fdt) ||
	    (uint64_t)fdt_off_dt_strings(fdt) + fdt_size_dt_strings(fdt) > fdt_totalsize(fdt) ||
	    fdt_off_dt_struct(fdt) & 3)
		return -FDT_ERR_TRUNCATED;
	return 0;
}

uint32_t fdt_next_tag(const void *fdt, int offset, int *nextoffset)
{
	const fdt32_t *word = at(fdt, offset, 4);
	uint32_t tag, len = 4;

	*nextoffset = -FDT_ERR_TRUNCATED;
	if (!word || offset & 3)
		return FDT_END;
	tag = fdt32_to_cpu(*word);
	if (tag == FDT_BEGIN_NODE) {
		const char *c;

		do {
			c = at(fdt, offset + len++, 1);
			if (!c)
				return FDT_END;
		} while (*c);
	} else if (tag == FDT_PROP) {
		word = at(fdt, offset, 12);
		if (!word || fdt32_to_cpu(word[1]) > fdt_size_dt_struct(fdt))
			return FDT_END;
		len = 12 + fdt32_to_cpu(word[1]);
	} else if (tag != FDT_END_NODE && tag != FDT_NOP) {
		if (tag == FDT_END)
			*nextoffset = offset + 4;
		else
			*nextoffset = -FDT_ERR_BADSTRUCTURE;
		return FDT_END;
	}
	if (!at(fdt, offset, len))
		return FDT_END;
	*nextoffset = (offset + (int)len + 3) & ~3;
	return tag;
}

/** Offset of the first tag inside a node. */
static int inside(const void *fdt, int nodeoffset)
{
	int next;

	if (fdt_next_tag(fdt, nodeoffset, &next) != FDT_BEGIN_NODE)
		return -FDT_ERR_BADOFFSET;
	return next;
}

int fdt_next_node(const void *fdt, int offset, int *depth)
{
	int next = offset < 0 ? 0 : inside(fdt, offset);

	while (next >= 0) {
		uint32_t tag;

		offset = next;
		tag = fdt_next_tag(fdt, offset, &next);
		if (tag == FDT_BEGIN_NODE) {
			if (depth)
				(*depth)++;
			return offset;
		}
		if (tag == FDT_END_NODE && depth && --(*depth) < 0)
			return -FDT_ERR_NOTFOUND;
		if (tag == FDT_END)
			return next < 0 ? next : -FDT_ERR_NOTFOUND;
	}
	return next;
}

const char *fdt_get_name(const void *fdt, int nodeoffset, int *lenp)
{
	int next = inside(fdt, nodeoffset);
	const char *name = next < 0 ? 0 : at(fdt, nodeoffset + 4, 1);

	if (lenp)
		*lenp = name ? (int)strlen(name) : next;
	return name;
}

const void *fdt_getprop(const void *fdt, int nodeoffset, const char *name,
			int *lenp)
{
	const char *strings = (const char *)fdt + fdt_off_dt_strings(fdt);
	int offset = inside(fdt, nodeoffset);
	uint32_t tag;
	int next;

	/* A node's properties come before its children. */
	for (; offset >= 0; offset = next) {
		tag = fdt_next_tag(fdt, offset, &next);
		if (tag == FDT_PROP) {
			const fdt32_t *prop = at(fdt, offset, 12);
			uint32_t nameoff = fdt32_to_cpu(prop[2]);

			if (nameoff < fdt_size_dt_strings(fdt) &&
			    strcmp(strings + nameoff, name) == 0) {
				if (lenp)
					*lenp = (int)fdt32_to_cpu(prop[1]);
				return prop + 3;
			}
		} else if (tag != FDT_NOP) {
			offset = -FDT_ERR_NOTFOUND;
			break;
		}
	}
	if (lenp)
		*lenp = offset;
	return 0;
}

/** `name` of `len` bytes against a node's: the unit address counts only when it is given. */
static int name_is(const char *node, const char *name, size_t len)
{
	if (strncmp(node, name, len) != 0)
		return 0;
	return node[len] == '\0' || (node[len] == '@' && !memchr(name, '@', len));
}

static int subnode(const void *fdt, int parent, const char *name, size_t len)
{
	int depth = 0;
	int node = fdt_next_node(fdt, parent, &depth);

	for (; node >= 0 && depth > 0; node = fdt_next_node(fdt, node, &depth))
		if (depth == 1 && name_is(fdt_get_name(fdt, node, 0), name, len))
			return node;
	return -FDT_ERR_NOTFOUND;
}

int fdt_subnode_offset(const void *fdt, int parentoffset, const char *name)
{
	return subnode(fdt, parentoffset, name, strlen(name));
}

int fdt_path_offset(const void *fdt, const char *path)
{
	int node = 0;

	if (*path != '/')
		return -FDT_ERR_BADPATH;
	while (node >= 0) {
		size_t len = 0;

		while (*path == '/')
			path++;
		if (!*path)
			break;
		while (path[len] && path[len] != '/')
			len++;
		node = subnode(fdt, node, path, len);
		path += len;
	}
	return node;
}

int fdt_node_check_compatible(const void *fdt, int nodeoffset,
			      const char *compatible)
{
	size_t wanted = strlen(compatible) + 1;
	int len;
	const char *list = fdt_getprop(fdt, nodeoffset, "compatible", &len);

	if (!list)
		return len;
	/* Strings one after the other, each with its zero. */
	while (len > 0) {
		size_t n = strnlen(list, (size_t)len) + 1;

		if (n == wanted && n <= (size_t)len && memcmp(list, compatible, n) == 0)
			return 0;
		list += n;
		len -= (int)n;
	}
	return 1;
}

int fdt_node_offset_by_compatible(const void *fdt, int startoffset,
				  const char *compatible)
{
	int node = startoffset;

	while ((node = fdt_next_node(fdt, node, 0)) >= 0)
		if (fdt_node_check_compatible(fdt, node, compatible) == 0)
			return node;
	return node;
}

static int cell_count(const void *fdt, int node, const char *name, int standard)
{
	int len;
	const fdt32_t *value = fdt_getprop(fdt, node, name, &len);

	return value && len == 4 ? (int)fdt32_to_cpu(*value) : standard;
}

int fdt_address_cells(const void *fdt, int nodeoffset)
{
	return cell_count(fdt, nodeoffset, "#address-cells", 2);
}

int fdt_size_cells(const void *fdt, int nodeoffset)
{
	return cell_count(fdt, nodeoffset, "#size-cells", 1);
}
