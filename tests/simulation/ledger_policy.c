/* ledger_policy.c - nothing begins, nothing starts and no traffic grows that the rules forbid which are in force then
 * for whoever decides it; and the way back always passes. What rules mean stands in books.h in plain facts; no code of
 * policy/ is asked.
 */
#include "tests/simulation/house.h"
#include "tests/simulation/ledger_law.h"

#include "bot/base/time.h"

#include <string.h>

#define ROUNDING_MS (3 * SECOND_MS) /* of a date: an answer was on its way */

struct deal { /* a deploy, as rules see it */
    const char *service, *environment;
    bool has_reason, wants_glass, is_way_back, is_started, was_held;
};

static bool is_within(int64_t unix_ms, int from_minute, int to_minute)
{
    int64_t of_day = unix_ms % DAY_MS;

    return of_day >= from_minute * MINUTE_MS && of_day < to_minute * MINUTE_MS;
}

/* ---- what rules mean ---- */

enum moment { MOMENT_BEGIN, MOMENT_START, MOMENT_INCREASE };

static bool is_developer(const char *user)
{
    return ledger_is_same(user, "U0ALICE") || ledger_is_same(user, "U0BOB");
}

static bool is_pipeline(const char *user)
{
    return ledger_is_same(user, HOUSE_PIPELINE);
}

static bool may_sell(const struct ledger *ledger, const char *user, int64_t at_ms)
{
    int64_t unix_ms;

    if (books_is_captain(user))
        return true;
    for (size_t back = 0; law_next_date(ledger->law, at_ms, &back, &unix_ms);)
        if (members_sells(ledger, user, unix_ms))
            return true;
    return false;
}

/* Is the market open at any date that it may have been? A glass passes the freeze, and nothing else. */
static bool is_open(const struct ledger *ledger, const struct book *book, int64_t at_ms, bool passes_freeze)
{
    int64_t unix_ms;

    for (size_t back = 0; law_next_date(ledger->law, at_ms, &back, &unix_ms);)
        for (int64_t off_ms = -ROUNDING_MS; off_ms <= ROUNDING_MS; off_ms += ROUNDING_MS)
            if (is_within(unix_ms + off_ms, book->opens, book->closes) &&
                (passes_freeze || !is_within(unix_ms + off_ms, book->freezes, book->thaws)))
                return true;
    return false;
}

static const char *judge_market(const struct ledger *ledger, const struct known_operation *operation,
                                const struct book *book, enum moment moment, int64_t at_ms)
{
    bool has_glass = moment == MOMENT_BEGIN ? operation->deal->wants_glass : glass_is_broken(ledger, operation);

    if (moment != MOMENT_INCREASE && !may_sell(ledger, operation->requester, at_ms))
        return "who asked for it sells by no reading that is young enough";
    if (!is_open(ledger, book, at_ms, true))
        return "its window is not open";
    if (!is_open(ledger, book, at_ms, has_glass && books_is_captain(operation->requester)))
        return "there is a freeze, and nobody who may has broken the glass";
    return NULL;
}

/* Why it may not; NULL: it may. */
static const char *judge(const struct ledger *ledger, const struct known_operation *operation, const struct book *book,
                         enum moment moment, int64_t at_ms)
{
    const struct deal *deal = operation->deal;
    const char *user = operation->requester;
    bool is_staging = ledger_is_same(deal->environment, "staging"),
         is_market = ledger_is_same(deal->environment, BOOKS_MARKET);

    if (deal->is_way_back)
        return NULL;
    if (ledger_is_same(user, "U0BOB") &&
        (ledger_is_same(deal->service, "mail") || ledger_is_same(deal->service, "data")))
        return "it is denied to who asked for it";
    if (book->denied && ledger_is_same(deal->service, book->denied))
        return "it is denied to all";
    if (book->gone && ledger_is_same(deal->service, book->gone))
        return "it is in no configuration";
    if (is_market)
        return judge_market(ledger, operation, book, moment, at_ms);
    if (moment == MOMENT_INCREASE || (is_pipeline(user) && ledger_is_same(deal->service, HOUSE_RELEASED)))
        return NULL;
    if (!is_developer(user) || (is_staging && book->takes_staging))
        return "nothing allows it to who asked for it";
    if (is_staging && book->wants_reason && ledger_is_same(deal->service, book->wants_reason) && !deal->has_reason)
        return "nobody has said why";
    return NULL;
}

static void check(struct ledger *ledger, const struct known_operation *operation, const struct book *book,
                  enum moment moment, int64_t at_ms)
{
    static const char *const invariants[] = { "nothing begins that rules in force forbid",
                                              "nothing starts that rules in force forbid",
                                              "no traffic grows that rules in force forbid" };
    const char *why = operation->deal && book ? judge(ledger, operation, book, moment, at_ms) : NULL;

    if (why)
        ledger_complain(ledger, invariants[moment], "%s of %s in %s/%s: %s, where %s", operation->id,
                        operation->requester ? operation->requester : "-",
                        operation->deal->service ? operation->deal->service : "-",
                        operation->deal->environment ? operation->deal->environment : "-", why, book->name);
}

/* ---- the way back ---- */

struct typed_line { /* "U0BOB rollback shop staging --reason 'x'" */
    const char *user, *verb, *first, *second;
    bool is_deploy; /* of an old version */
};

static const char *take_word(struct ledger *ledger, struct str *rest)
{
    struct str word = str_take_word(rest);

    return arena_copy(ledger->arena, word);
}

static bool find_line(struct ledger *ledger, const char *request_id, struct typed_line *ret_line)
{
    for (size_t i = ledger->inputs_count; i > 0; i--) {
        const struct input *input = &ledger->inputs[i - 1];
        struct str rest = str_of(input->line ? input->line : "");

        if (!ledger_is_same(input->request_id, request_id) || !input->line)
            continue;
        ret_line->is_deploy = strstr(input->line, "--to ") != NULL;
        ret_line->user = take_word(ledger, &rest);
        ret_line->verb = take_word(ledger, &rest);
        ret_line->first = take_word(ledger, &rest);
        ret_line->second = take_word(ledger, &rest);
        return true;
    }
    return false;
}

static bool is_way_back_verb(const char *verb)
{
    return strcmp(verb, "rollback") == 0 || strcmp(verb, "abort") == 0 || strcmp(verb, "pause") == 0;
}

/* In "shop staging", or where D7 is at work. NULL: that is no place. */
static const char *environment_of(const struct ledger *ledger, const struct typed_line *line)
{
    static const char *const environments[] = { "staging", "production", "lab", "world", BOOKS_MARKET };
    const struct known_operation *operation = ledger_find_operation(ledger, line->first);

    for (size_t i = 0; i < ARRAY_LEN(environments); i++)
        if (strcmp(operation && operation->deal && operation->deal->environment ? operation->deal->environment
                                                                                : line->second,
                   environments[i]) == 0)
            return environments[i];
    return NULL;
}

static void check_way_back(struct ledger *ledger, const struct typed_line *line, const char *why)
{
    const char *environment = environment_of(ledger, line);
    bool is_market = ledger_is_same(environment, BOOKS_MARKET), may;

    if (!environment || !is_way_back_verb(line->verb) || line->is_deploy)
        return;
    may = is_market ? members_sold_last(ledger, line->user) : is_developer(line->user);
    if (is_market && strcmp(line->verb, "abort") == 0)
        may = may || is_developer(line->user);
    if (may)
        ledger_complain(ledger, "the way back always passes", "%s of %s in %s is denied: %s", line->verb, line->user,
                        environment, why ? why : "-");
}

static void see_denied(struct ledger *ledger, const cJSON *core, int64_t decided_ms)
{
    const struct book *book = ledger->law->book;
    struct typed_line line;

    if (!book || !find_line(ledger, json_find_string(core, "request_id"), &line))
        return;
    check_way_back(ledger, &line, json_find_string(core, "body.why"));
    if (strcmp(line.verb, "deploy") != 0)
        return;
    if ((book->takes_staging && is_developer(line.user) && strcmp(line.second, "staging") == 0) ||
        ledger_is_same(book->denied, line.first) || ledger_is_same(book->wants_reason, line.first))
        ledger_count(ledger, DEED_REFUSED_BY_BOOK);
    if (strcmp(line.second, BOOKS_MARKET) == 0 && !may_sell(ledger, line.user, decided_ms))
        ledger_count(ledger, DEED_NOT_SOLD);
    else if (strcmp(line.second, BOOKS_MARKET) == 0 && !is_open(ledger, book, decided_ms, true))
        ledger_count(ledger, DEED_WINDOW_CLOSED);
}

static void see_held(struct ledger *ledger, const struct known_operation *operation, int64_t decided_ms)
{
    struct deal *deal = operation ? operation->deal : NULL;

    if (!deal || deal->was_held || !ledger->law->book ||
        !judge(ledger, operation, ledger->law->book, MOMENT_INCREASE, decided_ms))
        return;
    deal->was_held = true;
    ledger_count(ledger, DEED_HELD_BY_BOOK);
}

void policy_entry(struct ledger *ledger, const struct store_commit *commit, const cJSON *entry)
{
    const cJSON *core = json_find(entry, "core");
    const char *kind = json_find_string(core, "kind");
    int64_t decided_ms = policy_decided_ms(ledger, commit);

    if (!law_entry(ledger, entry, decided_ms))
        return;
    if (strcmp(kind, "request.denied") == 0)
        see_denied(ledger, core, decided_ms);
    if (strcmp(kind, "deploy.held") == 0)
        see_held(ledger, ledger_find_operation(ledger, json_find_string(core, "operation")), decided_ms);
}

/* ---- deploys ---- */

static bool is_underway(const char *state)
{
    return ledger_is_same(state, "looking") || ledger_is_same(state, "launching") ||
           ledger_is_same(state, "dispatching");
}

void policy_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json)
{
    struct law *law = law_of(ledger);
    const cJSON *body = json_find(json, "body");
    struct deal *deal = operation->deal;

    if (!ledger_is_same(operation->kind, "deploy"))
        return;
    if (!deal) {
        deal = operation->deal = ARENA_NEW(ledger->arena, struct deal);
        *deal = (struct deal){ .service = arena_strdup(ledger->arena, json_find_string(body, "service")),
                               .environment = arena_strdup(ledger->arena, json_find_string(body, "environment")),
                               .has_reason = json_find_string(body, "reason") != NULL,
                               .wants_glass = json_find_string(body, "break_glass") != NULL,
                               .is_way_back = json_find_bool(body, "is_way_back", false) };
        if (law->begun_count < LEDGER_COMMIT_MAX)
            law->begun[law->begun_count++] = operation;
    }
    if (!deal->is_started && is_underway(json_find_string(json, "state")) && law->started_count < LEDGER_COMMIT_MAX) {
        deal->is_started = true;
        law->started[law->started_count++] = operation;
    }
}

static void count_begun(struct ledger *ledger, const struct known_operation *operation)
{
    if (ledger_is_same(operation->deal->environment, BOOKS_MARKET) && !books_is_captain(operation->requester))
        ledger_count(ledger, DEED_SOLD);
}

static void count_raised(struct ledger *ledger, const struct known_operation *operation)
{
    if (!ledger_is_same(operation->deal->environment, BOOKS_MARKET))
        return;
    if (!books_is_captain(operation->requester))
        ledger_count(ledger, DEED_SOLD_RAISED);
    if (glass_is_broken(ledger, operation))
        ledger_count(ledger, DEED_GLASS_RAISED);
}

/* Accepted, for somebody whose groups were read too long ago for anything else. */
static void see_accepted(struct ledger *ledger, const struct accepted *accepted, int64_t decided_ms)
{
    struct typed_line line;

    if (!accepted->input || !find_line(ledger, accepted->input->request_id, &line) || !is_way_back_verb(line.verb) ||
        line.is_deploy || !ledger_is_same(environment_of(ledger, &line), BOOKS_MARKET) ||
        strcmp(line.verb, "abort") == 0)
        return;
    if (!may_sell(ledger, line.user, decided_ms))
        ledger_count(ledger, DEED_STALE_WAY_BACK);
}

void policy_commit(struct ledger *ledger, const struct store_commit *commit)
{
    struct law *law = law_of(ledger);
    int64_t decided_ms = policy_decided_ms(ledger, commit);

    for (size_t i = 0; i < law->begun_count; i++) {
        check(ledger, law->begun[i], law->book, MOMENT_BEGIN, decided_ms);
        count_begun(ledger, law->begun[i]);
    }
    for (size_t i = 0; i < law->started_count; i++)
        check(ledger, law->started[i], law->book, MOMENT_START, decided_ms);
    for (size_t i = 0; i < ledger->recorded_count; i++) {
        const struct known_effect *effect = ledger->recorded[i];
        const struct known_operation *operation = ledger_find_operation(ledger, effect->operation);

        if (!effect->row || !effect->row->is_increase || !operation || !operation->deal)
            continue;
        check(ledger, operation, law->book, MOMENT_INCREASE, decided_ms);
        count_raised(ledger, operation);
    }
    for (size_t i = 0; i < ledger->accepted_count; i++)
        see_accepted(ledger, &ledger->accepted[i], decided_ms);
    law->begun_count = law->started_count = 0;
    members_commit(ledger);
}

/* Whoever tries it asks by what it was given last, whatever was in force when it was recorded. */
void policy_check(struct ledger *ledger, const struct known_operation *operation, const struct logged_call *call)
{
    int64_t now_ms = ledger_now_ms(ledger);
    const struct given *given, *last = NULL;

    if (!operation->deal)
        return;
    for (size_t at = law_of(ledger)->given_count;
         (given = law_next_in_force(ledger->law, call->sender.instance, now_ms, &at)) != NULL; last = given)
        if (!judge(ledger, operation, given->book, MOMENT_INCREASE, now_ms))
            return;
    if (last)
        check(ledger, operation, last->book, MOMENT_INCREASE, now_ms);
}
