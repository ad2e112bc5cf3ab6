/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WALK_H
#define WALK_H

/**
 * Looks an address up in the page tables, as the MMU does.
 *
 * @param level is set to the level where the walk ended: 1, 2 or 3
 * @return the descriptor there, 0 when nothing is mapped
 */
unsigned long walk(unsigned long address, int *level);

#endif
