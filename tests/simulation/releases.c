/* releases.c - what happens in a repository whose releases and pushes roll out by themselves, and how GitHub tells of
 * it: somebody pushes, publishes, publishes what is old, makes a full release of a pre-release, takes one back. Each is
 * told by up to two webhooks (hooks.c loses, repeats and delays them); some are told of too late, some never happened.
 */
#include "tests/simulation/scenario_internal.h"
#include "tests/simulation/world_releases.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

#define SOON_MS 50
#define LATER_MAX_MS 60000 /* another delivery of the same fact */
#define BUILT_MAX_MS 25000 /* until the build has made its image, if that comes last */
#define LONG_PAST_MS (2 * 24 * HOUR_MS)
#define OLDER_COMMITS 12 /* what is old is of one of so many before the newest */

static const char *draw_login(struct scenario *s)
{
    static const char *const logins[] = { "octocat", "alice", "bob", "bob" };

    return logins[scenario_draw(s, 0, (int64_t)ARRAY_LEN(logins) - 1)];
}

/* ---- its image ---- */

struct build {
    struct scenario *scenario;
    char tag[WORLD_SHA_DIGITS + 1];
};

static void on_built(void *arg)
{
    const struct build *build = arg;

    world_set_tag(build->scenario->world, build->tag, true);
}

/* Some builds are over only after GitHub has told of what they build. */
static void build(struct scenario *s, const char *tag)
{
    struct build *made;

    if (scenario_draw(s, 0, 2) > 0)
        return;
    made = world_keep(s->world, sizeof(*made));
    made->scenario = s;
    memcpy(made->tag, tag, strlen(tag));
    world_set_tag(s->world, tag, false);
    scheduler_after(s->scheduler, scenario_draw(s, 1000, BUILT_MAX_MS), 0, on_built, made, NULL);
}

/* ---- how GitHub tells of it ---- */

static cJSON *release_payload(const struct scenario *s, const char *action, const char *sender,
                              const struct world_release *release)
{
    cJSON *json = hooks_payload(action, WORLD_RELEASES, sender), *of = json_set(json, "release", json_object());

    json_set_int(of, "id", release->id);
    json_set_string(of, "tag_name", release->tag);
    json_set_string(of, "target_commitish", "main");
    json_set_string(of, "name", "Read more");
    json_set_bool(of, "draft", strcmp(action, "unpublished") == 0);
    json_set_bool(of, "prerelease", release->is_prerelease);
    json_set_string(of, "html_url", "https://github.com/" WORLD_RELEASES "/releases");
    json_set_string(json_set(of, "author", json_object()), "login", release->author);
    json_set_string(of, "created_at", time_format(release->published_ms).text);
    json_set_string(of, "published_at", time_format(release->published_ms).text);
    if (strcmp(action, "published") != 0)
        json_set_string(of, "updated_at", time_format(WORLD_EPOCH_MS + scenario_now_ms(s)).text);
    return json;
}

static void tell(struct scenario *s, const char *action, const char *sender, const struct world_release *release,
                 int64_t after_max_ms)
{
    hooks_send(s, "release", action, release_payload(s, action, sender, release), scenario_draw(s, 0, after_max_ms));
}

static void tell_published(struct scenario *s, const char *sender, const struct world_release *release)
{
    ledger_saw_release(s->ledger, release);
    tell(s, "published", sender, release, SOON_MS);
    scenario_count(s, FAULT_TOLD_TWICE);
    tell(s, release->is_prerelease ? "prereleased" : "released", sender, release, LATER_MAX_MS);
}

/* ---- what happens ---- */

static int64_t push_one(struct scenario *s)
{
    cJSON *json = hooks_payload(NULL, WORLD_RELEASES, draw_login(s));
    int64_t head = world_push_commit(s->world);
    char before[WORLD_SHA_DIGITS + 1], after[WORLD_SHA_DIGITS + 1];

    world_sha(head - 1, before);
    world_sha(head, after);
    build(s, after);
    json_set_string(json, "ref", "refs/heads/main");
    json_set_string(json, "before", before);
    json_set_string(json, "after", after);
    json_set_bool(json, "created", false);
    json_set_bool(json, "deleted", false);
    json_set_bool(json, "forced", false);
    json_set(json, "commits", json_array());
    json_set_int(cJSON_GetObjectItem(json, "repository"), "pushed_at",
                 (WORLD_EPOCH_MS + scenario_now_ms(s)) / SECOND_MS);
    hooks_send(s, "push", NULL, json, scenario_draw(s, 0, SOON_MS));
    return head;
}

static void push(struct scenario *s)
{
    push_one(s);
}

/* A tag has one release at most. */
static void make_room(struct scenario *s, int64_t commit)
{
    struct world_release *release;

    for (size_t i = 0; (release = world_find_release(s->world, i)) != NULL; i++)
        if (release->is_there && release->commit == commit) {
            release->is_there = false;
            ledger_saw_release(s->ledger, release);
        }
}

static struct world_release *publish(struct scenario *s, int64_t commit, bool is_prerelease)
{
    struct world_release *release;

    make_room(s, commit);
    release = world_publish(s->world, commit, draw_login(s), is_prerelease);

    story_tell(s->story, "GitHub", "%s publishes %s %s", release->author, is_prerelease ? "pre-release" : "release",
               release->tag);
    build(s, release->tag);
    return release;
}

/* Mostly by who made it. */
static const char *draw_publisher(struct scenario *s, const struct world_release *release)
{
    return scenario_draw(s, 0, 3) ? release->author : draw_login(s);
}

static void publish_new(struct scenario *s)
{
    struct world_release *release = publish(s, push_one(s), false);

    tell_published(s, draw_publisher(s, release), release);
}

static void publish_pre(struct scenario *s)
{
    struct world_release *release = publish(s, push_one(s), true);

    tell_published(s, draw_publisher(s, release), release);
}

static void publish_old(struct scenario *s)
{
    struct world_release *release =
        publish(s, world_head(s->world) - scenario_draw(s, 1, OLDER_COMMITS), scenario_draw(s, 0, 7) == 0);

    tell_published(s, draw_publisher(s, release), release);
}

static struct world_release *find(const struct scenario *s, bool is_prerelease)
{
    struct world_release *found = NULL, *release;

    for (size_t i = 0; (release = world_find_release(s->world, i)) != NULL; i++)
        if (release->is_there && release->is_prerelease == is_prerelease)
            found = release;
    return found;
}

/* Taken back and made again: mostly it is there by then, or on its way. */
static void publish_again(struct scenario *s)
{
    const struct world_release *before = find(s, false);
    struct world_release *release = before ? publish(s, before->commit, false) : NULL;

    if (release)
        tell_published(s, draw_publisher(s, release), release);
}

/* GitHub tells of it only now. */
static void publish_long_ago(struct scenario *s)
{
    struct world_release *release = publish(s, push_one(s), false);

    scenario_count(s, FAULT_TOLD_LATE);
    release->published_ms -= LONG_PAST_MS;
    ledger_saw_release(s->ledger, release);
    tell(s, "published", release->author, release, SOON_MS);
}

/* By whoever knows the hook's secret: there is no such release. */
static void forge(struct scenario *s)
{
    struct world_release *release = publish(s, push_one(s), false);

    story_tell(s->story, "GitHub", "nobody did");
    release->is_there = false;
    tell(s, "published", draw_login(s), release, SOON_MS);
}

static void promote(struct scenario *s)
{
    struct world_release *release = find(s, true);

    if (!release) {
        publish_pre(s);
        return;
    }
    release->is_prerelease = false;
    story_tell(s->story, "GitHub", "%s is no pre-release any more", release->tag);
    ledger_saw_release(s->ledger, release);
    tell(s, "released", draw_publisher(s, release), release, SOON_MS);
    tell(s, "edited", release->author, release, LATER_MAX_MS);
}

static void take_back(struct scenario *s)
{
    struct world_release *release = find(s, false);
    const char *action = scenario_draw(s, 0, 1) ? "deleted" : "unpublished";

    if (!release)
        return;
    release->is_there = false;
    story_tell(s->story, "GitHub", "%s is %s", release->tag, action);
    ledger_saw_release(s->ledger, release);
    tell(s, action, draw_login(s), release, SOON_MS);
}

static void take_back_soon(void *arg)
{
    struct scenario *s = arg;

    take_back(s);
}

/* Somebody saw at once that it was a mistake. */
static void publish_in_haste(struct scenario *s)
{
    publish_new(s);
    scheduler_after(s->scheduler, scenario_draw(s, 0, 4000), 0, take_back_soon, s, NULL);
}

static const struct {
    int64_t weight;
    void (*happen)(struct scenario *s);
} happenings[] = {
    { 30, publish_new },      { 20, push },          { 10, publish_pre }, { 10, promote },  { 14, publish_old },
    { 12, publish_long_ago }, { 10, publish_again }, { 4, forge },        { 4, take_back }, { 10, publish_in_haste },
};

static int64_t weight_of(size_t row)
{
    return happenings[row].weight;
}

void releases_happen(struct scenario *s)
{
    happenings[dice_weighted(&s->dice, weight_of, ARRAY_LEN(happenings))].happen(s);
}
