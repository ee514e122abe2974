/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crash: what must not pass for a green run, by how=WHAT.  Each says two lines
 * first that are green.
 */
#include <busdma/direct.h>
#include <busdma/string.h>

#include "machine.h"

static const char constant[] = "constant";
static volatile bool endless = true;

/* An address that the compiler knows nothing of. */
static void
write_at(uintptr_t va)
{
	__asm__("" : "+r"(va));
	*(volatile char *)va = 1;
}

static void
write_null(void)
{
	write_at(16);
}

static void
write_constant(void)
{
	write_at((uintptr_t)constant);
}

/* A physical address is no pointer. */
static void
write_physical(void)
{
	write_at((uintptr_t)port_paddr(constant));
}

static unsigned
deep(unsigned n)
{
	volatile char room[1024];

	room[n % sizeof(room)] = (char)n;
	return (endless ? deep(n + 1) : 0) + (unsigned)room[0];
}

/* More than any stack has. */
static void
run_deep(void)
{
	tap_say("%u", deep(0));
}

static void
loop(void)
{
	while (endless)
		continue;
}

static void
idle(void)
{
	while (endless)
		mach_idle();
}

static void
say(const char *text)
{
	size_t n = 0;

	while (text[n] != '\0')
		n++;
	mach_console(text, n);
}

static void
lose_line(void)
{
	say("ok 4 - the third is missing\n1..4\n");
	mach_exit(true);
}

static void
lose_result(void)
{
	say("1..3\n");
	mach_exit(true);
}

static void
lose_plan(void)
{
	mach_exit(true);
}

/* The status and the lines don't say the same. */
static void
end_red(void)
{
	say("1..2\n");
	mach_exit(false);
}

static void
end_green(void)
{
	say("not ok 3 - three\n1..3\n");
	mach_exit(true);
}

static void
make_noise(void)
{
	say("noise\n");
}

static void
plan_twice(void)
{
	say("1..2\n");
}

static void
be_red(void)
{
	tap_ok(false, "three");
}

/* A caller's error that the program does not look for. */
static void
err(void)
{
	const struct bus_dma_window w = { 0, 0, 0, BUS_DMA_WINDOW_COHERENT };
	bus_dmamap_t map;
	bus_dma_tag_t tag;

	if (bus_dmatag_direct(port_platform(), NULL, &w, 1, &tag, 0) != 0 ||
	    bus_dmamap_create(tag, 4096, 1, 4096, 0, 0, &map) != 0)
		tap_bail("no map");
	bus_dmamap_unload(tag, map);
	bus_dmamap_destroy(tag, map);
	bus_dmatag_destroy(tag);
}

/* edu is told of an address that it does not have the lines for. */
static void
clamp(void)
{
	struct env_device *dev = port_pci_find(0x1234, 0x11e8, 0);

	if (dev == NULL)
		tap_bail("no edu");
	(void)env_write64(dev, 0x80, 0x18000000);
	(void)env_write64(dev, 0x88, 0x40000);
	(void)env_write64(dev, 0x90, 16);
	(void)env_write64(dev, 0x98, 5);
	tap_ok(env_wait(dev), "edu ends");
	env_write32(dev, 0x64, env_read32(dev, 0x24));
}

static const struct {
	const char *name;
	void (*run)(void);
} crashes[] = {
	{ "null", write_null },
	{ "constant", write_constant },
	{ "physical", write_physical },
	{ "deep", run_deep },
	{ "reset", mach_reset },
	{ "loop", loop },
	{ "idle", idle },
	{ "lose-line", lose_line },
	{ "lose-result", lose_result },
	{ "lose-plan", lose_plan },
	{ "end-red", end_red },
	{ "end-green", end_green },
	{ "noise", make_noise },
	{ "plan-twice", plan_twice },
	{ "red", be_red },
	{ "err", err },
	{ "clamp", clamp },
};

static void
crash_main(void)
{
	const char *how = port_arg("how");
	size_t i;

	tap_ok(true, "one");
	tap_ok(true, "two");
	if (how == NULL)
		return;
	for (i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++) {
		if (port_same(how, crashes[i].name)) {
			crashes[i].run();
			return;
		}
	}
	tap_bail("how=%s?", how);
}

PORT_PROGRAM(crash, crash_main);
