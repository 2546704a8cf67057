/* working.c - from the plan to the end of the work: told, started by a person or by itself, reminded of when it lasts.
 */
#include "handlers/maintenance/maintaining.h"

#include "handlers/runbook/runbook.h"

#include <string.h>

#define WORK "work" /* the request of its runbook */
#define TEXT_BYTES 400

static const char *id(const struct maintaining *m)
{
    return m->operation->id;
}

/* ---- planned ---- */

void maintaining_begin(struct maintaining *m)
{
    m->body->announced_ms = view_unix_ms(m->view);
    maintaining_move(m, "planned");
    maintaining_announce(m, "planned");
    outcome_timer(m->out, "start", maintaining_steady(m, m->body->at_ms));
    maintaining_public(m, SAYS_PLANNED);
}

static const char *start_command(const struct maintaining *m)
{
    return arena_printf(m->view->arena, "maintenance start %s --look %lld", id(m), (long long)m->body->looks);
}

static void ask(struct maintaining *m, const char *when)
{
    const char *text = arena_printf(m->view->arena,
                                    "%s: the maintenance of `%s` (*%s*) %s. Start it? Nobody else deploys there then, "
                                    "until it is ended. Not started by %s, it is cancelled.",
                                    principal_mention(&m->operation->requester, m->view->arena), m->body->where, id(m),
                                    when, card_time(m->body->until_ms, m->view->arena));

    maintaining_say_with(m, text, "Start", start_command(m));
    maintaining_tell_planner(m, text, "Start", start_command(m));
    outcome_timer(m->out, "remind", m->view->now_ms + MAINTENANCE_REMIND_MS);
}

static const char *due_words(const struct maintaining *m)
{
    int64_t late_ms = view_unix_ms(m->view) - m->body->at_ms;

    return late_ms < MINUTE_MS ? "is due now"
                               : arena_printf(m->view->arena, "was due %s ago", duration_about(late_ms).text);
}

/* True: it is not so late yet, for the store's clock was set since. Its beginning and end are dates. */
static bool comes_too_soon(struct maintaining *m, const char *timer, int64_t unix_ms)
{
    if (view_unix_ms(m->view) >= unix_ms)
        return false;
    outcome_timer(m->out, timer, maintaining_steady(m, unix_ms));
    return true;
}

/* NULL: policy lets whoever planned it start it now. What is required was given when it was planned. */
static const char *denial(const struct maintaining *m)
{
    struct facts facts = view_facts(m->view);

    for (size_t i = 0; i < m->body->targets_count; i++) {
        struct question question = maintenance_question(m->view, &m->operation->requester, m->operation->source,
                                                        m->body->targets[i], m->body->reason);
        struct decision decision;

        question.is_preflight = true;
        decision = policy_decide(m->view->policy, &question, &facts, POLICY_WHOLE);
        if (decision.verdict == VERDICT_DENY)
            return arena_strdup(m->view->arena, decision.reason);
    }
    return NULL;
}

/* Work that nobody expects any more is nothing to begin without a person; nor is what they may not do. */
static const char *why_not_by_itself(const struct maintaining *m)
{
    bool is_late = view_unix_ms(m->view) - m->body->at_ms > MAINTENANCE_REMIND_MS;

    return is_late ? "opsgate did not run then" : denial(m);
}

void maintaining_on_time(struct maintaining *m)
{
    const char *why;

    if (comes_too_soon(m, "start", m->body->at_ms))
        return;
    if (view_unix_ms(m->view) >= m->body->until_ms) {
        maintaining_on_missed(m);
        return;
    }
    why = m->body->starts_itself ? why_not_by_itself(m) : NULL;
    if (m->body->starts_itself && !why) {
        maintaining_start(m, NULL);
        return;
    }
    maintaining_move(m, "asking");
    outcome_timer(m->out, "missed", maintaining_steady(m, m->body->until_ms));
    ask(m, why ? arena_printf(m->view->arena, "%s, and does not start by itself: %s", due_words(m), why)
               : due_words(m));
}

void maintaining_on_remind(struct maintaining *m)
{
    m->body->reminders++;
    ask(m, due_words(m));
    maintaining_move(m, NULL);
}

void maintaining_on_missed(struct maintaining *m)
{
    const char *why = maintaining_is_in(m, "asking") ? "nobody started it in its time" : "opsgate did not run then";
    struct arena *arena = m->view->arena;

    if (comes_too_soon(m, "missed", m->body->until_ms))
        return;
    maintaining_announce(m, arena_printf(arena, "it does not take place, for %s", why));
    maintaining_note(m, "missed", arena_printf(arena, "cancelled it: %s", why), NULL);
    maintaining_public(m, SAYS_CANCELLED);
    maintaining_end(m, "aborted",
                    arena_printf(arena, "The maintenance of %s did not take place, for %s. Nothing was locked",
                                 m->body->where, why));
}

/* ---- it runs ---- */

/* Refused or not: the maintenance is at work, and its runbook is told of by itself. */
static void begin_work(struct maintaining *m)
{
    if (m->body->work_count > 0)
        outcome_request(m->out, (struct wanted_request){ .name = WORK,
                                                         .verb = verb_run.name,
                                                         .words = m->body->work,
                                                         .words_count = m->body->work_count });
}

void maintaining_start(struct maintaining *m, const struct request *request)
{
    static const char *const timers[] = { "announce", "start", "remind", "missed" };

    for (size_t i = 0; i < ARRAY_LEN(timers); i++)
        outcome_cancel_timer(m->out, timers[i]);
    m->body->started_at_ms = m->view->now_ms;
    m->body->reminders = 0;
    maintaining_note(m, "started", "started it", request);
    maintaining_look(m); /* as it was before */
    maintaining_move(m, "running");
    outcome_timer(m->out, "over", maintaining_steady(m, m->body->until_ms));
    maintaining_tell_rollouts(m);
    maintaining_say(m,
                    arena_printf(m->view->arena,
                                 "*Maintenance* of `%s` has begun, until %s: %s (*%s*). Nobody but %s deploys there.",
                                 m->body->where, card_time(m->body->until_ms, m->view->arena), m->body->reason, id(m),
                                 principal_mention(&m->operation->requester, m->view->arena)));
    maintaining_public(m, SAYS_STARTED);
    begin_work(m);
}

/* Its end is a person's word, and the public hears of it by `extend` alone. */
void maintaining_on_over(struct maintaining *m)
{
    const char *text;

    if (comes_too_soon(m, "over", m->body->until_ms))
        return;
    outcome_timer(m->out, "over", m->view->now_ms + MAINTENANCE_REMIND_MS);
    m->body->reminders++;
    text = arena_printf(m->view->arena,
                        "%s: the maintenance of `%s` (*%s*) was to be over by %s, and still holds it. `maintenance end "
                        "%s`, or `maintenance extend %s 30m \"why\"`.",
                        principal_mention(&m->operation->requester, m->view->arena), m->body->where, id(m),
                        card_time(m->body->until_ms, m->view->arena), id(m), id(m));
    maintaining_say(m, text);
    maintaining_tell_planner(m, text, NULL, NULL);
    maintaining_move(m, NULL);
}

/* ---- its runbook ---- */

static bool is_work(const struct maintaining *m)
{
    const char *name = json_find_string(m->event->body, "name");

    return name && strcmp(name, WORK) == 0;
}

static const char *first_line(const struct maintaining *m, const char *key)
{
    const char *text = json_find_string(m->event->body, key);
    struct str rest = str_of(text ? text : "no reason was given");

    return card_quote(str_take_until(&rest, '\n'), TEXT_BYTES, m->view->arena);
}

static void tell_work(struct maintaining *m, const char *how)
{
    m->body->work_told = how;
    maintaining_say(m, arena_printf(m->view->arena, "The runbook `%s` of *%s*: %s", m->body->work[0], id(m), how));
    maintaining_move(m, NULL);
}

void maintaining_on_child_begun(struct maintaining *m)
{
    if (!is_work(m))
        return;
    m->body->work_id = json_find_string(m->event->body, "operation");
    m->body->work_told = arena_printf(m->view->arena, "runs as %s", m->body->work_id);
    maintaining_move(m, NULL);
}

void maintaining_on_child_refused(struct maintaining *m)
{
    if (is_work(m))
        tell_work(m, arena_printf(m->view->arena, "refused: %s", first_line(m, "text")));
}

void maintaining_on_child_ended(struct maintaining *m)
{
    const char *result = json_find_string(m->event->body, "result");

    if (is_work(m))
        tell_work(m, arena_printf(m->view->arena, "%s: %s", result ? result : "ended", first_line(m, "summary")));
}
