/* SPDX-License-Identifier: MIT */
/*
 * traffic - health by live traffic: too many answers that count as failures
 * within the failover period mark a server unhealthy.  It can only do that;
 * the URL test or the operator brings it back, or, where there is no URL test,
 * one more try after the period.  Source: ARR 1.3.
 */
#ifndef CORE_ROUTE_TRAFFIC_H
#define CORE_ROUTE_TRAFFIC_H

#include "core/route/farm.h"

/* An answer of the server, or ours in its place.  Thread-safe, no locks. */
void traffic_saw(struct farm_server *s, unsigned int status, unsigned int substatus,
		 uint64_t now_ns);
/* Gives an unhealthy server its next try when its time has come. */
void traffic_retry(struct farm_server *s, uint64_t now_ns);

#endif
