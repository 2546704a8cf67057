/* Answers about groups, teams and schedules: what is read are principals, each once and in order, and every end has
 * words. */
#include "tests/fuzz/fuzz_answers.h"

#include "bot/model/finding.h"
#include "bot/model/membership.h"
#include "bot/model/settings.h"
#include "integrations/exchanges.h"
#include "integrations/members_doctor.h"

#include <string.h>

static const int statuses[10] = { 200, 200, 0, 400, 401, 403, 404, 429, 500, 301 };
static const char *const sources[] = { "slack-group:S0ENG", "github-team:acme/engineering",
                                       "pagerduty-schedule:PABC123" };

static struct exchange_step run(exchange_fn step, const char *source, struct str input, struct arena *arena)
{
    static const struct github_settings github = { .api_url = "https://api.github.com" };
    static const struct pagerduty_settings pagerduty = { .api_url = "https://api.pagerduty.com" };
    static const struct settings settings = { .slack = { .api_url = "https://slack.com/api" },
                                              .github = &github,
                                              .pagerduty = &pagerduty };
    static const struct http_header links[FUZZ_ANSWERS_MAX] = {
        { "link", "<https://api.github.com/organizations/7/team/9/members?page=2>; rel=\"next\"" },
        { "link", "<https://api.github.com/organizations/7/team/9/members?page=3>; rel=\"next\"" },
    };
    struct http_answer *answers = arena_alloc(arena, FUZZ_ANSWERS_MAX * sizeof(*answers));
    size_t count = fuzz_answers(input, statuses, arena, answers);
    struct exchange exchange = { .settings = &settings, .answers = answers, .unix_ms = 1795168800000, .arena = arena };
    struct exchange_step next;
    struct error err;

    exchange.args = json_parse_in(arena, str_of(arena_printf(arena, "{\"source\":\"%s\"}", source)), &err);
    for (size_t i = 0; i < count; i++) {
        answers[i].headers = &links[i];
        answers[i].header_count = links[i].name ? 1 : 0;
    }
    while ((next = step(&exchange)).next == NEXT_CALL && exchange.answer_count < count)
        exchange.answer_count++;
    MUST(next.next == NEXT_CALL || next.next == NEXT_DONE || (next.error && next.error[0]));
    return next;
}

static bool is_member(const struct membership_read *found, const char *name)
{
    for (size_t i = 0; i < found->members_count; i++)
        if (strcmp(found->members[i], name) == 0)
            return true;
    return false;
}

static void check_read(const char *source, struct str input, struct arena *arena)
{
    struct exchange_step step = run(exchanges_find(membership_reading(source))->step, source, input, arena);
    struct membership_read found;
    struct error err;

    if (step.next != NEXT_DONE)
        return;
    MUST(shape_from_json(&membership_read_shape, step.result, arena, &found, &err));
    MUST(found.members_count <= MEMBERSHIP_MAX);
    for (size_t i = 0; i < found.members_count; i++) {
        struct str id = str_of(found.members[i]), system = str_take_until(&id, ':');

        MUST(str_starts_with(str_of(source), arena_copy(arena, system)) && id.len > 0);
        MUST(!memchr(id.at, '/', id.len) && !memchr(id.at, ' ', id.len));
        MUST(i == 0 || strcmp(found.members[i - 1], found.members[i]) < 0);
    }
    for (size_t i = 0; i < found.emails_count; i++)
        MUST(is_member(&found, found.emails[i].member) && strchr(found.emails[i].email, '@'));
}

static void check_doctor(const char *source, struct str input, struct arena *arena)
{
    struct exchange_step step = run(members_doctor, source, input, arena);
    struct findings found;
    struct error err;

    if (step.next != NEXT_DONE)
        return;
    MUST(shape_from_json(&findings_shape, step.result, arena, &found, &err));
    MUST(found.findings_count == 1 && found.findings[0].subject[0] && found.findings[0].text[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct str input = fuzz_input(data, size);

    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        check_read(sources[i], input, arena);
        check_doctor(sources[i], input, arena);
    }
    return 0;
}
