/* spread.c - a confirmed trigger asks for ordinary deploys, one for each environment, and follows them to their end. */
#include "handlers/trigger/triggering.h"

#include "handlers/group/group.h"
#include "handlers/trigger/comment.h"
#include "handlers/trigger/deployment.h"
#include "handlers/trigger/places.h"
#include "handlers/trigger/told.h"

#include <inttypes.h>
#include <string.h>

static const char *clause_of(const struct triggering *t, const char *path)
{
    const char *text = json_find_string(t->event->body, path);

    return trigger_clause(t, text ? text : "no reason was given");
}

#define LOOK_MS MINUTE_MS /* after what brings it already: nobody tells of its end */

/* ---- asking ---- */

static const char *wait_word(int64_t wait_ms, struct arena *arena)
{
    return arena_printf(arena, "--wait=%" PRId64 "s", wait_ms / SECOND_MS);
}

/* `deploy api,web production release:v1.5.0`: the list is a group, in the order of what each needs. */
static void ask(struct triggering *t, const char *environment)
{
    struct arena *arena = t->view->arena;
    struct wanted_request want = { .name = environment, .verb = "deploy" };
    const char *services = NULL, *version = NULL;
    int64_t wait_ms = 0;

    for (size_t i = 0; i < t->body->places_count; i++) {
        struct trigger_place *place = &t->body->places[i];

        if (place->state != PLACE_FOUND || strcmp(place->environment, environment) != 0)
            continue;
        services = services ? arena_printf(arena, "%s,%s", services, place->service) : place->service;
        version = place->version;
        wait_ms = place->wait_ms > wait_ms ? place->wait_ms : wait_ms;
        place->state = PLACE_ASKED;
    }
    *ARENA_PUSH(arena, want.words, want.words_count) = services;
    *ARENA_PUSH(arena, want.words, want.words_count) = environment;
    *ARENA_PUSH(arena, want.words, want.words_count) = version;
    *ARENA_PUSH(arena, want.words, want.words_count) = wait_word(wait_ms, arena);
    *ARENA_PUSH(arena, want.words, want.words_count) = arena_printf(arena, "--by=%s", t->operation->id);
    outcome_request(t->out, want);
}

/* Several deploys of one deployment on GitHub: none of them knows how it goes as a whole. */
static bool is_shared(const struct triggering *t)
{
    const struct trigger_place *only = NULL;

    if (t->body->kind != TRIGGER_DEPLOYMENT || places_count(t->body, PLACE_FOUND) != 1)
        return t->body->kind == TRIGGER_DEPLOYMENT;
    for (size_t i = 0; i < t->body->places_count; i++)
        only = t->body->places[i].state == PLACE_FOUND ? &t->body->places[i] : only;
    return t->body->places_count > 1 || !places_is_one_target(t->view, only);
}

static void journal_places(struct triggering *t)
{
    static const char *const names[] = {
        [PLACE_FOUND] = "found", [PLACE_UNTOUCHED] = "untouched", [PLACE_LEFT_OUT] = "left out",
        [PLACE_ASKED] = "asked", [PLACE_BEGUN] = "begun",         [PLACE_REFUSED] = "refused",
        [PLACE_ENDED] = "ended",
    };
    cJSON *body = json_object(), *list = json_set(body, "places", json_array()), *personal = json_object();

    json_set_string(body, "subject", t->body->subject);
    for (size_t i = 0; i < t->body->places_count; i++) {
        const struct trigger_place *place = &t->body->places[i];
        const char *target = arena_printf(t->view->arena, "%s/%s", place->service, place->environment);
        cJSON *one = json_object();

        json_set_string(one, "target", target);
        json_set_string(one, "state", names[place->state]);
        json_set_string(one, "version", place->called);
        json_set_string(place->state == PLACE_REFUSED ? personal : one, place->state == PLACE_REFUSED ? target : "why",
                        place->text); /* whoever locked it may be named in a refusal */
        json_add(list, one);
    }
    outcome_journal(t->out, "trigger.places", body, personal);
}

static bool is_awaiting(const struct triggering *t)
{
    for (size_t i = 0; i < t->body->places_count; i++)
        if (t->body->places[i].awaited)
            return true;
    return false;
}

/* All that were asked for are answered. */
static void go_on(struct triggering *t)
{
    if (is_awaiting(t))
        outcome_timer(t->out, "look", t->view->now_ms + LOOK_MS);
    if (is_awaiting(t) || places_count(t->body, PLACE_BEGUN) > 0)
        outcome_move(t->out, "following", t->body);
    else
        trigger_end(t, places_count(t->body, PLACE_ENDED) > 0 ? "done" : "refused", "%zu of %zu places were begun",
                    places_count(t->body, PLACE_ENDED), t->body->places_count);
}

void trigger_spread(struct triggering *t)
{
    for (size_t i = 0; i < t->body->places_count; i++) {
        struct trigger_place *place = &t->body->places[i];
        const char *by = NULL,
                   *why = place->state == PLACE_FOUND ? places_why_left_out(t->view, t->body, place, &by) : NULL;

        if (why) {
            place->awaited = t->body->kind == TRIGGER_COMMENT ? NULL : by; /* that was answered */
            place->state = PLACE_LEFT_OUT;
            place->text = why;
        }
    }
    t->body->is_shared = is_shared(t);
    for (size_t i = 0; i < t->body->places_count; i++)
        if (t->body->places[i].state == PLACE_FOUND)
            ask(t, t->body->places[i].environment);
    journal_places(t);
    outcome_move(t->out, "asking", t->body);
    if (places_count(t->body, PLACE_ASKED) == 0) {
        told_places(t);
        deployment_told_places(t);
        go_on(t);
    }
}

/* ---- what it hears ---- */

/* Of each place that was asked for by this name, or of the operation that was begun for it. */
static size_t take(struct triggering *t, enum place_state from, enum place_state to, const char *operation,
                   const char *text)
{
    const char *name = json_find_string(t->event->body, "name");
    size_t taken = 0;

    for (size_t i = 0; name && i < t->body->places_count; i++) {
        struct trigger_place *place = &t->body->places[i];

        if (place->state != (int64_t)from || strcmp(place->environment, name) != 0)
            continue;
        place->state = to;
        place->operation = operation ? operation : place->operation;
        place->text = text;
        taken++;
    }
    return taken;
}

static void when_answered(struct triggering *t)
{
    if (places_count(t->body, PLACE_ASKED) > 0) {
        trigger_keep(t);
        return;
    }
    journal_places(t);
    told_places(t);
    deployment_told_places(t);
    go_on(t);
}

void trigger_on_begun(struct triggering *t)
{
    if (take(t, PLACE_ASKED, PLACE_BEGUN, json_find_string(t->event->body, "operation"), NULL) > 0)
        when_answered(t);
}

void trigger_on_refused(struct triggering *t)
{
    if (take(t, PLACE_ASKED, PLACE_REFUSED, NULL, clause_of(t, "text")) > 0)
        when_answered(t);
}

/* Of the places that the operation brings it to; NULL: none. */
static const struct trigger_place *find_first(const struct triggering *t, const char *operation, size_t *ret_count)
{
    const struct trigger_place *first = NULL;

    *ret_count = 0;
    for (size_t i = 0; operation && i < t->body->places_count; i++)
        if (t->body->places[i].operation && strcmp(t->body->places[i].operation, operation) == 0) {
            first = first ? first : &t->body->places[i];
            ++*ret_count;
        }
    return first;
}

/* A single place in several regions is one too. */
static bool is_group(const struct triggering *t, const char *id)
{
    const struct operation *operation = t->view->find_operation(t->view->ctx, id);

    operation = operation ? operation : t->view->find_ended(t->view->ctx, id);
    return operation && strcmp(operation->kind, machine_group.kind) == 0;
}

/* Its own card tells how; but one that was refused before it came to its target is easily passed over, and so is what a
 * group has not begun. */
static void tell_end(struct triggering *t, const char *operation)
{
    const char *result = json_find_string(t->event->body, "result");
    const struct trigger_place *first;
    size_t places;

    if (t->body->kind == TRIGGER_COMMENT) {
        comment_told_end(t, result ? result : "");
        return;
    }
    first = find_first(t, operation, &places);
    if (!first || !result || strcmp(result, "done") == 0)
        return;
    if (places > 1 || is_group(t, operation))
        told_group_end(t, first);
    else if (strcmp(result, "refused") == 0)
        told_refused(t, first);
}

/* The group's member is a service; or, of a single place, one of its regions. */
static const struct trigger_place *find_member(const struct triggering *t, const char *environment, const char *member)
{
    const struct trigger_place *only = NULL;
    size_t count = 0;

    for (size_t i = 0; i < t->body->places_count; i++) {
        const struct trigger_place *place = &t->body->places[i];

        if (!place->operation || strcmp(place->environment, environment) != 0)
            continue;
        if (strcmp(place->service, member) == 0)
            return place;
        only = place;
        count++;
    }
    return count == 1 && is_group(t, only->operation) ? only : NULL;
}

void trigger_on_member_refused(struct triggering *t)
{
    const char *member = json_find_string(t->event->body, "member"), *name = json_find_string(t->event->body, "name");
    const struct trigger_place *found = member && name ? find_member(t, name, member) : NULL;
    struct trigger_place place;

    if (!found)
        return;
    place = *found;
    place.text = strcmp(place.service, member) == 0
                     ? clause_of(t, "text")
                     : arena_printf(t->view->arena, "%s: %s", member, clause_of(t, "text"));
    told_refused(t, &place);
    trigger_keep(t);
}

void trigger_on_ended(struct triggering *t)
{
    const char *operation = json_find_string(t->event->body, "operation"), *text = clause_of(t, "summary");
    size_t taken =
        take(t, PLACE_BEGUN, PLACE_ENDED, operation, text) + take(t, PLACE_ASKED, PLACE_ENDED, operation, text);

    if (taken == 0)
        return;
    tell_end(t, operation);
    deployment_told_end(t, operation, json_find_string(t->event->body, "result"));
    if (places_count(t->body, PLACE_ASKED) > 0)
        trigger_keep(t);
    else
        go_on(t);
}

/* ---- what others bring ---- */

/* NULL: it is on its way yet. One that is not to be found any more ended long ago, and nobody knows how. */
static const char *end_of(const struct triggering *t, const char *id)
{
    const struct operation *operation = t->view->find_operation(t->view->ctx, id);

    if (operation && !operation_has_ended(operation))
        return operation->is_stuck ? "stuck" : NULL;
    operation = operation ? operation : t->view->find_ended(t->view->ctx, id);
    return operation && operation->result ? operation->result : "nobody knows how";
}

void trigger_on_look(struct triggering *t)
{
    bool is_any_over = false, has_failed = false;

    for (size_t i = 0; i < t->body->places_count; i++) {
        struct trigger_place *place = &t->body->places[i];
        const char *by = place->awaited, *end = by ? end_of(t, by) : NULL;

        if (!end)
            continue;
        is_any_over = true;
        place->awaited = NULL;
        if (strcmp(end, "done") != 0 && !places_why_left_out(t->view, t->body, place, &place->awaited)) {
            place->text = arena_printf(t->view->arena, "%s, which was to bring it, has ended: %s", by, end);
            told_refused(t, place);
            has_failed = true;
        }
    }
    if (is_any_over)
        deployment_told_awaited(t, has_failed);
    go_on(t);
}
