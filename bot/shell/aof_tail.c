#include "bot/shell/aof_tail.h"

#include <string.h>

#define WORDS_MAX INT32_MAX
#define WORD_MAX_BYTES (INT64_C(512) * 1024 * 1024) /* Redis' own limit */

static void end_command(struct aof_tail *tail)
{
    struct str name = { tail->name, tail->name_len <= sizeof(tail->name) ? tail->name_len : 0 };

    if (str_equal_nocase(name, STR_LIT("MULTI")))
        tail->is_open = true;
    else if (str_equal_nocase(name, STR_LIT("EXEC")))
        tail->is_open = false;
    if (!tail->is_open)
        tail->whole_at = tail->at;
}

/* ---- lines: "*3\r\n", "$5\r\n", "#TS:1700000000\r\n" ---- */

/* Its digits; -1 when there are none, or too many. */
static int64_t number_of(struct str line, int64_t max)
{
    int64_t number = line.len > 0 && line.at[0] >= '0' && line.at[0] <= '9' ? 0 : -1;

    for (size_t i = 0; i < line.len && line.at[i] >= '0' && line.at[i] <= '9'; i++) {
        number = number * 10 + (line.at[i] - '0');
        if (number > max)
            return -1;
    }
    return number;
}

static void begin_command(struct aof_tail *tail, struct str line)
{
    if (str_take_prefix(&line, "#")) {
        if (!tail->is_open)
            tail->whole_at = tail->at;
        return;
    }
    tail->words_left = str_take_prefix(&line, "*") ? number_of(line, WORDS_MAX) : -1;
    tail->is_strange = tail->words_left < 1;
    tail->is_name = true;
    tail->name_len = 0;
}

static void begin_word(struct aof_tail *tail, struct str line)
{
    int64_t len = str_take_prefix(&line, "$") ? number_of(line, WORD_MAX_BYTES) : -1;

    tail->is_strange = len < 0;
    tail->text_left = len + (int64_t)strlen("\r\n");
    if (tail->is_name)
        tail->name_len = (size_t)len;
}

/* As many bytes as belong to the line. */
static size_t take_line(struct aof_tail *tail, struct str bytes)
{
    const char *end = memchr(bytes.at, '\n', bytes.len);
    size_t len = end ? (size_t)(end - bytes.at) + 1 : bytes.len;
    struct str line = { tail->line, tail->line_len + len };

    if (line.len > sizeof(tail->line)) {
        tail->is_strange = true;
        return bytes.len;
    }
    memcpy(tail->line + tail->line_len, bytes.at, len);
    tail->line_len = end ? 0 : line.len;
    tail->at += (int64_t)len;
    if (end && tail->words_left == 0)
        begin_command(tail, line);
    else if (end)
        begin_word(tail, line);
    return len;
}

/* ---- words ---- */

static void keep_name(struct aof_tail *tail, struct str bytes)
{
    size_t had = tail->name_len + strlen("\r\n") - (size_t)tail->text_left;

    for (size_t i = 0; i < bytes.len && had + i < sizeof(tail->name); i++)
        tail->name[had + i] = bytes.at[i];
}

static size_t take_text(struct aof_tail *tail, struct str bytes)
{
    size_t len = bytes.len < (size_t)tail->text_left ? bytes.len : (size_t)tail->text_left;

    if (tail->is_name)
        keep_name(tail, (struct str){ bytes.at, len });
    tail->at += (int64_t)len;
    tail->text_left -= (int64_t)len;
    if (tail->text_left > 0)
        return len;
    tail->is_name = false;
    if (--tail->words_left == 0)
        end_command(tail);
    return len;
}

bool aof_tail_feed(struct aof_tail *tail, struct str bytes)
{
    while (bytes.len > 0 && !tail->is_strange) {
        size_t len = tail->text_left > 0 ? take_text(tail, bytes) : take_line(tail, bytes);

        bytes = (struct str){ bytes.at + len, bytes.len - len };
    }
    return !tail->is_strange;
}

int64_t aof_tail_whole(const struct aof_tail *tail, int64_t size)
{
    return tail->is_strange ? size : tail->whole_at;
}
