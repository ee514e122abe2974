/* SPDX-License-Identifier: BSD-2-Clause */
/* All tests of isa_dma(9) in one program, for its mutants. */
int isadma_main(void);
int isadmachan_main(void);
int isadmamem_main(void);

int
main(void)
{
	return isadmamem_main() | isadmachan_main() | isadma_main();
}
