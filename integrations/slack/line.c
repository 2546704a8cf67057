#include "integrations/slack/line.h"

bool slack_line_read(struct str line, struct arena *arena, struct request *request, struct error *err)
{
    struct request read = *request;
    char *verb;

    if (!request_split(line, arena, &read, err))
        return false;
    if (read.words_count == 0 || !read.words[0][0])
        return error_set(err, ERR_INVALID, "no verb: try /ops help");
    verb = arena_strdup(arena, read.words[0]);
    str_lower(verb);
    read.verb = verb;
    read.words++;
    read.words_count--;
    read.quoted_words >>= 1;
    read.text = arena_copy(arena, line);
    *request = read;
    return true;
}
