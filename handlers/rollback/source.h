/* source.h - without a store two memories tell where the way back leads, and they may differ. Which one is believed? Pure.
 *
 * The copy of the records (data_dir/targets.json) knows all good versions and what was found bad, but may be old. The
 * service's own annotations, written by opsgate with each change of traffic, are as new as that change, but name one version
 * before and no more. Where both lead to the same revision the copy is followed. Where they differ, something happened after
 * the copy was made: then the service is believed, as also when nothing that the copy calls good serves. What neither tells
 * is not guessed.
 */
#ifndef OPSGATE_HANDLERS_ROLLBACK_SOURCE_H
#define OPSGATE_HANDLERS_ROLLBACK_SOURCE_H

#include "bot/base/arena.h"
#include "bot/model/cloud_run.h"
#include "bot/model/target.h"

enum rollback_source_kind { ROLLBACK_BY_COPY, ROLLBACK_BY_SERVICE, ROLLBACK_BY_NOBODY };

struct rollback_source {
    enum rollback_source_kind kind;
    const struct target *target; /* to choose by: the copy; else what the copy knows as bad, and no good version */
    const char *sentence;        /* which one, and why: for people */
};

/* `copy` NULL: there is none of this target. `copy_at_ms` unix, when it was made. */
struct rollback_source rollback_source_of(const struct target *copy, int64_t copy_at_ms,
                                          const struct run_service *service, int64_t now_ms, struct arena *arena);

#endif
