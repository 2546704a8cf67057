#include "handlers/watch/say.h"

#include "bot/model/delivery.h"
#include "bot/model/settings.h"

void watch_say(const struct view *view, struct outcome *out, const char *text)
{
    const struct channels_settings *channels = &view->settings->slack.channels;
    struct message_delivery delivery = { .channel = channels->alerts ? channels->alerts : channels->deployments,
                                         .reply.text = text };

    if (delivery.channel)
        outcome_effect(
            out, (struct wanted_effect){ .kind = EFFECT_MESSAGE,
                                         .lane = arena_printf(view->arena, "slack:%s", delivery.channel),
                                         .args = shape_to_json(&message_delivery_shape, &delivery, SHAPE_WHOLE) });
}
