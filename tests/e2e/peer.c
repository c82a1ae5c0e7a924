// SPDX-License-Identifier: MIT
/*
 * peer: asks nvidia-uvm for access of two GPUs to each other, and says what it
 * answers.  The GPUs are named by UUID, so that those can be asked for that the
 * caller does not see.
 */
#include <stdio.h>
#include <string.h>

#include "nvabi/nvstatus.h"
#include "nvabi/nvuvm.h"

#include "lib/client.h"
#include "lib/uvm.h"

/* "GPU-" and 32 hexadecimal digits, with dashes anywhere between them. */
static bool parse_uuid(const char *text, __u8 uuid[16])
{
	unsigned int byte, n = 0;

	if (strncmp(text, "GPU-", 4))
		return false;
	for (text += 4; *text && n < 16; text += 2) {
		text += *text == '-';
		if (sscanf(text, "%2x", &byte) != 1)
			return false;
		uuid[n++] = (__u8)byte;
	}
	return n == 16 && !*text;
}

int main(int argc, char **argv)
{
	struct UVM_ENABLE_PEER_ACCESS_PARAMS enable = { .rmStatus = ~0U };
	struct UVM_DISABLE_PEER_ACCESS_PARAMS disable = { .rmStatus = ~0U };
	struct rm rm = { .control = -1 };
	struct uvm uvm;
	__u32 status;

	if (argc != 3 || !parse_uuid(argv[1], enable.gpuUuidA.uuid) ||
	    !parse_uuid(argv[2], enable.gpuUuidB.uuid)) {
		fputs("peer GPU-UUID GPU-UUID\n", stderr);
		return 2;
	}
	disable.gpuUuidA = enable.gpuUuidA;
	disable.gpuUuidB = enable.gpuUuidB;
	status = rm_open(&rm, "/dev");
	if (status == NV_OK)
		status = uvm_open(&uvm, &rm, 0);
	if (status != NV_OK)
		return fail("open", status);
	status = uvm_call(&uvm, UVM_ENABLE_PEER_ACCESS, &enable, &enable.rmStatus);
	say_status("enable", status);
	status = uvm_call(&uvm, UVM_DISABLE_PEER_ACCESS, &disable, &disable.rmStatus);
	say_status("disable", status);
	uvm_close(&uvm);
	rm_close(&rm);
	return 0;
}
