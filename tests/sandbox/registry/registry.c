#include "registry/registry.h"

#include "bot/base/digest.h"

#include <stdio.h>
#include <string.h>

#define OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define API_REPOSITORY "acme/images/api"

/* clang-format off */
static const struct {
    const char *tag, *version, *media_type;
    enum image_health health;
} default_images[] = {
    { "v1.4.1",        "1.4.1",            DOCKER_MANIFEST, IMAGE_HEALTHY },
    { "v1.4.2",        "1.4.2",            OCI_MANIFEST,    IMAGE_HEALTHY },
    { "v1.4.3-broken", "1.4.3-broken",     OCI_MANIFEST,    IMAGE_UNHEALTHY },
    { "main",          "1.5.0-main.8c1f2", OCI_MANIFEST,    IMAGE_HEALTHY },
};
/* clang-format on */

static const char *const health_texts[] = {
    [IMAGE_HEALTHY] = "ok",
    [IMAGE_UNHEALTHY] = "unhealthy",
    [IMAGE_NEVER_READY] = "never_ready",
};

const char *image_health_text(enum image_health health)
{
    return health_texts[health];
}

bool image_health_parse(const char *text, enum image_health *ret_health)
{
    for (size_t i = 0; i < ARRAY_LEN(health_texts); i++) {
        if (text_is(text, health_texts[i])) {
            *ret_health = (enum image_health)i;
            return true;
        }
    }
    return false;
}

static char *digest_of(const char *text)
{
    return text_format("sha256:%s", digest_hex(digest_sha256(str_of(text))).text);
}

/* A manifest as `docker push` would leave it; its blobs do not exist, nobody pulls them here. */
static char *manifest_create(const char *repository, const char *version, const char *media_type)
{
    AUTO_JSON cJSON *manifest = json_object();
    cJSON *config = json_object(), *annotations = json_object();
    AUTO_FREE char *seed = text_format("%s %s config", repository, version);
    AUTO_FREE char *config_digest = digest_of(seed);

    json_set_int(manifest, "schemaVersion", 2);
    json_set_string(manifest, "mediaType", media_type);
    json_set_string(config, "mediaType", "application/vnd.oci.image.config.v1+json");
    json_set_string(config, "digest", config_digest);
    json_set_int(config, "size", 4711);
    json_set(manifest, "config", config);
    json_set(manifest, "layers", json_array());
    json_set_string(annotations, "org.opencontainers.image.version", version);
    json_set(manifest, "annotations", annotations);
    return json_print(manifest);
}

static struct registry_image *find_version(const struct registry *registry, const char *repository, const char *version)
{
    for (struct registry_image *image = registry->images; image; image = image->next) {
        if (text_is(image->repository, repository) && text_is(image->version, version))
            return image;
    }
    return NULL;
}

static struct registry_image *add_image(struct registry *registry, const char *repository, const char *version,
                                        const char *media_type, enum image_health health)
{
    struct registry_image *image = xcalloc(1, sizeof *image);

    image->repository = xstrdup(repository);
    image->version = xstrdup(version);
    image->media_type = media_type;
    image->health = health;
    image->manifest = manifest_create(repository, version, media_type);
    AUTO_FREE char *digest = digest_of(image->manifest);
    (void)snprintf(image->digest, sizeof image->digest, "%s", digest);
    image->next = registry->images;
    registry->images = image;
    return image;
}

struct registry_image *registry_add(struct registry *registry, const char *repository, const char *version,
                                    enum image_health health)
{
    struct registry_image *image = find_version(registry, repository, version);

    image = image ? image : add_image(registry, repository, version, OCI_MANIFEST, health);
    image->health = health;
    return image;
}

struct registry *registry_create(int64_t now_ms)
{
    struct registry *registry = xcalloc(1, sizeof *registry);

    registry->tags = json_array();
    registry->coming = json_array();
    for (size_t i = 0; i < ARRAY_LEN(default_images); i++) {
        struct registry_image *image = add_image(registry, API_REPOSITORY, default_images[i].version,
                                                 default_images[i].media_type, default_images[i].health);

        registry_tag(registry, API_REPOSITORY, default_images[i].tag, image->digest, now_ms);
    }
    return registry;
}

void registry_destroy(struct registry *registry)
{
    if (!registry)
        return;
    for (struct registry_image *image = registry->images, *next = NULL; image; image = next) {
        next = image->next;
        free(image->repository);
        free(image->version);
        free(image->manifest);
        free(image);
    }
    cJSON_Delete(registry->tags);
    cJSON_Delete(registry->coming);
    free(registry);
}

static cJSON *find_tag(const struct registry *registry, const char *repository, const char *tag)
{
    cJSON *entry = NULL;

    cJSON_ArrayForEach(entry, registry->tags) {
        if (tree_has_text(entry, "repository", repository) && tree_has_text(entry, "tag", tag))
            return entry;
    }
    return NULL;
}

bool registry_tag(struct registry *registry, const char *repository, const char *tag, const char *digest,
                  int64_t now_ms)
{
    cJSON *entry = find_tag(registry, repository, tag);

    if (!registry_find(registry, repository, digest))
        return false;
    entry = entry ? entry : json_add(registry->tags, json_object());
    json_set_string(entry, "repository", repository);
    json_set_string(entry, "tag", tag);
    json_set_string(entry, "digest", digest);
    json_set_int(entry, "moved_at_ms", now_ms);
    return true;
}

void registry_push_later(struct registry *registry, const struct registry_push *push)
{
    cJSON *entry = json_add(registry->coming, json_object());

    json_set_string(entry, "repository", push->repository);
    json_set_string(entry, "tag", push->tag);
    json_set_string(entry, "version", push->version);
    json_set_string(entry, "digest", push->digest);
    json_set_int(entry, "at_ms", push->at_ms);
}

static void push(struct registry *registry, const cJSON *entry, int64_t now_ms)
{
    const char *repository = tree_text(entry, "repository"), *version = tree_text(entry, "version");
    const char *digest = tree_text(entry, "digest");
    const struct registry_image *image = version ? find_version(registry, repository, version) : NULL;

    if (version && !image) /* one that is there already keeps its health */
        image = registry_add(registry, repository, version, IMAGE_HEALTHY);
    digest = image ? image->digest : digest;
    registry_tag(registry, repository, tree_text(entry, "tag"), digest, now_ms);
}

bool registry_advance(struct registry *registry, int64_t now_ms)
{
    bool arrived = false;

    for (cJSON *entry = registry->coming->child, *next = NULL; entry; entry = next) {
        next = entry->next;
        if (tree_int(entry, "at_ms", 0) > now_ms)
            continue;
        push(registry, entry, now_ms);
        cJSON_Delete(cJSON_DetachItemViaPointer(registry->coming, entry));
        arrived = true;
    }
    return arrived;
}

struct registry_image *registry_find(const struct registry *registry, const char *repository, const char *reference)
{
    const char *digest = reference;

    if (!reference)
        return NULL;
    if (!text_starts(reference, "sha256:"))
        digest = tree_text(find_tag(registry, repository, reference), "digest");
    for (struct registry_image *image = registry->images; image; image = image->next) {
        if (text_is(image->repository, repository) && text_is(image->digest, digest))
            return image;
    }
    return NULL;
}

struct registry_image *registry_find_image(const struct registry *registry, const char *image)
{
    struct str rest = str_of(image);
    bool by_digest = str_contains(rest, "@");

    (void)str_take_until(&rest, '/'); /* the host */
    AUTO_FREE char *repository = str_copy(str_take_until(&rest, by_digest ? '@' : ':'));
    AUTO_FREE char *reference = str_copy(str_is_empty(rest) ? STR_LIT("latest") : rest);
    return registry_find(registry, repository, reference);
}

/* ---- the distribution API ---- */

static void refuse(struct reply *reply, int status, const char *code, const char *message)
{
    cJSON *body = json_object();
    cJSON *error = json_add(json_set(body, "errors", json_array()), json_object());

    json_set_string(error, "code", code);
    json_set_string(error, "message", message);
    reply_json(reply, status, body);
}

static int base64_value(char c)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c ? strchr(alphabet, c) : NULL;

    return found ? (int)(found - alphabet) : -1;
}

static void add_base64_decoded(struct buf *out, const char *text)
{
    unsigned bits = 0, have = 0;

    for (; base64_value(*text) >= 0; text++) {
        bits = (bits << 6 | (unsigned)base64_value(*text)) & 0xFFFF;
        have += 6;
        if (have >= 8) {
            have -= 8;
            buf_putc(out, (char)(bits >> have & 0xFF));
        }
    }
}

/* "Basic oauth2accesstoken:TOKEN", or the token as a Bearer. */
static bool is_allowed(const struct tokens *tokens, const struct request *request)
{
    const char *bearer = request_bearer(request);
    const char *value = request_header(request, "Authorization");
    AUTO_BUF struct buf basic = BUF(4096);
    struct str login = { 0 };

    if (bearer)
        return tokens_account(tokens, bearer, request->now_ms);
    if (!value || !text_starts(value, "Basic "))
        return false;
    add_base64_decoded(&basic, value + strlen("Basic "));
    login = buf_str(&basic);
    return str_take_prefix(&login, "oauth2accesstoken:") && tokens_account(tokens, login.at, request->now_ms);
}

/* Does an Accept header admit this type? Registries compare types and ignore weights. */
static bool accepts(const char *accept, const char *type)
{
    struct str rest = str_of(accept);

    if (!accept)
        return true;
    while (!str_is_empty(rest)) {
        struct str entry = str_take_until(&rest, ',');
        struct str wanted = str_trim(str_take_until(&entry, ';'));

        if (str_is(wanted, type) || str_is(wanted, "*/*"))
            return true;
    }
    return false;
}

/* "/v2/NAME/manifests/REF" with slashes inside NAME; false when the path is something else. */
static bool split_path(const char *path, char **ret_repository, const char **ret_reference)
{
    static const char middle[] = "/manifests/";
    const char *at = strstr(path, middle);

    if (!text_starts(path, "/v2/") || !at || at <= path + 4 || !at[sizeof middle - 1])
        return false;
    *ret_repository = str_copy((struct str){ path + 4, (size_t)(at - path - 4) });
    *ret_reference = at + sizeof middle - 1;
    return true;
}

static void serve_manifest(const struct registry *registry, const struct request *request, const char *repository,
                           const char *reference, struct reply *reply)
{
    const struct registry_image *image = registry_find(registry, repository, reference);
    bool known = false;

    JSON_EACH(tag, registry->tags) {
        known = known || tree_has_text(tag, "repository", repository);
    }
    if (!known)
        return refuse(reply, 404, "NAME_UNKNOWN", "Repository not found.");
    if (!image)
        return refuse(reply, 404, "MANIFEST_UNKNOWN", "Failed to fetch the manifest.");
    if (!accepts(request_header(request, "Accept"), image->media_type))
        return refuse(reply, 404, "MANIFEST_UNKNOWN",
                      "Manifest found, but its media type is not in the Accept header.");
    reply_text(reply, 200, image->media_type, image->manifest);
    reply_header(reply, "Docker-Content-Digest", image->digest);
    reply_header(reply, "Docker-Distribution-Api-Version", "registry/2.0");
}

void registry_serve(struct registry *registry, const struct tokens *tokens, const struct request *request,
                    struct reply *reply)
{
    AUTO_FREE char *repository = NULL;
    const char *reference = NULL;

    registry_advance(registry, request->now_ms);
    if (!is_allowed(tokens, request)) {
        reply_header(reply, "WWW-Authenticate",
                     "Bearer realm=\"https://us-docker.pkg.dev/v2/token\",service=\"us-docker.pkg.dev\"");
        return refuse(reply, 401, "UNAUTHORIZED", "authentication failed");
    }
    if (!request_is(request, "GET") && !request_is(request, "HEAD"))
        return refuse(reply, 405, "UNSUPPORTED", "The operation is unsupported.");
    if (text_is(request->path, "/v2/") || text_is(request->path, "/v2"))
        return reply_json(reply, 200, json_object());
    if (!split_path(request->path, &repository, &reference))
        return refuse(reply, 404, "NAME_UNKNOWN", "Not found.");
    serve_manifest(registry, request, repository, reference, reply);
}

cJSON *registry_state(const struct registry *registry)
{
    cJSON *state = json_object();
    cJSON *images = json_set(state, "images", json_array());

    for (const struct registry_image *image = registry->images; image; image = image->next) {
        cJSON *shown = json_add(images, json_object());

        json_set_string(shown, "repository", image->repository);
        json_set_string(shown, "version", image->version);
        json_set_string(shown, "digest", image->digest);
        json_set_string(shown, "health", image_health_text(image->health));
    }
    json_set(state, "tags", json_copy(registry->tags));
    json_set(state, "coming", json_copy(registry->coming));
    return state;
}
