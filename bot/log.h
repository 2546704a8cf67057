/* log.h - structured log lines on stderr: an event with a constant name, and values as fields.
 *
 *     log_info("rollout.step", LOG_STR("operation", id), LOG_INT("traffic_percent", 25));
 *     {"time":"2026-11-20T22:00:00.000Z","level":"info","event":"rollout.step","operation":"D1042","traffic_percent":25}
 *
 * One JSON object per line; on a terminal a line for people. A stderr that takes nothing never stops the program: lines
 * wait in a bounded buffer, further ones are dropped and counted, and a line "log.dropped" says how many once there is
 * room. Secrets are never fields. Loop thread only.
 */
#ifndef OPSGATE_LOG_H
#define OPSGATE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

enum log_field_kind { LOG_FIELD_TEXT, LOG_FIELD_INT, LOG_FIELD_BOOL };
struct log_field {
    const char *name;
    enum log_field_kind kind;
    const char *text; /* NULL is written as null */
    size_t len;       /* bytes of text; any byte may be in it */
    int64_t number;
};

/* text: terminated, or NULL. A struct str goes in as LOG_BYTES("path", s.at, s.len). */
#define LOG_STR(name, text) log_field_text((name), (text))
#define LOG_BYTES(name, at, len) log_field_bytes((name), (at), (len))
#define LOG_INT(name, value) log_field_number((name), LOG_FIELD_INT, (int64_t)(value))
#define LOG_BOOL(name, value) log_field_number((name), LOG_FIELD_BOOL, (value) ? 1 : 0)

struct log_field log_field_text(const char *name, const char *text);
struct log_field log_field_bytes(const char *name, const char *at, size_t len);
struct log_field log_field_number(const char *name, enum log_field_kind kind, int64_t number);

#define log_debug(...) LOG_LINE_(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...) LOG_LINE_(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warn(...) LOG_LINE_(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_error(...) LOG_LINE_(LOG_LEVEL_ERROR, __VA_ARGS__)
/* The first element is no field; it is there because C11 has no empty array. */
#define LOG_LINE_(level, event, ...)                                                                                   \
    do {                                                                                                               \
        const struct log_field fields_[] = { { .name = NULL } __VA_OPT__(, ) __VA_ARGS__ };                            \
        log_write((level), (event), fields_, sizeof(fields_) / sizeof(fields_[0]));                                    \
    } while (0)
void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t count);

struct log_options {
    enum log_level level;
    int fd;                                      /* borrowed; usually 2 */
    enum { LOG_AUTO, LOG_JSON, LOG_HUMAN } form; /* auto: for people when fd is a terminal */
    int64_t (*unix_ms)(void *ctx);               /* NULL: lines have no time */
    void *ctx;
    size_t buffer_max_bytes; /* 0: 256 KiB */
};

/* Before log_init lines go to stderr, from level info, without time. */
void log_init(const struct log_options *options);
bool log_level_parse(const char *name, enum log_level *ret_level); /* "debug", "info", "warn", "error" */
void log_set_level(enum log_level level);

void log_flush(void);           /* writes what waits, as far as it goes without blocking; call it once per turn */
size_t log_pending_bytes(void); /* what still waits: somebody should call log_flush again soon */
uint64_t log_dropped(void);     /* lines lost since the start */
void log_finish(int wait_ms);   /* at the end: waits so long for stderr, then lets go of the buffer */

#endif
