#include "tests/simulation/story.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define LINES_KEPT 8192
#define LINE_MAX_BYTES 240

struct story {
    const struct scheduler *scheduler;
    bool is_wanted;
    size_t count; /* told so far; the last LINES_KEPT of them are here */
    char (*lines)[LINE_MAX_BYTES];
};

struct story *story_create(const struct scheduler *scheduler, bool is_wanted)
{
    struct story *story = xcalloc(1, sizeof(*story));

    story->scheduler = scheduler;
    story->is_wanted = is_wanted;
    if (is_wanted)
        story->lines = xcalloc(LINES_KEPT, sizeof(*story->lines));
    return story;
}

void story_destroy(struct story *story)
{
    if (!story)
        return;
    free(story->lines);
    free(story);
}

void story_tell(struct story *story, const char *who, const char *fmt, ...)
{
    int64_t now_ms = scheduler_now_ms(story->scheduler);
    char *line;
    va_list args;
    int used;

    if (!story->is_wanted)
        return;
    line = story->lines[story->count++ % LINES_KEPT];
    used = snprintf(line, LINE_MAX_BYTES, "%6" PRId64 ".%03" PRId64 " s  %-7s ", now_ms / 1000, now_ms % 1000, who);
    va_start(args, fmt);
    vsnprintf(line + used, LINE_MAX_BYTES - (size_t)used, fmt, args);
    va_end(args);
}

void story_print(const struct story *story, size_t lines_max)
{
    size_t kept = story->count < LINES_KEPT ? story->count : LINES_KEPT;

    for (size_t i = lines_max < kept ? lines_max : kept; i > 0; i--)
        printf("  %s\n", story->lines[(story->count - i) % LINES_KEPT]);
}
