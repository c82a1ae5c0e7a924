#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A real engine and its limits, for which there are controllers here.
#
# kernels: 6.1
# timeout: 600

exec bash "$(dirname "$0")/../oci/test_engines.sh" limits
