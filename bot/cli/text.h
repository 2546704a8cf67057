/* text.h - what handlers write for people, as a terminal shows it: without the marks of a chat (bot/model/card.h), people
 * by their names, paragraphs within the width of a page.
 */
#ifndef OPSGATE_CLI_TEXT_H
#define OPSGATE_CLI_TEXT_H

#include "bot/model/principal.h"
#include "bot/model/settings.h"

#define CLI_PAGE_COLUMNS 80

/* "ann": by the configuration's `people`, or as their system calls them, if that is more than a number or their id; else
 * "slack:U1", "github:octocat", "token:ci". */
const char *cli_person(const struct settings *settings, const struct principal *principal, struct arena *arena);

/* *bold* and `code` without their marks, @{slack:U1} as "@ann", instants as UTC; without control characters. */
const char *cli_plain(const struct settings *settings, const char *text, struct arena *arena);

/* As cli_plain, on one line, exactly so many columns wide: what is longer ends in "…". */
const char *cli_cell(const struct settings *settings, const char *text, size_t columns, struct arena *arena);

/* `before` in `columns` columns, and behind it `text`, broken at spaces; below `before`, when that has no room beside it. */
void cli_print_row(const char *before, int columns, const char *text);

#endif
