#include "events.h"

#include "bot/base/time.h"

#include <microhttpd.h>
#include <stdio.h>
#include <string.h>

#define HEARTBEAT_MS (15 * SECOND_MS)
#define AT_MOST_EVERY_MS 100 /* a busy world is told about in steps */

struct viewer {
    struct world *world;
    int64_t seen, told_at_ms;
};

/* Runs on the viewer's own thread; may wait. Never answers 0, which would spin. */
static ssize_t on_room(void *arg, uint64_t position, char *room, size_t size)
{
    struct viewer *viewer = arg;
    struct world *world = viewer->world;
    int64_t beat_ms = 0;
    char line[80];
    size_t len = 0;
    bool news = false, stopping = false;

    (void)position;
    world_lock(world);
    world_sleep(world, viewer->told_at_ms + AT_MOST_EVERY_MS);
    beat_ms = world_now_ms() + HEARTBEAT_MS;
    while (!world->stopping && world->version == viewer->seen && world_now_ms() < beat_ms)
        world_pause(world, beat_ms);
    news = world->version != viewer->seen;
    stopping = world->stopping;
    viewer->seen = world->version;
    viewer->told_at_ms = world_now_ms();
    world_unlock(world);
    if (stopping)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (news)
        (void)snprintf(line, sizeof line, "data: {\"version\":%lld}\n\n", (long long)viewer->seen);
    else
        (void)snprintf(line, sizeof line, ": still here\n\n");
    len = strlen(line);
    if (len > size)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    memcpy(room, line, len);
    return (ssize_t)len;
}

static void on_gone(void *arg)
{
    struct viewer *viewer = arg;

    world_lock(viewer->world);
    viewer->world->viewers--;
    world_unlock(viewer->world);
    free(viewer);
}

void events_serve(struct world *world, struct reply *reply)
{
    struct viewer *viewer = NULL;
    bool full = false;

    world_lock(world);
    full = world->viewers >= EVENTS_VIEWERS_MAX;
    world->viewers += full ? 0 : 1;
    world_unlock(world);
    if (full)
        return reply_text(reply, 503, "text/plain; charset=utf-8", "too many pages are watching already\n");
    viewer = xcalloc(1, sizeof *viewer);
    viewer->world = world;
    viewer->seen = -1; /* so that the first event comes at once */
    reply->stream = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1024, on_room, viewer, on_gone);
    if (!reply->stream)
        abort();
    reply->type = "text/event-stream";
    reply_header(reply, "Cache-Control", "no-store");
}
