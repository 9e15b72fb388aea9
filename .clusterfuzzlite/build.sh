#!/bin/bash -eu
# SPDX-License-Identifier: GPL-2.0-or-later
# One build for both farms.
exec "$SRC/memblock-lab/ci/oss-fuzz/build.sh"
