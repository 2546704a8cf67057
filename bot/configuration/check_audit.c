/* check_audit.c - the journal's copy: a path, and a key that can sign. */
#include "bot/configuration/check.h"

#include "bot/base/ed25519.h"

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

void check_audit(struct walk *walk, const struct settings *settings)
{
    check_copy(walk, &settings->audit);
    check_signing_key(walk, &settings->audit);
}
