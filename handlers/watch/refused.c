#include "handlers/watch/refused.h"

#include "handlers/watch/say.h"

#include "bot/model/outside_event.h"
#include "bot/model/refused.h"
#include "bot/model/settings.h"

#include <inttypes.h>
#include <string.h>

#define STATE "watching"
#define TEXT_BYTES 300

static const struct shape_field rows[] = { ROW_INT(refused_watch, said) };
const struct shape refused_watch_shape = SHAPE("webhooks that are refused", refused_watch, rows);

static bool is_wanted(const struct settings *settings)
{
    const struct channels_settings *channels = &settings->slack.channels;

    return (channels->alerts || channels->deployments) && (settings->pagerduty || settings->alertmanager);
}

static const char *sender_of(const char *source)
{
    return strcmp(source, "pagerduty") == 0      ? "PagerDuty"
           : strcmp(source, "alertmanager") == 0 ? "Alertmanager"
                                                 : "somebody";
}

/* What goes on behind it ends by itself. */
static const char *clause(const char *words, struct arena *arena)
{
    struct str text = str_trim(str_of(words));

    while (text.len > 0 && text.at[text.len - 1] == '.')
        text.len--;
    return card_quote(text, TEXT_BYTES, arena);
}

static const char *sentence(const struct refused_webhooks *refused, struct arena *arena)
{
    const char *sender = sender_of(refused->sender);
    const char *why = clause(refused->why, arena);
    const char *advice = card_quote(str_of(refused->advice), TEXT_BYTES, arena);

    if (refused->times == 1)
        return arena_printf(arena, "*A webhook that says it is %s's* could not be verified, and was refused: %s. %s",
                            sender, why, advice);
    return arena_printf(arena,
                        "*%" PRId64 " webhooks that say they are %s's* could not be verified since %s, and were "
                        "refused: %s. %s",
                        refused->times, sender, card_date(refused->since_ms, arena), why, advice);
}

static void tell(const struct view *view, const struct refused_watch *body, const struct outside_event *event,
                 struct outcome *out)
{
    struct refused_watch *next = ARENA_NEW(view->arena, struct refused_watch);
    struct refused_webhooks refused;
    struct error ignored;

    if (!shape_from_json(&refused_webhooks_shape, event->body, view->arena, &refused, &ignored))
        return;
    watch_say(view, out, sentence(&refused, view->arena));
    next->said = body->said + 1;
    outcome_move(out, NULL, next);
}

static void watch_on_event(const struct view *view, const struct operation *operation, const void *value,
                           const struct event *event, struct outcome *out)
{
    (void)operation;
    if (event->kind == EVENT_OUTSIDE)
        tell(view, value, event->outside, out);
    else if (event->kind == EVENT_MESSAGE && strcmp(event->name, MESSAGE_OWNER) == 0 && !is_wanted(view->settings))
        outcome_end(out, "done", "done", "refused webhooks are not told any more: neither sender is configured");
}

static void watch_stand(const struct view *view, struct outcome *out)
{
    if (is_wanted(view->settings))
        outcome_begin(out, machine_refused_watch.kind, NULL, STATE, ARENA_NEW(view->arena, struct refused_watch));
}

const struct machine machine_refused_watch = {
    .kind = "watch.refused",
    .schema = 1,
    .body = &refused_watch_shape,
    .stand = watch_stand,
    .on_event = watch_on_event,
};

bool refused_watch_hears(const struct view *view, const struct operation *operation, const struct outside_event *event)
{
    (void)view, (void)event;
    return strcmp(operation->kind, machine_refused_watch.kind) == 0;
}
