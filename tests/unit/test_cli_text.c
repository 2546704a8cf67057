/* What a terminal shows of texts that were written for a chat. */
#include "tests/unit/rows.h"

#include "bot/cli/text.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct person_settings people[] = { { .name = "ann", .slack = "U1", .local = "root" },
                                           { .slack = "U3" }, /* nobody said what they are called */
                                           { .name = "bob", .github = "U9" } };
static const struct settings settings = { .people = people, .people_count = ARRAY_LEN(people) };

static const struct plain_row {
    const char *name, *text, *plain;
} plain_rows[] = {
    { "words stay", "nothing here", "nothing here" },
    { "nothing stays nothing", "", "" },
    { "bold and code lose their marks", "*D1*: deploying `v1.4.2` of *api*", "D1: deploying v1.4.2 of api" },
    { "a star in code is a star", "`tag:*` and *bold*", "tag:* and bold" },
    { "somebody who is known", "asked by @{slack:U1}", "asked by @ann" },
    { "in another system they are somebody else", "@{slack:U9}", "slack:U9" },
    { "known, but without a name", "@{slack:U3}", "slack:U3" },
    { "two side by side", "@{slack:U1}@{local:root}.", "@ann@ann." },
    { "in code it is no person", "`@{slack:U1}`", "@{slack:U1}" },
    { "an instant", "at @{time:1795212000000}, or @{date:1795212000000}", "at 22:00:00 UTC, or 2026-11-20 22:00 UTC" },
    { "a mark that does not end", "by @{slack:U1", "by @ann" },
    { "a mark of nothing", "by @{}!", "by :!" },
    { "marks that do not end", "`v1 and *more", "v1 and *more" },
    { "nothing steers the terminal", "a\x1b[2Jb\tc`\x07`\x7f.\nd", "a [2Jb c  .\nd" },
    { "a lone sign is a sign", "a@b {c}", "a@b {c}" },
};

static void check_plain(void **state)
{
    const struct plain_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();

    assert_string_equal(cli_plain(&settings, row->text, arena), row->plain);
}

static const struct cell_row {
    const char *name, *text, *cell;
} cell_rows[] = {
    { "a cell is filled up", "ok", "ok    " },
    { "what fits stays", "waits.", "waits." },
    { "what does not is cut, and shows it", "waiting", "waiti…" },
    { "characters count, not bytes", "größen", "größen" },
    { "and none is cut in two", "äöüßäöü", "äöüßä…" },
    { "marks are no part of it", "*at* `x`\ny", "at x y" },
    { "an instant is told", "@{time:1795212000000}", "22:00…" },
    { "nothing is empty", "", "      " },
};

static void check_cell(void **state)
{
    const struct cell_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();

    assert_string_equal(cli_cell(&settings, row->text, 6, arena), row->cell);
}

static const struct person_row {
    const char *name;
    struct principal who;
    const char *shown;
} person_rows[] = {
    { "the configuration's name", { "slack", "U1", "T0", "ann.smith" }, "ann" },
    { "their system's own", { "slack", "U2", "T0", "carol" }, "carol" },
    { "no name at all", { "slack", "U2", "T0", NULL }, "slack:U2" },
    { "an empty one", { "slack", "U2", "T0", "" }, "slack:U2" },
    { "a number is no name", { "slack", "U2", "T0", "12345" }, "slack:U2" },
    { "nor is the id once more", { "github", "octocat", NULL, "octocat" }, "github:octocat" },
    { "but that of somebody who has one", { "github", "U9", NULL, "U9" }, "bob" },
    { "an app", { "github-app", "12345", NULL, NULL }, "github-app:12345" },
    { "a local user", { "local", "root", NULL, NULL }, "ann" },
    { "a system that people have no ids in", { "token", "ci", NULL, NULL }, "token:ci" },
};

static void check_person(void **state)
{
    const struct person_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();

    assert_string_equal(cli_person(&settings, &row->who, arena), row->shown);
}

static const struct page_row {
    const char *name, *before;
    int columns;
    const char *text, *printed;
} page_rows[] = {
    { "beside each other", "  one", 8, "short", "  one   short\n" },
    { "below it, when there is no room", "  a-long-usage", 8, "short", "  a-long-usage\n        short\n" },
    { "broken at a space, within the page", "", 60, "twelve chars and twenty-one chars more",
      "                                                            twelve chars and\n"
      "                                                            twenty-one chars\n"
      "                                                            more\n" },
    { "a word longer than the page is not broken", "", 78, "x-much-longer y",
      "                                               "
      "                               x-much-longer"
      "\n                                        "
      "                                      y\n" },
    { "nothing", "  x", 4, "", "  x \n" },
};

/* Gives what is printed while `row` is, by way of a file in place of standard output. */
static void print_to(FILE *file, const struct page_row *row)
{
    int kept;

    fflush(stdout);
    kept = dup(STDOUT_FILENO);
    assert_true(kept >= 0 && dup2(fileno(file), STDOUT_FILENO) >= 0);
    cli_print_row(row->before, row->columns, row->text);
    fflush(stdout);
    assert_true(dup2(kept, STDOUT_FILENO) >= 0);
    close(kept);
}

static void check_page(void **state)
{
    const struct page_row *row = *state;
    char printed[1000] = "";
    FILE *file = tmpfile();

    assert_non_null(file);
    print_to(file, row);
    rewind(file);
    printed[fread(printed, 1, sizeof(printed) - 1, file)] = 0;
    fclose(file);
    assert_string_equal(printed, row->printed);
}

int main(void)
{
    return ROWS(plain_rows, check_plain) + ROWS(cell_rows, check_cell) + ROWS(person_rows, check_person) +
           ROWS(page_rows, check_page);
}
