#!/bin/sh
# SPDX-License-Identifier: MIT
# proxy.sh - what the proxy does with requests, servers, bindings, signals and traces.
