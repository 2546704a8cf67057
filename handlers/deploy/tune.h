/* tune.h - `set` and `restart`: a new revision of what serves, brought in as a version is.
 *
 * Both are deploys that keep the image: pinned to what serves, consented to, in line, created without traffic, checked,
 * and led up by the environment's strategy, or all at once with `--fast`. What serves stays good, whatever becomes of
 * them: a new revision that fails is left as bad by its own name, and the image is not. A way back after a good one
 * leads to the revision before, with its settings.
 *
 * tune_words.c reads what is to change, tune.c finds out what does, by what serves now.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_TUNE_H
#define OPSGATE_HANDLERS_DEPLOY_TUNE_H

#include "handlers/deploy/deploying.h"

#include "bot/model/verb.h"

extern const struct verb verb_set, verb_restart;

/* ---- tune_words.c ---- */

struct tune_given {
    struct deploy_tune tune;
    struct shape_pair *env; /* NAME=VALUE */
    size_t env_count;
};

/* One word: cpu=2, memory=4Gi, concurrency=80, timeout=300, min-instances=1, max-instances=20, NAME=value, NAME-.
 * Values that look like secrets are refused; no error names a value of the environment. */
bool tune_read_word(const char *word, struct arena *arena, struct tune_given *given, struct error *err);

/* May these stand together, as Cloud Run's pages say? `limits`: what serves, "cpu", "memory", "concurrency". Amounts
 * that cannot be read are Cloud Run's to judge. */
bool tune_fits(const struct run_resources *wanted, const struct shape_pair *limits, size_t limits_count,
               struct error *err);

bool tune_is_secret_name(const char *name); /* it sounds like one: its value is shown to nobody */

/* "cpu" for "CPU": a variable of the environment may be called so, and may not have been meant. NULL: none is. */
const char *tune_resource_like(const char *name);

/* ---- tune.c ---- */

/* pinning: true: what changes is known, or nothing has to be. False: it is asked for, or it has ended. */
bool tune_is_known(struct deploying *d, const struct run_service *service);
void tune_on_told(struct deploying *d);
/* pinning: a `set` of which nobody knows yet what it changes is refused, as it has no answer and no card. False: it is
 * another deploy, or people see it by now. */
bool tune_refuse(struct deploying *d, const char *sentence);

void tune_revision(const struct deploy_tune *tune, struct run_new_revision *args);

const char *tune_called(const struct deploy_tune *tune); /* "other settings", "a restart" */
const char *tune_changes(const struct deploy_tune *tune,
                         struct arena *arena); /* "cpu 1 → 2, +`LOG_LEVEL`"; NULL: none known */
/* "set api production cpu=2 NAME=...", as it is typed again; values of the environment are not told. */
const char *tune_words(const struct view *view, const char *target, const struct deploy_body *body);
const char *tune_line_again(const struct view *view, const struct operation *operation, bool *ret_is_whole);

#endif
