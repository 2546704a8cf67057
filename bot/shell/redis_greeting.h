/* redis_greeting.h - what a new connection says before it takes commands: AUTH, SELECT, its name, which server this is, the scripts. Pure. */
#ifndef OPSGATE_SHELL_REDIS_GREETING_H
#define OPSGATE_SHELL_REDIS_GREETING_H

#include "bot/shell/redis.h"

struct redis_greeting_step {
    const char *name; /* for errors */
    /* False, whatever it wrote: not needed here. */
    bool (*write)(const struct redis_greeting_step *step, const struct redis_options *options,
                  struct redis_command *command);
    enum script_name script;
    bool is_optional;  /* an error is no obstacle */
    bool gives_its_id; /* the answer is the CLIENT ID */
    bool names_server; /* the answer is INFO */
    bool tells_role;   /* anything but a master is left */
};

#define REDIS_GREETING_STEPS 10
extern const struct redis_greeting_step redis_greeting[REDIS_GREETING_STEPS]; /* in this order */

#endif
