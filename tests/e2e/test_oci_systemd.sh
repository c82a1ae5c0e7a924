#!/bin/bash
# SPDX-License-Identifier: MIT
#
# tests/oci/test_systemd.sh, where there are controllers.
#
# kernels: 6.1

exec bash "$(dirname "$0")/../oci/test_systemd.sh"
