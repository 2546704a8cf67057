#include "bot/dashboard/session.h"

#include "bot/base/mem.h"

#include <string.h>

#define ID_BYTES 32

struct kept {
    struct digest id;
    struct session session; /* its texts are owned */
};

struct sessions {
    const struct clock *clock;
    struct kept kept[SESSIONS_MAX];
    size_t count;
};

struct sessions *sessions_create(const struct clock *clock)
{
    struct sessions *sessions = xcalloc(1, sizeof(*sessions));

    sessions->clock = clock;
    return sessions;
}

static void drop(struct sessions *sessions, size_t index)
{
    struct session *session = &sessions->kept[index].session;
    struct principal *who = &session->who;

    free((char *)who->system);
    free((char *)who->id);
    free((char *)who->team);
    free((char *)who->name);
    free((char *)session->issuer);
    sessions->kept[index] = sessions->kept[--sessions->count];
}

void sessions_destroy(struct sessions *sessions)
{
    if (!sessions)
        return;
    while (sessions->count > 0)
        drop(sessions, sessions->count - 1);
    free(sessions);
}

struct session_id session_dice(const struct clock *clock)
{
    AUTO_BUF struct buf text = BUF(SESSION_ID_LEN + 1);
    unsigned char bytes[ID_BYTES];
    struct session_id id;

    clock->random(clock->ctx, bytes, sizeof(bytes));
    base64url_add(&text, (struct str){ (const char *)bytes, sizeof(bytes) });
    memcpy(id.text, buf_text(&text), sizeof(id.text));
    return id;
}

/* The one, of all or of one person's, that has been unused for longest; SESSIONS_MAX: there is none. */
static size_t longest_unused(const struct sessions *sessions, const struct principal *of, size_t *ret_count)
{
    size_t found = SESSIONS_MAX;

    *ret_count = 0;
    for (size_t i = 0; i < sessions->count; i++) {
        if (of && !principal_equal(of, &sessions->kept[i].session.who))
            continue;
        (*ret_count)++;
        if (found == SESSIONS_MAX || sessions->kept[i].session.used_mono < sessions->kept[found].session.used_mono)
            found = i;
    }
    return found;
}

static void make_room(struct sessions *sessions, const struct principal *who)
{
    size_t theirs, all, mine = longest_unused(sessions, who, &theirs);

    if (theirs >= SESSIONS_OF_ONE_MAX)
        drop(sessions, mine);
    else if (sessions->count == SESSIONS_MAX)
        drop(sessions, longest_unused(sessions, NULL, &all));
}

struct session_id sessions_begin(struct sessions *sessions, const struct principal *who, const char *issuer,
                                 int64_t now_mono)
{
    struct session_id id = session_dice(sessions->clock);

    make_room(sessions, who);
    sessions->kept[sessions->count++] = (struct kept){ .id = digest_sha256(str_of(id.text)),
                                                       .session = { .who = { .system = xstrdup(who->system),
                                                                             .id = xstrdup(who->id),
                                                                             .team = xstrdup(who->team),
                                                                             .name = xstrdup(who->name) },
                                                                    .issuer = xstrdup(issuer),
                                                                    .began_mono = now_mono,
                                                                    .used_mono = now_mono } };
    return id;
}

/* All of them are compared: how long it takes tells nothing. SESSIONS_MAX: there is none. */
static size_t find(const struct sessions *sessions, struct str id)
{
    struct digest digest = digest_sha256(id);
    size_t found = SESSIONS_MAX;

    for (size_t i = 0; i < sessions->count; i++)
        found = digest_equal(digest, sessions->kept[i].id) ? i : found;
    return found;
}

static bool has_ended(const struct session *session, const struct session_limits *limits, int64_t now_mono)
{
    return now_mono - session->used_mono >= limits->idle_ms || now_mono - session->began_mono >= limits->most_ms;
}

const struct session *sessions_use(struct sessions *sessions, struct str id, const struct session_limits *limits,
                                   int64_t now_mono)
{
    size_t found = find(sessions, id);

    if (found == SESSIONS_MAX)
        return NULL;
    if (has_ended(&sessions->kept[found].session, limits, now_mono)) {
        drop(sessions, found);
        return NULL;
    }
    sessions->kept[found].session.used_mono = now_mono;
    return &sessions->kept[found].session;
}

void sessions_end(struct sessions *sessions, struct str id)
{
    size_t found = find(sessions, id);

    if (found != SESSIONS_MAX)
        drop(sessions, found);
}

void sessions_keep(struct sessions *sessions, bool (*is_kept)(void *arg, const struct session *session), void *arg)
{
    for (size_t i = sessions->count; i-- > 0;) /* whatever takes the place of one that goes has been looked at */
        if (!is_kept(arg, &sessions->kept[i].session))
            drop(sessions, i);
}

size_t sessions_count(const struct sessions *sessions)
{
    return sessions->count;
}

struct digest_hex session_csrf(struct str id)
{
    const struct str what = STR_LIT("opsgate: what asks for something comes from its own page");

    return digest_hex(digest_hmac(id, &what, 1));
}
