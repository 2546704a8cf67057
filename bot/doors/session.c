#include "bot/doors/session.h"

#include "bot/doors/doors.h"
#include "bot/log.h"

#include <inttypes.h>

static void on_told(void *arg, enum arrival_is is, const char *why)
{
    (void)arg;
    if (is != ARRIVAL_NEW && is != ARRIVAL_DUPLICATE)
        log_warn("dashboard.not_journalled", LOG_STR("why", why ? why : door_not_now(is)));
}

void door_tell_session(struct ingress *ingress, const struct session_told *told)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_JSON cJSON *json = shape_to_json(&session_told_shape, told, SHAPE_WHOLE);
    struct door *door = ingress_door(ingress);
    const char *key = arena_printf(arena, "session:%s:%" PRId64 ":%" PRIu64, door->instance, door->unix_ms(door->ctx),
                                   ++door->sessions_told);

    door_offer(door, NULL,
               &(struct arrival){ .source = SESSION_SOURCE,
                                  .kind = SESSION_KIND,
                                  .request_id = key,
                                  .keys = &key,
                                  .keys_count = 1,
                                  .is_fact = true,
                                  .body = json_print_in(arena, json) },
               on_told, NULL);
    ingress_flush(ingress); /* a provider's answer comes outside of a pass over the connections, which would do it */
}
