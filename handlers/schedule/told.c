/* told.c - what people hear of schedules, though nobody asked: in the channel of each. */
#include "handlers/schedule/scheduling.h"

#include "bot/model/delivery.h"
#include "handlers/approvers.h"
#include "policy/policy.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_BYTES 2000

static const char *channel_of(const struct scheduling *s, const struct schedule_kept *kept)
{
    const struct channels_settings *channels = &s->view->settings->slack.channels;
    const struct runbook_schedule *schedule = schedule_find(s->view->settings, kept->name).schedule;

    return schedule && schedule->channel ? schedule->channel
           : channels->alerts            ? channels->alerts
                                         : channels->deployments;
}

/* "@ann, @bob: ", of a role as it was last read; "" where nobody is to be told, or nobody is known. */
static const char *owner_of(const struct scheduling *s, const struct schedule_kept *kept)
{
    const struct runbook_schedule *schedule = schedule_find(s->view->settings, kept->name).schedule;
    struct arena *arena = s->view->arena;
    struct approvers_called called;
    struct principal principal;
    const char *text = "";

    if (!schedule || !schedule->owner)
        return "";
    if (policy_read_principal(s->view->policy, schedule->owner, arena, &principal))
        return arena_printf(arena, "%s: ", principal_mention(&principal, arena));
    called = approvers_call(s->view, schedule->owner);
    for (size_t i = 0; i < called.count; i++)
        text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", principal_mention(&called.people[i], arena));
    return called.count > 0 ? arena_printf(arena, "%s: ", text) : arena_printf(arena, "%s: ", schedule->owner);
}

static void say(struct scheduling *s, const struct schedule_kept *kept, const char *before, const char *fmt,
                va_list args)
{
    struct message_delivery delivery = { .channel = channel_of(s, kept) };
    char text[TEXT_BYTES];

    vsnprintf(text, sizeof(text), fmt, args);
    if (!delivery.channel)
        return;
    delivery.reply.text = arena_printf(s->view->arena, "%sthe schedule *%s* %s", before, kept->name, text);
    outcome_effect(s->out,
                   (struct wanted_effect){ .kind = EFFECT_MESSAGE,
                                           .lane = arena_printf(s->view->arena, "slack:%s", delivery.channel),
                                           .args = shape_to_json(&message_delivery_shape, &delivery, SHAPE_WHOLE) });
}

void schedule_tell_owner(struct scheduling *s, const struct schedule_kept *kept, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    say(s, kept, owner_of(s, kept), fmt, args);
    va_end(args);
}

void schedule_tell(struct scheduling *s, const struct schedule_kept *kept, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    say(s, kept, "", fmt, args);
    va_end(args);
}
