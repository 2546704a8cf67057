/* tune.c - what `set` and `restart` change, by what serves now; and in which words. */
#include "handlers/deploy/tune.h"

#include "handlers/place.h"

#include "bot/model/card.h"
#include "bot/model/exchange.h"

#include <inttypes.h>
#include <string.h>

#define VALUE_SHOWN_BYTES 40
#define NAME_SHOWN_BYTES 60

static bool is_set(const struct deploy_tune *tune)
{
    return strcmp(tune->verb, verb_set.name) == 0;
}

const char *tune_called(const struct deploy_tune *tune)
{
    return is_set(tune) ? "other settings" : "a restart";
}

void tune_revision(const struct deploy_tune *tune, struct run_new_revision *args)
{
    args->resources = &tune->resources;
    args->removed = tune->removed;
    args->removed_count = tune->removed_count;
}

const char *tune_changes(const struct deploy_tune *tune, struct arena *arena)
{
    const char *text = NULL;

    for (size_t i = 0; i < tune->changes_count; i++)
        text = text ? arena_printf(arena, "%s, %s", text, tune->changes[i]) : tune->changes[i];
    return text;
}

/* ---- what changes ---- */

struct changing {
    struct deploying *d;
    struct deploy_tune *tune;
    const struct run_revision *serves;
};

static const char *find(const struct shape_pair *pairs, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(pairs[i].key, key) == 0)
            return pairs[i].value;
    return NULL;
}

static void add(struct changing *c, const char *text)
{
    *ARENA_PUSH(c->d->view->arena, c->tune->changes, c->tune->changes_count) = text;
}

static void add_limit(struct changing *c, const char *name, const char *wanted)
{
    const char *has = find(c->serves->limits, c->serves->limits_count, name);

    if (wanted && (!has || strcmp(has, wanted) != 0))
        add(c, arena_printf(c->d->view->arena, "%s %s → %s", name, has ? deploy_quote(c->d, has) : "not set", wanted));
}

static void add_count(struct changing *c, const char *name, int64_t has, int64_t wanted)
{
    if (has != wanted)
        add(c, arena_printf(c->d->view->arena, "%s %" PRId64 " → %" PRId64, name, has, wanted));
}

static void add_resources(struct changing *c)
{
    const struct run_resources *wanted = &c->tune->resources;
    struct arena *arena = c->d->view->arena;

    add_limit(c, "cpu", wanted->cpu);
    add_limit(c, "memory", wanted->memory);
    if (wanted->concurrency > 0)
        add_limit(c, "concurrency", arena_printf(arena, "%" PRId64, wanted->concurrency));
    if (wanted->timeout_s > 0)
        add_limit(c, "timeout", arena_printf(arena, "%" PRId64 "s", wanted->timeout_s));
    if (wanted->has_min)
        add_count(c, "min-instances", c->serves->min_instances, wanted->min_instances);
    if (wanted->max_instances > 0)
        add_count(c, "max-instances", c->serves->max_instances, wanted->max_instances);
}

/* The value as it becomes, unless its name sounds like a secret's; as it is nobody outside the codec knows. */
static const char *value_text(const struct deploying *d, const struct shape_pair *setting)
{
    return tune_is_secret_name(setting->key) ? "***"
                                             : card_quote(str_of(setting->value), VALUE_SHOWN_BYTES, d->view->arena);
}

static void add_setting(struct changing *c, const struct shape_pair *setting)
{
    const char *has = find(c->serves->settings, c->serves->settings_count, setting->key);
    const char *resource = tune_resource_like(setting->key);
    const char *digest = run_setting_digest(c->d->body->place.service, setting->value, c->d->view->arena);

    if (!has || strcmp(has, digest) != 0)
        add(c, arena_printf(c->d->view->arena, "%s`%s` → `%s`%s", has ? "~" : "+", setting->key,
                            value_text(c->d, setting),
                            resource ? arena_printf(c->d->view->arena, " (a variable; the resource is `%s`)", resource)
                                     : ""));
}

static void add_changes(struct changing *c)
{
    add_resources(c);
    for (size_t i = 0; i < c->d->body->env_count; i++)
        add_setting(c, &c->d->body->env[i]);
    for (size_t i = 0; i < c->tune->removed_count; i++)
        add(c, arena_printf(c->d->view->arena, "-`%s`", c->tune->removed[i]));
}

/* ---- may it be? ---- */

/* It has no answer yet, and no card. */
static void refuse(struct deploying *d, const char *sentence)
{
    deploy_keep(d);
    outcome_end(d->out, "refused", "refused", "%s. Nothing was changed", sentence);
    outcome_refuse(d->out, "%s. Nothing was done.", sentence);
    d->out->is_forgotten = true;
}

bool tune_refuse(struct deploying *d, const char *sentence)
{
    if (!d->body->tune || !is_set(d->body->tune) || d->body->tune->changes_count > 0)
        return false;
    refuse(d, sentence);
    return true;
}

/* A name that a secret stands behind is not set in plain text, and what is not there cannot be removed. */
static bool is_plain(struct changing *c)
{
    const struct run_revision *serves = c->serves;
    struct arena *arena = c->d->view->arena;

    for (size_t i = 0; i < c->d->body->env_count; i++)
        if (find(serves->secrets, serves->secrets_count, c->d->body->env[i].key)) {
            refuse(c->d, arena_printf(
                             arena,
                             "`%s` comes from Secret Manager (%s), so it is not set in plain text: add a "
                             "version to that secret, and `restart`",
                             c->d->body->env[i].key,
                             deploy_quote(c->d, find(serves->secrets, serves->secrets_count, c->d->body->env[i].key))));
            return false;
        }
    return true;
}

static bool is_removable(struct changing *c)
{
    const struct run_revision *serves = c->serves;
    struct arena *arena = c->d->view->arena;

    for (size_t i = 0; i < c->tune->removed_count; i++) {
        const char *name = c->tune->removed[i], **names = NULL, *near;
        size_t count = 0;

        if (find(serves->settings, serves->settings_count, name) || find(serves->secrets, serves->secrets_count, name))
            continue;
        for (size_t k = 0; k < serves->settings_count; k++)
            *ARENA_PUSH(arena, names, count) = serves->settings[k].key;
        near = str_nearest(str_of(name), names, count);
        refuse(c->d, arena_printf(arena, "`%s` has no setting `%s` to be removed%s%s%s", c->d->operation->target, name,
                                  near ? ". Did you mean `" : "",
                                  near ? card_quote(str_of(near), NAME_SHOWN_BYTES, arena) : "", near ? "`?" : ""));
        return false;
    }
    return true;
}

static bool has_a_range(struct changing *c)
{
    const struct run_resources *wanted = &c->tune->resources;
    int64_t min = wanted->has_min ? wanted->min_instances : c->serves->min_instances;
    int64_t max = wanted->max_instances > 0 ? wanted->max_instances : c->serves->max_instances;

    if (max == 0 || min <= max)
        return true;
    refuse(c->d, arena_printf(c->d->view->arena,
                              "the revision would have a minimum of %" PRId64 " instances and a maximum of %" PRId64,
                              min, max));
    return false;
}

static bool may_be(struct changing *c)
{
    struct error err;

    if (!is_plain(c) || !is_removable(c) || !has_a_range(c))
        return false;
    if (tune_fits(&c->tune->resources, c->serves->limits, c->serves->limits_count, &err))
        return true;
    refuse(c->d, arena_strdup(c->d->view->arena, err.message));
    return false;
}

/* ---- it is told ---- */

bool tune_is_known(struct deploying *d, const struct run_service *service)
{
    struct run_revisions_ask ask = { .place = d->body->place, .revisions_count = 1 };

    if (!is_set(d->body->tune) || d->body->tune->changes_count > 0)
        return true;
    ask.revisions = ARENA_NEW(d->view->arena, const char *);
    ask.revisions[0] = service->serving;
    deploy_keep(d);
    outcome_read(d->out, "tuned", READING_REVISIONS, shape_to_json(&run_revisions_ask_shape, &ask, SHAPE_WHOLE),
                 DEPLOY_PIN_DEADLINE_MS);
    return false;
}

static void end_told(struct deploying *d, const char *sentence)
{
    deploy_keep(d);
    outcome_end(d->out, "done", "done", "%s", sentence);
    outcome_reply(d->out, "%s.", sentence);
    d->out->is_forgotten = true;
}

static void end_dry(struct deploying *d, const char *changes)
{
    struct decision decision = deploy_ask_policy(d->view, d->operation, d->body, POLICY_WHOLE);

    end_told(d, arena_printf(d->view->arena, "Would set at %s: %s. %s", d->operation->target, changes,
                             decision.verdict == VERDICT_ALLOW ? "Policy allows it" : decision.reason));
    outcome_reply_line(d->out, "Nothing was done: `--dry-run`.");
}

static void journal_changes(struct deploying *d, const char *changes)
{
    cJSON *body = json_object();

    json_set_string(body, "changes", changes);
    outcome_journal(d->out, "deploy.settings", body, NULL);
}

void tune_on_told(struct deploying *d)
{
    struct deploy_tune *tune = ARENA_NEW(d->view->arena, struct deploy_tune);
    struct changing c = { d, tune, NULL };
    struct run_revisions found;
    struct error err;
    const char *changes;

    *tune = *d->body->tune;
    if (d->event->end != END_DONE ||
        !shape_from_json(&run_revisions_shape, d->event->body, d->view->arena, &found, &err) ||
        found.revisions_count != 1) {
        refuse(d, arena_printf(d->view->arena, "Cloud Run did not tell what serves %s: %s", d->body->place.service,
                               deploy_reason(d)));
        return;
    }
    c.serves = &found.revisions[0];
    if (!may_be(&c))
        return;
    add_changes(&c);
    d->body->tune = tune;
    changes = tune_changes(tune, d->view->arena);
    if (!changes) {
        end_told(d, arena_printf(d->view->arena, "%s: nothing to do, it is set so already", d->operation->target));
    } else if (tune->is_dry_run) {
        end_dry(d, changes);
    } else {
        outcome_reply(d->out, "*%s*: setting at *%s*: %s.", d->operation->id, d->operation->target, changes);
        journal_changes(d, changes);
        deploy_pinned(d);
    }
}

/* ---- the line again ---- */

static const char *resources_words(const struct run_resources *resources, struct arena *arena)
{
    const char *text = "";

    if (resources->cpu)
        text = arena_printf(arena, "%s cpu=%s", text, resources->cpu);
    if (resources->memory)
        text = arena_printf(arena, "%s memory=%s", text, resources->memory);
    if (resources->concurrency > 0)
        text = arena_printf(arena, "%s concurrency=%" PRId64, text, resources->concurrency);
    if (resources->timeout_s > 0)
        text = arena_printf(arena, "%s timeout=%" PRId64, text, resources->timeout_s);
    if (resources->has_min)
        text = arena_printf(arena, "%s min-instances=%" PRId64, text, resources->min_instances);
    if (resources->max_instances > 0)
        text = arena_printf(arena, "%s max-instances=%" PRId64, text, resources->max_instances);
    return text;
}

const char *tune_words(const struct view *view, const char *target, const struct deploy_body *body)
{
    const struct deploy_tune *tune = body->tune;
    const char *text =
        arena_printf(view->arena, "%s %s %s%s%s", tune->verb, body->service, body->environment,
                     place_region_option(target, view->arena), resources_words(&tune->resources, view->arena));

    for (size_t i = 0; i < body->env_count; i++)
        text = arena_printf(view->arena, "%s %s=...", text, body->env[i].key);
    for (size_t i = 0; i < tune->removed_count; i++)
        text = arena_printf(view->arena, "%s %s-", text, tune->removed[i]);
    return text;
}

const char *tune_line_again(const struct view *view, const struct operation *operation, bool *ret_is_whole)
{
    struct deploy_body body;
    struct error ignored;

    if (!shape_from_json(&deploy_body_shape, operation->body, view->arena, &body, &ignored) || !body.tune)
        return NULL;
    *ret_is_whole = body.env_count == 0;
    return tune_words(view, operation->target, &body);
}
