/* arguments.h - what the words of a deploy mean: for one place, or for several as one operation. Only for this folder. */
#ifndef OPSGATE_HANDLERS_DEPLOY_ARGUMENTS_H
#define OPSGATE_HANDLERS_DEPLOY_ARGUMENTS_H

#include "bot/model/verb.h"
#include "handlers/deploy/version.h"
#include "handlers/group/group.h"
#include "handlers/place.h"

struct deploy_arguments {
    const struct deploy_form *form; /* it is asked by a form, and nothing else counts; or NULL: form.h */
    struct place place;
    bool has_version;
    bool is_any_version; /* whoever only looks need not name one */
    bool lacks_version;  /* and did not, where a deploy would have to */
    struct version version;
    const char *reason; /* or NULL */
    const struct deploy_trigger *trigger; /* --by; or NULL */
    const char *break_glass; /* why a deny is to be passed, or NULL */
    enum strategy_kind strategy;
    int64_t wait_ms;    /* for the image; 0: not at all */
    const char *region; /* of several; NULL: it has only one, or all of them are meant */
    struct shape_pair *env; /* --set-env */
    size_t env_count;
    bool keeps_image;
    const struct deploy_tune *tune; /* `set`, `restart`; NULL: a deploy */
    bool is_now;        /* --now */
    bool is_irreversible, is_reversible; /* --irreversible, --reversible */
    const struct target_version *proposed; /* no version was named: this one runs before it; or NULL */
    const char *proposed_from;             /* "api/staging" */
    const struct group_body *group;        /* several; or NULL */
    const char *left_out;                  /* of `all`: services without that environment, "web, worker"; or NULL */
};

/* ---- verb.c ---- */

struct deploy_tune;
void deploy_begin_one(const struct view *view, const struct request *request, const struct question *question,
                      const struct deploy_arguments *given, struct outcome *out);

/* ---- settings.c ---- */

bool deploy_is_reserved_setting(const char *name); /* Cloud Run sets it itself */

/* --set-env and --image. False: err. */
bool deploy_read_settings(const struct typed *typed, struct arena *arena, struct deploy_arguments *arguments,
                          struct error *err);

/* ---- proposal.c: `deploy api production` ---- */

/* The newest good version of another environment of the service: staging, else the one before it in the file, and so on.
 * False: nothing is known. */
bool deploy_propose(const struct view *view, const struct place *place, struct deploy_arguments *arguments);
const char *deploy_version_word(const struct target_version *version, struct arena *arena); /* as it is typed: that very image */
void deploy_reply_proposal(const struct view *view, const struct deploy_arguments *arguments, struct outcome *out);

/* ---- several.c ---- */

/* `all ENVIRONMENT` or `api,web ENVIRONMENT`. */
bool deploy_is_several(const struct settings *settings, const struct typed *typed);
bool deploy_read_several(const struct view *view, const struct typed *typed, struct deploy_arguments *arguments,
                         struct error *err);
/* All regions of the place, one after the other, with one image. Reads --region too. */
bool deploy_read_regions(const struct view *view, const struct typed *typed, struct deploy_arguments *arguments,
                         struct error *err);

#endif
