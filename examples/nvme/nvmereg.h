/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NVM Express: registers of the controller, entries of its queues, and what
 * it says of itself, as far as the driver uses them.  Section numbers are those
 * of the NVM Express Base Specification, revision 1.4.
 *
 * Everything in memory is little-endian.  Registers of 64 bits may be read and
 * written as two of 32.
 */
#ifndef EXAMPLES_NVME_NVMEREG_H
#define EXAMPLES_NVME_NVMEREG_H

/* 3.1: registers, by offset. */
#define NVME_CAP 0x00                  /* ro, 64 bits; of the lower half: */
#define NVME_CAP_MQES 0x0000ffffu      /* most entries in a queue, less one */
#define NVME_CAP_TO(lo) ((lo) >> 24)   /* units of 500 ms, to become ready */
#define NVME_CAP_HI 0x04               /* of the upper half: */
#define NVME_CAP_DSTRD(hi) ((hi)&0xfu) /* doorbells: 4 << it bytes apart */
#define NVME_CAP_CSS_NVM 0x00000020u   /* the NVM command set */
#define NVME_CAP_MPSMIN(hi) ((hi) >> 16 & 0xfu) /* pages: 4096 << it */
#define NVME_VS 0x08                            /* ro: version */
#define NVME_INTMS 0x0c                         /* wo: masks interrupts */
#define NVME_INTMC 0x10                         /* wo: clears that */
#define NVME_CC 0x14                            /* rw: configuration: */
#define NVME_CC_EN 0x00000001u
#define NVME_CC_MPS(x) ((x) << 7)
#define NVME_CC_SHN 0x0000c000u
#define NVME_CC_SHN_NORMAL 0x00004000u
#define NVME_CC_IOSQES(x) ((x) << 16)
#define NVME_CC_IOCQES(x) ((x) << 20)
#define NVME_CSTS 0x1c /* ro: status: */
#define NVME_CSTS_RDY 0x1u
#define NVME_CSTS_CFS 0x2u /* a fatal error */
#define NVME_CSTS_SHST 0xcu
#define NVME_CSTS_SHST_DONE 0x8u
#define NVME_AQA 0x24 /* rw: entries of the admin queues, each less one */
#define NVME_ASQ 0x28 /* rw, 64 bits: bus address of the submission queue */
#define NVME_ACQ 0x30 /* rw, 64 bits: of the completion queue */

#define NVME_GONE 0xffffffffu /* what every register is when nothing is there */
#define NVME_PAGE_SHIFT 12    /* of the smallest page that there can be */

/* 3.1.24: the doorbells of queue `id', `stride' being CAP.DSTRD. */
#define NVME_SQTDBL(id, stride) (0x1000u + ((2 * (id)) << (2 + (stride))))
#define NVME_CQHDBL(id, stride) (0x1000u + ((2 * (id) + 1) << (2 + (stride))))

/* 4.2: a command, by offset. */
#define NVME_SQE_SHIFT 6 /* 64 bytes */
#define NVME_SQE_SIZE 64
#define NVME_SQE_OPC 0    /* 8 bits */
#define NVME_SQE_CID 2    /* 16 bits */
#define NVME_SQE_NSID 4   /* 32 bits */
#define NVME_SQE_PRP1 24  /* 64 bits */
#define NVME_SQE_PRP2 32  /* 64 bits */
#define NVME_SQE_CDW10 40 /* 32 bits each */
#define NVME_SQE_CDW11 44
#define NVME_SQE_CDW12 48

/* 4.3: PRP entries, 64 bits. */
#define NVME_PRP_SIZE 8
#define NVME_PRP_ALIGN 4 /* of the first one's offset in its page */

/* 4.6: a completion, by offset. */
#define NVME_CQE_SHIFT 4 /* 16 bytes */
#define NVME_CQE_SIZE 16
#define NVME_CQE_DW0 0     /* 32 bits: of the command */
#define NVME_CQE_CID 12    /* 16 bits */
#define NVME_CQE_STATUS 14 /* 16 bits: the phase, and above it the status */
#define NVME_CQE_PHASE 0x0001u

/* 4.6.1: a status: code, type, and flags. */
#define NVME_ST_SC(st) ((st)&0xffu)
#define NVME_ST_SCT(st) ((st) >> 8 & 0x7u)
#define NVME_ST_MORE 0x2000u
#define NVME_ST_DNR 0x4000u /* do not retry */
#define NVME_ST_OK 0x0000u
#define NVME_ST_ABORTED 0x0007u    /* by an Abort */
#define NVME_ST_SQ_DELETED 0x0008u /* its queue was deleted */

/* 5: admin commands. */
#define NVME_ADMIN_CREATE_SQ 0x01
#define NVME_ADMIN_CREATE_CQ 0x05
#define NVME_ADMIN_IDENTIFY 0x06
#define NVME_ADMIN_ABORT 0x08
#define NVME_ADMIN_SET_FEATURES 0x09
#define NVME_ADMIN_ASYNC_EVENT 0x0c
#define NVME_QUEUE_PC 0x1u  /* CDW11: physically contiguous */
#define NVME_QUEUE_IEN 0x2u /* CDW11: interrupts */
#define NVME_ABORT_NOT 0x1u /* DW0: it was not aborted */
#define NVME_FEATURE_QUEUES 0x07

/* 5.15: Identify: 4096 bytes, of which */
#define NVME_IDENTIFY_SIZE 4096
#define NVME_CNS_NAMESPACE 0x00
#define NVME_CNS_CONTROLLER 0x01
#define NVME_CNS_NAMESPACES 0x02 /* a list of 32 bits each */
#define NVME_ID_SN 4             /* the controller: 20 characters */
#define NVME_ID_SN_SIZE 20
#define NVME_ID_MDTS 77  /* 8 bits: most pages to move, a power; 0: any */
#define NVME_ID_SQES 512 /* 8 bits: sizes of entries: least, most */
#define NVME_ID_CQES 513 /* likewise */
#define NVME_ID_NSZE 0   /* the namespace: 64 bits: blocks */
#define NVME_ID_FLBAS 26 /* 8 bits: which format */
#define NVME_ID_DPS 29   /* 8 bits: protection, of which type */
#define NVME_ID_LBAF(i) (128 + 4 * (i))        /* 32 bits: */
#define NVME_LBAF_MS(x) ((x)&0xffffu)          /* bytes of metadata */
#define NVME_LBAF_LBADS(x) ((x) >> 16 & 0xffu) /* a power: bytes */

/* 6: commands of the NVM command set. */
#define NVME_CMD_FLUSH 0x00
#define NVME_CMD_WRITE 0x01
#define NVME_CMD_READ 0x02
#define NVME_MAXBLOCKS 65536 /* in a read or write */

#endif /* EXAMPLES_NVME_NVMEREG_H */
