#!/bin/sh
# SPDX-License-Identifier: MIT
# badges.sh - requests with badges, through curl, gnutls-cli and badge.
