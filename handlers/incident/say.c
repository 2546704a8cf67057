/* say.c - what an incident has to say, in its own channel or in the one for all; what is private leaves its own for
 * nobody but those who are in it. */
#include "handlers/incident/internal.h"

#include "bot/model/delivery.h"
#include "bot/model/plant.h"

#include <string.h>

/* Whoever says something of a private one, and wherever: it is heard there by nobody else. */
static bool may_be_said_in(const struct deciding *d, const char *channel)
{
    const struct incident_insiders insiders =
        d->body->is_private ? incident_insiders(d) : (struct incident_insiders){ 0 };

    if (PLANTED(PRIVATE_SAID_ALOUD) || !d->body->is_private ||
        (d->body->channel && strcmp(d->body->channel, channel) == 0))
        return true;
    for (size_t i = 0; i < insiders.count; i++)
        if (strcmp(insiders.users[i], channel) == 0)
            return true;
    return false;
}

void incident_say_to(struct deciding *d, const char *channel, struct reply reply)
{
    struct message_delivery delivery = { .channel = channel, .reply = reply };
    bool is_one_line = reply.lines_count == 0 && reply.actions_count == 0;

    if (channel && may_be_said_in(d, channel))
        outcome_effect(
            d->out, (struct wanted_effect){ .kind = EFFECT_MESSAGE,
                                            .lane = arena_printf(d->view->arena, "slack:%s", channel),
                                            .can_join = is_one_line,
                                            .args = shape_to_json(&message_delivery_shape, &delivery, SHAPE_WHOLE) });
}

static const char *channel_for_all(const struct deciding *d)
{
    const struct channels_settings *channels = &d->view->settings->slack.channels;

    return channels->incidents ? channels->incidents : channels->alerts;
}

void incident_announce(struct deciding *d, const char *text)
{
    incident_say_to(d, channel_for_all(d), (struct reply){ .text = text });
}

void incident_announce_first(struct deciding *d, const char *text)
{
    size_t before = d->out->effects_count;

    incident_announce(d, text);
    for (size_t i = before; i < d->out->effects_count; i++) {
        d->out->effects[i].goes_first = true;
        d->out->effects[i].can_join = false;
    }
}

/* A message to a person's id is a direct one. */
static void say_directly(struct deciding *d, struct reply reply)
{
    const struct incident_insiders insiders = incident_insiders(d);

    for (size_t i = 0; i < insiders.count; i++)
        incident_say_to(d, insiders.users[i], reply);
}

void incident_say_reply(struct deciding *d, struct reply reply)
{
    if (d->body->channel)
        incident_say_to(d, d->body->channel, reply);
    else if (d->body->is_private)
        say_directly(d, reply);
    else
        incident_say_to(d, channel_for_all(d), reply);
}

/* Where others are spoken of, too, it says which one it is about, once. */
static const char *named(const struct deciding *d, const char *text)
{
    return strstr(text, arena_printf(d->view->arena, "*%s*", d->id))
               ? text
               : arena_printf(d->view->arena, "*%s*: %s", d->id, text);
}

void incident_say(struct deciding *d, const char *text)
{
    incident_say_reply(d, (struct reply){ .text = d->body->channel ? text : named(d, text) });
}

void incident_say_everywhere(struct deciding *d, const char *text)
{
    if (d->body->channel || d->body->is_private)
        incident_say(d, text);
    incident_announce(d, text);
}
