#include "handlers/watch/members_told.h"

#include "handlers/watch/say.h"

#include "bot/base/time.h"

#include <string.h>

#define NAMES_TOLD 50 /* of those who came, and of those who went */
#define TEXT_BYTES 300

/* ---- what cannot be read ---- */

static void journal(const struct members_told *w, const char *kind, const struct membership *source)
{
    cJSON *json = json_object();

    json_set_string(json, "source", source->source);
    json_set_string(json, "error", source->problem);
    json_set_int(json, "members", (int64_t)source->members_count);
    if (source->read_at_ms)
        json_set_int(json, "read_at", source->read_at_ms);
    outcome_journal(w->out, kind, json, NULL);
}

void members_tell_problem(const struct members_told *w, struct membership *source, const char *problem)
{
    bool is_new = !source->problem;
    const char *known;

    source->problem = card_quote(str_of(problem ? problem : "no answer"), TEXT_BYTES, w->view->arena);
    if (!is_new)
        return;
    journal(w, "members.unseen", source);
    known =
        source->read_at_ms > 0
            ? arena_printf(w->view->arena, "Who was in it %s ago counts until that is older than its role's `max_age`",
                           duration_about(view_unix_ms(w->view) - source->read_at_ms).text)
            : "It was never read: until it is, nobody is in it";
    watch_say(w->view, w->out,
              arena_printf(w->view->arena, "*Members of* `%s` cannot be read: %s. %s.", source->source, source->problem,
                           known));
}

void members_tell_seen(const struct members_told *w, struct membership *source)
{
    if (!source->problem)
        return;
    source->problem = NULL;
    journal(w, "members.seen", source);
    watch_say(w->view, w->out,
              arena_printf(w->view->arena, "*Members of* `%s` can be read again: %zu.", source->source,
                           source->members_count));
}

void members_tell_unjoined(const struct members_told *w, const char **unjoined, const char *problem)
{
    bool is_new = !*unjoined;
    cJSON *json;

    *unjoined = card_quote(str_of(problem ? problem : "no answer"), TEXT_BYTES, w->view->arena);
    if (!is_new)
        return;
    json = json_object();
    json_set_string(json, "error", *unjoined);
    outcome_journal(w->out, "members.unjoined", json, NULL);
    watch_say(
        w->view, w->out,
        arena_printf(w->view->arena,
                     "*Who is on call* cannot be looked up in Slack by their addresses: %s. `people` can name them "
                     "instead, and `policy.join_by_email: false` looks no more.",
                     *unjoined));
}

/* ---- who came, who went ---- */

struct change {
    cJSON *names;
    int64_t count;
};

static void count_one(struct change *change, const char *name)
{
    if (change->count++ < NAMES_TOLD)
        json_add_string(change->names, name);
}

/* Both are in order. */
static void compare(const struct membership *before, const struct membership_read *now, struct change *came,
                    struct change *went)
{
    size_t i = 0, k = 0;

    while (i < before->members_count || k < now->members_count) {
        int order = i == before->members_count ? 1
                    : k == now->members_count  ? -1
                                               : strcmp(before->members[i], now->members[k]);

        if (order < 0)
            count_one(went, before->members[i]);
        else if (order > 0)
            count_one(came, now->members[k]);
        i += order <= 0;
        k += order >= 0;
    }
}

void members_tell_change(const struct members_told *w, const struct membership *before,
                         const struct membership_read *now)
{
    cJSON *personal = json_object(), *json;
    struct change came = { json_set(personal, "came", json_array()), 0 },
                  went = { json_set(personal, "went", json_array()), 0 };

    compare(before, now, &came, &went);
    if (came.count == 0 && went.count == 0 && before->read_at_ms > 0) {
        cJSON_Delete(personal);
        return;
    }
    json = json_object();
    json_set_string(json, "source", before->source);
    json_set_int(json, "came", came.count);
    json_set_int(json, "went", went.count);
    json_set_int(json, "members", (int64_t)now->members_count);
    if (before->read_at_ms > 0)
        json_set_int(json, "before_read_at", before->read_at_ms);
    outcome_journal(w->out, "members.changed", json, personal);
}
