/* ledger_configured.c - what is decided is decided by the configuration that the deciding instance was given last, and
 * the journal has told of it before: once, and as it is.
 */
#include "tests/simulation/ledger_law.h"

#include "bot/base/time.h"

#include <string.h>

/* A date is as the owner of the store knows it: with each renewal of its lease, and within the time of an answer's way.
 */
#define KNOWN_WITHIN_MS (STORE_LEASE_MS + 2 * SECOND_MS)

struct law *law_of(struct ledger *ledger)
{
    if (!ledger->law)
        ledger->law = ARENA_NEW(ledger->arena, struct law);
    return ledger->law;
}

/* ---- who was given what ---- */

void ledger_configured(struct ledger *ledger, const char *instance, const struct book *book, const char *digest)
{
    struct law *law = law_of(ledger);

    *ARENA_PUSH(ledger->arena, law->given, law->given_count) =
        (struct given){ instance, digest, book, ledger_now_ms(ledger) };
}

const struct given *law_next_in_force(const struct law *law, const char *instance, int64_t at_ms, size_t *at)
{
    while (*at > 0) {
        const struct given *given = &law->given[--*at];

        if (given->at_ms > at_ms || strcmp(given->instance, instance) != 0)
            continue;
        if (given->at_ms < at_ms)
            *at = 0;
        return given;
    }
    return NULL;
}

/* A commit comes when it gets through; but its id is drawn in the instant in which it is decided. */
int64_t policy_decided_ms(struct ledger *ledger, const struct store_commit *commit)
{
    struct law *law = law_of(ledger);

    if (law->seq == commit->seq)
        return law->decided_ms;
    law->seq = commit->seq;
    law->decided_ms = ledger_now_ms(ledger);
    for (size_t i = ledger->drawn_count; i > 0; i--)
        if (strcmp(ledger->drawn[i - 1].id, commit->id) == 0) {
            law->decided_ms = ledger->drawn[i - 1].at_ms;
            break;
        }
    return law->decided_ms;
}

/* ---- the store's date ---- */

void ledger_date_jumped(struct ledger *ledger, int64_t by_ms)
{
    struct law *law = law_of(ledger);

    *ARENA_PUSH(ledger->arena, law->jumps, law->jumps_count) = (struct date_jump){ ledger_now_ms(ledger), by_ms };
}

bool law_next_date(const struct law *law, int64_t at_ms, size_t *back, int64_t *ret_unix_ms)
{
    int64_t unix_ms = WORLD_EPOCH_MS + at_ms;
    size_t count = law->jumps_count, kept;

    while (count > 0 && law->jumps[count - 1].at_ms > at_ms)
        count--;
    if (*back > count || (*back > 0 && law->jumps[count - *back].at_ms < at_ms - KNOWN_WITHIN_MS))
        return false;
    kept = count - (*back)++;
    for (size_t i = 0; i < kept; i++)
        unix_ms += law->jumps[i].by_ms;
    *ret_unix_ms = unix_ms;
    return true;
}

/* ---- the journal ---- */

static bool says(const cJSON *lines, const char *a, const char *b)
{
    JSON_EACH(line, lines)
        if (strstr(line->valuestring, a) && strstr(line->valuestring, b))
            return true;
    return false;
}

/* What everybody would see at once in the two files. */
static void check_lines(struct ledger *ledger, const struct book *before, const struct book *now, const cJSON *lines)
{
    static const char *const words[] = { "→ not at all", "not at all →" };
    const char *wanted = before->takes_staging == now->takes_staging ? NULL : words[before->takes_staging];

    if (wanted && !says(lines, "developer", wanted))
        ledger_complain(ledger, "how rights differ is told",
                        "from \"%s\" to \"%s\", and no line about a developer says %s", before->name, now->name,
                        wanted);
    if (wanted)
        ledger_count(ledger, DEED_RIGHTS_TOLD);
}

static void check_changed(struct ledger *ledger, const char *digest, const cJSON *body)
{
    const struct law *law = ledger->law;
    const char *before = json_find_string(body, "before"), *now = json_find_string(body, "now");
    const struct book *book = books_find(digest);

    if (ledger_is_same(law->digest, digest))
        ledger_complain(ledger, "a change of the configuration is journalled once", "that to %s is, again", digest);
    if (!ledger_is_same(now, digest) || (law->digest ? !ledger_is_same(before, law->digest) : before != NULL))
        ledger_complain(ledger, "a change of the configuration is journalled as it is",
                        "from %s to %s, and it says from %s to %s", law->digest ? law->digest : "nothing", digest,
                        before ? before : "nothing", now ? now : "nothing");
    if (law->book && book)
        check_lines(ledger, law->book, book, json_find(body, "rights"));
    ledger_count(ledger, DEED_CONFIGURED);
}

static void check_in_force(struct ledger *ledger, const char *digest, int64_t decided_ms)
{
    const struct given *given, *last = NULL;

    for (size_t at = ledger->law->given_count;
         (given = law_next_in_force(ledger->law, ledger->lease_instance, decided_ms, &at)) != NULL; last = given)
        if (ledger_is_same(given->digest, digest))
            return;
    ledger_complain(ledger, "what is decided is decided by the configuration in force",
                    "%s has decided by %s, and was given %s", ledger->lease_instance, digest ? digest : "nothing",
                    last ? last->digest : "nothing");
}

bool law_entry(struct ledger *ledger, const cJSON *entry, int64_t decided_ms)
{
    struct law *law = law_of(ledger);
    const char *digest = json_find_string(entry, "configuration");
    const cJSON *core = json_find(entry, "core");
    const char *kind = json_find_string(core, "kind");

    check_in_force(ledger, digest, decided_ms);
    if (str_starts_with(str_of(kind), "clock."))
        return false; /* a fact */
    if (strcmp(kind, "configuration.changed") == 0)
        check_changed(ledger, digest, json_find(core, "body"));
    else if (!ledger_is_same(law->digest, digest))
        ledger_complain(ledger, "a change of the configuration is journalled before anything is decided by it",
                        "%s is decided by %s, and the journal knows of %s", kind, digest ? digest : "nothing",
                        law->digest ? law->digest : "none");
    if (!ledger_is_same(law->digest, digest)) {
        law->digest = arena_strdup(ledger->arena, digest);
        law->book = books_find(digest);
    }
    return true;
}
