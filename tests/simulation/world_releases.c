/* world_releases.c - GitHub's answers about releases, commits, and how one commit stands to another. From
 * https://docs.github.com/en/rest/releases/releases and /rest/commits/commits, version 2022-11-28.
 */
#include "tests/simulation/world_releases.h"

#include "bot/base/digest.h"
#include "bot/base/time.h"
#include "tests/simulation/world_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define COMMITS_BEFORE 20 /* that are there from the beginning */
#define COMMITS_SHOWN 250 /* of a comparison */
#define COMMIT_DIGITS 8   /* its number, in front of its sha */

void world_sha(int64_t commit, char ret_sha[WORLD_SHA_DIGITS + 1])
{
    snprintf(ret_sha, WORLD_SHA_DIGITS + 1, "%08" PRIx64 "c0ffee00c0ffee00c0ffee00c0ffee00", (uint64_t)commit);
}

int64_t world_commit_of(struct str name)
{
    char sha[WORLD_SHA_DIGITS + 1];
    unsigned char bytes[COMMIT_DIGITS / 2];
    struct error ignored;
    int64_t number = 0;
    struct str minor;

    if (str_take_prefix(&name, "v1.")) {
        minor = str_take_until(&name, '.');
        return str_is(name, "0") && parse_int(minor, 1, INT32_MAX, &number, &ignored) ? number : 0;
    }
    str_take_prefix(&name, "sha:");
    if (name.len < COMMIT_DIGITS || !hex_decode((struct str){ name.at, COMMIT_DIGITS }, bytes, sizeof(bytes)))
        return 0;
    for (size_t i = 0; i < sizeof(bytes); i++)
        number = number << 8 | bytes[i];
    world_sha(number, sha);
    return name.len <= WORLD_SHA_DIGITS && strncmp(sha, name.at, name.len) == 0 ? number : 0;
}

int64_t world_head(const struct world *world)
{
    return COMMITS_BEFORE + world->pushed;
}

int64_t world_push_commit(struct world *world)
{
    world->pushed++;
    return world_head(world);
}

struct world_release *world_publish(struct world *world, int64_t commit, const char *author, bool is_prerelease)
{
    struct world_release *release = ARENA_NEW(world->arena, struct world_release);

    *release = (struct world_release){ .id = 9500 + (int64_t)world->release_count,
                                       .commit = commit,
                                       .tag = arena_printf(world->arena, "v1.%" PRId64 ".0", commit),
                                       .author = arena_strdup(world->arena, author),
                                       .is_prerelease = is_prerelease,
                                       .is_there = true,
                                       .published_ms = world_unix_ms(world) };
    *ARENA_PUSH(world->arena, world->releases, world->release_count) = release;
    return release;
}

struct world_release *world_find_release(const struct world *world, size_t i)
{
    return i < world->release_count ? world->releases[i] : NULL;
}

/* ---- answers ---- */

static void refuse(struct world_call *call, int status, const char *message)
{
    cJSON *json = json_object();

    json_set_string(json, "message", message);
    world_answer_json(call, status, json);
}

static void answer_release(struct world_call *call, struct str tag)
{
    const struct world *world = call->world;
    const struct world_release *release = NULL;
    cJSON *json;

    for (size_t i = world->release_count; i > 0 && !release; i--)
        if (world->releases[i - 1]->is_there && str_is(tag, world->releases[i - 1]->tag))
            release = world->releases[i - 1];
    if (!release) {
        refuse(call, 404, "Not Found");
        return;
    }
    json = json_object();
    json_set_int(json, "id", release->id);
    json_set_string(json, "tag_name", release->tag);
    json_set_string(json, "name", "Read more");
    json_set_bool(json, "draft", false);
    json_set_bool(json, "prerelease", release->is_prerelease);
    json_set_string(json_set(json, "author", json_object()), "login", release->author);
    json_set_string(json, "published_at", time_format(release->published_ms).text);
    call->log->author = release->author;
    world_answer_json(call, 200, json);
}

static cJSON *commit_json(int64_t number)
{
    cJSON *json = json_object(), *commit = json_set(json, "commit", json_object());
    char sha[WORLD_SHA_DIGITS + 1];

    world_sha(number, sha);
    json_set_string(json, "sha", sha);
    json_set_string(commit, "message", "Write it down");
    json_set_string(json_set(json, "author", json_object()), "login", "octocat");
    world_sha(number - 1, sha);
    json_set_string(json_add(json_set(json, "parents", json_array()), json_object()), "sha", sha);
    return json;
}

static bool has_tag(const struct world *world, int64_t commit)
{
    for (size_t i = 0; i < world->release_count; i++)
        if (world->releases[i]->commit == commit)
            return true;
    return false;
}

/* 0: there is none by that name. */
static int64_t find_commit(const struct world *world, struct str ref)
{
    int64_t number;

    if (str_is(ref, "heads/main") || str_is(ref, "heads%2Fmain"))
        return world_head(world);
    if (str_take_prefix(&ref, "tags/") || str_take_prefix(&ref, "tags%2F")) {
        number = world_commit_of(ref);
        return has_tag(world, number) ? number : 0;
    }
    number = world_commit_of(ref);
    return number <= world_head(world) ? number : 0;
}

static void answer_commit(struct world_call *call, struct str ref)
{
    int64_t number = find_commit(call->world, ref);

    if (number > 0)
        world_answer_json(call, 200, commit_json(number));
    else
        refuse(call, 422, "No commit found for SHA");
}

static void compare(struct world_call *call, struct str basehead)
{
    struct str head = str_of(strstr(arena_copy(call->arena, basehead), "...")), base = basehead;
    int64_t from, to;
    cJSON *json, *commits;

    if (!str_take_prefix(&head, "...")) {
        refuse(call, 404, "Not Found");
        return;
    }
    base.len -= head.len + strlen("...");
    from = find_commit(call->world, base);
    to = find_commit(call->world, head);
    if (from == 0 || to == 0) {
        refuse(call, 404, "Not Found");
        return;
    }
    json = json_object();
    json_set_string(json, "status", to > from ? "ahead" : to < from ? "behind" : "identical");
    json_set_int(json, "total_commits", to > from ? to - from : 0);
    commits = json_set(json, "commits", json_array());
    for (int64_t number = from + 1; number <= to && number <= from + COMMITS_SHOWN; number++)
        json_add(commits, commit_json(number));
    json_set(json, "files", json_array());
    world_answer_json(call, 200, json);
}

void world_releases_call(struct world_call *call, struct str path)
{
    if (path.len == 0)
        world_answer_json(call, 200, json_object()); /* the repository itself: it may be seen */
    else if (str_take_prefix(&path, "/releases/tags/"))
        answer_release(call, path);
    else if (str_take_prefix(&path, "/commits/"))
        answer_commit(call, path);
    else if (str_take_prefix(&path, "/compare/"))
        compare(call, path);
    else if (str_take_prefix(&path, "/deployments"))
        world_deployments_call(call, path);
    else
        refuse(call, 404, "Not Found");
}
