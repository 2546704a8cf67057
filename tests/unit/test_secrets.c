/* What a stranger wrote is shown without our secrets: whole ones, and one that was cut at the end. */
#include "tests/unit/rows.h"

#include "bot/model/secrets.h"

static const struct row {
    const char *name, *text, *shown;
} rows[] = {
    { "nothing of ours", "no such channel", "no such channel" },
    { "a secret", "Bearer xoxb-123-abc was refused", "Bearer *** was refused" },
    { "twice", "xoxb-123-abc xoxb-123-abc", "*** ***" },
    { "the longer of two", "xoxb-123-abc-longer!", "***!" },
    { "a line of a key", "MC4CAQAwBQYDK2Vw", "***" },
    { "cut in its middle, at the end", "Bearer xoxb-123", "Bearer ***" },
    { "cut so early that it tells nothing", "Bearer xoxb-", "Bearer xoxb-" },
    { "begun alike, and gone on otherwise", "xoxb-123-xyz", "xoxb-123-xyz" },
    { "control characters", "a\nb", "a b" },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct secrets secrets = { .arena = arena };

    secrets_add(&secrets, "xoxb-123-abc");
    secrets_add(&secrets, "xoxb-123-abc-longer");
    secrets_add(&secrets, "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----\n");
    assert_string_equal(secrets_mask(&secrets, row->text, arena), row->shown);
}

int main(void)
{
    return ROWS(rows, check_row);
}
