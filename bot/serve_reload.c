#include "bot/server.h"

#include "bot/configuration/restart.h"
#include "bot/log.h"
#include "bot/model/reload.h"
#include "handlers/registry.h"
#include "policy/difference.h"
#include "policy/policy.h"

/* Configurations that were in force before. Each lives on while anything under way may have begun by it; all go as soon
 * as a reload finds nothing under way. So many are more than a person makes in the time of the longest program. */
#define EARLIER_MAX 100

const struct rights *server_rights(const struct configuration *configuration, struct arena *arena)
{
    return rights_of(&(struct rights_input){ &configuration->settings, configuration->zones, verbs }, arena);
}

/* ---- those of before ---- */

void server_drop_earlier(struct server *s)
{
    for (size_t i = 0; i < s->earlier_count; i++)
        configuration_destroy(s->earlier[i]);
    free(TAKE(s->earlier));
    s->earlier_count = 0;
}

static bool is_earlier_needed(const struct server *s)
{
    return (s->carrier && carrier_keeps_settings(s->carrier)) || ingress_keeps_settings(s->ingress);
}

static void keep_earlier(struct server *s, struct configuration *earlier)
{
    if (!earlier)
        return; /* the first one stays for good, and is not ours */
    s->earlier = xrealloc(s->earlier, (s->earlier_count + 1) * sizeof(s->earlier[0]));
    s->earlier[s->earlier_count++] = earlier;
}

/* ---- a bad file ---- */

static void add_error(struct reloaded *r, struct arena *arena, const char *text)
{
    if (r->errors_count < RELOAD_ERRORS_MAX)
        *ARENA_PUSH(arena, r->errors, r->errors_count) = text;
}

static void refuse(const struct configuration_errors *errors, struct arena *arena, struct reloaded *r)
{
    AUTO_BUF struct buf text = BUF(CONFIGURATION_ERRORS_MAX * 1024);
    struct str rest;

    configuration_errors_print(errors, &text);
    rest = str_of(buf_text(&text));
    while (rest.len > 0) {
        const char *line = arena_copy(arena, str_take_until(&rest, '\n'));

        log_error("configuration.error", LOG_STR("error", line));
        add_error(r, arena, line);
    }
    if (errors->count + errors->left_out > RELOAD_ERRORS_MAX)
        *ARENA_PUSH(arena, r->errors, r->errors_count) =
            arena_printf(arena, "and %zu more", errors->count + errors->left_out - RELOAD_ERRORS_MAX);
    log_error("configuration.not_reloaded",
              LOG_STR("text", "the file is bad, so nothing has changed; `opsgate check` says the same"));
}

static void refuse_too_many(struct arena *arena, struct reloaded *r)
{
    const char *line =
        arena_printf(arena,
                     "%d earlier configurations are still in use by what is under way: reload again later, "
                     "or restart opsgate",
                     EARLIER_MAX);

    log_error("configuration.not_reloaded", LOG_STR("text", line));
    add_error(r, arena, line);
}

/* ---- a good one ---- */

static void tell_difference(struct server *s, const struct rights *before, struct arena *arena, struct reloaded *r)
{
    struct difference d;

    r->are_rights_unknown = !before || !s->rights;
    if (r->are_rights_unknown)
        return;
    d = rights_difference(before, s->rights, arena);
    r->rights = difference_shown(d.rights, d.rights_count, arena, &r->rights_count);
    r->people = difference_shown(d.people, d.people_count, arena, &r->people_count);
}

/* Whatever the file says: a person may have mended what is behind it. */
static void refresh_credentials(struct server *s, struct arena *arena, struct reloaded *r)
{
    struct error err;

    if (credentials_reconfigure(s->credentials, s->settings, &err))
        return;
    r->key_problem = arena_strdup(arena, err.message);
    log_error("configuration.key_not_read", LOG_STR("key", "google.credentials"), LOG_STR("error", err.message));
}

static void spread(struct server *s, const char *operation)
{
    log_set_level((enum log_level)s->settings->log_level);
    s->health.settings = s->api.settings = s->settings;
    ingress_reconfigure(s->ingress, s->settings);
    dashboard_reconfigure(s->dashboard, s->settings);
    if (s->socket_mode)
        socket_mode_reconfigure(s->socket_mode, s->settings->slack.socket_mode->app_token);
    if (s->carrier)
        carrier_reconfigure(s->carrier, s->settings);
    audit_copy_reconfigure(s->audit_copy, &s->settings->audit);
    if (s->engine)
        engine_reconfigure(s->engine,
                           &(struct engine_configuration){ .settings = s->settings,
                                                           .settings_digest = s->configuration->digest.text,
                                                           .policy = s->policy,
                                                           .rights = s->rights },
                           operation);
}

/* `next` becomes the server's, and what it decides by from now on. */
static void apply(struct server *s, struct configuration *next, const char *operation, struct arena *arena,
                  struct reloaded *r)
{
    keep_earlier(s, s->reloaded);
    s->configuration = s->reloaded = next;
    s->settings = &next->settings;
    s->policy = policy_compile(s->settings, NULL, next->zones, next->arena);
    s->rights = server_rights(next, next->arena);
    refresh_credentials(s, arena, r);
    spread(s, operation);
}

/* Rules are told by the lines that they stand in: one that moved is another one. */
static bool is_same(const struct settings *a, const struct settings *b)
{
    AUTO_JSON cJSON *before = shape_to_json(&settings_shape, a, SHAPE_WHOLE);
    AUTO_JSON cJSON *now = shape_to_json(&settings_shape, b, SHAPE_WHOLE);

    if (!cJSON_Compare(before, now, true))
        return false;
    for (size_t i = 0; i < a->policy.rules_count; i++)
        if (a->policy.rules[i].line != b->policy.rules[i].line)
            return false;
    return true;
}

/* Takes `next`. */
static void take(struct server *s, struct configuration *next, const char *operation, struct arena *arena,
                 struct reloaded *r)
{
    const struct rights *before = s->rights;
    const char **keys;
    size_t count = configuration_keep_running(next, s->settings, &keys);

    for (size_t i = 0; i < count; i++) {
        *ARENA_PUSH(arena, r->at_next_start, r->at_next_start_count) = arena_strdup(arena, keys[i]);
        log_warn("configuration.at_next_start", LOG_STR("key", keys[i]));
    }
    r->is_same = is_same(s->settings, &next->settings);
    if (r->is_same) {
        configuration_destroy(next);
        refresh_credentials(s, arena, r);
        if (s->engine)
            engine_try_refused(s->engine);
    } else {
        apply(s, next, operation, arena, r);
        tell_difference(s, before, arena, r);
        server_tell_configuration(next);
    }
    log_info("configuration.reloaded", LOG_STR("digest", s->configuration->digest.text),
             LOG_INT("rights", r->rights_count), LOG_INT("people", r->people_count), LOG_BOOL("same", r->is_same),
             LOG_INT("earlier_kept", s->earlier_count));
}

void server_reload(void *arg, const char *operation, struct arena *arena, struct reloaded *ret_reloaded)
{
    struct server *s = arg;
    struct configuration *next = NULL;
    struct configuration_errors errors = { .arena = NULL };

    *ret_reloaded = (struct reloaded){ .errors = NULL };
    server_tell_reloading(s);
    if (!is_earlier_needed(s))
        server_drop_earlier(s);
    if (s->earlier_count >= EARLIER_MAX)
        refuse_too_many(arena, ret_reloaded);
    else if (!configuration_load(s->configuration->path, &next, &errors))
        refuse(&errors, arena, ret_reloaded);
    else
        take(s, next, operation, arena, ret_reloaded);
    configuration_errors_finish(&errors);
    server_tell_reloaded(s);
}
