/* say.c - what an incident has to say, in its own channel or in the one for all. */
#include "handlers/incident/internal.h"

#include "bot/model/delivery.h"

void incident_say_to(struct deciding *d, const char *channel, struct reply reply)
{
    struct message_delivery delivery = { .channel = channel, .reply = reply };

    if (channel)
        outcome_effect(d->out,
                       (struct wanted_effect){ .kind = EFFECT_MESSAGE,
                                               .lane = arena_printf(d->view->arena, "slack:%s", channel),
                                               .args = shape_to_json(&message_delivery_shape, &delivery, SHAPE_WHOLE) });
}

void incident_announce(struct deciding *d, const char *text)
{
    const struct channels_settings *channels = &d->view->settings->slack.channels;

    incident_say_to(d, channels->incidents ? channels->incidents : channels->alerts, (struct reply){ .text = text });
}

void incident_say(struct deciding *d, const char *text)
{
    if (d->body->channel)
        incident_say_to(d, d->body->channel, (struct reply){ .text = text });
    else
        incident_announce(d, arena_printf(d->view->arena, "*%s*: %s", d->id, text));
}
