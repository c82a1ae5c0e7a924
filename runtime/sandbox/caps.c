// SPDX-License-Identifier: MIT
/*
 * Capability sets by libcap.  Knows nothing of who asks for them.
 */
#include "sandbox/caps.h"

#include <errno.h>
#include <sys/capability.h>
#include <sys/prctl.h>

static const cap_value_t defaults[] = {
	CAP_AUDIT_WRITE,      CAP_CHOWN,  CAP_DAC_OVERRIDE,
	CAP_FOWNER,	      CAP_FSETID, CAP_KILL,
	CAP_MKNOD,	      CAP_NET_BIND_SERVICE, CAP_NET_RAW,
	CAP_SETFCAP,	      CAP_SETGID, CAP_SETPCAP,
	CAP_SETUID,	      CAP_SYS_CHROOT,
};

uint64_t gnv_caps_default(void)
{
	uint64_t mask = 0;
	size_t i;

	for (i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		mask |= 1ULL << defaults[i];
	return mask;
}

/* Effective and permitted as in @mask; nothing inheritable. */
static cap_t make_set(uint64_t mask)
{
	cap_t set = cap_init();
	cap_value_t cap;

	for (cap = 0; set && cap < 64; cap++) {
		if (!(mask >> cap & 1))
			continue;
		if (cap_set_flag(set, CAP_PERMITTED, 1, &cap, CAP_SET) < 0 ||
		    cap_set_flag(set, CAP_EFFECTIVE, 1, &cap, CAP_SET) < 0) {
			cap_free(set);
			return NULL;
		}
	}
	return set;
}

int gnv_caps_init(struct gnv_caps *caps, uint64_t bounding, struct gnv_error **err)
{
	caps->bounding = bounding;
	caps->root = make_set(bounding);
	caps->none = make_set(0);
	if (caps->root && caps->none)
		return 0;
	return gnv_error_errno(err, errno, "make the capability sets");
}

void gnv_caps_fini(struct gnv_caps *caps)
{
	if (caps->root)
		cap_free(caps->root);
	if (caps->none)
		cap_free(caps->none);
	*caps = (struct gnv_caps){ 0 };
}

int gnv_caps_bound(const struct gnv_caps *caps)
{
	unsigned long cap;

	/* The kernel may know more of them than the headers do. */
	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++) {
		if (cap < 64 && caps->bounding >> cap & 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return -errno;
	}
	return 0;
}

int gnv_caps_limit(const struct gnv_caps *caps, uid_t uid)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -errno;
	if (cap_set_proc(uid == 0 ? caps->root : caps->none) < 0)
		return -errno;
	return 0;
}
