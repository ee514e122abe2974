/* SPDX-License-Identifier: BSD-2-Clause */
/* An NVMe controller for tests: see model.h. */
#include "nvme/model.h"

#include <stdlib.h>
#include <string.h>

#include "le.h"

#define CSTS(mo) ((mo)->mo_reg[NVME_CSTS / 4])
#define PAGE(mo) \
	((bus_size_t)1 << (NVME_PAGE_SHIFT + ((mo)->mo_reg[5] >> 7 & 0xf)))
#define BAD_FIELD 0x4002u
#define BAD_OPCODE 0x4001u
#define BAD_NSID 0x400bu
#define BAD_OFFSET 0x4013u
#define BAD_LBA 0x4080u
#define BAD_DATA 0x4004u

const struct model_config model_plain = {
	.mc_cap = { 0x0f0100ffu, 0x00000020u },
	.mc_mdts = 7,
	.mc_blockshift = 9,
	.mc_pairs = 4,
	.mc_disk = 2u << 20,
};

/* A transfer: the pages that two entries name. */
struct walk {
	struct model *wa_model;
	bus_addr_t wa_prp2;
	bus_addr_t wa_list; /* of the next entry; 0: none was read */
	bus_size_t wa_left; /* bytes behind the page at hand */
	unsigned wa_n;
};

static uint16_t
complain(struct model *mo, bus_addr_t addr, const char *text)
{
	busdma_sim_complain(mo->mo_dev, addr, 0, text);
	return BAD_OFFSET;
}

/* The next entry; a list's last one names the next list, where there is more */
static uint16_t
walk_next(struct walk *wa, bus_addr_t *addrp)
{
	struct model *mo = wa->wa_model;
	const bus_addr_t mask = PAGE(mo) - 1;
	uint8_t entry[NVME_PRP_SIZE];

	if (wa->wa_n++ == 0 && wa->wa_left <= mask + 1) {
		*addrp = wa->wa_prp2;
	} else {
		if (wa->wa_n == 1)
			wa->wa_list = wa->wa_prp2;
		for (;;) {
			if (busdma_sim_dma_read(mo->mo_dev, wa->wa_list, entry,
				sizeof(entry)) != 0)
				return BAD_DATA;
			*addrp = le_get64(entry);
			wa->wa_list += NVME_PRP_SIZE;
			if ((wa->wa_list & mask) != 0 ||
			    wa->wa_left <= mask + 1)
				break;
			wa->wa_list = *addrp;
			if ((wa->wa_list & 7) != 0)
				return complain(
				    mo, *addrp, "a list that is not aligned");
		}
	}
	if ((*addrp & mask) != 0)
		return complain(mo, *addrp, "a PRP entry with an offset");
	return 0;
}

/* Move bytes between `p' and what the entries name. */
static uint16_t
move(struct model *mo, const uint8_t *cmd, uint8_t *p, bus_size_t len, bool out)
{
	struct walk wa = { .wa_model = mo };
	bus_addr_t addr = le_get64(cmd + NVME_SQE_PRP1);
	bus_size_t n = PAGE(mo) - (addr & (PAGE(mo) - 1));
	uint16_t error;

	wa.wa_prp2 = le_get64(cmd + NVME_SQE_PRP2);
	if ((addr & 3) != 0)
		return complain(mo, addr, "a PRP entry that is not aligned");
	for (wa.wa_left = len;; n = PAGE(mo)) {
		if (n > wa.wa_left)
			n = wa.wa_left;
		if ((out ? busdma_sim_dma_write(mo->mo_dev, addr, p, (size_t)n)
			 : busdma_sim_dma_read(
			       mo->mo_dev, addr, p, (size_t)n)) != 0)
			return BAD_DATA;
		p += n;
		wa.wa_left -= n;
		if (wa.wa_left == 0)
			return 0;
		error = walk_next(&wa, &addr);
		if (error != 0)
			return error;
	}
}

static uint16_t
transfer(struct model *mo, const uint8_t *cmd)
{
	uint64_t lba = le_get64(cmd + NVME_SQE_CDW10);
	uint64_t n = le_get16(cmd + NVME_SQE_CDW12) + 1;
	uint64_t blocks = mo->mo_config.mc_disk >> mo->mo_config.mc_blockshift;
	bus_size_t len = n << mo->mo_config.mc_blockshift;

	if (le_get32(cmd + NVME_SQE_NSID) != 1)
		return BAD_NSID;
	if (cmd[NVME_SQE_OPC] == NVME_CMD_FLUSH)
		return 0;
	if (cmd[NVME_SQE_OPC] != NVME_CMD_READ &&
	    cmd[NVME_SQE_OPC] != NVME_CMD_WRITE)
		return BAD_OPCODE;
	if (lba > blocks || n > blocks - lba)
		return BAD_LBA;
	if (mo->mo_config.mc_mdts != 0 &&
	    len >> mo->mo_config.mc_mdts >
		(bus_size_t)4096 << (mo->mo_config.mc_cap[1] >> 16 & 0xf)) {
		(void)complain(mo, lba, "more than MDTS says");
		return BAD_FIELD;
	}
	return move(mo, cmd, mo->mo_disk + (lba << mo->mo_config.mc_blockshift),
	    len, cmd[NVME_SQE_OPC] == NVME_CMD_READ);
}

static uint16_t
identify(struct model *mo, const uint8_t *cmd)
{
	const struct model_config *mc = &mo->mo_config;
	uint8_t page[NVME_IDENTIFY_SIZE];

	memset(page, 0, sizeof(page));
	switch (le_get32(cmd + NVME_SQE_CDW10)) {
	case NVME_CNS_CONTROLLER:
		memcpy(page + NVME_ID_SN, "MODEL               ", 20);
		page[NVME_ID_MDTS] = (uint8_t)mc->mc_mdts;
		page[NVME_ID_SQES] = mc->mc_sqes != 0 ? mc->mc_sqes : 0x66;
		page[NVME_ID_CQES] = mc->mc_cqes != 0 ? mc->mc_cqes : 0x44;
		break;
	case NVME_CNS_NAMESPACES:
		page[0] = !mc->mc_nonamespace;
		break;
	case NVME_CNS_NAMESPACE:
		le_put64(page + NVME_ID_NSZE, mc->mc_disk >> mc->mc_blockshift);
		page[NVME_ID_FLBAS] = 1;
		page[NVME_ID_DPS] = mc->mc_dps;
		le_put32(page + NVME_ID_LBAF(1),
		    mc->mc_blockshift << 16 | mc->mc_lbaf);
		break;
	default:
		return BAD_FIELD;
	}
	return move(mo, cmd, page, sizeof(page), true);
}

static uint16_t
create_queue(struct model *mo, const uint8_t *cmd, bool cq)
{
	uint32_t which = le_get32(cmd + NVME_SQE_CDW10);
	uint32_t flags = le_get32(cmd + NVME_SQE_CDW11);
	bus_addr_t at = le_get64(cmd + NVME_SQE_PRP1);
	unsigned id = which & 0xffff, entries = (which >> 16) + 1;
	struct model_queue *mq = &mo->mo_queues[id];

	if (id == 0 || id > mo->mo_config.mc_pairs || id >= MODEL_QUEUES ||
	    (cq ? mq->mq_cqentries : mq->mq_entries) != 0)
		return 0x4101;
	if (entries < 2 || entries - 1 > (mo->mo_config.mc_cap[0] & 0xffff))
		return 0x4102;
	if ((flags & NVME_QUEUE_PC) == 0 || (at & (PAGE(mo) - 1)) != 0)
		return BAD_FIELD;
	if (cq) {
		mq->mq_cq = at;
		mq->mq_cqentries = entries;
		mq->mq_ien = (flags & NVME_QUEUE_IEN) != 0;
		mq->mq_phase = 1;
	} else if (flags >> 16 != id || mq->mq_cqentries == 0) {
		return 0x4100;
	} else {
		mq->mq_sq = at;
		mq->mq_entries = entries;
	}
	return 0;
}

static void complete(
    struct model *mo, unsigned id, unsigned cid, uint16_t status, uint32_t dw0);

static uint32_t
abort_one(struct model *mo, const uint8_t *cmd)
{
	uint32_t which = le_get32(cmd + NVME_SQE_CDW10);

	mo->mo_aborts++;
	if (!mo->mo_canabort || !mo->mo_hanging ||
	    which != (mo->mo_cid << 16 | mo->mo_sqid))
		return NVME_ABORT_NOT;
	mo->mo_hanging = false;
	complete(mo, mo->mo_sqid, mo->mo_cid, NVME_ST_ABORTED, 0);
	return 0;
}

static uint16_t
admin(struct model *mo, const uint8_t *cmd, uint32_t *dw0)
{
	switch (cmd[NVME_SQE_OPC]) {
	case NVME_ADMIN_IDENTIFY:
		return identify(mo, cmd);
	case NVME_ADMIN_SET_FEATURES:
		*dw0 = (mo->mo_config.mc_pairs - 1) << 16 |
		       (mo->mo_config.mc_pairs - 1);
		return le_get32(cmd + NVME_SQE_CDW10) == NVME_FEATURE_QUEUES
			   ? 0
			   : BAD_FIELD;
	case NVME_ADMIN_CREATE_CQ:
	case NVME_ADMIN_CREATE_SQ:
		return create_queue(
		    mo, cmd, cmd[NVME_SQE_OPC] == NVME_ADMIN_CREATE_CQ);
	case NVME_ADMIN_ABORT:
		*dw0 = abort_one(mo, cmd);
		return 0;
	default:
		return BAD_OPCODE;
	}
}

static void
complete(
    struct model *mo, unsigned id, unsigned cid, uint16_t status, uint32_t dw0)
{
	struct model_queue *mq = &mo->mo_queues[id];
	uint8_t cqe[NVME_CQE_SIZE] = { 0 };
	unsigned next = mq->mq_cqtail + 1;

	le_put32(cqe, dw0);
	le_put16(cqe + 8, mq->mq_head);
	le_put16(cqe + 10, id);
	le_put16(cqe + NVME_CQE_CID, cid);
	le_put16(cqe + NVME_CQE_STATUS, (uint32_t)status << 1 | mq->mq_phase);
	if (next == mq->mq_cqentries)
		next = 0;
	if (next == mq->mq_cqhead)
		(void)complain(mo, mq->mq_cq, "a completion queue is full");
	/* The phase comes last. */
	if (busdma_sim_dma_write(mo->mo_dev,
		mq->mq_cq + mq->mq_cqtail * NVME_CQE_SIZE, cqe, 14) != 0 ||
	    busdma_sim_dma_write(mo->mo_dev,
		mq->mq_cq + mq->mq_cqtail * NVME_CQE_SIZE + 14, cqe + 14,
		2) != 0) {
		CSTS(mo) |= NVME_CSTS_CFS;
		return;
	}
	mq->mq_cqtail = next;
	if (next == 0)
		mq->mq_phase ^= 1;
	if (mq->mq_ien && !mo->mo_masked)
		busdma_sim_intr(mo->mo_dev);
}

/* What the test says of a command; true: it is not to be done. */
static bool
wrong(struct model *mo, unsigned id, const uint8_t *cmd, uint16_t *status)
{
	if (mo->mo_times == 0 || mo->mo_admin != (id == 0) ||
	    mo->mo_opcode != cmd[NVME_SQE_OPC])
		return false;
	mo->mo_times--;
	*status = mo->mo_status;
	if (mo->mo_hang) {
		mo->mo_cid = le_get16(cmd + NVME_SQE_CID);
		mo->mo_sqid = id;
		mo->mo_hanging = true;
	}
	return true;
}

static void
take(struct model *mo, unsigned id)
{
	struct model_queue *mq = &mo->mo_queues[id];
	uint8_t cmd[NVME_SQE_SIZE];
	uint16_t status = 0;
	uint32_t dw0 = 0;
	unsigned cid;

	if (busdma_sim_dma_read(mo->mo_dev,
		mq->mq_sq + mq->mq_head * NVME_SQE_SIZE, cmd,
		sizeof(cmd)) != 0 ||
	    ++mo->mo_commands == mo->mo_failat) {
		CSTS(mo) |= NVME_CSTS_CFS;
		return;
	}
	if (++mq->mq_head == mq->mq_entries)
		mq->mq_head = 0;
	cid = le_get16(cmd + NVME_SQE_CID);
	if (wrong(mo, id, cmd, &status)) {
		if (mo->mo_hang)
			return;
	} else {
		status = id == 0 ? admin(mo, cmd, &dw0) : transfer(mo, cmd);
	}
	if (mo->mo_stray)
		complete(mo, id, cid ^ 0x20, status, dw0);
	complete(mo, id, cid, status, dw0);
}

/* A command of any queue that has one, as the machine's seed says. */
static bool
model_step(void *softc)
{
	struct model *mo = softc;
	unsigned first, i, id;

	if (mo->mo_gone || (CSTS(mo) & NVME_CSTS_RDY) == 0 ||
	    (CSTS(mo) & NVME_CSTS_CFS) != 0)
		return false;
	first = (unsigned)(busdma_sim_random(busdma_sim_of(mo->mo_dev)) %
			   MODEL_QUEUES);
	for (i = 0; i < MODEL_QUEUES; i++) {
		id = (first + i) % MODEL_QUEUES;
		if (mo->mo_queues[id].mq_head != mo->mo_queues[id].mq_tail) {
			take(mo, id);
			return true;
		}
	}
	return false;
}

static void
write_cc(struct model *mo, uint32_t value)
{
	struct model_queue *mq = &mo->mo_queues[0];
	uint32_t aqa = mo->mo_reg[NVME_AQA / 4];
	bool on = (mo->mo_reg[NVME_CC / 4] & NVME_CC_EN) != 0;

	mo->mo_reg[NVME_CC / 4] = value;
	if ((value & NVME_CC_SHN) == NVME_CC_SHN_NORMAL)
		CSTS(mo) |= NVME_CSTS_SHST_DONE;
	if (on == ((value & NVME_CC_EN) != 0) || mo->mo_neverready)
		return;
	memset(mo->mo_queues, 0, sizeof(mo->mo_queues));
	mo->mo_hanging = mo->mo_masked = false;
	CSTS(mo) = on ? 0 : NVME_CSTS_RDY;
	if (on)
		return;
	mq->mq_entries = (aqa & 0xfff) + 1;
	mq->mq_cqentries = (aqa >> 16) + 1;
	mq->mq_sq = mo->mo_reg[10] | (bus_addr_t)mo->mo_reg[11] << 32;
	mq->mq_cq = mo->mo_reg[12] | (bus_addr_t)mo->mo_reg[13] << 32;
	mq->mq_phase = 1;
	mq->mq_ien = true;
	if (((mq->mq_sq | mq->mq_cq) & (PAGE(mo) - 1)) != 0 ||
	    mq->mq_entries < 2 || mq->mq_cqentries < 2 ||
	    (value >> 16 & 0xff) != 0x46)
		busdma_sim_complain_reg(
		    mo->mo_dev, NVME_CC, value, "admin queues that can't be");
}

static void
doorbell(struct model *mo, uint32_t reg, uint32_t value)
{
	unsigned shift = 2 + (mo->mo_config.mc_cap[1] & 0xf);
	unsigned n = (reg - 0x1000) >> shift, id = n / 2;
	struct model_queue *mq = &mo->mo_queues[id % MODEL_QUEUES];
	bool cq = n % 2 == 1;

	if (id >= MODEL_QUEUES || (reg & ((1u << shift) - 1)) != 0 ||
	    value >= (cq ? mq->mq_cqentries : mq->mq_entries)) {
		busdma_sim_complain_reg(
		    mo->mo_dev, reg, value, "a doorbell of no queue or entry");
		return;
	}
	if (cq)
		mq->mq_cqhead = value;
	else
		mq->mq_tail = value;
}

static void
model_write(void *softc, uint32_t reg, unsigned width, uint64_t value)
{
	struct model *mo = softc;
	uint32_t v = (uint32_t)value;

	if (mo->mo_gone)
		return;
	if (width != 4 || (reg >= 0x38 && reg < 0x1000)) {
		busdma_sim_complain_reg(
		    mo->mo_dev, reg, width, "not a register, or a part of it");
		return;
	}
	if (reg >= 0x1000)
		doorbell(mo, reg, v);
	else if (reg == NVME_CC)
		write_cc(mo, v);
	else if (reg == NVME_INTMS || reg == NVME_INTMC)
		mo->mo_masked = reg == NVME_INTMS;
	else if (reg >= NVME_AQA)
		mo->mo_reg[reg / 4] = v;
}

static uint64_t
model_read(void *softc, uint32_t reg, unsigned width)
{
	struct model *mo = softc;

	if (mo->mo_gone)
		return NVME_GONE;
	if (width != 4 || reg >= 0x38) {
		busdma_sim_complain_reg(
		    mo->mo_dev, reg, width, "not a register, or a part of it");
		return NVME_GONE;
	}
	return mo->mo_reg[reg / 4];
}

static void
model_destroy(void *softc)
{
	struct model *mo = softc;

	free(mo->mo_disk);
	free(mo);
}

static const struct busdma_sim_dev_ops model_ops = {
	.do_size = sizeof(struct busdma_sim_dev_ops),
	.do_name = "nvme",
	.do_read = model_read,
	.do_write = model_write,
	.do_step = model_step,
	.do_destroy = model_destroy,
};

int
model_create(struct busdma_sim_bus *bus, unsigned requester,
    const struct model_config *mc, struct model **mop)
{
	struct model *mo = calloc(1, sizeof(*mo));
	int error;

	if (mo == NULL)
		return ENOMEM;
	mo->mo_config = *mc;
	mo->mo_opcode = -1;
	memcpy(mo->mo_reg, mc->mc_cap, sizeof(mc->mc_cap));
	mo->mo_reg[NVME_VS / 4] = 0x10400;
	mo->mo_disk = calloc(1, (size_t)mc->mc_disk);
	error = mo->mo_disk == NULL ? ENOMEM
				    : busdma_sim_dev_create(bus, requester,
					  &model_ops, mo, &mo->mo_dev);
	if (error != 0) {
		model_destroy(mo);
		return error;
	}
	*mop = mo;
	return 0;
}
