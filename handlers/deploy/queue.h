/* queue.h - the line of those who wait for one place: who stands where, who gives way to whom, and how people read it.
 *
 * A deploy enters the line once its version is pinned and policy says yes to it wholly. Older ones that still wait in the
 * line then end as superseded; older ones that wait for something else stay, and are told. `--now` stands before all but a
 * way back, and has what runs aborted. What a machine asks for never goes backwards. docs/rollouts.md tells it to people.
 * Pure. Only for this folder.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_QUEUE_H
#define OPSGATE_HANDLERS_DEPLOY_QUEUE_H

#include "handlers/deploy/deploying.h"

/* To older deploys of the place: one that was asked for later could run now. Body {by}. */
#define MESSAGE_OVERTAKEN "deploy.overtaken"

struct queued { /* one deploy of a place, as it stands */
    const struct operation *operation;
    const struct deploy_body *body;
};

/* ---- queue_line.c ---- */

bool queue_read(const struct view *view, const struct operation *operation, struct queued *ret); /* false: it is no deploy */
bool queue_has_target(const struct view *view, const struct operation *operation);
bool queue_waits(const struct view *view, const struct operation *operation); /* in the line, and it has not got the target */
/* A member of a group was asked for with its group: that one; else itself. */
const struct operation *queue_asked_with(const struct view *view, const struct operation *operation);
bool queue_is_later(const struct view *view, const struct operation *operation, const struct operation *than);
bool queue_is_before_line(const struct operation *operation); /* it is pinned, or waits for its image, checks or consent */
/* Both want one target, and `older` has nothing to bring that would be lost. */
bool queue_supersedes(const struct view *view, struct queued newer, struct queued older);
/* What `--now` of this one would abort; false: nothing, or what is irreversible and has traffic. */
bool queue_find_aborted(const struct view *view, const struct operation *operation, struct queued *ret);

const char *queue_name(const struct view *view, struct queued one); /* "D21 (`v1.4.0`, at 25 %)", "D21 of D20 (...)" */
/* "behind D21 (`v1.4.0`, at 25 %), 1 more before it"; NULL: nobody has the target, or it has. `self` may be about to begin. */
const char *queue_behind(const struct view *view, struct queued self);
/* What `--now` does once it comes to the line: "aborts what runs there, now D21 (...), and goes before all who wait". NULL: it
 * is not asked for so, or has come there. */
const char *queue_now(const struct view *view, struct queued self);
const char *queue_superseded(const struct view *view, struct queued self); /* "D22 (`v1.4.1`), D23 (`v1.4.2`)"; NULL: nobody */
/* Who was asked for later and came first, as long as that counts: "D43 (`v1.5.0`) ..."; NULL: nobody. */
const char *queue_overtaken(const struct view *view, struct queued self);

/* ---- queue_asked.c: when it is asked for ---- */

/* `--now` takes the right to `abort` there, whether or not something runs by now. False: refused, with the rule. */
bool queue_may_abort(const struct view *view, const struct request *request, const struct place *place,
                     struct outcome *out);
/* Lines of the answer: behind whom it will wait, whom it will supersede, what `--now` will abort. */
void queue_tell(const struct view *view, const struct deploy_body *body, struct outcome *out);

/* ---- queue_serving.c ---- */

struct queue_serving {
    struct target_version *versions; /* `version` NULL: a revision that no record has */
    size_t count;
    bool is_told;   /* Cloud Run told so a moment ago; else it is the newest good one of the record */
    bool is_untold; /* it was asked, and did not tell */
};
struct queue_serving queue_what_serves(const struct deploying *d, const struct target *target);
/* True: it is asked, and the decision waits for "serving". False: it was a moment ago, or another driver is in charge. */
bool queue_asks_what_serves(struct deploying *d);
void queue_keep_serving(struct deploying *d, const struct run_service *service); /* NULL: it did not tell */

/* ---- queue_forward.c ---- */

bool queue_is_automation(const struct operation *operation);

#endif
