#include "handlers/thread.h"

#include "bot/model/delivery.h"
#include "bot/model/exchange.h"
#include "bot/model/settings.h"

void thread_post(const struct view *view, struct reply reply, struct outcome *out)
{
    struct message_delivery delivery = { .channel = view->settings->slack.channels.deployments,
                                         .is_in_thread = true,
                                         .reply = reply };

    if (!delivery.channel)
        return;
    outcome_effect(out, (struct wanted_effect){
                            .kind = EFFECT_MESSAGE,
                            .lane = arena_printf(view->arena, "slack:%s", delivery.channel), /* behind its card */
                            .args = shape_to_json(&message_delivery_shape, &delivery, SHAPE_WHOLE),
                        });
}
