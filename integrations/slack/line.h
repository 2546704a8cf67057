/* line.h - a line, typed or behind a button, as the verb and the words of a request. Pure. */
#ifndef OPSGATE_INTEGRATIONS_SLACK_LINE_H
#define OPSGATE_INTEGRATIONS_SLACK_LINE_H

#include "bot/model/request.h"

/* Sets verb (in lower case), words, quoted_words and text; they live in the arena. Untouched when it fails: ERR_INVALID
 * says what is wrong with the line. */
bool slack_line_read(struct str line, struct arena *arena, struct request *request, struct error *err);

#endif
