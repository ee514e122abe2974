/* SPDX-License-Identifier: BSD-2-Clause */
/* What a status means (4.6.1.2), for a person. */
#include "nvme/nvmevar.h"

/* Of the status codes of one type. */
struct text {
	uint8_t te_code;
	const char *te_text;
};

static const struct text generic[] = {
	{ 0x00, "done" },
	{ 0x01, "no such command" },
	{ 0x02, "a field of the command is invalid" },
	{ 0x03, "the command's identifier is in use" },
	{ 0x04, "data could not be transferred" },
	{ 0x05, "aborted: power is lost" },
	{ 0x06, "internal error" },
	{ 0x07, "aborted, as was asked for" },
	{ 0x08, "aborted: its queue was deleted" },
	{ 0x0b, "no such namespace" },
	{ 0x0c, "out of order" },
	{ 0x13, "a PRP entry has a wrong offset" },
	{ 0x15, "the operation is denied" },
	{ 0x1c, "sanitizing has failed" },
	{ 0x1d, "sanitizing is going on" },
	{ 0x20, "the namespace is write protected" },
	{ 0x21, "interrupted" },
	{ 0x22, "the transport has failed for now" },
	{ 0x80, "blocks out of range" },
	{ 0x81, "capacity exceeded" },
	{ 0x82, "the namespace is not ready" },
	{ 0x83, "a reservation conflicts" },
	{ 0x84, "formatting is going on" },
};

static const struct text specific[] = {
	{ 0x00, "no such completion queue" },
	{ 0x01, "no such queue" },
	{ 0x02, "not a legal size of a queue" },
	{ 0x03, "too many Abort commands" },
	{ 0x05, "too many Asynchronous Event Request commands" },
	{ 0x08, "no such interrupt vector" },
	{ 0x80, "attributes conflict" },
	{ 0x81, "protection information is invalid" },
	{ 0x82, "a write to what can only be read" },
};

static const struct text medium[] = {
	{ 0x80, "a write fault" },
	{ 0x81, "an unrecovered read error" },
	{ 0x82, "a guard check has failed" },
	{ 0x85, "a comparison has failed" },
	{ 0x86, "access is denied" },
	{ 0x87, "a block that was deallocated or not written" },
};

static const char *
find(const struct text *te, unsigned n, uint32_t code)
{
	for (; n > 0; te++, n--) {
		if (te->te_code == code)
			return te->te_text;
	}
	return "an error without a name here";
}

const char *
nvme_status_text(uint32_t status)
{
	const uint32_t code = NVME_ST_SC(status);

	if (status == NVME_ST_RESET)
		return "ended by a reset";
	if (status == NVME_ST_LOAD)
		return "the rest of the buffer could not be loaded";
	switch (NVME_ST_SCT(status)) {
	case 0:
		return find(generic, sizeof(generic) / sizeof(*generic), code);
	case 1:
		return find(
		    specific, sizeof(specific) / sizeof(*specific), code);
	case 2:
		return find(medium, sizeof(medium) / sizeof(*medium), code);
	case 3:
		return "an error of the path";
	case 7:
		return "an error of the vendor's own";
	default:
		return "an error of a type without a name here";
	}
}
