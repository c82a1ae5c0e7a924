#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A real engine, where there are controllers for the limits that it asks for.
#
# kernels: 6.1
# timeout: 600

bash "$(dirname "$0")/../oci/test_engines.sh"
status=$?

# Podman keeps the cgroups in which it tried things and in which its conmon ran, and a
# conmon takes a moment to end.
for _ in $(seq 100); do
	find /sys/fs/cgroup -depth -type d \( -path '*/podman_probe' -o -path '*/libpod_parent*' \) \
		-exec rmdir {} + 2>/dev/null && break
	sleep 0.05
done
exit $status
