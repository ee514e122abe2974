/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: a hosted platform with RAM, processes, buses and
 * devices, on which a driver author tests a driver.  bus_dma_sim(9).
 *
 * Everything is deterministic from the machine's seed.  Devices are steppers,
 * not threads: the machine steps them at the library's hooks and while the
 * driver waits, as the seed says.
 */
#ifndef BUSDMA_SIM_H
#define BUSDMA_SIM_H

#include <busdma/direct.h>
#include <busdma/platform.h>

#ifdef __cplusplus
extern "C" {
#endif

struct busdma_sim;
struct busdma_sim_bus;
struct busdma_sim_dev;

/* A bank of RAM: [sb_base, sb_base + sb_size), whole pages, below 2^52. */
struct busdma_sim_bank {
	paddr_t sb_base;
	uint64_t sb_size;
};

/*
 * How pages are chosen for memory that need not be contiguous.  Page requests
 * of the library that will do with less get less on the latter two.
 */
enum busdma_sim_frag {
	BUSDMA_SIM_FRAG_NONE,   /* one run where there is one */
	BUSDMA_SIM_FRAG_RANDOM, /* runs of 1 to 8 pages, anywhere */
	BUSDMA_SIM_FRAG_PAGES,  /* no two neighbours are contiguous */
};

/*
 * Something that a driver or a device did wrong.  A caller's error from the
 * library (sr_library is set) or a device's refused access.
 */
enum busdma_sim_reason {
	BUSDMA_SIM_CALLER = 1, /* sr_library says what */
	BUSDMA_SIM_UNMAPPED,   /* the address is mapped for no load */
	BUSDMA_SIM_DIRECTION,  /* mapped for the other direction only */
	BUSDMA_SIM_NOMEMORY,   /* no RAM behind the bus address */
	/* pages freed while a device reaches them, or a process maps them */
	BUSDMA_SIM_FREEMAPPED,
	BUSDMA_SIM_CONTEXT,  /* a hook called where it is not allowed */
	BUSDMA_SIM_DEVICE,   /* a device's own complaint; sr_text */
	BUSDMA_SIM_MISUSE,   /* a hook or backend op called wrongly */
	BUSDMA_SIM_REACH,    /* above the lines of the bus or the device */
	BUSDMA_SIM_UNSYNCED, /* no sync gave the bytes to the device */
	BUSDMA_SIM_CPUWROTE, /* the CPU stored to bytes that the device has */
	/* a line of the cache was written back over what a device wrote */
	BUSDMA_SIM_LOST,
};

struct busdma_sim_report {
	enum busdma_sim_reason sr_reason;
	const char *sr_text;   /* one line for a person */
	uint64_t sr_seed;      /* of the machine */
	unsigned sr_requester; /* of the device; 0: none */
	bool sr_write;         /* the device wrote to memory */
	bus_addr_t sr_addr;    /* bus address, or as rp_addr; or sr_register */
	uint64_t sr_len;
	const struct busdma_report *sr_library;
	const char *sr_device; /* do_name; NULL: none */
	const char *sr_bus;    /* bc_name; NULL: none */
	/*
	 * Of a device's refused access or complaint: the map of its requester
	 * id that is nearest to sr_addr; of BUSDMA_SIM_FREEMAPPED, the one
	 * that reaches the pages.  NULL: none, and the rest, to sr_before, is
	 * 0.
	 */
	bus_dmamap_t sr_map;
	const char *sr_label;   /* the map's; NULL: none */
	bus_size_t sr_offset;   /* in the map, of its byte nearest to sr_addr */
	bus_size_t sr_distance; /* from that byte to sr_addr; 0: it is that */
	bool sr_before;         /* sr_addr lies below that byte, not above */
	/*
	 * Of a device's complaint: sr_addr is one of its registers and sr_len
	 * what it was told there.  There is no map then.
	 */
	bool sr_register;
	/* There are machines on which no harm comes of it: devices snoop. */
	bool sr_some;
	/* BUS_DMASYNC_*: the one that is missing; 0: none, or not known. */
	int sr_missing;
	/*
	 * BUS_DMASYNC_* of the last sync of the byte at sr_offset since the
	 * load; 0: none, or sr_addr is outside the map.
	 */
	int sr_last;
};

/*
 * Write what is printed where nobody takes reports: one line, without a
 * newline, cut short to `size' bytes, its 0 included.
 */
void busdma_sim_report_line(
    const struct busdma_sim_report *sr, char *buf, size_t size);

/* What the CPU's cache does of itself. */
enum busdma_sim_cache {
	BUSDMA_SIM_CACHE_RANDOM, /* lines come and go as the seed says */
	BUSDMA_SIM_CACHE_NEVER,  /* what is in it stays until it is told */
	BUSDMA_SIM_CACHE_ATONCE, /* lines come and go as soon as they may */
};

struct busdma_sim_config {
	const struct busdma_sim_bank *sc_banks;
	unsigned sc_nbanks;
	/*
	 * A power of two from 4096 to 65536, not below the host's own page;
	 * 0: the least that is.
	 */
	uint32_t sc_pagesize;
	enum busdma_sim_frag sc_frag;
	uint64_t sc_seed;
	/* Called for each report; NULL: printed on standard error. */
	void (*sc_report)(void *arg, const struct busdma_sim_report *sr);
	void *sc_arg;
	/*
	 * Bytes in a line of the CPU's cache, which is then seen only by
	 * devices behind coherent windows: a power of two from 16 to 128.
	 * 0: every device sees it, and the next two don't matter.
	 */
	uint32_t sc_line;
	enum busdma_sim_cache sc_cache;
	/* It fetches only what the CPU touches: BUSDMA_CACHE_NOSPECULATION. */
	bool sc_inorder;
	/*
	 * The platform has pl_wait and pl_wake, for programs with threads: in
	 * one of a single thread nobody would wake it.
	 */
	bool sc_wait;
};

/*
 * EINVAL: a config that makes no sense; ENOMEM: the host has no more.
 * Several threads may use a machine; then its seed doesn't decide everything.
 */
int busdma_sim_create(
    const struct busdma_sim_config *sc, struct busdma_sim **simp);
/* Returns how many pages, allocations, mappings and tags were still held. */
unsigned busdma_sim_destroy(struct busdma_sim *sim);
const struct busdma_platform *busdma_sim_platform(struct busdma_sim *sim);
/* Reports so far. */
unsigned busdma_sim_reports(struct busdma_sim *sim);

/*
 * Kernel memory, virtually contiguous, fragmented as the machine says, full of
 * junk, whole pages between pages that fault.  NULL: no memory, or size 0.
 * Only such memory, what the library maps and the platform's windows
 * translate; a program's stack and heap do not.
 */
void *busdma_sim_kmalloc(struct busdma_sim *sim, size_t size);
/* The same with a policy of its own. */
void *busdma_sim_kmalloc_frag(
    struct busdma_sim *sim, size_t size, enum busdma_sim_frag frag);
void busdma_sim_kfree(struct busdma_sim *sim, void *p);

/*
 * Processes.  Each has page tables of its own; its addresses are not the
 * kernel's, nor another process': they are reached through copyin (from the
 * process) and copyout (to it), and by devices.  copyin and copyout return 0
 * or EFAULT.  A process that is not one of the machine's, or not any more, is
 * reported.
 */

/* The one that is there from the beginning, and stays. */
struct proc *busdma_sim_proc(struct busdma_sim *sim);
/* Another.  ENOMEM. */
int busdma_sim_proc_create(struct busdma_sim *sim, struct proc **pp);
/* It ends: its memory is freed, what it maps is given back to its owner. */
void busdma_sim_proc_destroy(struct busdma_sim *sim, struct proc *p);
/* The uio_vmspace of a uio: what pl_space returns.  NULL: the kernel's. */
busdma_space_t busdma_sim_space(struct proc *p);
void *busdma_sim_umalloc(struct busdma_sim *sim, struct proc *p, size_t size);
void busdma_sim_ufree(struct busdma_sim *sim, struct proc *p, void *uva);
/* Take the page at `uva' away, so that it no longer translates. */
int busdma_sim_uunmap(struct busdma_sim *sim, struct proc *p, void *uva);
int busdma_sim_copyin(struct busdma_sim *sim, struct proc *p, const void *uva,
    void *buf, size_t len);
int busdma_sim_copyout(struct busdma_sim *sim, struct proc *p, const void *buf,
    void *uva, size_t len);

/*
 * Device memory in a process: `size' bytes, rounded up to pages, of addresses;
 * the page at `off' of them is asked from `pager', as a kernel's device pager
 * does, when it is first touched by copyin, copyout or a translation.  `prot'
 * is a mix of the two below, is handed to the pager, and says which of copyin
 * and copyout may be used.  The pager returns the cookie of bus_dmamem_mmap,
 * or (paddr_t)-1: EFAULT.  It is called without the machine's lock.
 * ufree ends it; the pages stay their owner's.  NULL: no memory, size 0, no
 * pager, a prot that there is not.
 */
#define BUSDMA_SIM_PROT_READ 0x1
#define BUSDMA_SIM_PROT_WRITE 0x2

void *busdma_sim_mmap(struct busdma_sim *sim, struct proc *p, size_t size,
    paddr_t (*pager)(void *arg, int64_t off, int prot), void *arg, int prot);

/*
 * Physical memory as a device without a bus would see it, around the CPU's
 * cache; 0 or EFAULT.
 */
int busdma_sim_phys_read(
    struct busdma_sim *sim, paddr_t pa, void *buf, size_t len);
int busdma_sim_phys_write(
    struct busdma_sim *sim, paddr_t pa, const void *buf, size_t len);

/*
 * A bus: how its wires reach RAM (the windows), and the bottom tag of every
 * stack on it.  The tag takes bus addresses, learns of every load, sync and
 * unload, and lets the devices with its requester id reach what is loaded.
 */
enum busdma_sim_shortcut {
	BUSDMA_SIM_SHORTCUT_ON,    /* the tag allows the shortcut */
	BUSDMA_SIM_SHORTCUT_OFF,   /* it sees each fragment: bo_map */
	BUSDMA_SIM_SHORTCUT_WHOLE, /* it sees all at once: bo_load */
};

struct busdma_sim_bus_config {
	const char *bc_name;
	/*
	 * NULL, 0: the identity; coherent on a machine whose sc_line is 0,
	 * where each window must be, and else not.
	 */
	const struct bus_dma_window *bc_windows;
	unsigned bc_nwindows;
	enum busdma_sim_shortcut bc_shortcut;
	/* The highest bus address that it carries, inclusive; 0: all. */
	bus_addr_t bc_reach;
};

int busdma_sim_bus_create(struct busdma_sim *sim,
    const struct busdma_sim_bus_config *bc, struct busdma_sim_bus **busp);
/* The bottom tag for the devices with id `requester' (from 1). */
int bus_dmatag_sim(struct busdma_sim_bus *bus, unsigned requester,
    bus_dma_tag_t *newtag, int flags);
/* Its parts as a root tag: direct mapping over the bottom tag. */
int busdma_sim_bus_tag(struct busdma_sim_bus *bus, unsigned requester,
    bus_dma_tag_t *newtag, int flags);

/* A device model: bus_dma_sim(9), WRITING A DEVICE. */
struct busdma_sim_dev_ops {
	uint32_t do_size; /* sizeof(struct busdma_sim_dev_ops) */
	const char *do_name;
	uint64_t (*do_read)(void *softc, uint32_t reg, unsigned width);
	void (*do_write)(
	    void *softc, uint32_t reg, unsigned width, uint64_t value);
	/* Do a little; true: there is more to do. */
	bool (*do_step)(void *softc);
	void (*do_destroy)(void *softc); /* NULL: nothing */
};

int busdma_sim_dev_create(struct busdma_sim_bus *bus, unsigned requester,
    const struct busdma_sim_dev_ops *ops, void *softc,
    struct busdma_sim_dev **devp);

/* It drives address lines up to `last' only, inclusive; 0: all. */
void busdma_sim_dev_reach(struct busdma_sim_dev *dev, bus_addr_t last);

/*
 * A device's access to memory: the part before the first byte that it may not
 * reach is done, the rest is reported; 0 or EFAULT.
 */
int busdma_sim_dma_read(
    struct busdma_sim_dev *dev, bus_addr_t addr, void *buf, size_t len);
int busdma_sim_dma_write(
    struct busdma_sim_dev *dev, bus_addr_t addr, const void *buf, size_t len);
/* A device raises its interrupt. */
void busdma_sim_intr(struct busdma_sim_dev *dev);
/*
 * A device complains of its driver: of `len' bytes at a bus address, or of a
 * register and what it was told there, a value or a width.  The text is one
 * line, and needed during the call only.
 */
void busdma_sim_complain(struct busdma_sim_dev *dev, bus_addr_t addr,
    uint64_t len, const char *text);
void busdma_sim_complain_reg(
    struct busdma_sim_dev *dev, uint32_t reg, uint64_t what, const char *text);
/*
 * Something came from outside, by other ways than a register: the device is
 * to be stepped again, as after a register write.  Inside its own step, what
 * the step returns counts.
 */
void busdma_sim_dev_wake(struct busdma_sim_dev *dev);
/* The machine's random numbers, for a device that chooses. */
uint64_t busdma_sim_random(struct busdma_sim *sim);
struct busdma_sim *busdma_sim_of(struct busdma_sim_dev *dev);

/* The CPU's side of a device: registers, and waiting for its interrupt. */
uint64_t busdma_sim_reg_read(
    struct busdma_sim_dev *dev, uint32_t reg, unsigned width);
void busdma_sim_reg_write(
    struct busdma_sim_dev *dev, uint32_t reg, unsigned width, uint64_t value);
/*
 * Step until it interrupts; false: no device has anything left to do, or
 * BUSDMA_SIM_PATIENCE steps of all devices together brought no interrupt.
 */
#define BUSDMA_SIM_PATIENCE (1u << 22)
bool busdma_sim_wait(struct busdma_sim_dev *dev);

/*
 * A scatter/gather block device over a file: <busdma/simdiskreg.h>.  `path'
 * NULL: a disk that is gone with the machine.  `size' is a multiple of the
 * block, to which a shorter file is extended; 0: the file's own.
 */
int busdma_sim_disk_create(struct busdma_sim_bus *bus, unsigned requester,
    const char *path, uint64_t size, struct busdma_sim_dev **devp);

/*
 * A frame grabber that fills a ring of large buffers at its own pace:
 * <busdma/simgrabreg.h>.
 */
int busdma_sim_grab_create(struct busdma_sim_bus *bus, unsigned requester,
    struct busdma_sim_dev **devp);

/*
 * A network interface with descriptor rings: <busdma/simnetreg.h>.  EINVAL:
 * unknown flags.
 */
#define BUSDMA_SIM_NET_SMALL 0x1 /* 32 bits, a segment in a packet, no jumbos */
#define BUSDMA_SIM_NET_EAGER 0x2 /* looks at owner bits before it is told */
int busdma_sim_net_create(struct busdma_sim_bus *bus, unsigned requester,
    int flags, struct busdma_sim_dev **devp);
/*
 * Its wire.  inject: a packet arrives; EINVAL: no such device, no bytes, or
 * too many; EBUSY: no room, or it does not run.  take: the first packet that
 * it sent; returns its length, 0: none; what is beyond `size' is lost.
 */
int busdma_sim_net_inject(
    struct busdma_sim_dev *dev, const void *packet, size_t len);
size_t busdma_sim_net_take(struct busdma_sim_dev *dev, void *buf, size_t size);

/* An engine that copies memory to memory: <busdma/simcopyreg.h>. */
int busdma_sim_copy_create(struct busdma_sim_bus *bus, unsigned requester,
    struct busdma_sim_dev **devp);

/*
 * A card that reaches 24 bits of address, one run within 64 KiB at a time:
 * <busdma/simisareg.h>.
 */
int busdma_sim_isa_create(struct busdma_sim_bus *bus, unsigned requester,
    struct busdma_sim_dev **devp);

/*
 * The clock: nanoseconds of the machine's own time since its creation.  They
 * pass with hooks, register accesses, steps and bytes moved, and never with
 * the host's time.
 */
uint64_t busdma_sim_now(struct busdma_sim *sim);

/*
 * A watchdog, for drivers that poll for what they can never see.  When the
 * process has used `ms' milliseconds of CPU time in user mode, from now, and
 * it wasn't set again before, `func' is called, once: by a handler of
 * SIGVTALRM, or if that came inside the machine, when the thread leaves it,
 * or a period later.  It may siglongjmp out of the driver, or _exit.  NULL: a
 * line with the seed is printed on standard error, and the process aborts.
 * ms 0: no longer.  The machine's end ends it, too.  A process has one
 * watchdog, and the timer ITIMER_VIRTUAL is its: EBUSY if it is set for
 * another machine.
 */
int busdma_sim_watchdog(
    struct busdma_sim *sim, unsigned ms, void (*func)(void *arg), void *arg);

/*
 * A trace of what happens on the machine's buses.
 */
enum busdma_sim_event_kind {
	BUSDMA_SIM_EV_LOAD = 1, /* ev_segs, ev_len, ev_flags */
	BUSDMA_SIM_EV_UNLOAD,   /* ev_len */
	BUSDMA_SIM_EV_SYNC,     /* ev_flags, ev_offset, ev_len */
	/* A device reads memory, or writes it: ev_addr, ev_offset, ev_len. */
	BUSDMA_SIM_EV_READ,
	BUSDMA_SIM_EV_WRITE,
	/* The CPU writes a register: ev_addr, ev_len, ev_value. */
	BUSDMA_SIM_EV_REG,
	BUSDMA_SIM_EV_INTR,   /* a device raises its interrupt */
	BUSDMA_SIM_EV_REPORT, /* ev_report */
};

struct busdma_sim_event {
	enum busdma_sim_event_kind ev_kind;
	uint64_t ev_time;      /* busdma_sim_now() when it began */
	const char *ev_bus;    /* bc_name; NULL: none */
	const char *ev_device; /* do_name; NULL: none */
	unsigned ev_requester; /* 0: none */
	bus_dmamap_t ev_map;   /* NULL: none */
	const char *ev_label;  /* the map's; NULL: none */
	bus_addr_t ev_addr;    /* a bus address; or the register */
	bus_size_t ev_offset;  /* in the map */
	bus_size_t ev_len;     /* bytes */
	/* LOAD: of BUS_DMA_READ, BUS_DMA_WRITE; SYNC: BUS_DMASYNC_*. */
	int ev_flags;
	uint64_t ev_value;                /* written to the register */
	const bus_dma_segment_t *ev_segs; /* what devices may reach */
	unsigned ev_nsegs;                /* entries of ev_segs */
	const struct busdma_sim_report *ev_report;
};

/*
 * Call `func' for each event, in order; NULL: none any more.  It is called
 * with the machine locked, and what it is given is valid during the call; of
 * the machine it may call busdma_sim_now only.
 */
void busdma_sim_trace(struct busdma_sim *sim,
    void (*func)(void *arg, const struct busdma_sim_event *ev), void *arg);

/*
 * For tests of the library and of ports.
 */
enum busdma_sim_hook {
	BUSDMA_SIM_HOOK_ALLOC,
	BUSDMA_SIM_HOOK_FREE,
	BUSDMA_SIM_HOOK_EXTRACT,
	BUSDMA_SIM_HOOK_LOCK,
	BUSDMA_SIM_HOOK_UNLOCK,
	BUSDMA_SIM_HOOK_PAGES_ALLOC,
	BUSDMA_SIM_HOOK_PAGES_FREE,
	BUSDMA_SIM_HOOK_WINDOW,
	BUSDMA_SIM_HOOK_WINDOW_DONE,
	BUSDMA_SIM_HOOK_KMAP,
	BUSDMA_SIM_HOOK_KUNMAP,
	BUSDMA_SIM_HOOK_MMAP,
	BUSDMA_SIM_HOOK_SPACE,
	BUSDMA_SIM_HOOK_REPORT,
	BUSDMA_SIM_HOOK_BARRIER,
	BUSDMA_SIM_HOOK_LOADED,   /* the bus learning of a load */
	BUSDMA_SIM_HOOK_UNLOADED, /* of an unload */
	BUSDMA_SIM_HOOK_SYNC,     /* of a sync */
	BUSDMA_SIM_HOOK_WB,       /* ca_wb */
	BUSDMA_SIM_HOOK_INV,      /* ca_inv */
	BUSDMA_SIM_HOOK_WBINV,    /* ca_wbinv */
	BUSDMA_SIM_HOOK_MEMORY,
	BUSDMA_SIM_HOOK_WAIT, /* each look at whether it was woken */
	BUSDMA_SIM_HOOK_WAKE,
	BUSDMA_SIM_NHOOKS
};

/* Calls of a hook so far. */
uint64_t busdma_sim_calls(struct busdma_sim *sim, enum busdma_sim_hook hook);
/*
 * Let the n-th call from now (from 1) of the hooks that can fail, all of them
 * counted together, fail; 0: none.  Returns whether the last such failure came.
 */
bool busdma_sim_fail_at(struct busdma_sim *sim, uint64_t n);
/*
 * Interrupt mode: a hook that may not be called from an interrupt handler is
 * reported (BUSDMA_SIM_CONTEXT) while it is on.
 */
void busdma_sim_interrupt(struct busdma_sim *sim, bool on);

#ifdef __cplusplus
}
#endif

#endif /* BUSDMA_SIM_H */
