#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A real engine, where there are controllers for the limits that it asks for.
#
# kernels: 6.1
# timeout: 600

exec bash "$(dirname "$0")/../oci/test_engines.sh"
