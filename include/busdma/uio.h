/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The library's own uio, for hosts that have none, with NetBSD's member
 * names.  A host with uios of its own sets pl_uio to accessors for those.
 * struct iovec is the host's where <sys/uio.h> exists; a host with another
 * one defines BUSDMA_HAVE_IOVEC.
 */
#ifndef BUSDMA_UIO_H
#define BUSDMA_UIO_H

#include <busdma/bus_dma.h>

#if !defined(BUSDMA_HAVE_IOVEC) && defined(__has_include)
#if __has_include(<sys/uio.h>)
#include <sys/uio.h>
#define BUSDMA_HAVE_IOVEC
#endif
#endif
#ifndef BUSDMA_HAVE_IOVEC
#define BUSDMA_HAVE_IOVEC
struct iovec {
	void *iov_base;
	size_t iov_len;
};
#endif

struct vmspace;

enum uio_rw { UIO_READ, UIO_WRITE };

struct uio {
	struct iovec *uio_iov;
	int uio_iovcnt;
	int64_t uio_offset; /* in the file: not the library's */
	size_t uio_resid;   /* bytes to be moved */
	enum uio_rw uio_rw;
	/* The busdma_space_t of the platform; NULL: the kernel's. */
	struct vmspace *uio_vmspace;
};

#endif /* BUSDMA_UIO_H */
