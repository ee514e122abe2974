/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The error numbers that the library returns, for hosts without an
 * <errno.h>.  Only numbers that Linux and the BSDs share are used, so the
 * same archive serves all of them; a host's own <errno.h>, included before or
 * after this file, agrees with it.
 */
#ifndef BUSDMA_ERRNO_H
#define BUSDMA_ERRNO_H

#ifndef ENOMEM
#define ENOMEM 12 /* out of a resource: a later retry can succeed */
#endif
#ifndef EFAULT
#define EFAULT 14 /* does not translate, or out of the device's reach */
#endif
#ifndef EBUSY
#define EBUSY 16 /* still in use */
#endif
#ifndef EINVAL
#define EINVAL 22 /* not a legal call */
#endif
#ifndef EFBIG
#define EFBIG 27 /* can never fit: too many segments or fragments */
#endif

#endif /* BUSDMA_ERRNO_H */
