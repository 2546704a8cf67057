#include "bot/model/request.h"

#include <string.h>

static const struct shape_field reply_address_rows[] = {
    ROW_STRING(reply_address, door, .flags = SHAPE_NONZERO),
    ROW_STRING(reply_address, instance, .flags = SHAPE_NONZERO),
    ROW_STRING(reply_address, connection, .flags = SHAPE_NONZERO),
    ROW_STRING(reply_address, url, .flags = SHAPE_NONZERO | SHAPE_SECRET),
    { .name = "inline_until_ms", .type = SHAPE_INT, .offset = offsetof(struct reply_address, inline_until_ms) },
};
const struct shape reply_address_shape = SHAPE("a reply address", reply_address, reply_address_rows);

static const struct shape_field request_rows[] = {
    ROW_STRING(request, id),
    ROW_STRING(request, source),
    ROW_OBJECT(request, principal, &principal_shape),
    ROW_STRING(request, channel, .flags = SHAPE_NONZERO),
    ROW_STRING(request, verb),
    ROW_STRINGS(request, words),
    ROW_STRING(request, text),
    ROW_INT(request, received_at_ms),
    ROW_INT(request, not_after_ms),
    ROW_OBJECT(request, reply_to, &reply_address_shape),
};
const struct shape request_shape = SHAPE("a request", request, request_rows);

/* Takes one word off the front, its quotes resolved, into `word`. */
static bool take_quoted(struct str *rest, struct buf *word, struct error *err)
{
    char quote = 0;

    for (; rest->len > 0; *rest = (struct str){ rest->at + 1, rest->len - 1 }) {
        char c = rest->at[0];

        if (!quote && (c == ' ' || (c >= '\t' && c <= '\r')))
            return true;
        if (!quote && (c == '"' || c == '\'')) {
            quote = c;
        } else if (quote && c == quote) {
            quote = 0;
        } else if (quote == '"' && c == '\\' && rest->len > 1) {
            *rest = (struct str){ rest->at + 1, rest->len - 1 };
            buf_putc(word, rest->at[0]);
        } else {
            buf_putc(word, c);
        }
    }
    return !quote || error_set(err, ERR_INVALID, "a %c quote does not end", quote);
}

bool request_split(struct str line, struct arena *arena, const char ***ret_words, size_t *ret_count, struct error *err)
{
    struct str rest = str_trim(line);
    const char **words = NULL;
    size_t count = 0;

    while (rest.len > 0) {
        AUTO_BUF struct buf word = BUF(line.len);

        if (count == REQUEST_WORDS_MAX)
            return error_set(err, ERR_INVALID, "more than %d words", REQUEST_WORDS_MAX);
        if (!take_quoted(&rest, &word, err))
            return false;
        *ARENA_PUSH(arena, words, count) = arena_copy(arena, buf_str(&word));
        rest = str_trim(rest);
    }
    *ret_words = words;
    *ret_count = count;
    return true;
}

const char *request_option(const struct request *request, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < request->words_count; i++) {
        const char *word = request->words[i];

        if (strncmp(word, "--", 2) != 0 || strncmp(word + 2, name, len) != 0)
            continue;
        if (word[2 + len] == '=')
            return word + 3 + len;
        if (word[2 + len] == '\0')
            return i + 1 < request->words_count && strncmp(request->words[i + 1], "--", 2) != 0 ? request->words[i + 1] : "";
    }
    return NULL;
}
