#include "bot/log.h"

#include "bot/base/buf.h"
#include "bot/base/time.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_MAX_BYTES 262144
#define LINE_MAX_BYTES 16384
#define WRITE_MAX_BYTES 4096 /* PIPE_BUF: what a pipe that polls as writable takes whole, without blocking */
#define DROPPED_ROOM 256     /* kept free for the line that tells of dropped ones */

static const struct log_options log_defaults = { .level = LOG_LEVEL_INFO, .fd = STDERR_FILENO, .form = LOG_AUTO };

/* The one thing a program has only once: its stderr. */
static struct {
    struct log_options options;
    struct buf waiting;
    size_t written_bytes;           /* of waiting */
    uint64_t dropped, told_dropped; /* since the start; as of the last log.dropped */
    bool is_ready, is_human, is_socket;
} sink;

static const char *const level_names[] = {
    [LOG_LEVEL_DEBUG] = "debug",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_ERROR] = "error",
};

/* --- fields --------------------------------------------------------------------------------------------------------
 */

struct log_field log_field_text(const char *name, const char *text)
{
    return log_field_bytes(name, text, text ? strlen(text) : 0);
}

struct log_field log_field_bytes(const char *name, const char *at, size_t len)
{
    return (struct log_field){ .name = name, .kind = LOG_FIELD_TEXT, .text = at, .len = len };
}

struct log_field log_field_number(const char *name, enum log_field_kind kind, int64_t number)
{
    return (struct log_field){ .name = name, .kind = kind, .number = number };
}

/* --- one line ------------------------------------------------------------------------------------------------------
 */

static void add_escaped(struct buf *line, unsigned char c)
{
    if (c == '"' || c == '\\')
        buf_addf(line, "\\%c", c);
    else if (c == '\n')
        buf_puts(line, "\\n");
    else if (c < ' ' || c == 127)
        buf_addf(line, "\\u%04x", c);
    else
        buf_putc(line, (char)c);
}

/* How many bytes the UTF-8 character at the beginning has; 0 when there is none. */
static size_t utf8_length(struct str text)
{
    for (size_t len = 1; len <= 4 && len <= text.len; len++)
        if (utf8_is_valid((struct str){ text.at, len }))
            return len;
    return 0;
}

static void add_quoted(struct buf *line, struct str text)
{
    buf_putc(line, '"');
    while (text.len > 0) {
        size_t len = utf8_length(text);

        if (len > 1)
            buf_add(line, text.at, len);
        else if (len == 1 || text.at[0] == '\0')
            add_escaped(line, (unsigned char)text.at[0]);
        else
            buf_puts(line, "\\ufffd"); /* not UTF-8: the line must stay JSON */
        text.at += len ? len : 1;
        text.len -= len ? len : 1;
    }
    buf_putc(line, '"');
}

static void add_value(struct buf *line, const struct log_field *field)
{
    if (field->kind == LOG_FIELD_INT)
        buf_addf(line, "%" PRId64, field->number);
    else if (field->kind == LOG_FIELD_BOOL)
        buf_puts(line, field->number ? "true" : "false");
    else if (!field->text)
        buf_puts(line, "null");
    else
        add_quoted(line, (struct str){ field->text, field->len });
}

static void print_json(struct buf *line, enum log_level level, const char *event, const struct log_field *fields,
                       size_t count)
{
    buf_putc(line, '{');
    if (sink.options.unix_ms)
        buf_addf(line, "\"time\":\"%s\",", time_format(sink.options.unix_ms(sink.options.ctx)).text);
    buf_addf(line, "\"level\":\"%s\",\"event\":", level_names[level]);
    add_quoted(line, str_of(event));
    for (size_t i = 0; i < count; i++) {
        if (!fields[i].name)
            continue;
        buf_putc(line, ',');
        add_quoted(line, str_of(fields[i].name));
        buf_putc(line, ':');
        add_value(line, &fields[i]);
    }
    buf_puts(line, "}\n");
}

static void print_human(struct buf *line, enum log_level level, const char *event, const struct log_field *fields,
                        size_t count)
{
    static const char *const colours[] = { "\033[2m", "\033[0m", "\033[33m", "\033[31m" };

    if (sink.options.unix_ms) /* the time of day is enough on a terminal */
        buf_addf(line, "%.12s ", time_format(sink.options.unix_ms(sink.options.ctx)).text + strlen("2026-11-20T"));
    buf_addf(line, "%s%-5s\033[0m %s", colours[level], level_names[level], event);
    for (size_t i = 0; i < count; i++)
        if (fields[i].name) {
            buf_addf(line, " %s=", fields[i].name);
            add_value(line, &fields[i]);
        }
    buf_putc(line, '\n');
}

static void print_line(struct buf *line, enum log_level level, const char *event, const struct log_field *fields,
                       size_t count)
{
    if (sink.is_human)
        print_human(line, level, event, fields, count);
    else
        print_json(line, level, event, fields, count);
    if (!line->failed)
        return;
    buf_clear(line); /* too long: half a line helps nobody, its name does */
    buf_addf(line, "{\"level\":\"%s\",\"event\":\"%.64s\",\"log_error\":\"the line was too long\"}\n",
             level_names[level], event);
}

/* --- the buffer ----------------------------------------------------------------------------------------------------
 */

static size_t buffer_max_bytes(void)
{
    return sink.options.buffer_max_bytes ? sink.options.buffer_max_bytes : BUFFER_MAX_BYTES;
}

static void prepare(void)
{
    if (!sink.is_ready)
        log_init(&log_defaults);
}

static void forget_written(void)
{
    if (sink.written_bytes == 0)
        return;
    sink.waiting.len -= sink.written_bytes;
    memmove(sink.waiting.at, sink.waiting.at + sink.written_bytes, sink.waiting.len + 1);
    sink.written_bytes = 0;
}

static void keep(const struct buf *line, size_t room_left)
{
    if (line->len + room_left > sink.waiting.max_bytes - sink.waiting.len)
        forget_written();
    if (line->len + room_left > sink.waiting.max_bytes - sink.waiting.len)
        sink.dropped++;
    else
        buf_add_str(&sink.waiting, buf_str(line));
}

static void tell_dropped(void)
{
    AUTO_BUF struct buf line = BUF(LINE_MAX_BYTES);
    struct log_field count = LOG_INT("lines", sink.dropped - sink.told_dropped);

    sink.told_dropped = sink.dropped;
    print_line(&line, LOG_LEVEL_WARN, "log.dropped", &count, 1);
    keep(&line, 0);
}

static bool is_writable(int wait_ms)
{
    struct pollfd one = { .fd = sink.options.fd, .events = POLLOUT };

    return poll(&one, 1, wait_ms) > 0 && (one.revents & POLLOUT);
}

/* A socket can be asked not to block. Making the descriptor itself non-blocking would change it for whoever shares it.
 */
static ssize_t write_some(const char *at, size_t len, int wait_ms)
{
    size_t piece = len < WRITE_MAX_BYTES ? len : WRITE_MAX_BYTES;

    if (!is_writable(wait_ms))
        return -1;
    if (sink.is_socket)
        return send(sink.options.fd, at, piece, MSG_DONTWAIT | MSG_NOSIGNAL);
    return write(sink.options.fd, at, piece);
}

static void drain(int wait_ms)
{
    ssize_t written = 1;

    while (written > 0 && log_pending_bytes() > 0) {
        written = write_some(sink.waiting.at + sink.written_bytes, log_pending_bytes(), wait_ms);
        if (written > 0)
            sink.written_bytes += (size_t)written;
    }
    if (log_pending_bytes() == 0) {
        buf_clear(&sink.waiting);
        sink.written_bytes = 0;
    }
}

void log_flush(void)
{
    drain(0);
    if (sink.dropped > sink.told_dropped && log_pending_bytes() == 0) {
        tell_dropped();
        drain(0);
    }
}

void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
    AUTO_BUF struct buf line = BUF(LINE_MAX_BYTES);

    prepare();
    if (level < sink.options.level)
        return;
    print_line(&line, level, event, fields, count);
    log_flush();
    keep(&line, DROPPED_ROOM);
    log_flush();
}

/* --- settings ------------------------------------------------------------------------------------------------------
 */

void log_init(const struct log_options *options)
{
    struct stat what = { .st_mode = 0 };

    sink.options = *options;
    sink.is_ready = true;
    sink.is_human = options->form == LOG_HUMAN || (options->form == LOG_AUTO && isatty(options->fd));
    sink.is_socket = fstat(options->fd, &what) == 0 && S_ISSOCK(what.st_mode);
    sink.waiting.max_bytes = buffer_max_bytes() + DROPPED_ROOM;
}

bool log_level_parse(const char *name, enum log_level *ret_level)
{
    for (size_t i = 0; name && i < ARRAY_LEN(level_names); i++)
        if (strcmp(level_names[i], name) == 0) {
            *ret_level = (enum log_level)i;
            return true;
        }
    return false;
}

void log_set_level(enum log_level level)
{
    prepare();
    sink.options.level = level;
}

size_t log_pending_bytes(void)
{
    return sink.waiting.len - sink.written_bytes;
}

uint64_t log_dropped(void)
{
    return sink.dropped;
}

void log_finish(int wait_ms)
{
    drain(wait_ms);
    buf_finish(&sink.waiting);
    sink.written_bytes = 0;
}
