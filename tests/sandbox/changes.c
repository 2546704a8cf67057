/* How a test, a --world file or the page changes the world: an object whose members are rows here, applied in this
 * order. */
#include "world.h"

#include "bot/base/time.h"

#define REVISION_HEALTHS "ok, unhealthy or never_ready"

static const char *repository_of(const cJSON *value)
{
    return tree_text_or(value, "repository", "acme/images/api");
}

static bool change_latency(struct world *world, const cJSON *value, struct error *err)
{
    if (!cJSON_IsNumber(value) || value->valuedouble < 0 || value->valuedouble > 60000)
        return error_set(err, ERR_INVALID, "a number of milliseconds up to 60000");
    world->latency_ms = (int64_t)value->valuedouble;
    return true;
}

static bool change_reconcile(struct world *world, const cJSON *value, struct error *err)
{
    if (!cJSON_IsNumber(value) || value->valuedouble < 0 || value->valuedouble > 600000)
        return error_set(err, ERR_INVALID, "a number of milliseconds up to 600000");
    world->run->reconcile_ms = (int64_t)value->valuedouble;
    return true;
}

static bool change_token_lifetime(struct world *world, const cJSON *value, struct error *err)
{
    if (!cJSON_IsNumber(value) || value->valuedouble < 1 || value->valuedouble > 86400)
        return error_set(err, ERR_INVALID, "a number of seconds from 1 to 86400");
    world->tokens->lifetime_ms = (int64_t)value->valuedouble * SECOND_MS;
    return true;
}

static bool change_expire_tokens(struct world *world, const cJSON *value, struct error *err)
{
    if (!cJSON_IsTrue(value))
        return error_set(err, ERR_INVALID, "only true makes sense");
    tokens_expire_all(world->tokens);
    return true;
}

static bool change_limit_posts(struct world *world, const cJSON *value, struct error *err)
{
    if (!cJSON_IsBool(value))
        return error_set(err, ERR_INVALID, "true or false");
    world->slack->limit_posts = cJSON_IsTrue(value);
    return true;
}

/* {tag|digest, health, repository?} or {version, health}: how an image behaves; a new version makes a new image. */
static bool change_image(struct world *world, const cJSON *value, struct error *err)
{
    const char *reference = tree_text(value, "digest") ? tree_text(value, "digest") : tree_text(value, "tag");
    const char *version = tree_text(value, "version");
    struct registry_image *image = registry_find(world->registry, repository_of(value), reference);
    enum image_health health = IMAGE_HEALTHY;

    if (tree_get(value, "health") && !image_health_parse(tree_text(value, "health"), &health))
        return error_set(err, ERR_INVALID, "'health' is " REVISION_HEALTHS);
    if (!image && !version)
        return error_set(err, ERR_NOT_FOUND, "no such image; a new one needs a 'version'");
    if (!image)
        image = registry_add(world->registry, repository_of(value), version, health);
    image->health = health;
    return true;
}

/* {tag, digest | version | like, repository?}: moves a tag to an image, or to the image of another tag. */
static bool change_tag(struct world *world, const cJSON *value, struct error *err)
{
    const char *repository = repository_of(value), *version = tree_text(value, "version");
    const char *reference = tree_text(value, "digest") ? tree_text(value, "digest") : tree_text(value, "like");
    const struct registry_image *image = NULL;

    if (!tree_text(value, "tag"))
        return error_set(err, ERR_INVALID, "'tag' is missing");
    image = version ? registry_add(world->registry, repository, version, IMAGE_HEALTHY)
                    : registry_find(world->registry, repository, reference);
    if (!image)
        return error_set(err, ERR_NOT_FOUND, "no such image");
    return registry_tag(world->registry, repository, tree_text(value, "tag"), image->digest, world_now_ms());
}

/* {service, revision, health}: this revision, whatever its image says; null health asks the image again. */
static bool change_revision(struct world *world, const cJSON *value, struct error *err)
{
    const struct service *service = run_find(world->run, tree_text(value, "service"));
    struct revision *revision = service ? service_find_revision(service, tree_text(value, "revision")) : NULL;

    if (!revision)
        return error_set(err, ERR_NOT_FOUND, "no such service or revision");
    revision->health_forced = !cJSON_IsNull(tree_get(value, "health"));
    if (revision->health_forced && !image_health_parse(tree_text(value, "health"), &revision->health))
        return error_set(err, ERR_INVALID, "'health' is " REVISION_HEALTHS ", or null");
    return true;
}

/* {service, mask, body, by?}: a PATCH by somebody else, like mask "traffic" and body {"traffic":[...]}. */
static bool change_foreign(struct world *world, const cJSON *value, struct error *err)
{
    struct service *service = run_find(world->run, tree_text(value, "service"));
    struct google_error refused;

    if (!service)
        return error_set(err, ERR_NOT_FOUND, "no such service");
    if (!run_change_by(world->run, service, tree_text_or(value, "by", "carol@acme.example"),
                       tree_text_or(value, "mask", "traffic"), tree_get(value, "body"), world_now_ms(), &refused))
        return error_set(err, ERR_INVALID, "%.200s", refused.message);
    return true;
}

/* {id, project?, region?, image, environment?, floats?}: one more Cloud Run service. */
static bool change_service(struct world *world, const cJSON *value, struct error *err)
{
    struct service_seed seed = {
        .project = tree_text_or(value, "project", "acme"),
        .region = tree_text_or(value, "region", "us-central1"),
        .id = tree_text(value, "id"),
        .image = tree_text_or(value, "image", "us-docker.pkg.dev/acme/images/api:v1.4.1"),
        .environment = tree_text_or(value, "environment", "staging"),
        .floats = tree_true(value, "floats"),
    };

    if (!seed.id || run_find(world->run, seed.id))
        return error_set(err, ERR_CONFLICT, "'id' is missing, or such a service exists already");
    run_add_service(world->run, &seed, world_now_ms());
    return true;
}

/* {id, is_archived?, is_member?}: a channel's state; an unknown id with a name makes a channel. */
static bool change_channel(struct world *world, const cJSON *value, struct error *err)
{
    cJSON *channel = slack_find_channel(world->slack, tree_text(value, "id"));

    if (!channel && tree_text(value, "id") && tree_text(value, "name"))
        channel = slack_add_channel(world->slack, tree_text(value, "id"), tree_text(value, "name"));
    if (!channel)
        return error_set(err, ERR_NOT_FOUND, "no such channel; a new one needs 'id' and 'name'");
    tree_copy(channel, value, "is_archived");
    tree_copy(channel, value, "is_member");
    return true;
}

static const struct change {
    const char *name;
    bool (*apply)(struct world *world, const cJSON *value, struct error *err);
} rows[] = {
    { "latency_ms", change_latency },
    { "reconcile_ms", change_reconcile },
    { "token_lifetime_s", change_token_lifetime },
    { "expire_tokens", change_expire_tokens },
    { "limit_posts", change_limit_posts },
    { "image", change_image },
    { "tag", change_tag },
    { "service", change_service },
    { "revision", change_revision },
    { "foreign", change_foreign },
    { "channel", change_channel },
};

static const struct change *find_row(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (text_is(name, rows[i].name))
            return &rows[i];
    }
    return NULL;
}

/* One value, or a list of them. */
static bool apply(struct world *world, const struct change *row, const cJSON *value, struct error *err)
{
    if (!cJSON_IsArray(value))
        return row->apply(world, value, err) || error_wrap(err, "%s", row->name);
    JSON_EACH(item, value) {
        if (!row->apply(world, item, err))
            return error_wrap(err, "%s", row->name);
    }
    return true;
}

bool world_change(struct world *world, const cJSON *changes, struct error *err)
{
    if (!cJSON_IsObject(changes))
        return error_set(err, ERR_INVALID, "changes are a JSON object");
    JSON_EACH(change, changes) {
        if (!find_row(change->string))
            return error_set(err, ERR_INVALID, "no such change '%.60s'", change->string);
    }
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const cJSON *value = tree_get(changes, rows[i].name);

        if (value && !apply(world, &rows[i], value, err))
            return false;
    }
    world_touch(world);
    return true;
}
