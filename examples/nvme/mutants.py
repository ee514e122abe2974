# SPDX-License-Identifier: BSD-2-Clause
"""The mistakes that tests/mutants.py makes in the NVMe driver."""
SOURCES = ["nvme/queue.c", "nvme/prp.c", "nvme/io.c", "nvme/nvme.c",
           "nvme/admin.c"]

MISTAKES = [
    ("	return addr;\n}\n\n/* The next segment,",
     "	return addr & ~mask;\n}\n\n/* The next segment,",
     "the first PRP entry without its offset"),
    ("	for (; n > 0; n--) {\n		if (i == sc->sc_listsize",
     "	for (entry_next(sc, pg); n > 1; n--) {\n"
     "		if (i == sc->sc_listsize",
     "a list without its first entry"),
    ("sl->sl_lists[sl->sl_nlists]->pb_addr", "sl->sl_lists[0]->pb_addr",
     "a list that names itself"),
    ("if (i == sc->sc_listsize - 1 && n > 1)", "if (i == sc->sc_listsize - 1)",
     "a list that names another for its last entry"),
    ("		if (i > 0 && (seg[i].ds_addr & mask) != 0)\n"
     "			return false;\n", "",
     "segments that begin inside a page"),
    ("		    ((seg[i].ds_addr + seg[i].ds_len) & mask) != 0)\n"
     "			return false;\n", "		    false)\n			return false;\n",
     "segments that end inside a page"),
    ("		.dl_alignment = NVME_PRP_ALIGN,\n", "",
     "no alignment of data"),
    ("		.dl_alignment = nvme_pagesize(sc),\n", "",
     "no alignment of queues"),
    ("		qu->qu_phase ^= NVME_CQE_PHASE;", "		;",
     "a phase that does not change"),
    ("	/* Or there might be more completions than the queue has entries. */\n"
     "	nvme_queue_taken(sc, qu);\n", "",
     "commands before the head is told"),
    ("		sl->sl_tries++;\n", "", "tries without end"),
    ("(status & NVME_ST_DNR) == 0 &&", "true &&", "tries against DNR"),
    ("	sl->sl_done += map->dm_mapsize;\n",
     "	sl->sl_done = map->dm_mapsize;\n", "parts that are not added up"),
    ("rq->rq_lba + (sl->sl_done >> sc->sc_blockshift)", "rq->rq_lba",
     "each part at the first block"),
    ("	le_put32(cmd + NVME_SQE_CDW12, blocks - 1);",
     "	le_put32(cmd + NVME_SQE_CDW12, blocks);", "a block too many"),
    ("		sc->sc_reserved = false;\n", "		;\n",
     "a reserve that is used once"),
    ("	if (sc->sc_maxxfer > most)\n		sc->sc_maxxfer = most;\n",
     "	if (sc->sc_maxxfer < most)\n		sc->sc_maxxfer = most;\n",
     "more blocks than a command takes"),
    ("	if (depth > sc->sc_entries)\n		depth = sc->sc_entries;\n"
     "	error = nvme_lists_create",
     "	error = nvme_lists_create", "more entries than CAP.MQES"),
    ("mdts != 0 && mdts < 32 &&", "mdts > 99 &&",
     "more bytes than MDTS"),
    ("	if (*npairs > (got & 0xffff) + 1)\n"
     "		*npairs = (got & 0xffff) + 1;\n"
     "	if (*npairs > (got >> 16) + 1)\n", "	if (*npairs == 0)\n",
     "more queues than were granted"),
    ("	sc->sc_stride = NVME_CAP_DSTRD(hi);", "	sc->sc_stride = 0;",
     "doorbells of another stride"),
    ("NVME_CC_MPS(sc->sc_pageshift - NVME_PAGE_SHIFT)", "NVME_CC_MPS(0u)",
     "pages of another size"),
    ("qu->qu_slots[k].sl_sent && !abort_one(sc, qu, k))",
     "qu->qu_slots[k].sl_sent && false)", "no Abort"),
]
