/* redis_command.h - one command for Redis, argument by argument, as RESP bytes. Pure. */
#ifndef OPSGATE_SHELL_REDIS_COMMAND_H
#define OPSGATE_SHELL_REDIS_COMMAND_H

#include "bot/base/buf.h"

#define REDIS_COMMAND_MAX_BYTES ((size_t)640 * 1024 * 1024) /* the largest commit; Redis itself takes up to 1 GiB */

struct redis_command {
    struct buf arguments; /* "$3\r\nGET\r\n"... */
    size_t count;
};
#define REDIS_COMMAND() ((struct redis_command){ .arguments = BUF(REDIS_COMMAND_MAX_BYTES) })
#define AUTO_COMMAND __attribute__((cleanup(redis_command_finish)))

void redis_command_finish(struct redis_command *command);
void redis_command_add(struct redis_command *command, struct str argument);
void redis_command_text(struct redis_command *command, const char *argument); /* NULL adds "" */
void redis_command_int(struct redis_command *command, int64_t argument);
void redis_command_words(struct redis_command *command, const char *words); /* "XREAD COUNT" is two arguments */
void redis_command_addf(struct redis_command *command, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The whole command; the caller frees it. *command is empty again. */
char *redis_command_take(struct redis_command *command, size_t *ret_len);

#endif
