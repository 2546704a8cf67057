/* trigger.h - what happened on GitHub begins rollouts: a release, a push, a workflow that succeeded, a deployment that
 * somebody made there, a comment on a pull request.
 *
 * A listener (listen.h) sees only the event; so it asks for the internal verb `trigger`, which begins a small operation, a
 * look by its number. That one asks GitHub whether it is still so, and then asks for ordinary deploys, each judged by policy:
 * one for each environment, a group where several services are in it. What was told is never the truth: it may be forged
 * by whoever has the secret, late, or of a state long past.
 *
 * - late: nothing is begun, and that is said; of a deployment GitHub is asked first whether it is to be told so there
 * - confirming: GitHub is asked whether it is still what was told, and which commit it is
 * - comparing: which of the paths that places listen to have changed since what serves there
 * - asking: deploys are asked for
 * - following: until they have ended: a member of a group that begins last finds the trigger alive (deploy's `--by`); and until
 *   that has ended which brings it already, where it does: if that comes to nothing it is said
 * - done, refused, failed: forgotten; what came of it stands in the journal, and in the deploys' own records
 */
#ifndef OPSGATE_HANDLERS_TRIGGER_H
#define OPSGATE_HANDLERS_TRIGGER_H

#include "bot/model/principal.h"
#include "bot/model/verb.h"

enum trigger_kind { TRIGGER_RELEASE, TRIGGER_PUSH, TRIGGER_WORKFLOW, TRIGGER_DEPLOYMENT, TRIGGER_COMMENT };

enum place_state {
    PLACE_FOUND,
    PLACE_UNTOUCHED, /* none of its paths changed */
    PLACE_LEFT_OUT,  /* it serves there, or is on its way */
    PLACE_ASKED,
    PLACE_BEGUN,
    PLACE_REFUSED,
    PLACE_ENDED,
};

#define TRIGGER_PLACES_MAX 100
struct trigger_place { /* a service in an environment that listens */
    const char *service, *environment;
    const char *version; /* as it is asked for: "release:api/v1.5.0", "sha:<40>" */
    const char *called;  /* as a deploy of it will call it: "v1.5.0", "sha:<12>" */
    const char *branch;  /* DEPLOYMENT, confirming: that has to contain the commit; NULL once that is settled */
    const char *serving; /* comparing: the commit that serves there; NULL: not known, so it counts as touched */
    int64_t wait_ms;     /* for its image */
    int64_t state;       /* enum place_state */
    const char *operation; /* that brings it, once begun: one of several places may share it */
    const char *awaited;   /* left out: the operation that brings it already, until that has ended; or NULL */
    const char *text;      /* why not; or how it ended */
};

struct trigger_body {
    int64_t kind;           /* enum trigger_kind */
    const char *repository; /* "acme/platform" */
    const char *subject;    /* "acme/platform/releases/991" */
    const char *id;         /* GitHub's, of the release, run, deployment or comment; or NULL */
    const char *tag;        /* RELEASE */
    const char *branch;     /* PUSH, WORKFLOW; DEPLOYMENT: what was asked for there, a branch, a tag or a commit */
    const char *workflow;   /* WORKFLOW: "ci.yml" */
    const char *sha;        /* the commit, 40 digits; of a release once it is confirmed */
    const char *title, *url; /* for people; quoted */
    struct principal initiator; /* who did it there; id "": nobody knows */
    const char *author;         /* RELEASE, DEPLOYMENT: login of who made it, as GitHub says; or NULL */
    int64_t happened_at_ms;     /* unix */
    bool is_prerelease, is_late;
    bool is_private;            /* COMMENT: GitHub says that not anybody reads along */
    bool is_wait_told;          /* people were told that GitHub gave no answer yet */
    bool is_release_told;       /* confirming: GitHub says the release is as it was told */
    int64_t number;             /* COMMENT: of the pull request */
    const char *environment, *service; /* COMMENT, DEPLOYMENT: which is meant, as it was written; or NULL */
    bool is_shared;             /* DEPLOYMENT: several deploys came of it, so none of them tells GitHub of it alone */
    bool has_failed;            /* DEPLOYMENT: one of them did */
    bool is_cut;                /* more places would take it than an operation can have */
    struct trigger_place *places;
    size_t places_count;
};
extern const struct shape trigger_body_shape;

extern const struct verb verb_trigger;
extern const struct machine machine_trigger;

/* In whose name rollouts begin: automation.as, else the App; false: neither is configured. */
bool trigger_principal(const struct settings *settings, struct arena *arena, struct principal *ret_principal);

/* Of an operation that a trigger asked for, however deep: a deploy in a group in a trigger; NULL: nobody on GitHub did. */
const struct trigger_body *trigger_of(const struct view *view, const struct operation *operation);

/* "the release `v1.5.0` of acme/platform, by @{github:mia}": whoever began the operation, wherever they did. */
const char *trigger_asked_by(const struct view *view, const struct operation *operation);

/* "@{github:mia}"; quoted, if that is no login; "": nobody knows. */
const char *trigger_person(const struct principal *who, struct arena *arena);

/* "release `v1.5.0` of acme/platform", "push to `main` of acme/platform": for people. */
const char *trigger_words(const struct trigger_body *body, struct arena *arena);

#endif
