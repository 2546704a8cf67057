#include "bot/carrier/channels.h"

#include "bot/base/str.h"

#include <string.h>

#include <utlist.h>

struct channel {
    char *name, *id;
    int64_t learnt_mono;
    struct channel *prev, *next;
};

struct channels {
    struct channel *list; /* the newest first */
    int count;
};

struct channels *channels_create(void)
{
    return xcalloc(1, sizeof(struct channels));
}

static void drop(struct channels *channels, struct channel *channel)
{
    DL_DELETE(channels->list, channel);
    channels->count--;
    free(channel->name);
    free(channel->id);
    free(channel);
}

void channels_forget_all(struct channels *channels)
{
    while (channels->list)
        drop(channels, channels->list);
}

void channels_destroy(struct channels *channels)
{
    if (!channels)
        return;
    channels_forget_all(channels);
    free(channels);
}

static struct channel *find(const struct channels *channels, const char *name)
{
    struct channel *channel;

    DL_FOREACH(channels->list, channel)
        if (strcmp(channel->name, name) == 0)
            return channel;
    return NULL;
}

const char *channels_find(const struct channels *channels, const char *name, int64_t mono_ms)
{
    const struct channel *channel = name ? find(channels, name) : NULL;

    return channel && mono_ms < channel->learnt_mono + CHANNELS_TRUSTED_MS ? channel->id : NULL;
}

const char *channels_find_last(const struct channels *channels, const char *name)
{
    const struct channel *channel = name ? find(channels, name) : NULL;

    return channel ? channel->id : NULL;
}

void channels_forget(struct channels *channels, const char *name)
{
    struct channel *channel = find(channels, name);

    if (channel)
        drop(channels, channel);
}

void channels_learn(struct channels *channels, const char *name, const char *id, int64_t mono_ms)
{
    struct channel *channel = xcalloc(1, sizeof(*channel));

    channel->name = xstrdup(name);
    channel->id = xstrdup(id);
    channel->learnt_mono = mono_ms;
    channels_forget(channels, name);
    if (channels->count == CHANNELS_KEPT)
        drop(channels, channels->list->prev); /* the oldest */
    DL_PREPEND(channels->list, channel);
    channels->count++;
}
