/* words.c - what was found in logs, as it is told: every word of it is from outside. */
#include "handlers/logs/looking.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/secrets.h"

#include <inttypes.h>
#include <string.h>

#define TEXT_MAX_BYTES 320 /* as Cloud Logging's exchange cuts it, with its mark */
#define NAME_MAX_BYTES 80

static const char *quote(const char *text, size_t max_bytes, struct arena *arena)
{
    return card_quote(str_of(text), max_bytes, arena);
}

const char *logs_head(const struct logs_body *body, const struct logs_found *found, struct arena *arena)
{
    const struct logs_look *look = &body->look;
    const char *request = look->request ? arena_printf(arena, ", request `%s`", look->request) : "";
    const char *grep = look->grep ? arena_printf(arena, ", with `%s`", quote(look->grep, TEXT_MAX_BYTES, arena)) : "";

    return arena_printf(arena, "Logs of *%s*, last %s%s%s%s: %s%s", body->target, duration_about(body->since_ms).text,
                        look->is_errors ? ", errors" : "", request, grep,
                        found->lines_count == 0   ? "nothing"
                        : found->lines_count == 1 ? "1 line"
                                                  : arena_printf(arena, "%zu lines, newest last", found->lines_count),
                        found->lines_count == 0 ? " was written" : "");
}

void logs_tell_rest(const struct logs_found *found, struct arena *arena, struct reply *reply)
{
    if (found->left_out > 0)
        *ARENA_PUSH(arena, reply->lines, reply->lines_count) =
            arena_printf(arena,
                         "%s%" PRId64 " older ones were left out: a shorter `--since`, `--errors`, `--request` or "
                         "`--grep` finds them.",
                         found->has_more ? "More than " : "", found->left_out);
    else if (found->has_more)
        *ARENA_PUSH(arena, reply->lines, reply->lines_count) =
            "Google had not looked through all of that time: there may be older ones. A shorter `--since` finds them.";
    if (found->link)
        *ARENA_PUSH(arena, reply->lines, reply->lines_count) = arena_printf(arena, "In the console: %s", found->link);
}

static bool is_bad(const char *severity)
{
    static const char *const bad[] = { "ERROR", "CRITICAL", "ALERT", "EMERGENCY" };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (strcmp(bad[i], severity) == 0)
            return true;
    return false;
}

void logs_tell_lines(const struct logs_found *found, size_t from, size_t to, struct arena *arena, struct reply *reply)
{
    for (size_t i = from; i < to && i < found->lines_count; i++) {
        const struct logs_line *line = &found->lines[i];
        const char *severity = quote(line->severity ? line->severity : "DEFAULT", NAME_MAX_BYTES, arena);
        const char *mark = is_bad(severity) ? "*" : "";

        *ARENA_PUSH(arena, reply->lines, reply->lines_count) =
            arena_printf(arena, "%s %s%s%s %s%s%s", card_time(line->at_ms > 0 ? line->at_ms : 0, arena), mark, severity,
                         mark, line->revision ? quote(line->revision, NAME_MAX_BYTES, arena) : "",
                         line->revision ? ": " : "", secrets_quote(str_of(line->text), TEXT_MAX_BYTES, arena));
    }
}
