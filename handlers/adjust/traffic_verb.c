/* traffic_verb.c - `traffic`: from its words to a split that is asked for. */
#include "handlers/adjust/adjust.h"

#include "handlers/adjust/adjusting.h"

#include "bot/model/card.h"

#include <inttypes.h>
#include <string.h>

#define SHARES_MAX 10
#define NAME_MAX_BYTES 63
#define QUOTED_BYTES 70

static const struct verb_option options[] = {
    { .name = "reason", .takes_value = true },
    { .name = "break-glass", .takes_value = true },
    { .name = "region", .takes_value = true },
    { .name = "confirm", .takes_value = true, .is_repeatable = true },
    { .name = "dry-run" },
};

struct traffic_arguments {
    struct place place;
    struct adjust_body body;
};

/* ---- words ---- */

static bool is_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-", name.at[i]))
            return false;
    return name.len > 0 && name.len <= NAME_MAX_BYTES;
}

static bool is_latest(struct str name)
{
    return str_is(name, "LATEST") || str_is(name, "latest");
}

static bool read_share(const struct view *view, const char *word, struct adjust_body *body, struct error *err)
{
    struct str rest = str_of(word), name = str_take_until(&rest, '=');
    const char *quoted = card_quote(str_of(word), QUOTED_BYTES, view->arena);
    struct run_share share = { .revision = arena_copy(view->arena, name) };

    if (is_latest(name))
        return error_set(err, ERR_INVALID,
                         "`%s`: traffic that follows the latest revision gives each new one everything at once. Name "
                         "the revision. Nothing was done.",
                         quoted);
    if (!strchr(word, '=') || !is_name(name) || !parse_int(rest, 0, 100, &share.percent, err))
        return error_set(err, ERR_INVALID,
                         "`%s` is no REVISION=PERCENT, such as `api-service-00042-abc=10`. Nothing was done.", quoted);
    if (body->wanted_count == SHARES_MAX)
        return error_set(err, ERR_INVALID, "At most %d revisions share the traffic. Nothing was done.", SHARES_MAX);
    for (size_t i = 0; i < body->wanted_count; i++)
        if (strcmp(body->wanted[i].revision, share.revision) == 0)
            return error_set(err, ERR_INVALID, "`%s` is named twice. Nothing was done.",
                             card_quote(name, QUOTED_BYTES, view->arena));
    *ARENA_PUSH(view->arena, body->wanted, body->wanted_count) = share;
    return true;
}

static bool read_split(const struct view *view, const struct typed *rest, struct adjust_body *body, struct error *err)
{
    int64_t sum = 0;

    body->only_tells = rest->words_count == 0 && !body->is_dry_run;
    for (size_t i = 0; i < rest->words_count; i++) {
        if (!read_share(view, rest->words[i], body, err))
            return false;
        sum += body->wanted[body->wanted_count - 1].percent;
    }
    return body->only_tells || sum == 100 ||
           error_set(err, ERR_INVALID, "Together that is %" PRId64 " %%, and has to be 100 %%. Nothing was done.", sum);
}

static bool traffic_asks(const struct view *view, const struct request *request, struct question *ret_question,
                         const void **ret_arguments, struct error *err)
{
    struct traffic_arguments *arguments = ARENA_NEW(view->arena, struct traffic_arguments);
    struct adjust_body *body = &arguments->body;
    const char *const *confirmed = NULL;
    struct typed typed, rest;
    size_t count;

    if (!request_read(request, options, ARRAY_LEN(options), view->arena, &typed, err) ||
        !adjust_read_place(view, &typed, &arguments->place, body, &rest, err) || !read_split(view, &rest, body, err))
        return false;
    count = typed_list(&typed, "confirm", &confirmed);
    for (size_t i = 0; i < count; i++)
        *ARENA_PUSH(view->arena, body->confirmed, body->confirmed_count) = confirmed[i];
    adjust_ask(view, request, &arguments->place, body, ret_question);
    *ret_arguments = arguments;
    return true;
}

static bool traffic_only_looks(const void *value)
{
    const struct traffic_arguments *arguments = value;

    return arguments->body.only_tells || arguments->body.is_dry_run;
}

/* ---- it begins ---- */

static void traffic_begin(const struct view *view, const struct request *request, const struct question *question,
                          const void *value, struct outcome *out)
{
    const struct traffic_arguments *arguments = value;
    const char *target = arguments->place.target;
    const struct operation *holder =
        arguments->body.only_tells ? NULL : adjust_find_holder(view, target, out->operation_id);

    (void)request, (void)question;
    if (holder)
        outcome_refuse(out, "%s. Nothing was done.", adjust_holder_words(holder, target, view->arena));
    else
        adjust_begin(view, &arguments->place, &arguments->body, out);
}

static const char *const details[] = {
    "REVISION=PERCENT: as Cloud Run calls it, no tag and not LATEST; together 100. No new revision is made, and nothing is "
    "judged: for that, `deploy`",
    "without them: how it is split",
    "`--confirm REVISION`: once more the name of one that was left as bad, or is not known as good, and gets more",
    "`--dry-run`: what would be changed, and what policy says to it",
    "`--region R`: of several regions, that one",
    "`--reason TEXT`: on the card and in the journal",
    BROKEN_DETAIL,
    NULL,
};

const struct verb verb_traffic = {
    .name = "traffic",
    .usage =
        "traffic [SERVICE] ENVIRONMENT [REVISION=PERCENT...] [--confirm REVISION] [--dry-run] [--region R] [--reason "
        "TEXT] [--break-glass TEXT]",
    .summary = "how the traffic of a service on Cloud Run is split, told or set by hand",
    .details = details,
    .options = options,
    .options_count = ARRAY_LEN(options),
    .only_looks = traffic_only_looks,
    .takes_glass = true,
    .is_asked_again = true,
    .asks = traffic_asks,
    .begin = traffic_begin,
};
