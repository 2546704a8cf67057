/* telling.c - who is told of a maintenance, and when: its channel, whoever planned it, and those who get mail. */
#include "handlers/maintenance/maintaining.h"

#include "handlers/deploy/ending.h"
#include "handlers/hold/owner.h"

#include "bot/model/delivery.h"
#include "bot/model/mail.h"

#define ERROR_MAX_BYTES 300

const char *maintenance_utc(int64_t unix_ms, struct arena *arena)
{
    struct time_text at = time_format(unix_ms);

    return arena_printf(arena, "%.10s %.5s UTC", at.text, at.text + 11);
}

const char *maintaining_when(const struct maintaining *m)
{
    return arena_printf(m->view->arena, "%s until %s", card_date(m->body->at_ms, m->view->arena),
                        card_date(m->body->until_ms, m->view->arena));
}

/* ---- in Slack ---- */

static void say_to(struct maintaining *m, const char *channel, const char *text, const char *label, const char *command)
{
    struct message_delivery delivery = { .channel = channel, .reply.text = text };
    struct card_action action = { .label = label, .command = command, .style = ACTION_PRIMARY };

    if (!channel)
        return;
    delivery.reply.actions = label ? &action : NULL;
    delivery.reply.actions_count = label != NULL;
    outcome_effect(m->out, (struct wanted_effect){
                               .kind = EFFECT_MESSAGE,
                               .lane = arena_printf(m->view->arena, "slack:%s", channel),
                               .args = shape_to_json(&message_delivery_shape, &delivery, SHAPE_WHOLE),
                           });
}

void maintaining_say(struct maintaining *m, const char *text)
{
    say_to(m, m->body->channel, text, NULL, NULL);
}

void maintaining_say_with(struct maintaining *m, const char *text, const char *label, const char *command)
{
    say_to(m, m->body->channel, text, label, command);
}

/* Whoever Slack does not know reads it in the channel. */
void maintaining_tell_planner(struct maintaining *m, const char *text, const char *label, const char *command)
{
    say_to(m, owner_in_slack(m->view, &m->operation->requester), text, label, command);
}

/* ---- by mail ---- */

void maintaining_mail(struct maintaining *m, const char *what, const char *more)
{
    const struct maintenance_body *body = m->body;
    struct arena *arena = m->view->arena;
    struct mail_delivery mail = {
        .to = body->mail_to,
        .to_count = body->mail_to_count,
        .subject = arena_printf(arena, "Maintenance of %s: %s (%s)", body->where, what, m->operation->id),
        .text =
            arena_printf(arena,
                         "The maintenance of %s: %s.\n"
                         "\n"
                         "  from   %s\n"
                         "  until  %s\n"
                         "  why    %s\n"
                         "%s%s%s",
                         body->where, what, maintenance_utc(body->at_ms, arena), maintenance_utc(body->until_ms, arena),
                         body->reason, more ? "\n" : "", more ? more : "", more ? "\n" : ""),
        .at_ms = view_unix_ms(m->view),
    };

    if (!m->view->settings->smtp || body->mail_to_count == 0)
        return;
    outcome_effect(m->out, (struct wanted_effect){ .kind = EFFECT_MAIL,
                                                   .lane = MAIL_LANE,
                                                   .tag = "mail",
                                                   .args = shape_to_json(&mail_delivery_shape, &mail, SHAPE_WHOLE) });
}

void maintaining_on_mailed(struct maintaining *m)
{
    if (m->event->end == END_DONE || m->event->end == END_CANCELLED)
        return;
    maintaining_say(m, arena_printf(m->view->arena,
                                    "A mail about *%s* did not go, or not to all of `maintenance.mail_to`: %s. Tell "
                                    "them yourself.",
                                    m->operation->id, deploy_why(m->event, m->view->arena)));
}

/* ---- ahead ---- */

/* The earliest of its announcements behind that instant; 0: none is. */
static int64_t next_after(const struct maintaining *m, int64_t after_ms)
{
    int64_t next_ms = 0;

    for (size_t i = 0; i < m->body->announce_count; i++) {
        struct error ignored;
        int64_t before_ms, due_ms;

        if (!duration_parse(str_of(m->body->announce[i]), &before_ms, &ignored))
            continue;
        due_ms = m->body->at_ms - before_ms;
        if (due_ms > after_ms && (next_ms == 0 || due_ms < next_ms))
            next_ms = due_ms;
    }
    return next_ms;
}

static void set_next(struct maintaining *m)
{
    int64_t now_ms = view_unix_ms(m->view), next_ms;

    /* the clock was set back: it was told all the same */
    next_ms = next_after(m, m->body->announced_ms > now_ms ? m->body->announced_ms : now_ms);
    if (next_ms > 0)
        outcome_timer(m->out, "announce", maintaining_steady(m, next_ms));
    else
        outcome_cancel_timer(m->out, "announce");
}

void maintaining_announce(struct maintaining *m, const char *what)
{
    struct arena *arena = m->view->arena;

    maintaining_say(m, arena_printf(arena, "*Maintenance* of `%s`, %s: %s. %s (*%s*, planned by %s).", m->body->where,
                                    what, maintaining_when(m), m->body->reason, m->operation->id,
                                    principal_mention(&m->operation->requester, arena)));
    maintaining_mail(m, what, NULL);
    set_next(m);
}

void maintaining_on_announce(struct maintaining *m)
{
    int64_t now_ms = view_unix_ms(m->view), left_ms = m->body->at_ms - now_ms;
    const char *what = arena_printf(m->view->arena, "in %s", duration_about(left_ms > 0 ? left_ms : 0).text);
    int64_t due_ms = next_after(m, m->body->announced_ms);

    if (due_ms == 0 || due_ms > now_ms) { /* too soon, for the clock was set back: else it is told twice */
        set_next(m);
        return;
    }
    m->body->announced_ms = now_ms;
    maintaining_announce(m, what);
    maintaining_tell_planner(m,
                             arena_printf(m->view->arena,
                                          "The maintenance of `%s` that you planned begins %s: *%s*. `maintenance "
                                          "cancel %s \"why\"`, if it does not take place.",
                                          m->body->where, what, m->operation->id, m->operation->id),
                             NULL, NULL);
    maintaining_move(m, NULL);
}

/* ---- what will be told ---- */

const char *maintenance_ahead(const struct maintenance_body *plan, struct arena *arena)
{
    const char *text = "at once";

    for (size_t i = 0; i < plan->announce_count; i++)
        text = arena_printf(arena, "%s, %s before", text, plan->announce[i]);
    return text;
}

void maintaining_tell_plan(const struct view *view, const struct maintenance_body *plan, struct outcome *out)
{
    struct arena *arena = view->arena;

    outcome_reply_line(out, "Told: %s%s%s%s%s.", maintenance_ahead(plan, arena),
                       plan->channel ? ", in " : ", in no channel", plan->channel ? plan->channel : "",
                       plan->mail_to_count > 0 ? arena_printf(arena, ", by mail to %zu address%s", plan->mail_to_count,
                                                              plan->mail_to_count == 1 ? "" : "es")
                                               : "",
                       plan->page ? ", on the status page" : "");
    outcome_reply_line(out, plan->starts_itself ? "It starts by itself, and then holds the deploys of others there."
                                                : "At its time you are asked to start it; then it holds the deploys of "
                                                  "others there.");
    if (plan->work_count > 0)
        outcome_reply_line(out, "With it begins the runbook `%s`, in your name.", plan->work[0]);
}
