/* keep.h - `keep`: the revision that a blue-green deploy took the place of stays in reach until its time is over.
 *
 * A deploy that was good asks for it, in its last moment; nobody types it. It holds its target only while it changes
 * something there, so it keeps nobody waiting:
 *
 * - keeping: the revision has a tag of ours: it can be reached, and Cloud Run keeps its own minimum of instances up
 * - queued: the time is over, and the target is asked for
 * - looking: is there still something to take away?
 * - untagging: the tag goes, and with it what kept the instances up
 * - done: or it serves again, or somebody took or moved the tag: then nothing is changed
 *
 * A rollback that takes the target, and an outage, put it off; after a day of that it gives up, and says so.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_KEEP_H
#define OPSGATE_HANDLERS_DEPLOY_KEEP_H

#include "bot/model/cloud_run.h"
#include "bot/model/verb.h"

struct keep_body {
    const char *service, *environment;
    struct run_place place;
    const char *revision, *tag; /* what is kept, and by which tag */
    int64_t keep_ms;
    int64_t until_ms;           /* store's clock; moves when it was put off */
    int64_t over_at_ms;         /* when the time was over first; 0: it is not */
    const char *problem;        /* why it was put off, or NULL */
};
extern const struct shape keep_body_shape;

extern const struct verb verb_keep;
extern const struct machine machine_keep;

/* Asks for it in the name of the operation that is being decided; the answer comes as MESSAGE_CHILD_... */
void keep_ask(const struct operation *asker, const struct keep_body *body, struct outcome *out);

/* A live one keeps this revision of the target. */
bool keep_is_at(const struct view *view, const char *target, const char *revision);

/* "keeps `api-d7-0000d7` until 14:05"; of one that runs. */
const char *keep_standing(const struct operation *operation, struct arena *arena);

#endif
