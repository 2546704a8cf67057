/* tune_words.c - what people type behind `set`: resources, and what of the environment is set or removed. */
#include "handlers/deploy/tune.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "handlers/deploy/arguments.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define QUOTED_BYTES 40
#define NAME_MAX_BYTES 200
#define VALUE_MAX_BYTES (32 * 1024) /* of Cloud Run */
#define CHANGES_MAX 50
#define MIB INT64_C(1048576)
#define CPU_WHOLE 1000 /* in thousandths */

/* ---- amounts, as Cloud Run writes them ---- */

/* "2", "0.5", "500m" in thousandths. */
static bool read_cpu(const char *text, int64_t *ret_milli)
{
    struct str rest = str_of(text), whole = str_take_until(&rest, '.');
    struct error ignored;
    int64_t units, part = 0;

    if (str_ends_with(whole, "m") && !strchr(text, '.'))
        return parse_int((struct str){ whole.at, whole.len - 1 }, 1, 8 * CPU_WHOLE, ret_milli, &ignored);
    if (!parse_int(whole, 0, 8, &units, &ignored))
        return false;
    if (strchr(text, '.')) {
        if (rest.len < 1 || rest.len > 3 || !parse_int(rest, 0, 999, &part, &ignored))
            return false;
        for (size_t i = rest.len; i < 3; i++)
            part *= 10;
    }
    *ret_milli = units * CPU_WHOLE + part;
    return true;
}

/* "512Mi", "4Gi", "2G" in bytes. */
static bool read_memory(const char *text, int64_t *ret_bytes)
{
    static const struct {
        const char *unit;
        int64_t bytes;
    } units[] = { { "Mi", MIB }, { "Gi", 1024 * MIB }, { "M", 1000000 }, { "G", 1000000000 } };
    struct error ignored;
    int64_t amount;

    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        size_t len = strlen(text), unit_len = strlen(units[i].unit);

        if (len <= unit_len || strcmp(text + len - unit_len, units[i].unit) != 0)
            continue;
        if (!parse_int((struct str){ text, len - unit_len }, 1, 100000, &amount, &ignored))
            return false;
        *ret_bytes = amount * units[i].bytes;
        return true;
    }
    return false;
}

/* ---- resources ---- */

static bool set_cpu(const char *value, struct run_resources *resources)
{
    int64_t milli;

    resources->cpu = value;
    return read_cpu(value, &milli) && ((milli >= 80 && milli <= CPU_WHOLE) || milli == 2 * CPU_WHOLE ||
                                       milli == 4 * CPU_WHOLE || milli == 6 * CPU_WHOLE || milli == 8 * CPU_WHOLE);
}

static bool set_memory(const char *value, struct run_resources *resources)
{
    int64_t bytes;

    resources->memory = value;
    return read_memory(value, &bytes) && bytes >= 128 * MIB && bytes <= 32 * 1024 * MIB;
}

static bool set_concurrency(const char *value, struct run_resources *resources)
{
    struct error ignored;

    return parse_int(str_of(value), 1, 1000, &resources->concurrency, &ignored);
}

static bool set_timeout(const char *value, struct run_resources *resources)
{
    struct error ignored;
    int64_t ms;

    if (parse_int(str_of(value), 1, 3600, &resources->timeout_s, &ignored))
        return true;
    if (!duration_parse(str_of(value), &ms, &ignored) || ms < SECOND_MS || ms > HOUR_MS || ms % SECOND_MS != 0)
        return false;
    resources->timeout_s = ms / SECOND_MS;
    return true;
}

static bool set_min(const char *value, struct run_resources *resources)
{
    struct error ignored;

    resources->has_min = true;
    return parse_int(str_of(value), 0, 1000, &resources->min_instances, &ignored);
}

static bool set_max(const char *value, struct run_resources *resources)
{
    struct error ignored;

    return parse_int(str_of(value), 1, 1000, &resources->max_instances, &ignored);
}

static const struct resource {
    const char *name, *takes;
    bool (*set)(const char *value, struct run_resources *resources);
} resources[] = {
    { "cpu", "1, 2, 4, 6 or 8, or a part of one from 0.08 (`500m`)", set_cpu },
    { "memory", "from 128Mi to 32Gi, such as `512Mi` or `4Gi`", set_memory },
    { "concurrency", "from 1 to 1000 requests at once in an instance", set_concurrency },
    { "timeout", "from 1 to 3600 seconds, such as `300` or `5m`", set_timeout },
    { "min-instances", "from 0 to 1000, of the revision alone", set_min },
    { "max-instances", "from 1 to 1000, of the revision alone", set_max },
};

static const struct resource *find_resource(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(resources); i++)
        if (str_is(name, resources[i].name))
            return &resources[i];
    return NULL;
}

static bool is_set_already(const struct resource *resource, const struct run_resources *given)
{
    const bool set[] = { given->cpu != NULL,   given->memory != NULL, given->concurrency > 0,
                         given->timeout_s > 0, given->has_min,        given->max_instances > 0 };

    return set[resource - resources];
}

static bool read_resource(const struct resource *resource, const char *value, struct arena *arena,
                          struct tune_given *given, struct error *err)
{
    if (is_set_already(resource, &given->tune.resources))
        return error_set(err, ERR_INVALID, "`%s` is set twice. Nothing was done.", resource->name);
    return resource->set(value, &given->tune.resources) ||
           error_set(err, ERR_INVALID, "`%s=%s`: %s takes %s. Nothing was done.", resource->name,
                     card_quote(str_of(value), QUOTED_BYTES, arena), resource->name, resource->takes);
}

/* ---- together ---- */

static const char *limit_of(const struct shape_pair *limits, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(limits[i].key, name) == 0)
            return limits[i].value;
    return NULL;
}

bool tune_fits(const struct run_resources *wanted, const struct shape_pair *limits, size_t limits_count,
               struct error *err)
{
    static const struct {
        int64_t over_mib, milli;
        const char *text;
    } cpu_for[] = { { 24 * 1024, 8000, "8 CPUs" }, { 16 * 1024, 6000, "6 CPUs" }, { 8 * 1024, 4000, "4 CPUs" },
                    { 4 * 1024, 2000, "2 CPUs" },  { 1024, 1000, "1 CPU" },       { 512, 500, "half a CPU" } };
    static const struct {
        int64_t milli, mib;
    } memory_for[] = { { 6000, 4 * 1024 }, { 4000, 2 * 1024 } };
    const char *cpu = wanted->cpu ? wanted->cpu : limit_of(limits, limits_count, "cpu");
    const char *memory = wanted->memory ? wanted->memory : limit_of(limits, limits_count, "memory");
    const char *concurrent = limit_of(limits, limits_count, "concurrency");
    int64_t milli, bytes, concurrency = wanted->concurrency;
    struct error ignored;

    if (!cpu || !read_cpu(cpu, &milli))
        return true;
    if (concurrency == 0 && (!concurrent || !parse_int(str_of(concurrent), 1, 1000, &concurrency, &ignored)))
        concurrency = 1;
    if (milli < CPU_WHOLE && concurrency > 1)
        return error_set(
            err, ERR_INVALID,
            "with less than one CPU (`%s`) an instance takes one request at once: set `concurrency=1`, too", cpu);
    if (!memory || !read_memory(memory, &bytes))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(cpu_for); i++)
        if (bytes > cpu_for[i].over_mib * MIB && milli < cpu_for[i].milli)
            return error_set(err, ERR_INVALID, "memory of `%s` takes at least %s, and this would have `%s`", memory,
                             cpu_for[i].text, cpu);
    for (size_t i = 0; i < ARRAY_LEN(memory_for); i++)
        if (milli >= memory_for[i].milli && bytes < memory_for[i].mib * MIB)
            return error_set(err, ERR_INVALID,
                             "`%s` CPUs take memory of at least %" PRId64 "Gi, and this would have `%s`", cpu,
                             memory_for[i].mib / 1024, memory);
    return true;
}

/* ---- the environment ---- */

static bool is_upper_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];

        if (!(c >= 'A' && c <= 'Z') && c != '_' && !(i > 0 && c >= '0' && c <= '9'))
            return false;
    }
    return name.len > 0 && name.len <= NAME_MAX_BYTES;
}

bool tune_is_secret_name(const char *name)
{
    static const char *const parts[] = { "PASS", "PWD",  "SECRET", "TOKEN", "KEY",    "PRIVATE", "CREDENTIAL",
                                         "DSN",  "AUTH", "SALT",   "JWT",   "COOKIE", "WEBHOOK", "CONNECTION_STRING" };

    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (strstr(name, parts[i]))
            return true;
    return false;
}

/* What well-known systems give out begins so; and an address that has a password in it, or is one. */
static bool looks_like_secret(const char *value)
{
    static const char *const beginnings[] = { "xoxb-", "xoxp-", "xapp-",       "xoxa-",     "ghp_",     "gho_",
                                              "ghs_",  "ghu_",  "github_pat_", "glpat-",    "AKIA",     "ASIA",
                                              "AIza",  "ya29.", "sk-",         "sk_live_",  "sk_test_", "rk_live_",
                                              "eyJ",   "SG.",   "npm_",        "-----BEGIN" };
    const char *scheme = strstr(value, "://"), *at, *colon;

    for (size_t i = 0; i < ARRAY_LEN(beginnings); i++)
        if (str_starts_with(str_of(value), beginnings[i]))
            return true;
    if (!scheme)
        return false;
    if (strstr(value, "://hooks.slack.com/services/"))
        return true;
    at = strchr(scheme + 3, '@');
    colon = strchr(scheme + 3, ':');
    return at && colon && colon < at && at - colon > 1;
}

static bool is_there(const struct tune_given *given, const char *name)
{
    for (size_t i = 0; i < given->env_count; i++)
        if (strcmp(given->env[i].key, name) == 0)
            return true;
    for (size_t i = 0; i < given->tune.removed_count; i++)
        if (strcmp(given->tune.removed[i], name) == 0)
            return true;
    return false;
}

static bool check_name(const char *name, struct arena *arena, const struct tune_given *given, struct error *err)
{
    const char *quoted = card_quote(str_of(name), QUOTED_BYTES, arena);

    if (deploy_is_reserved_setting(name))
        return error_set(err, ERR_INVALID, "`%s` is set by Cloud Run itself. Nothing was done.", quoted);
    if (is_there(given, name))
        return error_set(err, ERR_INVALID, "`%s` is named twice. Nothing was done.", quoted);
    if (given->env_count + given->tune.removed_count == CHANGES_MAX)
        return error_set(err, ERR_INVALID, "At most %d settings change at once. Nothing was done.", CHANGES_MAX);
    return true;
}

static bool set_name(const char *name, const char *value, struct arena *arena, struct tune_given *given,
                     struct error *err)
{
    if (!check_name(name, arena, given, err))
        return false;
    if (strlen(value) > VALUE_MAX_BYTES)
        return error_set(err, ERR_INVALID, "A value is at most %d KiB long. Nothing was done.", VALUE_MAX_BYTES / 1024);
    if (looks_like_secret(value))
        return error_set(
            err, ERR_INVALID,
            "The value of `%s` looks like a secret, which everybody would read who may look at the service: "
            "put it into Secret Manager, and let the service take it from there. It was said here, so "
            "change it. Nothing was done.",
            card_quote(str_of(name), QUOTED_BYTES, arena));
    *ARENA_PUSH(arena, given->env, given->env_count) = (struct shape_pair){ name, value };
    return true;
}

const char *tune_resource_like(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(resources); i++) {
        const char *resource = resources[i].name;
        size_t at = 0;

        while (resource[at] && (tolower((unsigned char)name[at]) == resource[at] ||
                                (name[at] == '_' && resource[at] == '-')))
            at++;
        if (!resource[at] && !name[at])
            return resource;
    }
    return NULL;
}

static bool unknown(struct str name, struct arena *arena, struct error *err)
{
    const char *names[ARRAY_LEN(resources)], *near;

    for (size_t i = 0; i < ARRAY_LEN(resources); i++)
        names[i] = resources[i].name;
    near = str_nearest(name, names, ARRAY_LEN(names));
    return error_set(err, ERR_INVALID,
                     "I do not know `%s`.%s%s%s There is cpu, memory, concurrency, timeout, min-instances, "
                     "max-instances; NAME=VALUE and NAME- in upper case are the environment's. Nothing was done.",
                     card_quote(name, QUOTED_BYTES, arena), near ? " Did you mean `" : "", near ? near : "",
                     near ? "`?" : "");
}

bool tune_read_word(const char *word, struct arena *arena, struct tune_given *given, struct error *err)
{
    const bool has_value = strchr(word, '=') != NULL;
    struct str rest = str_of(word), name = str_take_until(&rest, '=');
    const struct resource *resource = find_resource(name);

    if (has_value && resource)
        return read_resource(resource, arena_copy(arena, rest), arena, given, err);
    if (has_value && is_upper_name(name))
        return set_name(arena_copy(arena, name), arena_copy(arena, rest), arena, given, err);
    if (!has_value && name.len > 1 && name.at[name.len - 1] == '-' &&
        is_upper_name((struct str){ name.at, name.len - 1 })) {
        const char *removed = arena_copy(arena, (struct str){ name.at, name.len - 1 });

        if (!check_name(removed, arena, given, err))
            return false;
        *ARENA_PUSH(arena, given->tune.removed, given->tune.removed_count) = removed;
        return true;
    }
    return resource ? error_set(err, ERR_INVALID, "What `%s`? Write `%s=...`: it takes %s. Nothing was done.",
                                resource->name, resource->name, resource->takes)
                    : unknown(name, arena, err);
}
