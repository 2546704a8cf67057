/* session.h - who has signed in: a cookie's value, of which only the digest is kept, and whose it is.
 *
 * In memory, of one instance: a restart signs everybody out. A session ends when nothing was asked with it for
 * `idle_ms`, when it is `most_ms` old, when its person signs out, when they have begun SESSIONS_OF_ONE_MAX newer ones,
 * or when nobody like them would be let in any more (sessions_keep). Time is an argument, of a clock that runs on while the machine sleeps. Loop thread only.
 */
#ifndef OPSGATE_DASHBOARD_SESSION_H
#define OPSGATE_DASHBOARD_SESSION_H

#include "bot/base/digest.h"
#include "bot/engine/clock.h"
#include "bot/model/principal.h"

#define SESSION_ID_LEN 43 /* 32 random bytes in base64url */
#define SESSIONS_MAX 1000 /* then whoever has asked for nothing longest is signed out */
#define SESSIONS_OF_ONE_MAX 20

struct session_id {
    char text[SESSION_ID_LEN + 1]; /* a secret: it goes into the cookie, and nowhere else */
};
struct session_limits {
    int64_t idle_ms, most_ms;
};
struct session { /* borrowed until the next call */
    struct principal who;
    const char *issuer; /* who said so; NULL: a link of the host */
    int64_t began_mono, used_mono;
};

struct sessions;

struct sessions *sessions_create(const struct clock *clock); /* borrowed: for its dice */
void sessions_destroy(struct sessions *sessions);
AUTO_DEFINE(sessions)

/* Copies `who` and `issuer`, which may be NULL. */
struct session_id sessions_begin(struct sessions *sessions, const struct principal *who, const char *issuer,
                                 int64_t now_mono);
/* Counts as a use. NULL: it is nobody's, or has ended. */
const struct session *sessions_use(struct sessions *sessions, struct str id, const struct session_limits *limits,
                                   int64_t now_mono);
void sessions_end(struct sessions *sessions, struct str id); /* of one that is there */
/* Ends all of which it says false. */
void sessions_keep(struct sessions *sessions, bool (*is_kept)(void *arg, const struct session *session), void *arg);
size_t sessions_count(const struct sessions *sessions);

/* What a page has to send along with whatever asks for something, bound to the session: who can only make a browser
 * send its cookie does not know it. (OWASP CSRF prevention: HMAC based token) */
struct digest_hex session_csrf(struct str id);

/* 32 random bytes as a text: of ids, and of whatever else nobody may guess. */
struct session_id session_dice(const struct clock *clock);

#endif
