// SPDX-License-Identifier: MIT
/*
 * Holds kmod/nvabi against the facts of every branch of NVIDIA's driver.
 *
 * facts/abi-VERSION.txt is what ./record printed when record.c was compiled with
 * the headers of NVIDIA's open kernel modules of that version: sizes, offsets
 * and numbers, nothing of the sources.  A fact that we do not know is a failure,
 * and so is a claim of ours that no fact backs.
 */
#include <dirent.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nvabi/branch.h"
#include "nvabi/nvclass.h"
#include "nvabi/nvctrl.h"
#include "nvabi/nvctrl_monitor.h"
#include "nvabi/nvengine.h"
#include "nvabi/nvevent.h"
#include "nvabi/nvhost.h"
#include "nvabi/nvos.h"
#include "nvabi/nvrmops.h"
#include "nvabi/nvstatus.h"
#include "nvabi/nvuvm.h"

#define FACTS "tests/abi/facts"
#define NEVER 1000000
#define SIZE_OF(type, member) sizeof(((struct type *)0)->member)

enum kind { NUMBER, BITS, STRUCT, MEMBER };

/*
 * What we say of one name of NVIDIA's, for branches from <= major < until.
 * STRUCT: value is the size.  MEMBER: value is the offset.  BITS: value is the
 * mask, size the shift.  by: the offset in struct nvabi_branch of a __u16 that
 * is the value, or for a MEMBER the number of elements of size bytes.
 */
struct claim {
	enum kind kind;
	const char *name;
	const char *member;
	unsigned int from;
	unsigned int until;
	unsigned long long value;
	unsigned long long size;
	size_t by;
};

#define TABLE offsetof(struct nvabi_branch, major)
#define BY(field) offsetof(struct nvabi_branch, field)

#define SIZ(type, ours, from, until) \
	{ STRUCT, #type, "", from, until, sizeof(struct ours), 0, TABLE },
#define MEM(type, member, ours, our_member, from, until) \
	{ MEMBER, #type, #member, from, until, offsetof(struct ours, our_member), \
	  SIZE_OF(ours, our_member), TABLE },

#define C(name)			{ NUMBER, #name, "", 0, NEVER, (__u32)(name), 0, TABLE },
#define C_SINCE(name, r)	{ NUMBER, #name, "", r, NEVER, (__u32)(name), 0, TABLE },
#define C_UNTIL(name, r)	{ NUMBER, #name, "", 0, r, (__u32)(name), 0, TABLE },
#define C_BY(name, field)	{ NUMBER, #name, "", 0, NEVER, 0, 0, BY(field) },
#define B(name)			{ BITS, #name, "", 0, NEVER, name##_MASK, name##_SHIFT, TABLE },
#define CAP(name)		{ NUMBER, #name, "", 0, NEVER, (__u32)(name), 0, TABLE },
#define S(type)			SIZ(type, type, 0, NEVER)
#define S_SINCE(type, r)	SIZ(type, type, r, NEVER)
#define S_BY(type, field)	{ STRUCT, #type, "", 0, NEVER, 0, 0, BY(field) },
#define S_AS(type, ours)	SIZ(type, ours, 0, NEVER)
#define S2(type, r)		SIZ(type, type, 0, r) SIZ(type, type##_R##r, r, NEVER)
#define F(type, m)		MEM(type, m, type, m, 0, NEVER)
#define F_SINCE(type, m, r)	MEM(type, m, type, m, r, NEVER)
#define F_UNTIL(type, m, r)	MEM(type, m, type, m, 0, r)
#define F_LIST(type, m, field) \
	{ MEMBER, #type, #m, 0, NEVER, offsetof(struct type, m), SIZE_OF(type, m[0]), \
	  BY(field) },
#define F2(type, r, m)		F_OLD(type, r, m) F_NEW(type, r, m)
#define F_OLD(type, r, m)	MEM(type, m, type, m, 0, r)
#define F_NEW(type, r, m)	MEM(type, m, type##_R##r, m, r, NEVER)
#define F_AS(type, r, m)	MEM(type, m, type, m, 0, r) MEM(type, m, type, m##_R##r, r, NEVER)

static const struct claim claims[] = {
#include "layouts.h"
};

#define CLAIMS (sizeof(claims) / sizeof(claims[0]))

static unsigned int tests;
static unsigned int failures;

static void ok(bool good, const char *format, ...)
{
	va_list ap;

	printf("%sok %u - abi:", good ? "" : "not ", ++tests);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	failures += !good;
}

/* A name has one claim for each branch, so the first that fits is the only one. */
static size_t find_claim(enum kind kind, const char *name, const char *member,
			 const struct nvabi_branch *branch)
{
	for (size_t i = 0; i < CLAIMS; i++) {
		const struct claim *c = &claims[i];

		if ((c->kind == kind || (kind == NUMBER && c->kind == BITS)) &&
		    branch->major >= c->from && branch->major < c->until &&
		    !strcmp(c->name, name) && !strcmp(c->member, member))
			return i;
	}
	return CLAIMS;
}

static unsigned int table_value(const struct nvabi_branch *branch, size_t by)
{
	__u16 value;

	memcpy(&value, (const char *)branch + by, sizeof(value));
	return value;
}

/* Says one line for each claim that differs from the fact. */
static bool holds(const struct claim *c, const struct nvabi_branch *branch,
		  unsigned long long value, unsigned long long size)
{
	unsigned long long our_value = c->value;
	unsigned long long our_size = c->size;

	if (c->by != TABLE && c->kind == MEMBER)
		our_size *= table_value(branch, c->by);
	else if (c->by != TABLE)
		our_value = table_value(branch, c->by);
	if (our_value == value && our_size == size)
		return true;
	printf("# %s%s%s: the fact is %llu (%llu), ours is %llu (%llu)\n", c->name,
	       *c->member ? "." : "", c->member, value, size, our_value, our_size);
	return false;
}

/* Reads one line into what a claim says; false when the line is no fact. */
static bool read_fact(const char *line, char *type, char *name, char *member,
		      enum kind *kind, unsigned long long *value, unsigned long long *size)
{
	unsigned int hi, lo;

	*size = 0;
	*member = '\0';
	if (sscanf(line, "%127s size=%llu", name, value) == 2) {
		*kind = STRUCT;
		strcpy(type, name);
		return true;
	}
	if (sscanf(line, " .%127s @%llu (%llu)", member, value, size) == 3) {
		*kind = MEMBER;
		strcpy(name, type);
		return true;
	}
	if (sscanf(line, "%127s = %u:%u", name, &hi, &lo) == 3 && hi < 32 && lo <= hi) {
		*kind = BITS;
		*value = ((2ULL << hi) - 1) & ~((1ULL << lo) - 1);
		*size = lo;
		return true;
	}
	*kind = NUMBER;
	return sscanf(line, "%127s = 0x%llx", name, value) == 2;
}

static void check_facts(const char *version)
{
	const struct nvabi_branch *branch = nvabi_branch_find(version);
	bool seen[CLAIMS] = { false };
	char path[512], line[512];
	char type[128] = "", name[128], member[128];
	unsigned int bad = 0, unknown = 0, unbacked = 0, facts = 0;
	unsigned long long value, size;
	enum kind kind;
	FILE *file;

	ok(branch != NULL, "%s_branch_is_in_the_table", version);
	if (!branch)
		return;
	snprintf(path, sizeof(path), "%s/abi-%s.txt", FACTS, version);
	file = fopen(path, "re");
	ok(file != NULL, "%s_facts_can_be_read", version);
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		size_t i = CLAIMS;

		facts++;
		if (read_fact(line, type, name, member, &kind, &value, &size))
			i = find_claim(kind, name, member, branch);
		if (i == CLAIMS) {
			printf("# not in layouts.h: %s", line);
			unknown++;
			continue;
		}
		seen[i] = true;
		bad += !holds(&claims[i], branch, value, size);
	}
	fclose(file);
	for (size_t i = 0; i < CLAIMS; i++) {
		const struct claim *c = &claims[i];

		if (seen[i] || branch->major < c->from || branch->major >= c->until)
			continue;
		printf("# no fact: %s%s%s\n", c->name, *c->member ? "." : "", c->member);
		unbacked++;
	}
	ok(facts > 0 && !unknown, "%s_every_fact_is_known (%u facts)", version, facts);
	ok(!bad, "%s_every_claim_holds", version);
	ok(!unbacked, "%s_every_claim_has_a_fact", version);
}

/* What the table says and no fact states in one line: against numbers by hand. */
static void check_ioctl(const struct nvabi_branch *b, const char *name,
			const struct nvabi_ioctl *ioctl, unsigned int size, unsigned int status)
{
	ok(ioctl->size == size && ioctl->status == status, "%s_table_%s", b->name, name);
}

static void check_table(void)
{
	const struct nvabi_branch *b;

	for (b = nvabi_branches; b->name; b++) {
		const struct nvabi_uvm_map *map = &b->uvm_map_external;
		bool r550 = b->major >= 550, r580 = b->major >= 580, r595 = b->major >= 595;
		unsigned int gpus = r550 ? 256 : 32;

		check_ioctl(b, "map_memory_dma", &b->map_memory_dma, r580 ? 64 : 56,
			    r580 ? 56 : 48);
		check_ioctl(b, "unmap_memory_dma", &b->unmap_memory_dma, r550 ? 48 : 40,
			    r550 ? 40 : 32);
		check_ioctl(b, "export_to_dmabuf", &b->export_to_dmabuf, r580 ? 2608 : 2600,
			    r580 ? 2600 : 2592);
		check_ioctl(b, "uvm_semaphore_pool", &b->uvm_semaphore_pool, r550 ? 9248 : 1184,
			    r550 ? 9240 : 1176);
		check_ioctl(b, "uvm_preferred_location", &b->uvm_preferred_location, 40,
			    r550 ? 36 : 32);
		check_ioctl(b, "uvm_free", &b->uvm_free, r595 ? 16 : 24, r595 ? 8 : 16);
		check_ioctl(b, "uvm_unregister_channel", &b->uvm_unregister_channel,
			    r595 ? 12 : 28, r595 ? 8 : 24);
		ok(map->max_gpus == gpus && map->gpuAttributesCount == 24 + 36 * gpus &&
			   map->hMemory == map->gpuAttributesCount + 16 &&
			   map->rmStatus + 4 == map->size,
		   "%s_table_uvm_map_external", b->name);
		ok(b->channel_unique_ids == r580, "%s_table_channel_unique_ids", b->name);
		ok(b->wait_open_complete == r550, "%s_table_wait_open_complete", b->name);
		ok(b->rm_ops_alloc_long == r580 && b->rm_ops_reset_aware == r595,
		   "%s_table_rm_ops", b->name);
	}
}

static void check_find(void)
{
	static const struct {
		const char *version;
		unsigned int major;
	} cases[] = {
		{ "535.261.03", 535 }, { "550.163.01", 550 }, { "580.105.08", 580 },
		{ "595.45.04", 595 },  { "580.65", 580 },     { "550.", 550 },
		{ "550", 0 },	       { "", 0 },	      { "5", 0 },
		{ "5500.1", 0 },       { "55.0", 0 },	      { "545.29.06", 0 },
		{ "550.40.07", 0 },    { "535.54.03", 0 },    { "550.54.14", 550 },
		{ "615.10", 0 },       { " 550.54", 0 },      { "v550.54", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct nvabi_branch *b = nvabi_branch_find(cases[i].version);

		ok((b ? b->major : 0) == cases[i].major, "find_of_version \"%s\"",
		   cases[i].version);
	}
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int main(void)
{
	struct dirent **entries;
	unsigned int files = 0, branches = 0;
	int n = scandir(FACTS, &entries, NULL, by_name);

	for (int i = 0; i < n; i++) {
		char version[64];

		if (sscanf(entries[i]->d_name, "abi-%63[0-9.]txt", version) == 1) {
			/* The dot before "txt" is read with it. */
			version[strlen(version) - 1] = '\0';
			check_facts(version);
			files++;
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	for (const struct nvabi_branch *b = nvabi_branches; b->name; b++)
		branches++;
	ok(files >= branches, "every_branch_has_facts (%u files)", files);
	check_table();
	check_find();
	printf("1..%u\n", tests);
	return failures ? 1 : 0;
}
