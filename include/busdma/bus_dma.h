/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver's interface: bus_dma(9).
 *
 * Names, values and meanings are those of NetBSD's bus_dma(9); what goes
 * beyond it is marked "ours".  The manual page bus_dma(9) is the
 * specification; the comments here are its short form.
 *
 * Conventions.  Addresses and sizes are in bytes.  Errors are positive errno
 * values (<busdma/errno.h>); a function that returns void always succeeds.
 * Context: "may wait" means that the call may block unless BUS_DMA_NOWAIT is
 * among its flags and must not be made from an interrupt handler; "any" means
 * that it may be made from anywhere, interrupt handlers included.  load,
 * unload and destroy of one map are the caller's to serialize; syncs of
 * disjoint ranges of one map may run at once; a tag may be used from any CPU.
 */
#ifndef BUSDMA_BUS_DMA_H
#define BUSDMA_BUS_DMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <busdma/errno.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * An address on a bus, a number of bytes, and a physical address of the CPU:
 * 64 bits on every machine.  A host that has its own 64-bit paddr_t defines
 * BUSDMA_HAVE_PADDR_T.
 */
typedef uint64_t bus_addr_t;
typedef uint64_t bus_size_t;
#ifndef BUSDMA_HAVE_PADDR_T
typedef uint64_t paddr_t;
#endif

typedef struct bus_dma_tag *bus_dma_tag_t;
typedef struct bus_dmamap *bus_dmamap_t;

struct mbuf;
struct proc;
struct uio;
struct busdma_chain_ops;

#define BUS_DMA_TAG_VALID(t) ((t) != NULL)

/*
 * In a map: one run of bus addresses, [ds_addr, ds_addr + ds_len).
 * From bus_dmamem_alloc, and in bus_dmamap_load_raw: one run of physical
 * addresses.
 */
typedef struct bus_dma_segment {
	bus_addr_t ds_addr;
	bus_size_t ds_len;
} bus_dma_segment_t;

/*
 * A map.  A driver reads dm_mapsize, dm_nsegs and dm_segs after a load and
 * may lower dm_maxsegsz just before one; unload restores it.  The members
 * that begin with an underscore are the library's.
 */
struct bus_dmamap {
	bus_size_t dm_maxsegsz; /* most bytes in a segment, from 1 */
	bus_size_t dm_mapsize;  /* bytes loaded; 0: not loaded */
	int dm_nsegs;           /* valid entries of dm_segs */
	uint32_t _dm_flags;     /* BUSDMA_MF_* (backend.h) */

	bus_dma_tag_t _dm_tag;       /* the tag it was created on */
	bus_size_t _dm_size;         /* most bytes in a load */
	bus_size_t _dm_maxmaxsegsz;  /* dm_maxsegsz at create */
	uint64_t _dm_bspan;          /* boundary - 1; none: all ones */
	bus_dma_segment_t *_dm_last; /* the last that dm_segs has room for */
	struct bus_dmamap *_dm_next, **_dm_prevp; /* tag's live maps */
	uint64_t _dm_loads; /* that succeeded; the label above them */
	uint64_t _dm_more;  /* segments beyond the first of each */

	__extension__ bus_dma_segment_t dm_segs[]; /* as the buffer goes */
};

/* Flags.  BUS_DMA_WAITOK is 0: a literal 0 is a legal flag word. */
#define BUS_DMA_WAITOK 0x000    /* the call may wait */
#define BUS_DMA_NOWAIT 0x001    /* it must not */
#define BUS_DMA_ALLOCNOW 0x002  /* create: reserve all that loads need */
#define BUS_DMA_COHERENT 0x004  /* hint: make syncs cheap */
#define BUS_DMA_STREAMING 0x008 /* hint: sequential, one direction */
#define BUS_DMA_BUS1 0x010      /* for the backend */
#define BUS_DMA_BUS2 0x020
#define BUS_DMA_BUS3 0x040
#define BUS_DMA_BUS4 0x080
#define BUS_DMA_READ 0x100         /* load: the device only writes memory */
#define BUS_DMA_WRITE 0x200        /* load: the device only reads memory */
#define BUS_DMA_NOCACHE 0x400      /* dmamem_map: uncached */
#define BUS_DMA_PREFETCHABLE 0x800 /* dmamem_map: may write-combine */

/* Ours: of a load that may be bounced. */
#define BUS_DMA_OVERWRITE 0x10000 /* only what the device wrote is looked at */
#define BUS_DMA_NOBOUNCE 0x20000  /* rather fail */
/* Ours: the cache lines at the ends hold nothing that anyone stores to. */
#define BUS_DMA_OWNLINES 0x80000
/* Ours: create, load: a part at a time; see bus_dmamap_load_next. */
#define BUS_DMA_PARTIAL 0x100000
/* Ours, beside it, of a load: parts are multiples of 2^shift bytes; 0 to 31. */
#define BUS_DMA_GRANULE(shift) ((int)((unsigned)(shift) << 24))

/* Operations of bus_dmamap_sync: seen from the CPU, as a read or write call. */
#define BUS_DMASYNC_PREREAD 0x01   /* before the device writes memory */
#define BUS_DMASYNC_POSTREAD 0x02  /* after it did */
#define BUS_DMASYNC_PREWRITE 0x04  /* before the device reads memory */
#define BUS_DMASYNC_POSTWRITE 0x08 /* after it did */

/*
 * Create a map on `t' for loads of at most `size' bytes in at most
 * `nsegments' segments of at most `maxsegsz' bytes, none of which crosses a
 * multiple of `boundary' (a power of two; 0: none).  The tag's own limits
 * apply as well.
 * EINVAL: size, maxsegsz 0, nsegments below 1, boundary no power of two;
 * ENOMEM.  Context: may wait.
 */
int bus_dmamap_create(bus_dma_tag_t t, bus_size_t size, int nsegments,
    bus_size_t maxsegsz, bus_size_t boundary, int flags, bus_dmamap_t *mapp);

/* Unload the map if it is loaded and free it.  Context: thread. */
void bus_dmamap_destroy(bus_dma_tag_t t, bus_dmamap_t map);

/*
 * Load `map': find the segments through which the device reaches the buffer.
 *
 * On success dm_mapsize, dm_nsegs and dm_segs describe the mapping; a length
 * of 0 succeeds and leaves the map as if unloaded.  On failure they are 0 and
 * nothing is held.  A load on a loaded map unloads it first and is reported.
 * EINVAL: longer than the map, or not a legal call; EFBIG: can never fit in
 * the map's segments; ENOMEM: a later retry can succeed; EFAULT: an address
 * that does not translate or that the device can't reach.  When a load is
 * wrong in several ways, which of them is returned is not specified.
 * Context: any with BUS_DMA_NOWAIT and kernel memory; else may wait.
 */

/* A linear buffer in the address space of `p'; NULL: the kernel's. */
int bus_dmamap_load(bus_dma_tag_t t, bus_dmamap_t map, void *buf,
    bus_size_t buflen, struct proc *p, int flags);

/* An mbuf chain with a packet header, through the platform's accessors. */
int bus_dmamap_load_mbuf(
    bus_dma_tag_t t, bus_dmamap_t map, struct mbuf *m, int flags);

/* The first uio_resid bytes of a uio, through the platform's accessors. */
int bus_dmamap_load_uio(
    bus_dma_tag_t t, bus_dmamap_t map, struct uio *uio, int flags);

/* The first `size' bytes of physical memory in `segs'. */
int bus_dmamap_load_raw(bus_dma_tag_t t, bus_dmamap_t map,
    bus_dma_segment_t *segs, int nsegs, bus_size_t size, int flags);

/* Ours: a chain of the host's own type, through its accessors. */
int bus_dmamap_load_chain(bus_dma_tag_t t, bus_dmamap_t map,
    const struct busdma_chain_ops *ops, const void *chain, int flags);

/*
 * Ours: loads in parts, of a map that was created with BUS_DMA_PARTIAL.  Where
 * a load with that flag can't have all, be it longer than the map, it maps as
 * much as fits from the beginning; dm_mapsize says how much.  This ends that
 * mapping (it never syncs) and maps as much as fits of what follows; when all
 * is done, the map is left as after a load of length 0.
 * Until then the buffer, and what describes it, stays as it was.  Offsets count
 * from the mapping's beginning; dm_maxsegsz stays.  A mapping that is not the
 * last is whole pages long (and a multiple of the tag's alignment and of the
 * load's BUS_DMA_GRANULE), or where that does not fit, the largest power of two
 * that does, from these on.
 * Waits, where the load may wait, only if nothing fits at all.
 * Errors as of a load: the map is then not loaded, and the call can be made
 * again.  EINVAL also: nothing was loaded, which is reported.
 * Context: that of the load, by its flags.
 */
int bus_dmamap_load_next(bus_dma_tag_t t, bus_dmamap_t map);

/*
 * End the mapping.  Never syncs.  Restores dm_maxsegsz.
 * Unloading a map that is not loaded is reported.  Context: any.
 */
void bus_dmamap_unload(bus_dma_tag_t t, bus_dmamap_t map);

/*
 * Hand [offset, offset + len) of the mapping to the device (PRE) or back to
 * the CPU (POST).  `ops' is any mix of PRE operations or any mix of POST
 * operations.  A range outside the mapping is reported and clipped; PRE with
 * POST is reported, and POST is done before PRE.  Context: any.
 */
void bus_dmamap_sync(bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t offset,
    bus_size_t len, int ops);

/*
 * Allocate `size' bytes, rounded up to pages, of memory that the devices of
 * `t' reach, in at most `nsegs' runs.  `alignment' (0: a page) and `boundary'
 * (0: none) are powers of two and hold for the addresses that the device will
 * see; ds_addr is the physical address.  *rsegs is the number of runs.
 * EINVAL; ENOMEM: no memory, or a cap is reached; nothing is held after a
 * failure.  Context: may wait.
 */
int bus_dmamem_alloc(bus_dma_tag_t t, bus_size_t size, bus_size_t alignment,
    bus_size_t boundary, bus_dma_segment_t *segs, int nsegs, int *rsegs,
    int flags);

/*
 * Free what bus_dmamem_alloc returned on `t'.  A second free is reported;
 * memory that is still loaded in a map of `t' is reported and stays allocated
 * (where the platform has pl_account).  Context: thread.
 */
void bus_dmamem_free(bus_dma_tag_t t, bus_dma_segment_t *segs, int nsegs);

/*
 * Map the first `size' bytes of `segs' into one contiguous range of kernel
 * addresses.  BUS_DMA_COHERENT, BUS_DMA_NOCACHE, BUS_DMA_PREFETCHABLE are
 * hints; the last two exclude each other.
 * EINVAL, ENOMEM.  Context: may wait.
 */
int bus_dmamem_map(bus_dma_tag_t t, bus_dma_segment_t *segs, int nsegs,
    size_t size, void **kvap, int flags);

/* Undo bus_dmamem_map; `size' is the size that was mapped.  Context: thread. */
void bus_dmamem_unmap(bus_dma_tag_t t, void *kva, size_t size);

/*
 * What the platform's device pager wants for the page at `off' (a multiple of
 * the page) of `segs'; (paddr_t)-1 past the end, or for a bad offset.
 * Context: any that the platform's pager allows.
 */
paddr_t bus_dmamem_mmap(bus_dma_tag_t t, bus_dma_segment_t *segs, int nsegs,
    int64_t off, int prot, int flags);

/*
 * Make a tag that reaches only bus addresses [min_addr, max_addr], both
 * inclusive, of what `t' reaches.
 * EINVAL: min_addr above max_addr, or nothing of it within reach; ENOMEM.
 * Context: may wait.
 */
int bus_dmatag_subregion(bus_dma_tag_t t, bus_addr_t min_addr,
    bus_addr_t max_addr, bus_dma_tag_t *newtag, int flags);

/*
 * Ours: all that a device can ask of its memory.  A member that is 0 asks for
 * nothing.
 */
struct bus_dma_limits {
	bus_addr_t dl_low;       /* lowest bus address, inclusive */
	bus_addr_t dl_high;      /* highest, inclusive; 0: no limit */
	bus_size_t dl_alignment; /* of every segment's address: power of 2 */
	bus_size_t dl_boundary;  /* that no segment crosses: power of 2 */
	bus_size_t dl_maxsegsz;  /* most bytes in a segment */
	/*
	 * Low address bits, one less than a power of two, that are the same
	 * on the bus as in physical memory.  A page's worth always is.
	 */
	bus_size_t dl_minalignmask;
	int dl_nsegments; /* most segments in a map */
	/*
	 * A cap: most bytes of DMA memory that are handed out at a time
	 * through the new tag and all tags made from it, together.
	 */
	bus_size_t dl_memory;
};

/*
 * Ours: make a tag that keeps the limits of `t' and those of `lim' too.
 * A limit looser than that of `t' has no effect.
 * EINVAL: a limit that is malformed, that contradicts another, or that leaves
 * no reachable address; a cap on a platform without pl_account; ENOMEM.
 * Context: may wait.
 */
int bus_dmatag_restrict(bus_dma_tag_t t, const struct bus_dma_limits *lim,
    bus_dma_tag_t *newtag, int flags);

/*
 * Ours: for drivers that can't wait.  After loads through `t' have failed with
 * ENOMEM for want of what other mappings hold (not BUS_DMA_WAITOK ones, which
 * wait), `dc_func' is called when some of that has come back, once each time.
 * Callbacks and loads that wait are served in the order of their failures:
 * until it has been called, a load that doesn't wait fails; loads made in it
 * come before those of whoever stands behind it.
 *
 * dc_func is called in a bus_dmamap_unload, _destroy or _load_next, or in what
 * may wait, of any tag that has the same memory to share, on any CPU, with no
 * lock of the library's held: it must not take a lock that is held around such
 * a call, and must not wait.  It may load, sync and unload maps other than the
 * one that is being unloaded; what it unloads makes no call within the call.
 * On a stack where several layers run out, two CPUs may be in it.
 */
struct busdma_callback;
struct bus_dma_callback {
	void (*dc_func)(void *arg);
	void *dc_arg;

	/* The library's own, NULL before it is added and after it is removed */
	struct busdma_callback *_dc_layers;
	bus_dma_tag_t _dc_tag;
};

/*
 * From now on.  Where nothing runs out it is never called.  The callback stays
 * where it is, and the tag lives, until it is removed.
 * EINVAL: no function, added already, a tag that was destroyed; ENOMEM.
 * Context: thread.
 */
int bus_dmatag_callback_add(bus_dma_tag_t t, struct bus_dma_callback *dc);

/*
 * It is not being called any more, and will not be, when this returns: it waits
 * for a call on another CPU, by pl_wait, without that hook in a loop.  Not in
 * the callback, and not with a lock held that it takes.  What is not added is
 * left alone.  Context: thread.
 */
void bus_dmatag_callback_remove(bus_dma_tag_t t, struct bus_dma_callback *dc);

/*
 * Ours: give a map a name, for a person who reads statistics and reports.
 * The string is the driver's and must outlive the tag; NULL: none.  A tag
 * keeps each string once.
 * Counts as a load where calls are to be serialized.
 * EINVAL: not a map of `t'; ENOMEM: also with 32767 names.  Context: may wait.
 */
int bus_dmamap_label(bus_dma_tag_t t, bus_dmamap_t map, const char *label);

/* Ours: which limit a load met. */
enum bus_dma_reason {
	BUS_DMA_WHY_NONE,      /* it did not fail, or no account is kept */
	BUS_DMA_WHY_LENGTH,    /* longer than the map */
	BUS_DMA_WHY_SEGMENTS,  /* more segments than the map has */
	BUS_DMA_WHY_FRAGMENTS, /* more pieces than the map can record */
	BUS_DMA_WHY_ALIGNMENT, /* a segment would begin unaligned */
	BUS_DMA_WHY_REACH,     /* an address that the device can't reach */
	BUS_DMA_WHY_UNMAPPED,  /* an address that has no memory */
	BUS_DMA_WHY_ORIGIN,    /* a chain, uio or list that is not legal */
	BUS_DMA_WHY_RESOURCES, /* a layer had none left */
	BUS_DMA_WHY_CALLER,    /* reported: a caller's or a hook's error */
	BUS_DMA_WHY_LAYER,     /* a layer's reason that has no name here */
	BUS_DMA_NWHY
};

struct bus_dma_why {
	enum bus_dma_reason wy_reason;
	bus_size_t wy_offset; /* in the buffer: where it was met */
	/*
	 * The address at fault: as the buffer gives it, virtual or in
	 * bus_dmamap_load_raw physical (UNMAPPED); what the layers have made
	 * of it by then (REACH, SEGMENTS, ALIGNMENT); else 0.
	 */
	uint64_t wy_addr;
	/*
	 * The limit: LENGTH, bytes; SEGMENTS, how many; ALIGNMENT, of the
	 * tag; REACH, the tag's highest bus address; else 0.
	 */
	uint64_t wy_limit;
};

/*
 * Ours: why the last load of `map' failed, until it is loaded or unloaded
 * again; false: it did not, or the platform keeps no account.  `wy' is not
 * NULL.  Counts as a load where calls are to be serialized.  Context: any.
 */
bool bus_dmamap_why(bus_dma_tag_t t, bus_dmamap_t map, struct bus_dma_why *wy);

/* One line without a newline. */
const char *bus_dma_reason_text(enum bus_dma_reason reason);

/* Ours: a device's access that an IOMMU or a simulated machine refused. */
enum bus_dma_fault_reason {
	BUS_DMA_FAULT_UNMAPPED = 1, /* nothing is mapped there for it */
	BUS_DMA_FAULT_DIRECTION,    /* mapped for the other direction */
	BUS_DMA_FAULT_REACH,        /* above what the wires carry */
	BUS_DMA_FAULT_NOMEMORY,     /* mapped, and no memory behind it */
};

struct bus_dma_fault {
	enum bus_dma_fault_reason ft_reason;
	unsigned ft_requester; /* id on its bus */
	bool ft_write;         /* it would have written memory */
	bus_addr_t ft_addr;    /* bus address of the first byte refused */
	bus_size_t ft_len;     /* 0: not known */
	/* The nearest that is known, to compare with: it may be gone. */
	bus_dmamap_t ft_map; /* or NULL */
};

/*
 * Ours: call `func' for faults of the devices of `t', of the tags that it is
 * stacked on and of those made from it that have no handler of their own; NULL:
 * no longer.  Stacks that share a bottom tag share the handler, and it stays
 * when one of them is given up: a driver that goes sets NULL.  A call that has
 * begun on another CPU may still be going on when it is replaced.
 * `func' may be called in any context and must not wait; it may unload maps.
 * Context: any.
 */
typedef void bus_dma_fault_t(void *arg, const struct bus_dma_fault *ft);
void bus_dmatag_onfault(bus_dma_tag_t t, bus_dma_fault_t *func, void *arg);

/*
 * Give up a tag, however it was made.  It lives until its last map and the
 * last tag that was made from it are gone; giving it up before is reported.
 * Context: thread.
 */
void bus_dmatag_destroy(bus_dma_tag_t t);

#ifdef __cplusplus
}
#endif

#endif /* BUSDMA_BUS_DMA_H */
