/* ddos.c - `ddos`: Cloud Armor's adaptive protection against floods on layer 7, on or off. */
#include "handlers/protection/guarding.h"

#include "handlers/protection/protection.h"

#include "bot/model/card.h"

#include <string.h>

#define QUOTED_BYTES 60

static const struct verb_option options[] = {
    { .name = "reason", .takes_value = true },
    { .name = "break-glass", .takes_value = true },
    { .name = "dry-run" },
};

static bool read_switch(const struct view *view, const struct typed *typed, struct protection_body *body,
                        struct error *err)
{
    const char *word = typed->words_count > 0 ? typed->words[0] : NULL;

    if (!word)
        return error_set(err, ERR_INVALID, "`ddos` takes `on` or `off`, as in `ddos on`. Nothing was done.");
    body->is_on = strcmp(word, "on") == 0;
    return body->is_on || strcmp(word, "off") == 0 ||
           error_set(err, ERR_INVALID, "`ddos` takes `on` or `off`, and not `%s`. Nothing was done.",
                     card_quote(str_of(word), QUOTED_BYTES, view->arena));
}

static bool ddos_asks(const struct view *view, const struct request *request, struct question *ret_question,
                      const void **ret_arguments, struct error *err)
{
    struct protection_body *body = ARENA_NEW(view->arena, struct protection_body);
    const struct protection_settings *protection;
    struct typed typed;
    size_t taken = 1;

    if (!request_read(request, options, ARRAY_LEN(options), view->arena, &typed, err) ||
        !read_switch(view, &typed, body, err) || !guarding_read_protection(view, &typed, &protection, &taken, err) ||
        !guarding_read_reason(view, &typed, taken, body, err))
        return false;
    guarding_fill(protection, verb_ddos.name, body);
    body->is_dry_run = typed_option(&typed, "dry-run") != NULL;
    *ret_question = guarding_question(body, &request->principal, request->source);
    *ret_arguments = body;
    return true;
}

static bool only_looks(const void *value)
{
    const struct protection_body *body = value;

    return body->is_dry_run;
}

static void ddos_begin(const struct view *view, const struct request *request, const struct question *question,
                       const void *value, struct outcome *out)
{
    (void)request, (void)question;
    guarding_begin(view, value, out);
}

static const char *word_of(bool is_on)
{
    return is_on ? "on" : "off";
}

static void on_looked(struct guarding *g, const struct armor_seen *seen)
{
    struct arena *arena = g->view->arena;

    if (seen->is_adaptive == g->body->is_on) {
        guarding_answer(g, arena_printf(arena, "The adaptive protection of `%s` is %s already", g->body->protection,
                                        word_of(g->body->is_on)));
        return;
    }
    g->body->becomes =
        arena_printf(arena, "the adaptive protection of `%s` %s", g->body->protection, word_of(g->body->is_on));
    guarding_go_on(g);
}

static void change(struct guarding *g)
{
    struct armor_ddos ddos = { .place = g->body->place, .is_on = g->body->is_on };

    outcome_effect(
        g->out, (struct wanted_effect){
                    .kind = EFFECT_DDOS,
                    .lane = arena_printf(g->view->arena, "armor:%s/%s", g->body->place.project, g->body->place.policy),
                    .tag = "change",
                    .args = shape_to_json(&armor_ddos_shape, &ddos, SHAPE_WHOLE),
                });
}

static bool is_made(const struct protection_body *body, const struct armor_seen *seen)
{
    return seen->is_adaptive == body->is_on;
}

static void on_made(struct guarding *g)
{
    guarding_end(g, "done", "%s; back: `ddos %s %s`", g->body->becomes, word_of(!g->body->is_on), g->body->protection);
}

const struct guarding_way guarding_ddos = {
    .verb = "ddos",
    .title = "Adaptive protection",
    .on_looked = on_looked,
    .change = change,
    .is_made = is_made,
    .on_made = on_made,
};

static const char *const details[] = {
    "Cloud Armor learns what is usual, and tells and proposes rules when a flood comes; it blocks nothing by itself",
    "`--dry-run`: what would be done, and what policy says to it",
    BROKEN_DETAIL,
    NULL,
};

const struct verb verb_ddos = {
    .name = "ddos",
    .usage = "ddos on|off [PROTECTION] [REASON] [--dry-run] [--break-glass TEXT]",
    .summary = "Cloud Armor's adaptive protection against floods, on or off",
    .details = details,
    .options = options,
    .options_count = ARRAY_LEN(options),
    .only_looks = only_looks,
    .takes_glass = true,
    .is_asked_again = true,
    .asks = ddos_asks,
    .begin = ddos_begin,
};
