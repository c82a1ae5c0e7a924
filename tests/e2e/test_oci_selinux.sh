#!/bin/bash
# SPDX-License-Identifier: MIT
#
# tests/oci/test_selinux.sh, where the kernel has SELinux.
#
# timeout: 240
# kernels: 6.1
# append: security=selinux

exec bash "$(dirname "$0")/../oci/test_selinux.sh"
