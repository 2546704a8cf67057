/* configured.c - the configuration that this owner decides by, and what the store remembers of the one before: its
 * digest, and who might do what by it (policy/rights.h). Whoever decides by another one first writes down how they
 * differ, and has it said where people look: after a reload, and when a new owner comes with a file of its own. */
#include "bot/engine/internal.h"

#include "bot/model/delivery.h"
#include "bot/model/plant.h"
#include "bot/model/settings.h"
#include "policy/difference.h"

#include <stdio.h>

#define DIGEST_SHOWN 8
#define UNTOLD "-" /* in place of rights that are not known, or too much to be kept */

void engine_reconfigure(struct engine *e, const struct engine_configuration *now, const char *operation)
{
    e->config.settings = now->settings;
    e->config.settings_digest = now->settings_digest;
    e->config.policy = PLANTED(RULES_OF_BEFORE) ? e->config.policy : now->policy;
    e->config.rights = now->rights;
    snprintf(e->reconfigured_by, sizeof(e->reconfigured_by), "%s", operation ? operation : "");
    members_compile_again(e);
    engine_try_refused(e);
}

void engine_try_refused(struct engine *e)
{
    parking_try_all(e);
    e->standing_seen = 0; /* what is always at work hears of it, and what was not wanted may be now */
    engine_wake(e);
}

static void put_rights(struct batch *b)
{
    struct engine *e = b->engine;
    const char *text = e->config.rights ? batch_print(b, &rights_shape, e->config.rights) : UNTOLD;

    if (strlen(text) > RIGHTS_KEPT_BYTES)
        text = UNTOLD;
    batch_put(b, STORE_META, "rights", text);
    free(e->stored_rights);
    e->stored_rights = xstrdup(text);
    e->are_rights_old = false; /* once is enough, whatever it is */
}

void configured_remember(struct engine *e, const char *text)
{
    AUTO(arena) struct arena *arena = arena_create();

    free(e->stored_rights);
    e->stored_rights = xstrdup(text);
    e->are_rights_old = strcmp(text, UNTOLD) != 0 && !rights_read(text, arena);
}

static void set_lines(cJSON *object, const char *name, const char *const *lines, size_t count)
{
    cJSON *list = count > 0 ? json_set(object, name, json_array()) : NULL;

    for (size_t i = 0; i < count; i++)
        json_add_string(list, lines[i]);
}

/* ---- said aloud ---- */

static void tell(struct batch *b, const char *text, const char **lines, size_t count)
{
    const struct channels_settings *channels = &b->engine->config.settings->slack.channels;
    struct message_delivery delivery = { .channel = channels->alerts ? channels->alerts : channels->deployments };
    struct wanted_effect want = { .kind = EFFECT_MESSAGE };

    if (!delivery.channel)
        return;
    delivery.reply.text = text;
    delivery.reply.lines = lines;
    delivery.reply.lines_count = count;
    want.lane = arena_printf(b->arena, "slack:%s", delivery.channel);
    want.args = shape_to_json(&message_delivery_shape, &delivery, SHAPE_WHOLE);
    wishes_effect(b, NULL, &want, NULL, false);
    cJSON_Delete(want.args);
}

static void tell_difference(struct batch *b, const struct difference *d)
{
    const char **lines = NULL;
    size_t count = 0;

    for (size_t i = 0; i < d->rights_count; i++)
        *ARENA_PUSH(b->arena, lines, count) = d->rights[i];
    for (size_t i = 0; i < d->people_count; i++)
        *ARENA_PUSH(b->arena, lines, count) = d->people[i];
    if (count > 0)
        tell(b, "*Who may do what has changed*, by another configuration", lines, count);
}

/* One of the two has no table that could be kept, or made. */
static void tell_digests(struct batch *b)
{
    const struct engine *e = b->engine;

    tell(b,
         arena_printf(b->arena,
                      "*The configuration differs from the last one* (digest %.*s → %.*s): who may do what may have "
                      "changed",
                      DIGEST_SHOWN, e->stored_settings, DIGEST_SHOWN, e->config.settings_digest),
         NULL, 0);
}

static struct difference shown(struct difference all, struct arena *arena)
{
    struct difference d;

    d.rights = difference_shown(all.rights, all.rights_count, arena, &d.rights_count);
    d.people = difference_shown(all.people, all.people_count, arena, &d.people_count);
    return d;
}

static void journal(struct batch *b)
{
    struct engine *e = b->engine;
    const struct rights *before = e->stored_rights ? rights_read(e->stored_rights, b->arena) : NULL;
    struct difference d = { .rights = NULL };
    cJSON *body = json_object(), *personal = json_object();

    if (before && e->config.rights)
        d = shown(rights_difference(before, e->config.rights, b->arena), b->arena);
    json_set_string(body, "before", e->stored_settings[0] ? e->stored_settings : NULL);
    json_set_string(body, "now", e->config.settings_digest);
    set_lines(body, "rights", d.rights, d.rights_count);
    json_set_string(personal, "system", "local");
    json_set_string(personal, "principal", "opsgate");
    set_lines(personal, "people", d.people, d.people_count);
    batch_journal(b, "configuration.changed", e->reconfigured_by[0] ? e->reconfigured_by : NULL, NULL, body, personal);
    cJSON_Delete(body);
    cJSON_Delete(personal);
    if (before && e->config.rights)
        tell_difference(b, &d);
    else if (e->stored_settings[0] && (before || e->config.rights))
        tell_digests(b);
}

bool configured_announce(struct engine *e)
{
    bool is_other =
        strncmp(e->stored_settings, e->config.settings_digest, sizeof(e->stored_settings) - 1) != 0; /* as it is kept */
    struct batch b;

    if (!is_other && (!e->config.rights || (e->stored_rights && !e->are_rights_old)))
        return false;
    batch_init(&b, e, arena_create(), NULL);
    if (is_other) {
        if (!PLANTED(RELOAD_NOT_JOURNALLED))
            journal(&b);
        snprintf(e->stored_settings, sizeof(e->stored_settings), "%s", e->config.settings_digest);
        batch_put(&b, STORE_META, "settings", e->config.settings_digest);
    }
    if (e->config.rights || e->stored_rights)
        put_rights(&b);
    e->reconfigured_by[0] = '\0';
    batch_commit(&b);
    return true;
}
