#include "bot/base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool error_set(struct error *err, enum err_code code, const char *fmt, ...)
{
    va_list args;

    err->code = code;
    va_start(args, fmt);
    vsnprintf(err->message, sizeof(err->message), fmt, args);
    va_end(args);
    return false;
}

static void put_in_front(struct error *err, const char *context)
{
    char story[sizeof(err->message)];

    snprintf(story, sizeof(story), "%s: %.*s", context, (int)sizeof(err->message), err->message);
    memcpy(err->message, story, sizeof(story));
}

bool error_wrap(struct error *err, const char *fmt, ...)
{
    char context[sizeof(err->message)];
    va_list args;

    va_start(args, fmt);
    vsnprintf(context, sizeof(context), fmt, args);
    va_end(args);
    put_in_front(err, context);
    return false;
}

bool error_errno(struct error *err, const char *fmt, ...)
{
    int number = errno;
    char context[sizeof(err->message)];
    va_list args;

    va_start(args, fmt);
    vsnprintf(context, sizeof(context), fmt, args);
    va_end(args);
    err->code = ERR_INTERNAL;
    snprintf(err->message, sizeof(err->message), "%s", strerror(number));
    put_in_front(err, context);
    return false;
}
