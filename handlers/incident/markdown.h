/* markdown.h - words of ours and of others as Markdown: nothing in them is markup, and nobody needs Slack to read them.
 * Pure. */
#ifndef OPSGATE_HANDLERS_INCIDENT_MARKDOWN_H
#define OPSGATE_HANDLERS_INCIDENT_MARKDOWN_H

#include "bot/model/settings.h"

/* A text with the marks of card.h, on one line, for a paragraph, a heading or a cell of a table: a person becomes
 * "@ann", by `people`, or their id, an instant its date in UTC; *bold* and `code` lose their marks; and what Markdown,
 * its tables or HTML would obey is escaped. */
const char *markdown_text(const struct settings *settings, const char *text, struct arena *arena);

/* [text](url), of a text that is Markdown already; the text alone, where the address is no plain one of the web. */
const char *markdown_link(const char *text, const char *url, struct arena *arena);

#endif
