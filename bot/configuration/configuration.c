#include "bot/configuration/configuration.h"

#include "bot/base/time.h"
#include "bot/configuration/check.h"
#include "bot/configuration/reach.h"
#include "bot/configuration/zones.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- errors ---- */

void configuration_errors_finish(struct configuration_errors *errors)
{
    arena_destroy(errors->arena);
    *errors = (struct configuration_errors){ 0 };
}

void configuration_errors_print(const struct configuration_errors *errors, struct buf *out)
{
    for (size_t i = 0; i < errors->count; i++) {
        const struct configuration_error *error = &errors->items[i];

        buf_puts(out, errors->file);
        if (error->line > 0)
            buf_addf(out, ":%d:%d", error->line, error->column);
        buf_addf(out, ": %s%s%s\n", error->path, error->path[0] ? ": " : "", error->message);
    }
    if (errors->left_out > 0)
        buf_addf(out, "%s: and %zu more\n", errors->file, errors->left_out);
}

static int compare_places(const void *a, const void *b)
{
    const struct configuration_error *x = a, *y = b;

    return x->line != y->line ? (x->line > y->line) - (x->line < y->line)
                              : (x->column > y->column) - (x->column < y->column);
}

static void errors_begin(struct configuration_errors *errors, const char *file)
{
    if (!errors->arena)
        errors->arena = arena_create();
    errors->file = arena_strdup(errors->arena, file);
}

static bool error_about_file(struct configuration_errors *errors, const char *message)
{
    *ARENA_PUSH(errors->arena, errors->items, errors->count) =
        (struct configuration_error){ 0, 0, "", arena_strdup(errors->arena, message) };
    return false;
}

/* ---- the environment's word goes before the file's ---- */

struct overriding {
    struct walk *walk;
    struct settings *settings;
    const char *name, *value;
};

static void override_wrong(const struct overriding *o, const char *expects)
{
    AUTO_BUF struct buf message = BUF(300);

    buf_addf(&message, "expected %s, found '%.60s'", expects, o->value);
    walk_wrong_at(o->walk, (struct yaml_place){ 0, 0 },
                  arena_printf(o->walk->arena, "environment variable %s", o->name), buf_text(&message));
}

static void override_log_level(const struct overriding *o)
{
    static const char *const names[] = { "debug", "info", "warn", "error" };

    for (int i = 0; i < (int)ARRAY_LEN(names); i++) {
        if (strcasecmp(o->value, names[i]) == 0 || (i == SETTINGS_LOG_WARN && strcasecmp(o->value, "warning") == 0)) {
            o->settings->log_level = i;
            return;
        }
    }
    override_wrong(o, "one of debug, info, warn, error");
}

static void override_metrics(const struct overriding *o)
{
    bool is_true = strcasecmp(o->value, "true") == 0 || strcmp(o->value, "1") == 0;

    if (is_true || strcasecmp(o->value, "false") == 0 || strcmp(o->value, "0") == 0)
        o->settings->metrics.enabled = is_true;
    else
        override_wrong(o, "true or false");
}

static void override_seconds(const struct overriding *o, int64_t min, int64_t *ret_ms)
{
    struct error ignored;
    int64_t seconds;

    if (parse_int(str_of(o->value), min, 3600, &seconds, &ignored))
        *ret_ms = seconds * SECOND_MS;
    else
        override_wrong(o, min == 0 ? "whole seconds from 0 to 3600" : "whole seconds from 1 to 3600");
}

static void override_health_check_timeout(const struct overriding *o)
{
    override_seconds(o, 1, &o->settings->health_check_timeout_ms);
}

static void override_shutdown_timeout(const struct overriding *o)
{
    override_seconds(o, 0, &o->settings->graceful_shutdown_timeout_ms);
}

static void override_port(const struct overriding *o)
{
    const char *colon = o->settings->listen ? strrchr(o->settings->listen, ':') : NULL;
    struct error ignored;
    int64_t port;

    if (!parse_int(str_of(o->value), 1, 65535, &port, &ignored))
        override_wrong(o, "a port from 1 to 65535");
    else if (colon)
        o->settings->listen = arena_printf(o->walk->arena, "%.*s:%" PRId64, (int)(colon - o->settings->listen),
                                           o->settings->listen, port);
    else
        override_wrong(o, "no PORT: `listen` is a unix socket, which has none");
}

static void override_rate_limit(const struct overriding *o)
{
    struct error ignored;

    if (!parse_int(str_of(o->value), 0, 1000000, &o->settings->limits.requests_per_hour, &ignored))
        override_wrong(o, "a whole number from 0 to 1000000");
}

static void override_all(struct walk *walk, struct settings *settings)
{
    static const struct {
        const char *name;
        void (*override)(const struct overriding *);
    } rows[] = {
        { "LOG_LEVEL", override_log_level },
        { "ENABLE_METRICS", override_metrics },
        { "HEALTH_CHECK_TIMEOUT", override_health_check_timeout },
        { "GRACEFUL_SHUTDOWN_TIMEOUT", override_shutdown_timeout },
        { "PORT", override_port },
        { "RATE_LIMIT_PER_HOUR", override_rate_limit },
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *value = walk->source->find_variable(walk->source->arg, rows[i].name);

        if (value && value[0])
            rows[i].override(&(struct overriding){ walk, settings, rows[i].name, value });
    }
}

/* ---- what comes out ---- */

struct digest_hex configuration_digest(const struct settings *settings)
{
    /* An instance's own; others that share the store may have them otherwise. */
    static const char *const own[] = { "listen",    "local_socket",         "local_socket_group",       "data_dir",
                                       "log_level", "health_check_timeout", "graceful_shutdown_timeout" };
    AUTO_JSON cJSON *json = shape_to_json(&settings_shape, settings, SHAPE_MASKED);
    AUTO_FREE char *text = NULL;

    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        cJSON_DeleteItemFromObjectCaseSensitive(json, own[i]);
    cJSON_DeleteItemFromObjectCaseSensitive(cJSON_GetObjectItemCaseSensitive(json, "audit"), "copy");
    text = json_print(json);
    return digest_hex(digest_sha256(str_of(text)));
}

static void on_yaml_wrong(void *arg, struct yaml_place place, const char *message)
{
    walk_wrong_at(arg, place, "", message);
}

static void check_whole(struct walk *walk, const struct settings *settings)
{
    check_systems(walk, settings);
    check_dashboard(walk, settings);
    check_services(walk, settings);
    check_protections(walk, settings);
    check_releases(walk, settings);
    check_policy(walk, settings);
    check_procedures(walk, settings);
    if (walk->errors->count == 0) /* whoever understands a request trusts the file */
        check_asked(walk, settings);
}

/* Three passes: what YAML says (before), what each row says, what only the whole can say. */
static void look_at(struct walk *walk, const struct yaml_node *root, struct settings *settings)
{
    walk->settled = walk->errors->count;
    walk_settings(walk, root, settings);
    override_all(walk, settings);
    walk->settled = walk->errors->count;
    if (root->kind == YAML_MAPPING)
        check_whole(walk, settings);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static struct configuration *configuration_create(const char *path)
{
    struct configuration *configuration = xcalloc(1, sizeof(*configuration));

    configuration->arena = arena_create();
    configuration->path = arena_strdup(configuration->arena, path);
    configuration->zones = zones_create(configuration->arena);
    return configuration;
}

void configuration_destroy(struct configuration *configuration)
{
    if (!configuration)
        return;
    arena_destroy(configuration->arena);
    free(configuration);
}

static bool is_text_good(const struct configuration_source *source, struct configuration_errors *errors)
{
    return source->text.len <= CONFIGURATION_MAX_BYTES || error_about_file(errors, "the file is larger than 1 MiB");
}

static void list_default_channels(const struct walk *walk, struct configuration *configuration)
{
    const struct channels_settings *channels = &configuration->settings.slack.channels;
    const struct {
        const char *key, *channel;
    } all[] = { { "deployments", channels->deployments },
                { "incidents", channels->incidents },
                { "alerts", channels->alerts },
                { "oncall", channels->oncall } };

    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (all[i].channel && !walk_has(walk, channels, all[i].key))
            *ARENA_PUSH(configuration->arena, configuration->default_channels, configuration->default_channels_count) =
                all[i].channel;
}

/* Only of a configuration that is good. */
static void tell_about(const struct walk *walk, struct configuration *configuration)
{
    configuration->digest = configuration_digest(&configuration->settings);
    list_default_channels(walk, configuration);
    configuration->warnings = walk->warnings;
    configuration->warnings_count = walk->warnings_count;
}

static void sort_errors(struct configuration_errors *errors)
{
    if (errors->count > 0)
        qsort(errors->items, errors->count, sizeof(errors->items[0]), compare_places);
}

enum wanted { WANTED_WHOLE, WANTED_TO_REACH };

static bool read_source(const struct configuration_source *source, enum wanted wanted,
                        struct configuration **ret_configuration, struct configuration_errors *errors)
{
    AUTO(configuration) struct configuration *configuration = configuration_create(source->path);
    struct walk walk = {
        .source = source, .errors = errors, .arena = configuration->arena, .zones = configuration->zones
    };
    const struct yaml_node *root;
    bool is_good = false;
    size_t of_yaml;

    errors_begin(errors, source->path);
    if (!is_text_good(source, errors))
        return false;
    root = yaml_parse(source->text, walk.arena, on_yaml_wrong, &walk);
    of_yaml = errors->count;
    if (root) {
        look_at(&walk, root, &configuration->settings);
        is_good = errors->count == 0 || (wanted == WANTED_TO_REACH && reach_is_good(&walk, root, of_yaml));
    }
    configuration->settings.file = arena_strdup(walk.arena, base_name(source->path));
    if (errors->count == 0)
        tell_about(&walk, configuration);
    sort_errors(errors);
    if (is_good)
        *ret_configuration = TAKE(configuration);
    return is_good;
}

bool configuration_read(const struct configuration_source *source, struct configuration **ret_configuration,
                        struct configuration_errors *errors)
{
    return read_source(source, WANTED_WHOLE, ret_configuration, errors);
}

bool configuration_read_to_reach(const struct configuration_source *source, struct configuration **ret_configuration,
                                 struct configuration_errors *errors)
{
    return read_source(source, WANTED_TO_REACH, ret_configuration, errors);
}

/* ---- from disk ---- */

static const char *find_variable(void *arg, const char *name)
{
    (void)arg;
    return getenv(name);
}

static inline void auto_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* A regular file, whole: fifos and devices would block or never end. */
static bool read_whole(const char *path, size_t max_bytes, char **ret_text, size_t *ret_len, struct error *err)
{
    __attribute__((cleanup(auto_close))) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    AUTO_FREE char *text = xcalloc(1, max_bytes + 2);
    struct stat about;
    size_t len = 0;
    ssize_t got;

    if (fd < 0 || fstat(fd, &about) != 0)
        return error_errno(err, "cannot read %.150s", path);
    if (!S_ISREG(about.st_mode))
        return error_set(err, ERR_INVALID, "%.150s is no regular file", path);
    while (len <= max_bytes && (got = read(fd, text + len, max_bytes + 1 - len)) != 0) {
        if (got < 0 && errno != EINTR)
            return error_errno(err, "cannot read %.150s", path);
        len += got > 0 ? (size_t)got : 0;
    }
    if (len > max_bytes)
        return error_set(err, ERR_TOO_LARGE, "%.150s is larger than %zu bytes", path, max_bytes);
    *ret_text = TAKE(text);
    *ret_len = len;
    return true;
}

static bool read_secret(void *arg, const char *path, char **ret_text, size_t *ret_len, struct error *err)
{
    (void)arg;
    return read_whole(path, CONFIGURATION_SECRET_MAX_BYTES, ret_text, ret_len, err);
}

static bool load(const char *path, enum wanted wanted, struct configuration **ret_configuration,
                 struct configuration_errors *errors)
{
    AUTO_SECRET char *text = NULL;
    struct configuration_source source = { .path = path, .find_variable = find_variable, .read_file = read_secret };
    struct error err;

    errors_begin(errors, path);
    if (!read_whole(path, CONFIGURATION_MAX_BYTES, &text, &source.text.len, &err))
        return error_about_file(errors, err.message);
    source.text.at = text;
    return read_source(&source, wanted, ret_configuration, errors);
}

bool configuration_load(const char *path, struct configuration **ret_configuration, struct configuration_errors *errors)
{
    return load(path, WANTED_WHOLE, ret_configuration, errors);
}

bool configuration_load_to_reach(const char *path, struct configuration **ret_configuration,
                                 struct configuration_errors *errors)
{
    return load(path, WANTED_TO_REACH, ret_configuration, errors);
}
