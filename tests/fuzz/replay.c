/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A harness without a fuzzer: does the inputs in the files, and in the files
 * of the folders, that it is given.  Speaks TAP.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* The longest input. */
#define MOST 65536

static unsigned done, bad;

static void
one(const char *name)
{
	FILE *f = fopen(name, "rb");
	/* Of its own size, so that a look behind its end is seen. */
	uint8_t *data = malloc(MOST), *input;
	size_t n;

	if (data == NULL)
		abort();
	if (f == NULL || (n = fread(data, 1, MOST, f), ferror(f) != 0)) {
		printf("not ok %u - %s can't be read\n", ++done, name);
		bad++;
	} else {
		input = malloc(n != 0 ? n : 1);
		if (input == NULL)
			abort();
		memcpy(input, data, n);
		/* To be seen where it does not come back. */
		printf("# %s\n", name);
		(void)fflush(stdout);
		(void)LLVMFuzzerTestOneInput(input, n);
		printf("ok %u - %s\n", ++done, strrchr(name, '/') + 1);
		free(input);
	}
	if (f != NULL)
		(void)fclose(f);
	free(data);
}

static int
seen(const struct dirent *de)
{
	return de->d_name[0] != '.';
}

static void
folder(const char *name)
{
	struct dirent **list;
	char path[4096];
	int i, n = scandir(name, &list, seen, alphasort);

	/* Not a folder. */
	if (n < 0) {
		(void)snprintf(path, sizeof(path), "./%s", name);
		one(name[0] == '/' ? name : path);
		return;
	}
	for (i = 0; i < n; i++) {
		(void)snprintf(
		    path, sizeof(path), "%s/%s", name, list[i]->d_name);
		one(path);
		free(list[i]);
	}
	free(list);
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		folder(argv[i]);
	printf("1..%u\n", done);
	return bad != 0 || done == 0;
}
