/* world_google.c - Google's metadata server and an image registry that wants its tokens.
 * From https://cloud.google.com/compute/docs/access and the OCI distribution specification */
#include "tests/simulation/world_internal.h"

#include "bot/base/digest.h"
#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

#define TOKEN_MS (3600 * SECOND_MS)

const char *world_token_text(const struct world *world, struct arena *arena)
{
    return arena_printf(arena, "ya29.sim%" PRId64, world->token);
}

void world_metadata_call(struct world_call *call)
{
    struct world *world = call->world;
    const char *flavor = world_header(&call->call, "Metadata-Flavor");
    struct str path = world_path(call->call.url, WORLD_METADATA_URL);
    cJSON *json;

    if (!flavor || strcmp(flavor, "Google") != 0) {
        world_answer_text(call, 403, "Missing Metadata-Flavor:Google header.");
        return;
    }
    world_add_header(call, "metadata-flavor", "Google");
    if (!str_is(path, "/computeMetadata/v1/instance/service-accounts/default/token")) {
        world_answer_text(call, 404, "not found");
        return;
    }
    if (world->token_until_ms - world_unix_ms(world) < 5 * MINUTE_MS) {
        world->token++;
        world->token_until_ms = world_unix_ms(world) + TOKEN_MS;
    }
    json = json_object();
    json_set_string(json, "access_token", world_token_text(world, call->arena));
    json_set_int(json, "expires_in", (world->token_until_ms - world_unix_ms(world)) / 1000);
    json_set_string(json, "token_type", "Bearer");
    world_answer_json(call, 200, json);
}

bool world_token_is_good(struct world_call *call, const char *prefix, const char *value)
{
    struct world *world = call->world;
    const char *authorization = world_header(&call->call, "Authorization");
    struct str rest = str_of(authorization);

    if (world->token > 0 && world->token_until_ms > world_unix_ms(world) && str_take_prefix(&rest, prefix) &&
        str_is(rest, value))
        return true;
    world_count(world, FAULT_TOKEN_EXPIRED);
    return false;
}

void world_expire_tokens(struct world *world)
{
    world->token++; /* the one that was given is known to nobody any more */
    world->token_until_ms = 0;
}

void world_registry_call(struct world_call *call)
{
    AUTO_BUF struct buf basic = BUF(512);
    struct str path = world_path(call->call.url, WORLD_REGISTRY_URL);
    const char *token = arena_printf(call->arena, "oauth2accesstoken:%s", world_token_text(call->world, call->arena));
    const char *slash, *text = arena_copy(call->arena, path), *digest;

    base64_add(&basic, str_of(token));
    if (!world_token_is_good(call, "Basic ", buf_text(&basic))) {
        world_add_header(call, "www-authenticate",
                         "Bearer realm=\"http://registry.sim/token\",service=\"registry.sim\"");
        world_answer_text(call, 401, "");
        return;
    }
    slash = strrchr(text, '/');
    if (!str_starts_with(path, "/v2/") || !str_contains(path, "/manifests/") || !slash) {
        world_answer_text(call, 404, "");
        return;
    }
    for (size_t i = 0; i < call->world->missing_count; i++)
        if (strcmp(call->world->missing[i].tag, slash + 1) == 0) {
            world_count(call->world, FAULT_TAG_MISSING);
            world_answer_text(call, 404, "");
            return;
        }
    path = str_of(arena_printf(call->arena, STR_FMT "#%" PRId64, STR_ARG(path), call->world->pushes));
    digest = arena_printf(call->arena, "sha256:%s", digest_hex(digest_sha256(path)).text);
    world_add_header(call, "docker-content-digest", digest);
    world_add_header(call, "content-type", "application/vnd.oci.image.index.v1+json");
    world_answer_text(call, 200, "");
}

void world_push_images(struct world *world)
{
    world_count(world, FAULT_TAG_MOVED);
    world->pushes++;
}

void world_set_tag(struct world *world, const char *tag, bool exists)
{
    for (size_t i = 0; i < world->missing_count; i++)
        if (strcmp(world->missing[i].tag, tag) == 0) {
            if (exists)
                world->missing[i].tag = "";
            return;
        }
    if (!exists)
        ARENA_PUSH(world->arena, world->missing, world->missing_count)->tag = arena_strdup(world->arena, tag);
}
