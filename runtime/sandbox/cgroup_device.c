// SPDX-License-Identifier: MIT
/*
 * The device program of a cgroup: eBPF, assembled by hand, once for block and once for
 * character devices: the rules one after another, from the last to the first.  It sees type,
 * access, major and minor.  A rule that allows takes its kinds of access off those that are
 * asked for, and when none is left it is allowed; a rule that denies one of them ends it, and
 * so does the end of the rules, with EPERM.
 *
 * The kernel's verifier follows each branch of it whenever it is loaded, which is for each
 * container where it cannot be kept: so there are as few as can be.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/cgroup.h"
#include "sandbox/device_cache.h"

const struct gnv_device_rule gnv_common_devices[GNV_COMMON_DEVICES] = {
	{ 'c', -1, -1, "m" }, /* making a node gives no access to it */
	{ 'b', -1, -1, "m" },
	{ 'c', 1, 3, "rwm" }, /* null */
	{ 'c', 1, 5, "rwm" }, /* zero */
	{ 'c', 1, 7, "rwm" }, /* full */
	{ 'c', 1, 8, "rwm" }, /* random */
	{ 'c', 1, 9, "rwm" }, /* urandom */
	{ 'c', 5, 0, "rwm" }, /* tty */
	{ 'c', 5, 2, "rwm" }, /* ptmx */
	{ 'c', 136, -1, "rwm" }, /* pts */
};

/* Frame around the rules: loading what is asked for, and refusing at the end. */
#define FRAME_INSNS    10

/* A rule: two each for major and minor, three for access, two to return. */
#define RULE_INSNS_MAX 9

/* For block devices and for others. */
#define PARTS	       2

#define CONTEXT(field) ((short)offsetof(struct bpf_cgroup_dev_ctx, field))

/* The low half of access_type is the kind of device, the high half the access. */
#define ACCESS_SHIFT   16

#define ALL_ACCESS     (BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE | BPF_DEVCG_ACC_MKNOD)

/* As the kernel numbers devices. */
#define MAJOR_MAX      0xfff
#define MINOR_MAX      0xfffff
#define MINOR_BITS     20

/* What of the access is still asked for. */
#define ACCESS	       BPF_REG_3
#define MAJOR	       BPF_REG_4
#define NUMBER	       BPF_REG_5 /* major and minor in one */
#define SCRATCH	       BPF_REG_6

struct assembler {
	struct bpf_insn *code;
	size_t n;
};

static void emit(struct assembler *a, struct bpf_insn insn)
{
	a->code[a->n++] = insn;
}

static void load(struct assembler *a, int reg, int size, short offset)
{
	emit(a, (struct bpf_insn){ .code = (unsigned char)(BPF_LDX | BPF_MEM | size),
				   .dst_reg = reg & 0xf,
				   .src_reg = BPF_REG_1,
				   .off = offset });
}

static void copy(struct assembler *a, int to, int from)
{
	emit(a, (struct bpf_insn){ .code = BPF_ALU | BPF_MOV | BPF_X,
				   .dst_reg = to & 0xf,
				   .src_reg = from & 0xf });
}

/* 32-bit arithmetic with a number. */
static void compute(struct assembler *a, int operation, int reg, int value)
{
	emit(a, (struct bpf_insn){ .code = (unsigned char)(BPF_ALU | operation | BPF_K),
				   .dst_reg = reg & 0xf,
				   .imm = value });
}

static void return_value(struct assembler *a, int value)
{
	compute(a, BPF_MOV, BPF_REG_0, value);
	emit(a, (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT });
}

/* Leave the rule unless the register has that value; land() says where to. */
static void expect(struct assembler *a, int reg, uint32_t value)
{
	emit(a, (struct bpf_insn){ .code = BPF_JMP32 | BPF_JNE | BPF_K,
				   .dst_reg = reg & 0xf,
				   .imm = (int)value });
}

/* All that left the rule, which began at @from, go on here. */
static void land(struct assembler *a, size_t from)
{
	size_t i;

	for (i = from; i < a->n; i++)
		if (a->code[i].code == (BPF_JMP32 | BPF_JNE | BPF_K))
			a->code[i].off = (short)(a->n - i - 1);
}

static int access_bits(const char *access)
{
	int bits = 0;

	for (; *access; access++) {
		if (*access == 'r')
			bits |= BPF_DEVCG_ACC_READ;
		else if (*access == 'w')
			bits |= BPF_DEVCG_ACC_WRITE;
		else if (*access == 'm')
			bits |= BPF_DEVCG_ACC_MKNOD;
		else
			return -EINVAL;
	}
	return bits;
}

/* A rule that matches ends it, so that what has been compared has one history only. */
static void expect_number(struct assembler *a, const struct gnv_device_rule *rule)
{
	if (rule->major >= 0 && rule->minor >= 0) {
		expect(a, NUMBER, (uint32_t)(rule->major << MINOR_BITS | rule->minor));
	} else if (rule->major >= 0) {
		expect(a, MAJOR, (uint32_t)rule->major);
	} else if (rule->minor >= 0) {
		load(a, SCRATCH, BPF_W, CONTEXT(minor));
		expect(a, SCRATCH, (uint32_t)rule->minor);
	}
}

/*
 * What matches goes on with the next rule.  A register that has been compared has two
 * histories then, and the verifier would follow each of them through all rules that are left:
 * so they are loaded anew.
 */
static void expect_number_anew(struct assembler *a, const struct gnv_device_rule *rule)
{
	if (rule->major >= 0) {
		load(a, SCRATCH, BPF_W, CONTEXT(major));
		expect(a, SCRATCH, (uint32_t)rule->major);
	}
	if (rule->minor >= 0) {
		load(a, SCRATCH, BPF_W, CONTEXT(minor));
		expect(a, SCRATCH, (uint32_t)rule->minor);
	}
}

static void emit_rule(struct assembler *a, const struct gnv_device_rule *rule, int access)
{
	size_t from = a->n;

	if (access == ALL_ACCESS) {
		expect_number(a, rule);
		return_value(a, !rule->deny);
	} else if (rule->deny) {
		expect_number_anew(a, rule);
		/* Nothing of what it denies may be left. */
		copy(a, SCRATCH, ACCESS);
		compute(a, BPF_AND, SCRATCH, access);
		emit(a, (struct bpf_insn){ .code = BPF_JMP | BPF_JEQ | BPF_K,
					   .dst_reg = SCRATCH,
					   .off = 2 });
		return_value(a, 0);
	} else {
		expect_number_anew(a, rule);
		compute(a, BPF_AND, ACCESS, ~access);
		expect(a, ACCESS, 0);
		return_value(a, 1);
	}
	land(a, from);
}

/* The rules for one type of device. */
static int assemble_part(struct assembler *a, char type, const struct gnv_device_rule *rules,
			 size_t n_rules)
{
	size_t i;

	for (i = n_rules; i > 0; i--) {
		const struct gnv_device_rule *rule = &rules[i - 1];
		int access = access_bits(rule->access);

		if (access < 0)
			return access;
		/* No device has such a number. */
		if (rule->major > MAJOR_MAX || rule->minor > MINOR_MAX)
			continue;
		if (rule->type != 'a' && rule->type != type)
			continue;
		emit_rule(a, rule, access);
		/* Without a condition: the verifier refuses what nothing leads to. */
		if (rule->major < 0 && rule->minor < 0 && access == ALL_ACCESS)
			return 0;
	}
	return_value(a, 0);
	return 0;
}

static int assemble(struct assembler *a, const struct gnv_device_rule *rules, size_t n_rules)
{
	size_t fork;
	int r;

	load(a, MAJOR, BPF_W, CONTEXT(major));
	load(a, SCRATCH, BPF_W, CONTEXT(minor));
	copy(a, NUMBER, MAJOR);
	compute(a, BPF_LSH, NUMBER, MINOR_BITS);
	emit(a, (struct bpf_insn){ .code = BPF_ALU | BPF_OR | BPF_X,
				   .dst_reg = NUMBER,
				   .src_reg = SCRATCH });
	load(a, ACCESS, BPF_W, CONTEXT(access_type));
	compute(a, BPF_RSH, ACCESS, ACCESS_SHIFT);
	load(a, SCRATCH, BPF_H, CONTEXT(access_type));
	fork = a->n;
	expect(a, SCRATCH, BPF_DEVCG_DEV_BLOCK);
	r = assemble_part(a, 'b', rules, n_rules);
	if (r < 0)
		return r;
	if (a->n - fork > INT16_MAX)
		return -E2BIG;
	a->code[fork].off = (short)(a->n - fork - 1);
	return assemble_part(a, 'c', rules, n_rules);
}

static int load_program(const struct assembler *a)
{
	union bpf_attr attr = { 0 };
	long fd;

	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = (uint64_t)(uintptr_t)a->code;
	attr.insn_cnt = (uint32_t)a->n;
	attr.license = (uint64_t)(uintptr_t) "MIT";
	memcpy(attr.prog_name, "ghostnv_devices", sizeof("ghostnv_devices"));
	fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	return fd < 0 ? -errno : (int)fd;
}

static int attach_program(int cgroup_fd, int program_fd)
{
	union bpf_attr attr = { 0 };

	attr.target_fd = (uint32_t)cgroup_fd;
	attr.attach_bpf_fd = (uint32_t)program_fd;
	attr.attach_type = BPF_CGROUP_DEVICE;
	/* Beside what is there above us: all of them have to allow. */
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	return syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

int gnv_cgroup_allow_devices(int cgroup_fd, const struct gnv_device_rule *rules,
			     size_t n_rules, struct gnv_error **err)
{
	_cleanup_free_ struct bpf_insn *code =
		calloc(FRAME_INSNS + PARTS * (2 + n_rules * RULE_INSNS_MAX), sizeof(*code));
	struct assembler a = { .code = code };
	_cleanup_close_ int program_fd = -EBADF;
	int r;

	if (!code)
		return gnv_error_errno(err, ENOMEM, "make the device program");
	r = assemble(&a, rules, n_rules);
	if (r < 0)
		return gnv_error_errno(err, -r, "make the device program");
	program_fd = gnv_device_cache_recall(a.code, a.n);
	if (program_fd < 0) {
		program_fd = load_program(&a);
		if (program_fd < 0)
			return gnv_error_errno(err, -program_fd, "load the device program");
		gnv_device_cache_keep(program_fd, a.code, a.n);
	}
	r = attach_program(cgroup_fd, program_fd);
	if (r < 0)
		return gnv_error_errno(err, -r, "attach the device program to the cgroup");
	return 0;
}
