/* check_audit.c - the journal's copy: a path, and a key that can sign. */
#include "bot/configuration/check.h"

#include "bot/base/ed25519.h"
#include "bot/model/operation.h"
#include "handlers/held.h"

static void check_copy(struct walk *walk, const struct audit_settings *audit)
{
    if (audit->copy && audit->copy->file && audit->copy->file[0] != '/')
        walk_wrong(walk, audit->copy, "file", -1, "expected an absolute path such as /var/log/opsgate/journal.jsonl");
}

static void check_signing_key(struct walk *walk, const struct audit_settings *audit)
{
    struct ed25519_key ignored;
    struct error err;

    if (!audit->signing_key)
        return;
    if (!ed25519_public_of(audit->signing_key, &ignored, &err))
        walk_wrong(walk, audit, "signing_key", -1, "%s", err.message);
    if (!walk_has(walk, audit, "copy"))
        walk_wrong(walk, audit, "signing_key", -1, "checkpoints are written into a copy: audit.copy is missing");
}

static bool check_time(struct walk *walk, const struct hold_settings *hold, const char *key, const char *text,
                       int64_t *ret_unix_ms)
{
    struct error err;

    if (!text || hold_time_parse(text, ret_unix_ms, &err))
        return text != NULL;
    walk_wrong(walk, hold, key, -1, "expected a day, such as 2026-11-01, or a time, such as 2026-11-01T12:00:00Z");
    return false;
}

static void check_hold(struct walk *walk, const struct settings *settings, const struct hold_settings *hold)
{
    int64_t since_ms, until_ms;
    bool has_since = check_time(walk, hold, "since", hold->since, &since_ms);
    bool has_until = check_time(walk, hold, "until", hold->until, &until_ms);
    struct error err;

    if (!walk_has(walk, hold, "person") && !walk_has(walk, hold, "operation") && !walk_has(walk, hold, "since") &&
        !walk_has(walk, hold, "until"))
        walk_wrong(walk, hold, "reason", -1, "what is held? Name a person, an operation, since or until");
    if (has_since && has_until && since_ms >= until_ms)
        walk_wrong(walk, hold, "until", -1, "it ends before it begins");
    if (hold->operation && !operation_is_id(hold->operation))
        walk_wrong(walk, hold, "operation", -1, "expected an operation such as D1042");
    if (hold->person && !held_find_person(settings, hold->person, walk->arena, &(struct held_person){ NULL, 0 }, &err))
        walk_wrong(walk, hold, "person", -1, "%s", err.message);
}

void check_audit(struct walk *walk, const struct settings *settings)
{
    check_copy(walk, &settings->audit);
    check_signing_key(walk, &settings->audit);
    for (size_t i = 0; i < settings->audit.hold_count; i++)
        check_hold(walk, settings, &settings->audit.hold[i]);
}
