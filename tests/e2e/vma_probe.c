// SPDX-License-Identifier: MIT
/*
 * vma_probe: maps video memory and prints what the kernel says of the mapping, and how
 * many faults it takes to touch all of it once and once more.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/e2e/lib/rm.h"

#define BYTES (4u << 20)
#define PAGE  4096u

static long faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt + usage.ru_majflt;
}

static long touch(const struct rm_map *map)
{
	long before = faults();

	for (size_t at = 0; at < map->length; at += PAGE)
		((volatile char *)map->address)[at] = 1;
	return faults() - before;
}

/* Protection of the mapping, and its line VmFlags. */
static int print_mapping(const struct rm_map *map)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	char line[512], bits[8] = "";
	bool inside = false;
	uintptr_t start, end;

	if (!file)
		return 1;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s", &start, &end, bits) == 3) {
			inside = start == (uintptr_t)map->address;
			if (inside)
				printf("protection=%s\nlength=%zu\n", bits, (size_t)(end - start));
		} else if (inside && !strncmp(line, "VmFlags:", 8)) {
			printf("flags=%s", line + 8);
		}
	}
	fclose(file);
	return 0;
}

int main(void)
{
	struct rm_gpu gpu;
	struct rm_map map;
	__u32 memory;
	struct rm rm;
	__u64 got;

	if (rm_open(&rm, "/dev") || rm_client_create(&rm) || rm_attach(&rm) ||
	    rm_gpu_open(&rm, 0, &gpu) ||
	    rm_memory_alloc(&gpu, RM_VIA_ALLOC64, BYTES, &memory, &got) ||
	    rm_memory_map(&gpu, memory, 0, BYTES, &map)) {
		fprintf(stderr, "vma_probe: cannot map video memory\n");
		return 1;
	}
	printf("first_faults=%ld\n", touch(&map));
	printf("more_faults=%ld\n", touch(&map));
	return print_mapping(&map);
}
