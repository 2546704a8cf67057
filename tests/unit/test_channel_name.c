/* What people write as an incident's title, and which name of a channel comes of it. */
#include "tests/unit/rows.h"

#include "bot/model/channel_name.h"

#include <string.h>

#define AT_MS INT64_C(1795305600000) /* 2026-11-22T00:00:00Z */
#define P "inc-{date}-{slug}"
#define TEN "abcdefghij"
#define EIGHTY TEN TEN TEN TEN TEN TEN TEN TEN

static const struct row {
    const char *name, *pattern, *slug, *is;
} rows[] = {
    { "as it comes", P, "API down", "inc-20261122-api-down" },
    { "signs and blanks are one hyphen", P, "  API  -- is down!!! (again) ", "inc-20261122-api-is-down-again" },
    { "digits and underscores stay", P, "db_1 at 100%", "inc-20261122-db_1-at-100" },
    { "an apostrophe goes without a hyphen", P, "can't log in", "inc-20261122-cant-log-in" },
    { "umlauts as Germans write them without", P, "Zürich: größere Störung",
      "inc-20261122-zuerich-groessere-stoerung" },
    { "capital ones, too", P, "ÜBERLAUF ÄÖß", "inc-20261122-ueberlauf-aeoess" },
    { "French, Spanish, Polish, Turkish", P, "Paiement échoué, mañana, Łódź, IŞIĞI",
      "inc-20261122-paiement-echoue-manana-lodz-isigi" },
    { "Danish and Swedish", P, "Ærø Åre Østersund", "inc-20261122-aeroe-aare-oestersund" },
    { "an accent that stands alone", P, "cafe\xCC\x81 o\xCC\x88l", "inc-20261122-cafe-ol" },
    { "of Chinese nothing is left but what is not", P, "支付 API 故障", "inc-20261122-api" },
    { "and of it alone the id", P, "支付故障", "inc-20261122-d1042" },
    { "likewise of emoji", P, "🔥🔥", "inc-20261122-d1042" },
    { "of nothing, too", P, "", "inc-20261122-d1042" },
    { "and of none", P, NULL, "inc-20261122-d1042" },
    { "bytes that are no text", P, "a\xFF\xC3(\xCC", "inc-20261122-a" },
    { "mentions and markup lose what makes them such", P, "<!channel> *now*", "inc-20261122-channel-now" },
    { "braces in a slug name nothing", P, "{id} {date}", "inc-20261122-id-date" },
    { "all placeholders", "{severity}-{id}_{slug}", "x", "p1-d1042_x" },
    { "one that nobody knows is nothing", "inc-{what}-{slug}", "x", "inc-x" },
    { "one that does not end, too", "inc-{slug", "x", "inc-x" },
    { "upper case in a pattern", "INC-{slug}", "x", "inc-x" },
    { "without any letter it is an incident", "{what}", "", "incident" },
    { "an empty pattern", "", "x", "incident" },
    { "hyphens alone", "-{what}-", "x", "incident" },
    { "a slug that is too long is cut", P, EIGHTY TEN, "inc-20261122-" TEN TEN TEN TEN TEN TEN "abcdefg" },
    { "where it stands does not matter", "{slug}-{date}", EIGHTY TEN, TEN TEN TEN TEN TEN TEN TEN "a-20261122" },
    { "no hyphen is left where it is cut", P, TEN TEN TEN TEN TEN TEN "abcdef ghij",
      "inc-20261122-" TEN TEN TEN TEN TEN TEN "abcdef" },
    { "a pattern that is too long by itself", EIGHTY TEN "-{slug}", "x", EIGHTY },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    const struct channel_name_parts parts = { row->pattern, AT_MS, row->slug, "D1042", "P1" };
    const char *name = channel_name(arena, &parts);

    assert_string_equal(name, row->is);
    assert_true(channel_name_is_good(name));
    for (int number = 1; number <= 12; number++)
        assert_true(channel_name_is_good(channel_name_numbered(arena, name, number)));
}

static const struct number_row {
    const char *name, *of;
    int number;
    const char *is;
} number_rows[] = {
    { "the first has none", "inc-x", 1, "inc-x" },
    { "the second has its number", "inc-x", 2, "inc-x-2" },
    { "with room for it", EIGHTY, 2, TEN TEN TEN TEN TEN TEN TEN "abcdefgh-2" },
    { "of two digits, too", EIGHTY, 12, TEN TEN TEN TEN TEN TEN TEN "abcdefg-12" },
    { "no hyphen stands twice", TEN TEN TEN TEN TEN TEN TEN "abcdefg-ij", 2, TEN TEN TEN TEN TEN TEN TEN "abcdefg-2" },
};

static void check_number(void **state)
{
    const struct number_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();

    assert_string_equal(channel_name_numbered(arena, row->of, row->number), row->is);
}

static const struct good_row {
    const char *name, *text;
    bool is_good;
} good_rows[] = {
    { "letters, digits, hyphens, underscores", "inc-1_x", true },
    { "80 characters", EIGHTY, true },
    { "81", EIGHTY "a", false },
    { "none", "", false },
    { "no text at all", NULL, false },
    { "signs alone", "-_-", false },
    { "upper case", "Inc", false },
    { "a blank", "in c", false },
    { "an umlaut", "stör", false },
};

static void check_good(void **state)
{
    const struct good_row *row = *state;

    assert_int_equal(channel_name_is_good(row->text), row->is_good);
}

int main(void)
{
    return ROWS(rows, check_row) + ROWS(number_rows, check_number) + ROWS(good_rows, check_good);
}
