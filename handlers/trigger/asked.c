#include "handlers/trigger/asked.h"

#include "bot/model/listener.h"
#include "bot/model/plant.h"

#include <inttypes.h>
#include <string.h>

static const char *const kinds[] = {
    [TRIGGER_RELEASE] = "release",       [TRIGGER_PUSH] = "push",       [TRIGGER_WORKFLOW] = "workflow",
    [TRIGGER_DEPLOYMENT] = "deployment", [TRIGGER_COMMENT] = "comment",
};

/* ---- the words that are texts, in the order in which they are written ---- */

#define TEXT(option, member)                                                                                           \
    {                                                                                                                  \
        option, offsetof(struct trigger_body, member)                                                                  \
    }
static const struct {
    const char *option;
    size_t offset; /* of a const char * */
} texts[] = {
    TEXT("subject", subject),
    TEXT("id", id),
    TEXT("tag", tag),
    TEXT("branch", branch),
    TEXT("workflow", workflow),
    TEXT("sha", sha),
    TEXT("environment", environment),
    TEXT("service", service),
};

static const char **text_of(struct trigger_body *body, size_t i)
{
    return (const char **)((char *)body + texts[i].offset);
}

const struct verb_option asked_options[ASKED_OPTIONS_COUNT] = {
    { .name = "subject", .takes_value = true },
    { .name = "id", .takes_value = true },
    { .name = "tag", .takes_value = true },
    { .name = "branch", .takes_value = true },
    { .name = "workflow", .takes_value = true },
    { .name = "sha", .takes_value = true },
    { .name = "environment", .takes_value = true },
    { .name = "service", .takes_value = true },
    { .name = "repository", .takes_value = true },
    { .name = "initiator", .takes_value = true },
    { .name = "at", .takes_value = true },
    { .name = "number", .takes_value = true },
    { .name = "pre" },
    { .name = "late" },
};

/* ---- writing ---- */

static void add(struct wanted_request *want, struct arena *arena, const char *option, const char *value)
{
    if (value && value[0])
        *ARENA_PUSH(arena, want->words, want->words_count) = arena_printf(arena, "--%s=%s", option, value);
}

static const char *digits(int64_t number, struct arena *arena)
{
    return number ? arena_printf(arena, "%" PRId64, number) : NULL;
}

struct wanted_request asked_write(const struct trigger_body *body, const struct principal *requester,
                                  struct arena *arena)
{
    struct wanted_request want = { .verb = verb_trigger.name, .requester = requester };
    struct trigger_body copy = *body;

    *ARENA_PUSH(arena, want.words, want.words_count) = kinds[body->kind];
    add(&want, arena, "repository", body->repository);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        add(&want, arena, texts[i].option, *text_of(&copy, i));
    add(&want, arena, "initiator", body->initiator.id);
    add(&want, arena, "at", digits(body->happened_at_ms, arena));
    add(&want, arena, "number", digits(body->number, arena));
    if (body->is_prerelease)
        *ARENA_PUSH(arena, want.words, want.words_count) = "--pre";
    if (body->is_late)
        *ARENA_PUSH(arena, want.words, want.words_count) = "--late";
    return want;
}

/* ---- reading ---- */

static bool read_number(const struct typed *typed, const char *option, int64_t *ret_number, struct error *err)
{
    const char *text = typed_option(typed, option);

    return !text || parse_int(str_of(text), 0, INT64_MAX, ret_number, err);
}

static bool read_kind(const struct typed *typed, int64_t *ret_kind)
{
    for (size_t i = 0; typed->words_count == 1 && i < ARRAY_LEN(kinds); i++)
        if (strcmp(kinds[i], typed->words[0]) == 0) {
            *ret_kind = (int64_t)i;
            return true;
        }
    return false;
}

bool asked_read(const struct request *request, struct arena *arena, struct trigger_body *ret_body, struct error *err)
{
    struct trigger_body body = { .repository = NULL };
    struct typed typed;

    if (!request_read(request, asked_options, ASKED_OPTIONS_COUNT, arena, &typed, err))
        return false;
    body.repository = typed_option(&typed, "repository");
    body.initiator = (struct principal){ .system = "github", .id = typed_option(&typed, "initiator") };
    body.initiator.id = body.initiator.id ? body.initiator.id : "";
    body.is_prerelease = typed_option(&typed, "pre") != NULL;
    body.is_late = typed_option(&typed, "late") != NULL && !PLANTED(LATE_RELEASE_ACTS);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        *text_of(&body, i) = typed_option(&typed, texts[i].option);
    if (!read_kind(&typed, &body.kind) || !body.repository || !read_number(&typed, "at", &body.happened_at_ms, err) ||
        !read_number(&typed, "number", &body.number, err))
        return error_set(err, ERR_INVALID, "that is no trigger of opsgate's own");
    *ret_body = body;
    return true;
}
