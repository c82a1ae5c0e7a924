// SPDX-License-Identifier: MIT
/*
 * linux.intelRdt on a directory that looks like resctrl, and lists of numbers.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "oci/numbers.h"
#include "oci/rdt.h"
#include "tests/unit/tap.h"

static char scratch[] = "/tmp/ghostnv-rdt-XXXXXX";
static int root_fd;
static char *group, *made;

static int prepare(const struct oci_intel_rdt *rdt)
{
	gnv_free(&group);
	gnv_free(&made);
	group = made = NULL;
	return oci_rdt_prepare(root_fd, rdt, "id", &group, &made, NULL);
}

static void write_file(const char *path, const char *text)
{
	_cleanup_close_ int fd = openat(root_fd, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	expect(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static void make_group(void)
{
	expect_int(mkdirat(root_fd, "given", 0700), 0);
	expect_int(mkdirat(root_fd, "given/mon_groups", 0700), 0);
	write_file("given/schemata", "    L3:0=00ff;1=00f0\n    MB:0=100;1= 50\n");
	write_file("given/tasks", "");
}

static void one_that_is_there_is_compared(void)
{
	char *same[] = { (char *)"L3:1=f0;0=ff", NULL };
	char *other[] = { (char *)"L3:0=f", NULL };
	char *no_domain[] = { (char *)"L3:2=ff", NULL };
	char *no_resource[] = { (char *)"L2:0=ff", NULL };

	expect_int(prepare(&(struct oci_intel_rdt){ .clos_id = (char *)"given" }), 0);
	expect_str(group, "given");
	expect(!made);
	expect_int(prepare(&(struct oci_intel_rdt){ .clos_id = (char *)"given", .schemata = same }), 0);
	expect_int(prepare(&(struct oci_intel_rdt){ .clos_id = (char *)"given",
						    .l3_cache_schema = (char *)"L3:0=ff\nMB:0=7",
						    .mem_bw_schema = (char *)"MB:0=100" }),
		   0);
	expect_int(prepare(&(struct oci_intel_rdt){ .clos_id = (char *)"given",
						    .l3_cache_schema = (char *)"L3:0=ff",
						    .mem_bw_schema = (char *)"MB:1=50" }),
		   0);
	expect_int(prepare(&(struct oci_intel_rdt){ .clos_id = (char *)"given", .schemata = other }),
		   -EEXIST);
	expect_int(prepare(&(struct oci_intel_rdt){ .clos_id = (char *)"given",
						    .schemata = no_domain }),
		   -EEXIST);
	expect_int(prepare(&(struct oci_intel_rdt){ .clos_id = (char *)"given",
						    .schemata = no_resource }),
		   -EEXIST);
}

static void one_that_is_not_there(void)
{
	char *line[] = { (char *)"L3:0=f", NULL };

	expect_int(prepare(&(struct oci_intel_rdt){ .clos_id = (char *)"none" }), -ENOENT);
	expect(!made);
	/* A directory has no file to write to, as resctrl's have; what was made is known. */
	expect_int(prepare(&(struct oci_intel_rdt){ .clos_id = (char *)"new", .schemata = line }),
		   -ENOENT);
	expect_str(made, "new");
	expect_int(oci_rdt_remove(root_fd, made, NULL), 0);
	expect_int(oci_rdt_remove(root_fd, made, NULL), 0);
}

static void a_group_of_its_own(void)
{
	expect_int(prepare(&(struct oci_intel_rdt){ 0 }), 0);
	expect_str(group, "id");
	expect_str(made, "id");
	expect_int(oci_rdt_remove(root_fd, made, NULL), 0);
}

static void monitoring(void)
{
	expect_int(prepare(&(struct oci_intel_rdt){ .clos_id = (char *)"given",
						    .enable_monitoring = true }),
		   0);
	expect_str(group, "given/mon_groups/id");
	expect_str(made, "given/mon_groups/id");
	expect_int(oci_rdt_remove(root_fd, made, NULL), 0);
}

static void processes_join(void)
{
	_cleanup_free_ char *text = NULL;

	expect_int(oci_rdt_join(root_fd, "given", 77, NULL), 0);
	expect_int(gnv_file_read_at(root_fd, "given/tasks", 64, &text, NULL, NULL), 0);
	expect_str(text, "77");
	expect_int(oci_rdt_join(root_fd, "none", 77, NULL), -ENOENT);
	/* A monitor takes only who is in the whole group. */
	expect_int(oci_rdt_join(root_fd, "given/mon_groups/none", 78, NULL), -ENOENT);
	gnv_free(&text);
	expect_int(gnv_file_read_at(root_fd, "given/tasks", 64, &text, NULL, NULL), 0);
	expect_str(text, "78");
}

static void lists_of_numbers(void)
{
	static const char *const bad[] = { "", ",", "1,", "-1", "1-", "3-1", "a", "0x1", "1 ", "+1" };
	struct oci_numbers numbers;
	size_t i;

	expect_int(oci_numbers_parse("0-2,5,64", &numbers), 0);
	expect(numbers.words[0] == 0x27 && numbers.words[1] == 1);
	expect_int(oci_numbers_parse("8191", &numbers), 0);
	expect_int(oci_numbers_parse("8192", &numbers), -ERANGE);
	expect_int(oci_numbers_parse("0-4294967295", &numbers), -ERANGE);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_int(oci_numbers_parse(bad[i], &numbers), -EINVAL);
}

int main(void)
{
	if (!mkdtemp(scratch))
		return 1;
	root_fd = open(scratch, O_RDONLY | O_DIRECTORY);
	make_group();
	test("oci_rdt:one_that_is_there_is_compared", one_that_is_there_is_compared);
	test("oci_rdt:one_that_is_not_there", one_that_is_not_there);
	test("oci_rdt:a_group_of_its_own", a_group_of_its_own);
	test("oci_rdt:monitoring", monitoring);
	test("oci_rdt:processes_join", processes_join);
	test("oci_numbers:lists_of_numbers", lists_of_numbers);
	unlinkat(root_fd, "given/schemata", 0);
	unlinkat(root_fd, "given/tasks", 0);
	unlinkat(root_fd, "given/mon_groups", AT_REMOVEDIR);
	unlinkat(root_fd, "given", AT_REMOVEDIR);
	rmdir(scratch);
	gnv_free(&group);
	gnv_free(&made);
	return tap_end();
}
