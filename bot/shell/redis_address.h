/* redis_address.h - where a Redis is, read from store.url. Pure; safe on any thread.
 *
 *   redis://[USER:PASSWORD@]HOST[:PORT][/DB]     user may be empty; %XX in user and password; [::1] for IPv6
 *   unix:///PATH[?db=DB]
 *   sentinel://[USER:PASSWORD@]HOST[:PORT],HOST...[:PORT]/MASTER[/DB]    the user is Redis's; sentinels have their own
 */
#ifndef OPSGATE_SHELL_REDIS_ADDRESS_H
#define OPSGATE_SHELL_REDIS_ADDRESS_H

#include "bot/base/error.h"

#include <stdint.h>

#define REDIS_PATH_MAX 107 /* what sockaddr_un holds, terminator aside */
#define REDIS_PORT_DEFAULT 6379
#define REDIS_SENTINEL_PORT_DEFAULT 26379
#define REDIS_SENTINELS_MAX 8

struct redis_place {
    char host[254]; /* name or literal address without brackets */
    int port;
};

struct redis_address {
    char host[254];                /* name or literal address without brackets; "" for a unix socket */
    int port;                      /* 0 for a unix socket */
    char path[REDIS_PATH_MAX + 1]; /* "" for TCP */
    char user[128], password[256]; /* "" when there is none; never logged */
    int db;
    struct redis_place sentinels[REDIS_SENTINELS_MAX]; /* they know where `master` is: host and port are not in the URL then */
    size_t sentinels_count;
    char sentinel_user[128], sentinel_password[256]; /* "" when there is none; never logged */
    char master[64];
};

/* ERR_INVALID says what is wrong and what would be right: rediss:// cannot work with the hiredis of Debian 12. Never
 * echoes the password. */
bool redis_address_parse(const char *url, struct redis_address *ret_address, struct error *err);

/* Who logs in, where the URL does not say it; NULL: nobody. */
struct redis_login {
    const char *username, *password;                   /* of Redis */
    const char *sentinel_username, *sentinel_password; /* of the sentinels */
};
bool redis_address_log_in(struct redis_address *address, const struct redis_login *login, struct error *err);

/* For people: "redis://10.0.0.1:6379/0", "unix:///run/x.sock", "sentinel://h1:26379,.../master" while its master is not
 * known; without user and password. */
struct redis_address_text {
    char text[400];
};
struct redis_address_text redis_address_format(const struct redis_address *address);

#endif
