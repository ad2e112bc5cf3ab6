/* SPDX-License-Identifier: BSD-3-Clause */
/** The table itself: constants, most of them addresses that only the linker knows. */
#include <kvm/kvm.h>
#include <kvm/memregion.h>
#include <uk/introspect.h>
#include <uk/plat/paging.h>
#ifdef CONFIG_LIBUKSCHED
#include <uk/thread.h>
#endif

struct uk_heap *uk_introspect_heaps;
__u64 uk_introspect_marks[UK_INTROSPECT_MARKS];

UK_CTASSERT(UK_INTROSPECT_MARKS == KVM_MARKS);

void uk_introspect_add_heap(struct uk_heap *heap)
{
	heap->next = uk_introspect_heaps;
	uk_introspect_heaps = heap;
}

const struct uk_introspect_table uk_introspect_table
__used __section(".uk_introspect") = {
	.magic = UK_INTROSPECT_MAGIC,
	.version = UK_INTROSPECT_VERSION,
	.size = sizeof(struct uk_introspect_table),
	.counter_marks = UK_INTROSPECT_MARKS,
	.marks = uk_introspect_marks,
	.heaps = &uk_introspect_heaps,
	.memregions = kvm_memregions,
	.memregion_count = &kvm_memregion_count,
	.memregion_size = sizeof(struct ukplat_memregion_desc),
	.page_shift = PAGE_SHIFT,
	.page_table = kvm_page_table,
#ifdef CONFIG_LIBUKSCHED
	.threads = &uk_thread_all,
	.current = &__uk_sched_thread_current,
	.thread_next = __offsetof(struct uk_thread, all_next),
	.thread_name = __offsetof(struct uk_thread, name),
	.thread_sp = __offsetof(struct uk_thread, ctx.sp),
	.thread_flags = __offsetof(struct uk_thread, flags),
	.thread_stack = __offsetof(struct uk_thread, _mem.stack),
	.thread_stack_len = __offsetof(struct uk_thread, _mem.stack_len),
	.thread_guard = __offsetof(struct uk_thread, _mem.guard),
	.thread_wakeup = __offsetof(struct uk_thread, wakeup_time),
#endif
};
