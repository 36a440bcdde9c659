#!/bin/sh
# SPDX-License-Identifier: MIT
# load.sh - ten thousand requests: no error, one trace each, no growing memory.
