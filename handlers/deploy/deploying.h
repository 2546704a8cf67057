/* deploying.h - one event's decision about a deploy, and the moves that several states share. Only for this folder.
 *
 * Each file holds some of the states (deploy.h tells what they are): pin.c, workflow.c, rollout.c, steps.c, baking.c, keeping.c, returning.c; control.c has
 * what people ask of a running deploy. A function called deploy_on_... is a row of deploy.c.
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_DEPLOYING_H
#define OPSGATE_HANDLERS_DEPLOY_DEPLOYING_H

#include "bot/model/view.h"
#include "handlers/deploy/body.h"
#include "handlers/deploy/deploy.h"
#include "handlers/deploy/ending.h"
#include "handlers/deploy/split.h"
#include "handlers/place.h"
#include "policy/decide.h"

#include "bot/base/time.h"
#include "bot/model/event.h"
#include "bot/model/outcome.h"

#define DEPLOY_NO_DEADLINE_MS 0 /* of a state that asks nothing again: what it waits for always comes */
#define DEPLOY_PIN_DEADLINE_MS (2 * MINUTE_MS)
#define DEPLOY_VERIFY_DEADLINE_MS (5 * MINUTE_MS)

struct deploying {
    const struct view *view;
    const struct operation *operation;
    const char *state;        /* of the operation, as it is called today */
    struct deploy_body *body; /* ours to change */
    const struct event *event;
    struct outcome *out;
};

/* ---- deploying.c: how it ends ---- */

/* The sentence says what happened and why; ending.c adds what was touched and what to do. */
void deploy_fail(struct deploying *d, const char *fmt, ...) PRINTF_LIKE(2, 3);
void deploy_refuse(struct deploying *d, const struct decision *decision);
void deploy_end_refused(struct deploying *d, const char *fmt, ...) PRINTF_LIKE(2, 3); /* likewise, for another reason */
/* Somebody said so; whatever still waited to be done is not done. */
void deploy_end_aborted(struct deploying *d, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Somebody else's split: nothing is overwritten. */
void deploy_end_foreign(struct deploying *d, struct split found, struct split expected);
/* Our version, on the target, if it ever had traffic; `left`: TARGET_LEFT_..., or NULL: it was found bad. */
void deploy_mark_bad(struct deploying *d, const char *left, const char *why);

/* ---- deploying.c: small moves ---- */

void deploy_move(struct deploying *d, const char *state, int64_t deadline_ms);
void deploy_keep(struct deploying *d); /* the body as it is now, in the same state */
void deploy_read_service(struct deploying *d);
void deploy_poll_again(struct deploying *d);
bool deploy_is_late(const struct deploying *d); /* over the state's deadline */
bool deploy_is_in(const struct deploying *d, const char *state);
const char *deploy_quote(const struct deploying *d, const char *words);
const char *deploy_reason(const struct deploying *d); /* why the event brought nothing */
/* The answer about the service, if it is one; else why not. */
bool deploy_sees(const struct deploying *d, struct run_service *service, const char **ret_why);
/* The lane that orders all changes of the target. */
const char *deploy_lane(const struct deploying *d);

/* ---- deploying.c: traffic ---- */

bool deploy_is_simple(const struct deploy_body *body); /* all-at-once: no step is judged, none is taken back alone */
bool deploy_is_last_step(const struct deploy_body *body);
int64_t deploy_step_percent(const struct deploy_body *body); /* of the step being made or judged */
int64_t deploy_percent(const struct deploy_body *body);      /* ours, as last verified */
struct split deploy_split(const struct deploy_body *body);   /* all of it, as last verified */
struct split deploy_wanted(const struct deploying *d);       /* by the step being made */
void deploy_set_split(struct deploying *d, struct split split);
void deploy_change_traffic(struct deploying *d, const char *kind, const char *tag, struct split expected,
                           struct split wanted);

/* ---- deploying.c: what people may decide, and what was done ---- */

void deploy_hold(struct deploying *d, const char *why, int64_t unanswered_ms); /* 0: it waits as long as it takes */
void deploy_release_hold(struct deploying *d);
/* Into the body's acts and the journal ("deploy.KIND"). `request` NULL: opsgate's own act. */
void deploy_note(struct deploying *d, const char *kind, const char *what, const struct request *request,
                 const char *reason);
void deploy_add_act(struct deploying *d, struct deploy_act act); /* as of now; for the card alone */

/* ---- asking.c: policy ---- */

struct decision deploy_ask_policy(const struct view *view, const struct operation *operation,
                                  const struct deploy_body *body, enum policy_stage stage);
bool deploy_may_start(struct deploying *d); /* false: it was refused and has ended. A start needs all that is required */
/* May more traffic go to it now? Who may, and most of what it needed, was settled at the start; a deny, a window that has
 * closed and an incident count whenever they come. */
bool deploy_may_raise(const struct view *view, const struct operation *operation, const struct deploy_body *body,
                      struct error *err);

/* ---- asking_glass.c: the denies that somebody passes ---- */

/* Of a decision that is followed: each deny that it passes by a broken glass, and that was not announced yet, is noted, and
 * somebody else has to look at that afterwards. Only what was announced stays passed by the increases. */
void deploy_announce_glass(struct deploying *d, const struct decision *decision);
/* It is held, and whoever asks for this goes past what denies it now: from here on passed like what was passed at the start.
 * False: not all that is in the way is theirs to pass, the answer says so, and nothing is broken. */
bool deploy_break_glass(struct deploying *d, const char *reason, bool *ret_is_needless);
/* For cards: who may do so; NULL: nothing of that kind holds it, or not that alone. */
const char *deploy_glass_text(const struct view *view, const struct operation *operation, const struct deploy_body *body);

/* ---- pin.c ---- */

void deploy_pin_start(const struct view *view, const char *target, const struct deploy_body *body,
                      struct outcome *out); /* with what begins it */
void deploy_on_release(struct deploying *d);
void deploy_on_marker(struct deploying *d); /* of the release that has its tag */
void deploy_on_commit(struct deploying *d);
void deploy_on_digest(struct deploying *d);
void deploy_on_as_typed(struct deploying *d);
void deploy_on_artifact_poll(struct deploying *d);
/* For cards: since when the image is waited for, and until when; "3f2a9c1 Fix the login (octocat), of branch:main". */
const char *deploy_awaiting_text(const struct view *view, const struct deploy_body *body);
const char *deploy_commit_text(const struct deploy_body *body, struct arena *arena); /* NULL: not known */
void deploy_pinned(struct deploying *d); /* what was asked for is known: journalled, and on it goes */

/* ---- unchanged.c: settings alone ---- */

void deploy_on_serving(struct deploying *d);
/* The image that serves is the one to keep; it may be another than the one that was allowed. False: it cannot be told, or
 * is not allowed without being asked for again, and the deploy has ended. */
bool deploy_keep_serving_image(struct deploying *d, const struct run_service *service);

/* ---- same.c: the same twice ---- */

struct deploy_sought {
    const char *version, *image; /* image NULL: not pinned yet */
    bool is_now;
    bool is_mark_said; /* `--irreversible`, `--reversible`: it does not wait until GitHub tells that */
};
/* Another running deploy of the target that brings the very same, or NULL. For `--now` one that has the target: one that
 * only waits is not done by then. */
const struct operation *deploy_find_same(const struct view *view, const char *id, const char *target,
                                         const struct deploy_sought *sought);
bool deploy_is_the_only_one(struct deploying *d); /* false: an older one brings it already, and this one has ended */

/* ---- checks.c: what GitHub has to tell first ---- */

/* It is pinned, and as much is known of it as policy asked for: what comes next. */
void deploy_settle(struct deploying *d);
/* What a requirement needs to know of the pinned commit is asked for, and the decision waits. True: it does, or it has
 * ended, for nobody can tell. */
bool deploy_finds_out(struct deploying *d, const struct decision *decision);
void deploy_on_checks(struct deploying *d);
void deploy_on_checks_poll(struct deploying *d);
void deploy_on_authors(struct deploying *d);
const char *deploy_checks_text(const struct view *view, const struct deploy_body *body); /* for cards */

void deploy_go_on_pinned(struct deploying *d); /* what it waited to know is known: before the line, or with the target in our hands */

/* ---- queue.c, queue_forward.c: the line of those who want the target (queue.h) ---- */

/* Policy said yes: the target is asked for. Or somebody was asked for later and came first: then it ends. */
void deploy_queue(struct deploying *d);
void deploy_leave_line(struct deploying *d); /* with the target in its hands: it waits for something else once more */
void deploy_on_overtaken(struct deploying *d);
void deploy_tell_overtaken(struct deploying *d); /* in the thread of whoever is asked for consent; if it was */
void deploy_on_line(struct deploying *d);
void deploy_on_abort_refused(struct deploying *d); /* of what `--now` was to abort */
/* False: it is a machine's, and goes backwards, so it has ended; or GitHub, or Cloud Run, is asked first. */
bool deploy_goes_forward(struct deploying *d);
bool deploy_goes_forward_from(struct deploying *d, const struct run_service *service); /* what serves was just seen */
void deploy_on_compared(struct deploying *d);
void deploy_on_serving_told(struct deploying *d);

/* ---- approving.c: people's consent ---- */

/* False: nobody is known who could give what is lacking, and the deploy has ended. */
bool deploy_can_be_approved(struct deploying *d, const struct decision *decision);
void deploy_await_approval(struct deploying *d, const struct decision *decision);
void deploy_on_ask_again(struct deploying *d);
void deploy_on_approve(struct deploying *d);
void deploy_on_unapproved(struct deploying *d);
void deploy_on_consented(struct deploying *d); /* people gave what it needs, and what else it waited to know is known */

/* ---- change.c: what it brings, and what they consent to ---- */

struct authors_read;

void deploy_read_change(struct deploying *d); /* asks for what is not known of it */
bool deploy_has_begun(const struct deploying *d); /* by this decision: its target was granted, and it changes it now */
bool deploy_can_ask_github(const struct view *view); /* a repository's, with what credentials opsgate has */
void deploy_read_commits_once(struct deploying *d); /* when it begins, for its card: nothing waits for them */
/* For cards: "`v1.4.1` of D1000", when something else serves by now; NULL: what was read is of what serves. */
const char *deploy_change_before(const struct view *view, const struct operation *operation,
                                 const struct deploy_body *body);
void deploy_on_commits_told(struct deploying *d);
void deploy_on_way_back_told(struct deploying *d);
void deploy_on_serves_told(struct deploying *d);
void deploy_keep_commits(struct deploying *d, const char *base, const struct authors_read *read); /* as GitHub told them */
const char *deploy_commits_text(const struct deploy_body *body, struct arena *arena); /* for cards; NULL: not known */

/* ---- rollout.c: until it is healthy ---- */

void deploy_on_granted(struct deploying *d);
void deploy_on_looked(struct deploying *d);
void deploy_on_created(struct deploying *d);
void deploy_on_started(struct deploying *d);
void deploy_on_health(struct deploying *d);
void deploy_check_health(struct deploying *d);
void deploy_on_poll_service(struct deploying *d);

/* ---- steps.c: more and more traffic ---- */

void deploy_raise(struct deploying *d);     /* the first step */
void deploy_go_on(struct deploying *d);     /* this step is over: the next one, or it is good */
void deploy_end_good(struct deploying *d);  /* it serves all traffic, and was watched */
void deploy_try_again(struct deploying *d); /* likewise; or the first step, if that was not allowed */
void deploy_on_shifted(struct deploying *d);
void deploy_on_verified(struct deploying *d);

/* ---- keeping.c: the revision before stays in reach for a time ---- */

void deploy_begin_keeping(struct deploying *d, const struct run_service *service); /* by which tag; how warm it will be */
void deploy_on_kept_told(struct deploying *d);
void deploy_keep_in_reach(const struct deploying *d, bool is_increase, struct run_traffic *args);
bool deploy_hand_over(struct deploying *d); /* to an operation of its own. False: there is nothing to keep, or it has begun */
void deploy_on_handed_over(struct deploying *d);
const char *deploy_kept_text(const struct view *view, const struct operation *operation, const struct deploy_body *body); /* or NULL */

/* ---- baking.c: a step that was made is looked at ---- */

void deploy_enter(struct deploying *d, const char *state); /* "baking", "watching" */
void deploy_begin_looking(struct deploying *d);            /* nothing observed so far counts */
void deploy_judge_anew(struct deploying *d);               /* likewise, and nothing holds it */
void deploy_on_look_timer(struct deploying *d);
void deploy_on_seen(struct deploying *d);     /* the service */
void deploy_on_measured(struct deploying *d); /* its numbers */
void deploy_on_probed(struct deploying *d);   /* what opsgate asked it itself */
void deploy_on_unanswered(struct deploying *d);
void deploy_count_time(struct deploying *d);   /* since the last look, as observed; after a gap nothing is */
void deploy_await_answer(struct deploying *d); /* a step that is held for its numbers has its time to answer anew */

/* ---- returning.c: traffic goes back ---- */

void deploy_return_now(struct deploying *d, const char *why);        /* from the split that was last verified */
void deploy_return_after_look(struct deploying *d, const char *why); /* from whatever serves, if that is ours */
void deploy_return_when_ended(struct deploying *d, const char *why); /* likewise; an increase that is out ends first */
const char *deploy_returning_text(const struct deploy_body *body, struct arena *arena); /* why, and over whose share */
void deploy_on_increase_ended(struct deploying *d);
void deploy_on_return_look(struct deploying *d);
void deploy_on_returned(struct deploying *d);
void deploy_on_reverified(struct deploying *d);

/* ---- remembered.c: what its target keeps of it ---- */

void deploy_note_served(struct deploying *d); /* Cloud Run took the change that gives it traffic, or nobody can tell that it did not */
void deploy_be_remembered(struct deploying *d); /* after each decision */

/* ---- alone.c: the last owner went on while no store answered ---- */

bool deploy_may_go_on_alone(const struct view *view, const struct operation *operation, const void *body,
                            const char *stored_state, const cJSON *giving_back,
                            const char **ret_why); /* machine.may_go_on_alone */
void deploy_on_adopted(struct deploying *d); /* its note */
/* Does the mark of its change stand outside? Then the traffic is not somebody else's, but back. */
bool deploy_was_returned_alone(const struct deploying *d, const struct run_service *service, struct split asked);
void deploy_on_returned_alone(struct deploying *d);

/* ---- workflow.c: a workflow on GitHub changes it ---- */

bool deploy_can_dispatch(const struct settings *settings, const struct place *place, struct error *err);
struct deploy_body deploy_plan_workflow(const struct view *view, const struct place *place);
bool deploy_needs_commit(const struct deploy_body *body); /* its workflow is told which: nothing is approved without it */
void deploy_dispatch(struct deploying *d); /* its target is granted */
void deploy_on_commit_for_workflow(struct deploying *d);
void deploy_on_dispatched(struct deploying *d);
void deploy_on_run(struct deploying *d);
void deploy_on_run_poll(struct deploying *d);
void deploy_on_cancel_sent(struct deploying *d);
/* False: it is not that far yet, and ends like any other deploy before its traffic. */
bool deploy_on_workflow_request(struct deploying *d);
bool deploy_on_workflow_yield(struct deploying *d);
void deploy_card_workflow(const struct view *view, const struct operation *operation, const struct deploy_body *body,
                          struct card *card);

/* ---- told.c: GitHub says that it is worth a look now ---- */

void deploy_on_told_of_run(struct deploying *d);
void deploy_on_told_of_build(struct deploying *d);
void deploy_on_told_of_checks(struct deploying *d);

/* ---- control.c ---- */

void deploy_on_request(struct deploying *d);
void deploy_on_yield(struct deploying *d);
void deploy_on_hold(struct deploying *d); /* a lock or a halt: only the card changes; each increase asks for itself */

#endif
