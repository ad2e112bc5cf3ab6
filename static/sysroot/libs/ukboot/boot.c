/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * The boot, in the order in which it happens:
 *
 *	constructors	uk_ctor(): no heap yet
 *	heap		every free memory region goes to the allocator
 *	scheduler	main() becomes a thread
 *	init table	uk_*_initcall(), class by class
 *	C++ constructors
 *	main()
 *	terminate functions, power off
 */
#include <kvm/kvm.h>
#include <uk/alloc.h>
#include <uk/argparse.h>
#include <uk/assert.h>
#include <uk/boot.h>
#include <uk/ctors.h>
#include <uk/init.h>
#include <uk/introspect.h>
#include <uk/plat/console.h>
#include <uk/plat/lcpu.h>
#include <uk/plat/memory.h>
#include <uk/print.h>
#ifdef CONFIG_LIBUKBOOT_INITBBUDDY
#include <uk/allocbbuddy.h>
#define heap_init	uk_allocbbuddy_init
#endif
#ifdef CONFIG_LIBUKBOOT_INITREGION
#include <uk/allocregion.h>
#define heap_init	uk_allocregion_init
#endif
#ifdef CONFIG_LIBUKBOOT_INITSCHEDCOOP
#include <uk/schedcoop.h>
#endif

int main(int argc, char *argv[]);

/* C++ and __attribute__((constructor)), from the linker script. */
extern void (*const __init_array_start[])(void);
extern void (*const __init_array_end[])(void);

#ifdef heap_init
static struct uk_alloc *heap_of_free_memory(void)
{
	struct uk_alloc *a = 0;
	struct ukplat_memregion_desc *region, *largest = 0;

	ukplat_memregion_foreach(&region, UKPLAT_MEMRT_FREE, 0)
		if (!largest || region->len > largest->len)
			largest = region;
	if (largest)
		a = heap_init((void *)largest->vbase, largest->len);
	if (!a)
		UK_CRASH("No memory for a heap");
	/* What is left over; the region allocator has no use for it. */
	ukplat_memregion_foreach(&region, UKPLAT_MEMRT_FREE, 0)
		if (region != largest)
			uk_alloc_addmem(a, (void *)region->vbase, region->len);
	return a;
}
#endif

void uk_boot_shutdown(enum ukplat_gstate request)
{
	const struct uk_inittab_entry *entry;
	const struct uk_term_ctx tctx = { 0 };

	uk_inittab_foreach_reverse(entry, uk_inittab_start, uk_inittab_end)
		if (entry->term)
			entry->term(&tctx);
	ukplat_terminate(request);
}

static void walk_tables(int argc, char *argv[])
{
	struct uk_init_ctx ictx = { { argc, argv } };
	const struct uk_inittab_entry *entry;

	uk_inittab_foreach(entry, uk_inittab_start, uk_inittab_end) {
		int rc = entry->init ? entry->init(&ictx) : 0;

		if (rc < 0) {
			uk_pr_crit("Init function at %p failed: %d\n",
				   (void *)entry->init, rc);
			ukplat_crash();
		}
	}
	for (void (*const *ctor)(void) = __init_array_start;
	     ctor < __init_array_end; ctor++)
		(*ctor)();
	uk_introspect_mark(KVM_MARK_INIT);
}

void ukplat_entry(int argc, char *argv[])
{
	const uk_ctor_func_t *ctor;
	int rc;

	uk_ctortab_foreach(ctor, uk_ctortab_start, uk_ctortab_end)
		(*ctor)();
#ifdef heap_init
	struct uk_alloc *a = heap_of_free_memory();

	ukplat_memallocator_set(a);
#endif
	uk_introspect_mark(KVM_MARK_HEAP);
#ifdef CONFIG_LIBUKBOOT_INITSCHEDCOOP
	struct uk_sched *s = uk_schedcoop_create(a);

	if (!s || uk_sched_start(s) < 0)
		UK_CRASH("The scheduler does not start");
#endif
	ukplat_lcpu_enable_irq();
	walk_tables(argc, argv);
#ifdef CONFIG_LIBUKBOOT_BANNER
	static const char banner[] = "Powered by Ukulele " STRINGIFY(UK_VERSION)
				     " (" CONFIG_UK_NAME ")\n";

	ukplat_coutk(banner, sizeof(banner) - 1);
#endif
	uk_introspect_mark(KVM_MARK_MAIN);
	rc = main(argc, argv);
	uk_pr_info("main returned %d\n", rc);
	uk_boot_shutdown(UKPLAT_HALT);
}

void ukplat_entry_argp(char *arg0, char *argb, __sz argb_len)
{
	static char *argv[CONFIG_LIBUKBOOT_MAXNBARGS + 1];
	int argc = 1;

	argv[0] = arg0;
	argc += uk_argnparse(argb, argb_len, &argv[1], CONFIG_LIBUKBOOT_MAXNBARGS - 1);
	ukplat_entry(argc, argv);
}
