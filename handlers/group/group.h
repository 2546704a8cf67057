/* group.h - several requests as one operation: in an order, so many at once, and a rule for the rest when one fails.
 *
 * `deploy all staging` is a group of deploys, ordered by what each service needs; a service in several regions is a group of
 * one deploy (or rollback) per region, in waves. Every member is a request like any other: judged by policy, an operation
 * of its own, with its own card. The group holds no target; it ends when its members have ended.
 *
 * - pinning: members that have to run the very same image wait until its tag has become a digest, and may wait for
 *   its build
 * - running: members that may begin do
 * - stopping: one failed, or somebody aborted it: nothing more begins, what runs is waited for
 * - done, failed, aborted
 */
#ifndef OPSGATE_HANDLERS_GROUP_H
#define OPSGATE_HANDLERS_GROUP_H

#include "bot/model/cloud_run.h"
#include "bot/model/verb.h"

#define GROUP_MEMBERS_MAX 100

enum group_state { MEMBER_WAITING, MEMBER_ASKED, MEMBER_RUNNING, MEMBER_DONE, MEMBER_FAILED, MEMBER_SKIPPED };
enum group_on_failure { GROUP_STOP, GROUP_CONTINUE };

struct group_member {
    const char *name;   /* "api", "us-central1": unique in the group */
    const char *verb;   /* "deploy" */
    const char **words; /* as typed behind it; the word "{pinned}" becomes VERSION@sha256:..., and in "--set-env=A={kept}"
                         * stands what `env` has for A: words are shown to people, values never are */
    size_t words_count;
    const char **needs; /* names of members that have to be done before; others are not waited for */
    size_t needs_count;
    int64_t state;          /* enum group_state */
    const char *operation;  /* once it began */
    const char *summary;    /* how it ended, or why it never began */
    const char *result;     /* of one that came to nothing: "refused", "superseded"; NULL: it is done, or of an older record */
    bool is_waiting;        /* for people's consent, as it tells */
    const char *goes_on;    /* the group was aborted, and this one's abort was refused: why; NULL: it was not */
};

struct group_stop { /* who aborted it: each member is aborted in their name, by the rules for that member's place */
    struct principal by;
    const char *source, *request_id;
};

struct group_body {
    const char *title;    /* "Deploy all services to staging" */
    const char *version;  /* to pin, or NULL: members know theirs */
    struct registry_tag tag;
    const char *image;    /* pinned */
    int64_t image_until_ms; /* the store's clock; so long it is waited for; 0: not at all */
    int64_t image_looks;
    int64_t max_parallel; /* 1 to GROUP_MEMBERS_MAX */
    int64_t on_failure;   /* enum group_on_failure */
    const char *reason;
    struct shape_pair *env; /* --set-env of the members: the values, once for all of them */
    size_t env_count;
    const struct group_stop *stop; /* until it has ended; NULL: nobody aborted it */
    struct group_member *members;
    size_t members_count;
};

/* A member's to its group: it waits for people's consent now, or not any more; body {name, is_waiting} */
#define MESSAGE_MEMBER_WAITS "member.waits"
void group_tell_waiting(const struct operation *member, bool is_waiting, struct outcome *out); /* nothing without a group */

/* A group's to whoever asked for it: one of its members was refused, at once or before it came to its target; body {name,
 * member: "api", text}. */
#define MESSAGE_MEMBER_REFUSED "member.refused"

/* Begins it, or refuses it in words: no members, names that come twice, needs that go round in a circle. `body` with its
 * members lives in the view's arena. `tag` with an image has it pinned first. */
void group_begin(const struct view *view, const struct group_body *body, struct outcome *out);

extern const struct machine machine_group;

#endif
