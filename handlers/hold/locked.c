#include "handlers/hold/locked.h"

#include "handlers/hold/lock_place.h"
#include "handlers/hold/owner.h"

#include "bot/model/delivery.h"
#include "bot/model/exchange.h"
#include "bot/model/slack_user.h"

#include <string.h>

#define READ_TO_REMIND "remind:" /* readings of the owner's account in Slack, with its id */
#define READ_TO_LOOK "look:"
#define OWNER_READ_MS (2 * MINUTE_MS)

struct locking { /* one event's decision */
    const struct view *view;
    const struct operation *operation;
    struct lock_body *body; /* ours to change */
    const struct event *event;
    struct outcome *out;
};

static const char *where(const struct locking *l)
{
    struct hold_place place = lock_place_of(l->body);

    return hold_place_text(&place, l->view->arena);
}

static void say(const struct locking *l, const char *text, bool has_buttons)
{
    const struct channels_settings *channels = &l->view->settings->slack.channels;
    struct message_delivery delivery = { .channel = channels->deployments, .reply.text = text };
    struct card_action unlock = { .label = "Unlock",
                                  .command = arena_printf(l->view->arena, "unlock %s", l->operation->id) };

    if (!delivery.channel)
        return;
    delivery.reply.actions = has_buttons ? &unlock : NULL;
    delivery.reply.actions_count = has_buttons;
    outcome_effect(l->out, (struct wanted_effect){
                               .kind = EFFECT_MESSAGE,
                               .lane = arena_printf(l->view->arena, "slack:%s", delivery.channel),
                               .args = shape_to_json(&message_delivery_shape, &delivery, SHAPE_WHOLE),
                           });
}

static void end(struct locking *l, const char *state, const char *how)
{
    struct hold_place place = lock_place_of(l->body);

    hold_tell_rollouts(l->view, &place, l->out);
    outcome_end(l->out, state, "done", "%s was locked for %s; %s", where(l),
                duration_about(l->view->now_ms - l->operation->created_at_ms).text, how);
}

static void on_over(struct locking *l)
{
    end(l, "expired", "its time is over");
}

/* ---- is its owner still here? ---- */

static const struct principal *owner_of(const struct locking *l)
{
    return l->body->owner ? l->body->owner : &l->operation->requester;
}

static const char *why_left(const struct locking *l)
{
    struct hold_place place = lock_place_of(l->body);

    return owner_left(l->view, owner_of(l), &place, l->body->deactivated);
}

static void tell_left(const struct locking *l, const char *why)
{
    struct hold_place place = lock_place_of(l->body);
    const char *typed = lock_place_typed(&place, l->view->arena);

    say(l,
        arena_printf(
            l->view->arena,
            "%s: %s, who locked %s (%s), has left: %s. It holds on. Whoever may lock there takes it with `lock "
            "%s --steal`, or ends it with `unlock %s`.",
            owner_heirs(l->view, &place), principal_mention(owner_of(l), l->view->arena), where(l), l->body->reason,
            why, typed, typed),
        true);
}

/* Told once; and forgotten when they come back. True: they are here. */
static bool look_after(struct locking *l)
{
    const char *why = why_left(l);

    if ((why != NULL) == l->body->is_left)
        return !why;
    l->body->is_left = why != NULL;
    outcome_journal(l->out, why ? "lock.owner_left" : "lock.owner_back", NULL, principal_personal(owner_of(l)));
    if (why)
        tell_left(l, why);
    return !why;
}

static void remind(struct locking *l)
{
    l->body->reminders++;
    say(l,
        arena_printf(l->view->arena, "%s: *%s* has held %s for %s (%s). Is it still needed?",
                     principal_mention(owner_of(l), l->view->arena), l->operation->id, where(l),
                     duration_about(l->view->now_ms - l->operation->created_at_ms).text, l->body->reason),
        true);
}

static void look_and_remind(struct locking *l)
{
    if (look_after(l) && !l->body->until_ms)
        remind(l);
    outcome_move(l->out, NULL, l->body);
}

/* False: who that is in Slack nobody knows. */
static bool ask_slack(struct locking *l, const char *name)
{
    struct slack_user_ask ask = { .user = owner_in_slack(l->view, owner_of(l)) };

    if (ask.user)
        outcome_read(l->out, arena_printf(l->view->arena, "%s%s", name, ask.user), READING_SLACK_USER,
                     shape_to_json(&slack_user_ask_shape, &ask, SHAPE_WHOLE), OWNER_READ_MS);
    return ask.user != NULL;
}

/* Nobody is reminded who is not there any more: Slack is asked first. One with an end is only looked after. */
static void on_remind(struct locking *l)
{
    outcome_timer(l->out, LOCKED_REMIND, l->view->now_ms + LOCKED_REMIND_MS);
    if (!ask_slack(l, READ_TO_REMIND))
        look_and_remind(l);
}

/* Slack may be away: what it said the last time stands. False: it was handed over meanwhile. */
static bool take_answer(struct locking *l, const char *name)
{
    const char *asked = l->event->name + strlen(name), *now = owner_in_slack(l->view, owner_of(l));
    struct slack_user_read read;
    struct error ignored;

    if (!now || strcmp(asked, now) != 0)
        return false;
    if (l->event->end == END_DONE &&
        shape_from_json(&slack_user_read_shape, l->event->body, l->view->arena, &read, &ignored))
        l->body->deactivated = read.is_deactivated;
    return true;
}

static void on_read_to_remind(struct locking *l)
{
    if (take_answer(l, READ_TO_REMIND))
        look_and_remind(l);
}

static void on_read_to_look(struct locking *l)
{
    if (!take_answer(l, READ_TO_LOOK))
        return;
    look_after(l);
    outcome_move(l->out, NULL, l->body);
}

/* ---- it changes hands, or ends ---- */

static void on_taken(struct locking *l)
{
    const char *by = json_find_string(l->event->body, "by");

    if (!l->body->deactivated)
        say(l,
            arena_printf(l->view->arena, "%s: your lock *%s* of %s was taken over by %s.",
                         principal_mention(owner_of(l), l->view->arena), l->operation->id, where(l),
                         by ? by : "somebody"),
            false);
    end(l, "taken", "somebody took it over");
}

static void on_unlock(struct locking *l)
{
    const struct principal *who = &l->event->request->principal;
    bool is_owner = policy_is_same_person(l->view->policy, NULL, who, owner_of(l));

    outcome_journal(l->out, "lock.ended", NULL, principal_personal(who));
    if (!is_owner && !l->body->deactivated)
        say(l,
            arena_printf(l->view->arena, "%s: your lock *%s* of %s was ended by %s.",
                         principal_mention(owner_of(l), l->view->arena), l->operation->id, where(l),
                         principal_mention(who, l->view->arena)),
            false);
    outcome_reply(l->out, "%s is unlocked%s.", where(l),
                  is_owner               ? ""
                  : l->body->deactivated ? "; who had locked it has left"
                                         : "; who had locked it is told");
    hold_say_others(l->view, l->operation, l->out);
    end(l, "unlocked", is_owner ? "its owner ended it" : "somebody else ended it");
}

static void tell_both(const struct locking *l, const struct principal *before)
{
    struct arena *arena = l->view->arena;
    const struct principal *by = &l->event->request->principal;
    bool is_by_owner = policy_is_same_person(l->view->policy, NULL, by, before);

    say(l,
        arena_printf(arena, "%s: the lock *%s* of %s (%s) is yours now, handed over by %s%s%s.",
                     principal_mention(owner_of(l), arena), l->operation->id, where(l), l->body->reason,
                     principal_mention(by, arena), is_by_owner ? "" : "; until now it was the one of ",
                     is_by_owner ? "" : principal_mention(before, arena)),
        true);
}

/* A lock on deploys is none for its owner, so it holds others from now on. */
static void hand_over(struct locking *l, const struct principal *to)
{
    struct hold_place place = lock_place_of(l->body);
    const struct principal before = *owner_of(l);

    l->body->owner = to;
    l->body->deactivated = l->body->is_left = false;
    outcome_journal(l->out, "lock.handed_over", NULL, principal_personal(to));
    outcome_move(l->out, NULL, l->body);
    outcome_timer(l->out, LOCKED_REMIND, l->view->now_ms + LOCKED_REMIND_MS);
    tell_both(l, &before);
    hold_tell_rollouts(l->view, &place, l->out);
    outcome_reply(l->out, "*%s*: the lock of %s is the one of %s now, who is told.", l->operation->id, where(l),
                  principal_mention(to, l->view->arena));
}

/* Whoever gets it must be one who could have locked the place. */
static void on_hand_over(struct locking *l, const struct principal *to)
{
    struct hold_place place = lock_place_of(l->body);
    const struct question question = owner_question(l->view, to, &place, verb_lock.name);
    struct facts facts = view_facts(l->view);
    struct decision decision;

    facts.reason = l->body->reason;
    decision = policy_decide(l->view->policy, &question, &facts, POLICY_WHOLE);
    if (policy_is_same_person(l->view->policy, NULL, to, owner_of(l)))
        outcome_refuse(l->out, "%s has *%s*, the lock of %s, already. Nothing was done.",
                       principal_mention(to, l->view->arena), l->operation->id, where(l));
    else if (decision.verdict != VERDICT_ALLOW)
        outcome_refuse(l->out, "%s may not lock %s, and so cannot have its lock: %s%s%s%s. Nothing was done.",
                       principal_mention(to, l->view->arena), where(l), decision.reason, decision.rule ? " (" : "",
                       decision.rule ? decision.rule : "", decision.rule ? ")" : "");
    else
        hand_over(l, to);
}

/* Somebody wants to lock the same place. */
static void on_lock(struct locking *l)
{
    const struct lock_arguments *arguments = l->event->arguments;
    const struct principal *who = &l->event->request->principal;

    if (arguments->to) {
        on_hand_over(l, arguments->to);
        return;
    }
    look_after(l);
    outcome_move(l->out, NULL, l->body);
    if (policy_is_same_person(l->view->policy, NULL, owner_of(l), who)) {
        outcome_refuse(l->out, "You hold %s already: %s has it since %s. `unlock` it first, or add `--steal`.",
                       where(l), l->operation->id,
                       card_date(l->operation->created_at_ms + l->view->shift_ms, l->view->arena));
    } else {
        if (!l->operation->is_stuck)
            ask_slack(l, READ_TO_LOOK);
        outcome_refuse(l->out, "%s (%s). Nothing was done: %sadd `--steal` to take it%s.",
                       hold_words(l->view, l->operation), l->operation->id, l->body->is_left ? "" : "ask them, or ",
                       l->body->is_left ? "" : "; they are told");
    }
}

/* The way back passes every lock, so nobody needs to `abort` one; and `abort` may what `unlock` may not. */
static void on_request(struct locking *l)
{
    if (strcmp(l->event->name, verb_unlock.name) == 0)
        on_unlock(l);
    else if (strcmp(l->event->name, verb_lock.name) == 0)
        on_lock(l);
    else
        outcome_refuse(l->out, "%s is a lock, and takes no `%s`: `unlock %s` ends it. Nothing was done.",
                       l->operation->id, l->event->name, l->operation->id);
}

static const struct move {
    enum event_kind kind;
    const char *name; /* how it begins; NULL: any */
    void (*decide)(struct locking *l);
} moves[] = {
    { EVENT_TIMER, "over", on_over },
    { EVENT_TIMER, LOCKED_REMIND, on_remind },
    { EVENT_READING, READ_TO_REMIND, on_read_to_remind },
    { EVENT_READING, READ_TO_LOOK, on_read_to_look },
    { EVENT_MESSAGE, LOCKED_MESSAGE_TAKEN, on_taken },
    { EVENT_REQUEST, NULL, on_request },
};

static void lock_on_event(const struct view *view, const struct operation *operation, const void *body,
                          const struct event *event, struct outcome *out)
{
    struct locking l = { view, operation, ARENA_NEW(view->arena, struct lock_body), event, out };

    *l.body = *(const struct lock_body *)body;
    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        if (moves[i].kind != event->kind ||
            (moves[i].name && strncmp(moves[i].name, event->name, strlen(moves[i].name)) != 0))
            continue;
        moves[i].decide(&l);
        return;
    }
}

static void lock_card(const struct view *view, const struct operation *operation, const void *value, struct card *card)
{
    const struct lock_body *body = value;
    struct hold_place place = lock_place_of(body);

    card->title = arena_printf(view->arena, operation_has_ended(operation) ? "The lock of %s is over" : "Lock of %s",
                               hold_place_text(&place, view->arena));
    card->tone = operation_has_ended(operation) ? CARD_GOOD : operation->is_stuck ? CARD_BAD : CARD_WAITING;
    card->status = operation_has_ended(operation) ? operation->summary
                   : operation->is_stuck          ? HOLD_STUCK
                   : body->is_left                ? "locked; *owner left*"
                                                  : "locked";
    *ARENA_PUSH(view->arena, card->fields, card->fields_count) =
        (struct card_field){ "By", principal_mention(&operation->requester, view->arena) };
    if (body->owner)
        *ARENA_PUSH(view->arena, card->fields, card->fields_count) =
            (struct card_field){ "Now of", principal_mention(body->owner, view->arena) };
    *ARENA_PUSH(view->arena, card->fields, card->fields_count) = (struct card_field){ "Why", body->reason };
    *ARENA_PUSH(view->arena, card->fields, card->fields_count) =
        (struct card_field){ "Blocks",
                             body->blocks == LOCK_ALL ? "every change but the way back" : "deploys of everybody else" };
    if (body->until_ms && !operation->is_stuck) /* no time ends one that is */
        *ARENA_PUSH(view->arena, card->fields, card->fields_count) =
            (struct card_field){ "Until", card_date(body->until_ms + view->shift_ms, view->arena) };
    if (!operation_has_ended(operation))
        *ARENA_PUSH(view->arena, card->actions, card->actions_count) =
            (struct card_action){ .label = "Unlock", .command = arena_printf(view->arena, "unlock %s", operation->id) };
}

const struct machine machine_lock = {
    .kind = "lock",
    .schema = 1,
    .body = &lock_body_shape,
    .holds_on = HOLD_ON,
    .on_event = lock_on_event,
    .card = lock_card,
};