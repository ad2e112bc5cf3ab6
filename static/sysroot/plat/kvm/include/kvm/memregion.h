/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef __KVM_MEMREGION_H__
#define __KVM_MEMREGION_H__

#include <uk/plat/memory.h>

#define KVM_MEMREGIONS	16

extern struct ukplat_memregion_desc kvm_memregions[KVM_MEMREGIONS];
extern unsigned int kvm_memregion_count;

#endif /* __KVM_MEMREGION_H__ */
