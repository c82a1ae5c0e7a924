// SPDX-License-Identifier: MIT
/*
 * Moving interfaces by rtnetlink.  One socket is of our namespace, the other of the container's:
 * a socket stays in the one that it was made in.
 */
#include "oci/netdev.h"

#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>

#define MESSAGE_BYTES 8192
#define ADDRESSES_MAX 256

struct request {
	struct nlmsghdr header;
	union {
		struct ifinfomsg link;
		struct ifaddrmsg address;
	};
	char attributes[512];
};

/* One of an interface: the kernel's own words, to be said again elsewhere. */
struct address {
	struct request request;
};

static void begin(struct request *request, int type, int flags, size_t size)
{
	*request = (struct request){
		.header = {
			.nlmsg_len = (uint32_t)NLMSG_LENGTH(size),
			.nlmsg_type = (uint16_t)type,
			.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
		},
	};
}

static int add(struct request *request, int type, const void *data, size_t n)
{
	size_t at = NLMSG_ALIGN(request->header.nlmsg_len), end = at + RTA_LENGTH(n);
	struct rtattr *attribute = (struct rtattr *)((char *)request + at);

	if (end > sizeof(*request))
		return -E2BIG;
	attribute->rta_type = (uint16_t)type;
	attribute->rta_len = (uint16_t)RTA_LENGTH(n);
	memcpy(RTA_DATA(attribute), data, n);
	request->header.nlmsg_len = (uint32_t)end;
	return 0;
}

static int ask(int fd, const struct request *request)
{
	union {
		struct nlmsghdr header;
		char bytes[MESSAGE_BYTES];
	} answer;
	ssize_t n;

	if (send(fd, request, request->header.nlmsg_len, 0) < 0)
		return -errno;
	/* What the socket also hears of changes comes first. */
	for (;;) {
		n = recv(fd, &answer, sizeof(answer), 0);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n >= (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr)) &&
		    answer.header.nlmsg_type == NLMSG_ERROR)
			return ((struct nlmsgerr *)NLMSG_DATA(&answer.header))->error;
	}
}

/* --- addresses ------------------------------------------------------------------------- */

static uint32_t flags_of(const struct nlmsghdr *header)
{
	const struct ifaddrmsg *address = NLMSG_DATA(header);
	const struct rtattr *attribute = IFA_RTA(address);
	uint32_t flags = address->ifa_flags;
	int left = (int)IFA_PAYLOAD(header);

	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
		if (attribute->rta_type == IFA_FLAGS)
			memcpy(&flags, RTA_DATA(attribute), sizeof(flags));
	return flags;
}

/* Those that somebody gave it for good, and that are good everywhere. */
static bool is_kept(const struct nlmsghdr *header, unsigned int index)
{
	const struct ifaddrmsg *address = NLMSG_DATA(header);

	return header->nlmsg_type == RTM_NEWADDR && address->ifa_index == index &&
	       address->ifa_scope == RT_SCOPE_UNIVERSE && flags_of(header) & IFA_F_PERMANENT;
}

static int keep(const struct nlmsghdr *header, struct address *ret)
{
	const struct rtattr *attribute = IFA_RTA(NLMSG_DATA(header));
	int left = (int)IFA_PAYLOAD(header), r = 0;

	begin(&ret->request, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
	      sizeof(struct ifaddrmsg));
	memcpy(&ret->request.address, NLMSG_DATA(header), sizeof(struct ifaddrmsg));
	for (; r >= 0 && RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
		switch (attribute->rta_type) {
		case IFA_LOCAL:
		case IFA_ADDRESS:
		case IFA_BROADCAST:
			r = add(&ret->request, attribute->rta_type, RTA_DATA(attribute),
				RTA_PAYLOAD(attribute));
			break;
		default:
			break;
		}
	return r;
}

/* Return: how many there are, or -errno. */
static int list_addresses(int fd, unsigned int index, struct address *ret)
{
	union {
		struct nlmsghdr header;
		char bytes[MESSAGE_BYTES];
	} answer;
	struct request request;
	struct nlmsghdr *header;
	ssize_t got;
	int n = 0, r;
	size_t left;

	begin(&request, RTM_GETADDR, NLM_F_DUMP, sizeof(struct ifaddrmsg));
	if (send(fd, &request, request.header.nlmsg_len, 0) < 0)
		return -errno;
	for (;;) {
		got = recv(fd, &answer, sizeof(answer), 0);
		if (got < 0)
			return -errno;
		left = NLMSG_ALIGN((size_t)got);
		for (header = &answer.header; NLMSG_OK(header, left);
		     header = NLMSG_NEXT(header, left)) {
			if (header->nlmsg_type == NLMSG_DONE)
				return n;
			if (header->nlmsg_type == NLMSG_ERROR)
				return ((struct nlmsgerr *)NLMSG_DATA(header))->error ?: -EPROTO;
			if (!is_kept(header, index))
				continue;
			if (n == ADDRESSES_MAX)
				return -E2BIG;
			r = keep(header, &ret[n++]);
			if (r < 0)
				return r;
		}
	}
}

/* --- interfaces -------------------------------------------------------------------------- */

/* Its number over there, where it has come to be; *name may end with "%d". */
static int find_moved(int fd, const char *name, unsigned int *ret)
{
	union {
		struct nlmsghdr header;
		char bytes[MESSAGE_BYTES];
	} news;
	size_t fixed = strcspn(name, "%");
	const struct rtattr *attribute;
	const struct ifinfomsg *link;
	int left;

	while (recv(fd, &news, sizeof(news), MSG_DONTWAIT) > 0) {
		if (news.header.nlmsg_type != RTM_NEWLINK)
			continue;
		link = NLMSG_DATA(&news.header);
		left = (int)IFLA_PAYLOAD(&news.header);
		for (attribute = IFLA_RTA(link); RTA_OK(attribute, left);
		     attribute = RTA_NEXT(attribute, left))
			if (attribute->rta_type == IFLA_IFNAME &&
			    (name[fixed] ? !strncmp(RTA_DATA(attribute), name, fixed) :
					   !strcmp(RTA_DATA(attribute), name))) {
				*ret = (unsigned int)link->ifi_index;
				return 0;
			}
	}
	return -ENODEV;
}

static int move(int fd, unsigned int index, int namespace_fd, const char *name)
{
	struct request request;
	int r;

	begin(&request, RTM_SETLINK, NLM_F_ACK, sizeof(struct ifinfomsg));
	request.link.ifi_index = (int)index;
	r = add(&request, IFLA_NET_NS_FD, &namespace_fd, sizeof(namespace_fd));
	if (r >= 0)
		r = add(&request, IFLA_IFNAME, name, strlen(name) + 1);
	return r < 0 ? r : ask(fd, &request);
}

/* The kernel would move first and fail to rename then. */
static int check_free(int fd, const char *name)
{
	struct request request;
	int r;

	begin(&request, RTM_GETLINK, NLM_F_ACK, sizeof(struct ifinfomsg));
	r = add(&request, IFLA_IFNAME, name, strlen(name) + 1);
	if (r >= 0)
		r = ask(fd, &request);
	return r == -ENODEV ? 0 : r < 0 ? r :
					  -EEXIST;
}

static int bring_up(int fd, unsigned int index)
{
	struct request request;

	begin(&request, RTM_SETLINK, NLM_F_ACK, sizeof(struct ifinfomsg));
	request.link.ifi_index = (int)index;
	request.link.ifi_flags = request.link.ifi_change = IFF_UP;
	return ask(fd, &request);
}

static int move_one(const struct oci_net_device *device, int fd, int there_fd, int namespace_fd)
{
	_cleanup_free_ struct address *addresses = calloc(ADDRESSES_MAX, sizeof(*addresses));
	const char *name = device->name && *device->name ? device->name : device->key;
	unsigned int index = if_nametoindex(device->key);
	int i, n, r;

	if (!addresses)
		return -ENOMEM;
	if (!index)
		return -errno;
	n = list_addresses(fd, index, addresses);
	r = n < 0 ? n : check_free(there_fd, name);
	if (r >= 0)
		r = move(fd, index, namespace_fd, name);
	if (r >= 0)
		r = find_moved(there_fd, name, &index);
	for (i = 0; r >= 0 && i < n; i++) {
		addresses[i].request.address.ifa_index = index;
		r = ask(there_fd, &addresses[i].request);
	}
	return r < 0 ? r : bring_up(there_fd, index);
}

static int open_socket(unsigned int groups)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = groups };
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return STEAL_FD(fd);
}

/* There and back again: we have one thread. */
static int open_socket_there(int namespace_fd)
{
	_cleanup_close_ int own_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int fd = -EBADF;

	if (own_fd < 0 || setns(namespace_fd, CLONE_NEWNET) < 0)
		return -errno;
	fd = open_socket(RTMGRP_LINK);
	if (setns(own_fd, CLONE_NEWNET) < 0)
		return -errno;
	return fd < 0 ? fd : STEAL_FD(fd);
}

int oci_netdev_move(const struct oci_linux *os, pid_t pid, struct gnv_error **err)
{
	const struct oci_net_device *devices = OCI_ITEMS(struct oci_net_device, os->net_devices);
	_cleanup_close_ int namespace_fd = -EBADF, fd = -EBADF, there_fd = -EBADF;
	char path[32];
	size_t i;
	int r;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	namespace_fd = open(path, O_RDONLY | O_CLOEXEC);
	fd = namespace_fd < 0 ? -errno : open_socket(0);
	there_fd = fd < 0 ? fd : open_socket_there(namespace_fd);
	if (there_fd < 0)
		return gnv_error_errno(err, -there_fd, "linux.netDevices");
	for (i = 0; i < os->net_devices.n; i++) {
		r = move_one(&devices[i], fd, there_fd, namespace_fd);
		if (r < 0)
			return gnv_error_errno(err, -r, "linux.netDevices[\"%s\"]", devices[i].key);
	}
	return 0;
}
