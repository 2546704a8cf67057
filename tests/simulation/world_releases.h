/* world_releases.h - a repository on GitHub whose releases and pushes roll out by themselves: one branch, whose commits are
 * numbered, and releases of them. Version v1.N.0 is of commit N, so names and commits tell the same order. */
#ifndef OPSGATE_SIMULATION_WORLD_RELEASES_H
#define OPSGATE_SIMULATION_WORLD_RELEASES_H

#include "tests/simulation/world.h"

#define WORLD_RELEASES "acme/wiki"
#define WORLD_SHA_DIGITS 40

struct world_release {
    int64_t id, commit;
    const char *tag, *author; /* author: a login */
    bool is_prerelease, is_there; /* there: published, neither deleted nor taken back */
    int64_t published_ms; /* unix, as GitHub tells */
};

void world_sha(int64_t commit, char ret_sha[WORLD_SHA_DIGITS + 1]);
int64_t world_commit_of(struct str name); /* of "v1.7.0", of a sha or its first twelve digits, with or without "sha:"; 0: none */

int64_t world_head(const struct world *world);
int64_t world_push_commit(struct world *world); /* the new head */
/* Another one, even of a commit that has some; the tag stays for good. */
struct world_release *world_publish(struct world *world, int64_t commit, const char *author, bool is_prerelease);
/* Of those that were ever published, oldest first; NULL behind the last. */
struct world_release *world_find_release(const struct world *world, size_t i);

#endif
