/* order.h - which of two versions is the older one? Pure.
 *
 * By their names, where both are versions by semver.org 2.0.0; a "v" in front of one and a digest behind it are no part of
 * it. By their commits, in GitHub's word for how one stands to the other. Where neither tells, nobody knows: two branches of
 * one history are neither older nor newer.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_ORDER_H
#define OPSGATE_HANDLERS_DEPLOY_ORDER_H

#include <stdbool.h>

enum order { ORDER_UNKNOWN, ORDER_OLDER, ORDER_SAME, ORDER_NEWER };

/* Is it a version by semver.org, with or without a "v"? */
bool order_is_version(const char *name);

/* How `name` stands to `other`; NULL is no version. Rules 9 to 11: a pre-release is older than its release, builds of one
 * version are the same, numbers are of any length. */
enum order order_by_name(const char *name, const char *other);

/* How a comparison's head stands to its base: authors_read.relation (bot/model/checks.h). */
enum order order_by_relation(const char *relation);

#endif
