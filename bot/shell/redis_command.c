#include "bot/shell/redis_command.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void redis_command_finish(struct redis_command *command)
{
    buf_finish(&command->arguments);
    command->count = 0;
}

void redis_command_add(struct redis_command *command, struct str argument)
{
    buf_addf(&command->arguments, "$%zu\r\n", argument.len);
    buf_add_str(&command->arguments, argument);
    buf_puts(&command->arguments, "\r\n");
    command->count++;
}

void redis_command_text(struct redis_command *command, const char *argument)
{
    redis_command_add(command, str_of(argument));
}

void redis_command_int(struct redis_command *command, int64_t argument)
{
    redis_command_addf(command, "%" PRId64, argument);
}

void redis_command_words(struct redis_command *command, const char *words)
{
    struct str rest = str_of(words);

    for (struct str word = str_take_word(&rest); !str_is_empty(word); word = str_take_word(&rest))
        redis_command_add(command, word);
}

void redis_command_addf(struct redis_command *command, const char *fmt, ...)
{
    AUTO_FREE char *text = NULL;
    va_list args;
    int len;

    va_start(args, fmt);
    len = vasprintf(&text, fmt, args);
    va_end(args);
    if (len < 0) { /* out of memory ends the process */
        text = NULL;
        abort();
    }
    redis_command_add(command, (struct str){ text, (size_t)len });
}

char *redis_command_take(struct redis_command *command, size_t *ret_len)
{
    AUTO_BUF struct buf whole = BUF(REDIS_COMMAND_MAX_BYTES + 32);

    assert(!command->arguments.failed); /* what goes to the store is bounded at the door */
    buf_addf(&whole, "*%zu\r\n", command->count);
    buf_add_str(&whole, buf_str(&command->arguments));
    redis_command_finish(command);
    *ret_len = whole.len;
    return buf_take(&whole);
}
