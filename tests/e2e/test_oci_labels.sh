#!/bin/bash
# SPDX-License-Identifier: MIT
#
# tests/oci/test_labels.sh, where the kernel has AppArmor.
#
# kernels: 6.1

exec bash "$(dirname "$0")/../oci/test_labels.sh"
