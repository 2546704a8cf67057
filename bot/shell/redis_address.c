#include "bot/shell/redis_address.h"

#include "bot/base/buf.h"
#include "bot/base/str.h"

#include <stdio.h>
#include <string.h>

#define DB_MAX 15999

static bool put(char *to, size_t room, struct str text, const char *what, struct error *err)
{
    if (text.len >= room)
        return error_set(err, ERR_INVALID, "%s is longer than %zu bytes", what, room - 1);
    if (text.len > 0 && memchr(text.at, '\0', text.len))
        return error_set(err, ERR_INVALID, "%s holds a NUL byte", what);
    if (text.len > 0)
        memcpy(to, text.at, text.len);
    to[text.len] = '\0';
    return true;
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *found = c ? strchr(digits, c | ('A' <= c && c <= 'F' ? 0x20 : 0)) : NULL;

    return found ? (int)(found - digits) : -1;
}

/* %XX in user and password: they may hold '@', ':' and '/'. */
static bool put_decoded(char *to, size_t room, struct str text, const char *what, struct error *err)
{
    char plain[256];
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++, len++) {
        char c = text.at[i];

        if (len == sizeof(plain))
            return error_set(err, ERR_INVALID, "%s is too long", what);
        if (c == '%') {
            int high = i + 2 < text.len ? hex_digit(text.at[i + 1]) : -1;
            int low = i + 2 < text.len ? hex_digit(text.at[i + 2]) : -1;

            if (high < 0 || low < 0)
                return error_set(err, ERR_INVALID, "%s: '%%' begins %%XX, two hex digits", what);
            c = (char)(high * 16 + low);
            i += 2;
        }
        plain[len] = c;
    }
    return put(to, room, (struct str){ plain, len }, what, err);
}

static bool parse_db(struct str text, int *ret_db, struct error *err)
{
    int64_t db = 0;

    if (!str_is_empty(text) && !parse_int(text, 0, DB_MAX, &db, err))
        return error_wrap(err, "database number");
    *ret_db = (int)db;
    return true;
}

/* Everything up to the last '@' of the authority: a raw '@' inside a password is meant as part of it. */
static bool parse_credentials(struct str *authority, struct redis_address *address, struct error *err)
{
    const char *at = authority->len > 0 ? memrchr(authority->at, '@', authority->len) : NULL;
    struct str credentials, user;

    if (!at)
        return true;
    credentials = (struct str){ authority->at, (size_t)(at - authority->at) };
    authority->len -= credentials.len + 1;
    authority->at = at + 1;
    user = str_take_until(&credentials, ':');
    return put_decoded(address->user, sizeof(address->user), user, "user", err) &&
           put_decoded(address->password, sizeof(address->password), credentials, "password", err);
}

static bool parse_host(struct str *rest, char *to, size_t room, struct error *err)
{
    struct str host;

    if (str_take_prefix(rest, "[")) {
        host = str_take_until(rest, ']');
        if (rest->len > 0 && !str_take_prefix(rest, ":"))
            return error_set(err, ERR_INVALID, "after [IPv6] comes ':' and the port");
    } else {
        host = str_take_until(rest, ':');
    }
    if (str_is_empty(host))
        return error_set(err, ERR_INVALID, "no host; write redis://HOST:PORT/DB");
    return put(to, room, host, "host", err);
}

static bool parse_port(struct str text, int64_t usual, int *ret_port, struct error *err)
{
    if (!str_is_empty(text) && !parse_int(text, 1, 65535, &usual, err))
        return error_wrap(err, "port");
    *ret_port = (int)usual;
    return true;
}

static bool parse_tcp(struct str rest, struct redis_address *address, struct error *err)
{
    struct str authority = str_take_until(&rest, '/');

    return parse_credentials(&authority, address, err) &&
           parse_host(&authority, address->host, sizeof(address->host), err) &&
           parse_port(authority, REDIS_PORT_DEFAULT, &address->port, err) && parse_db(rest, &address->db, err);
}

static bool parse_sentinel(struct str rest, struct redis_address *address, struct error *err)
{
    struct str authority = str_take_until(&rest, '/'), master = str_take_until(&rest, '/');

    if (!parse_credentials(&authority, address, err))
        return false;
    if (str_is_empty(authority) || str_is_empty(master))
        return error_set(err, ERR_INVALID, "write sentinel://HOST:PORT,HOST:PORT/MASTER");
    while (!str_is_empty(authority)) {
        struct redis_place *sentinel = &address->sentinels[address->sentinels_count];
        struct str one = str_take_until(&authority, ',');

        if (address->sentinels_count == REDIS_SENTINELS_MAX)
            return error_set(err, ERR_INVALID, "more than %d sentinels", REDIS_SENTINELS_MAX);
        if (!parse_host(&one, sentinel->host, sizeof(sentinel->host), err) ||
            !parse_port(one, REDIS_SENTINEL_PORT_DEFAULT, &sentinel->port, err))
            return false;
        address->sentinels_count++;
    }
    return put(address->master, sizeof(address->master), master, "the master's name", err) &&
           parse_db(rest, &address->db, err);
}

static bool parse_unix(struct str rest, struct redis_address *address, struct error *err)
{
    struct str path = str_take_until(&rest, '?');

    if (!str_starts_with(path, "/"))
        return error_set(err, ERR_INVALID, "a unix socket is written unix:///PATH, with three slashes");
    if (!str_is_empty(rest) && !str_take_prefix(&rest, "db="))
        return error_set(err, ERR_INVALID, "after '?' only db=N is known");
    return put(address->path, sizeof(address->path), path, "the path of a unix socket", err) &&
           parse_db(rest, &address->db, err);
}

static bool refuse_tls(struct str rest, struct redis_address *address, struct error *err)
{
    (void)rest, (void)address;
    return error_set(
        err, ERR_INVALID,
        "rediss:// cannot work: hiredis 0.14, the one of Debian 12, has no TLS; use a TLS tunnel (stunnel, "
        "a sidecar) and redis://127.0.0.1");
}

static const struct scheme {
    const char *prefix;
    bool (*parse)(struct str rest, struct redis_address *address, struct error *err);
} schemes[] = {
    { "redis://", parse_tcp },
    { "unix://", parse_unix },
    { "rediss://", refuse_tls },
    { "sentinel://", parse_sentinel },
};

bool redis_address_parse(const char *url, struct redis_address *ret_address, struct error *err)
{
    struct redis_address address = { .port = 0 };
    struct str rest = str_of(url);

    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        if (!str_take_prefix(&rest, schemes[i].prefix))
            continue;
        if (!schemes[i].parse(rest, &address, err))
            return error_wrap(err, "store.url");
        *ret_address = address;
        return true;
    }
    return error_set(err, ERR_INVALID,
                     "store.url: write redis://HOST:PORT/DB, unix:///PATH or sentinel://HOST,HOST/MASTER");
}

static bool put_given(char *to, size_t room, const char *text, const char *what, struct error *err)
{
    return !text || put(to, room, str_of(text), what, err);
}

bool redis_address_log_in(struct redis_address *address, const struct redis_login *login, struct error *err)
{
    return put_given(address->user, sizeof(address->user), login->username, "store.username", err) &&
           put_given(address->password, sizeof(address->password), login->password, "store.password", err) &&
           put_given(address->sentinel_user, sizeof(address->sentinel_user), login->sentinel_username,
                     "store.sentinel_username", err) &&
           put_given(address->sentinel_password, sizeof(address->sentinel_password), login->sentinel_password,
                     "store.sentinel_password", err);
}

static void put_place(struct buf *buf, const char *host, int port)
{
    bool is_v6 = strchr(host, ':') != NULL;

    buf_addf(buf, "%s%s%s:%d", is_v6 ? "[" : "", host, is_v6 ? "]" : "", port);
}

static void put_sentinels(struct buf *buf, const struct redis_address *address)
{
    buf_puts(buf, "sentinel://");
    put_place(buf, address->sentinels[0].host, address->sentinels[0].port);
    buf_addf(buf, "%s/%s", address->sentinels_count > 1 ? ",..." : "", address->master);
}

struct redis_address_text redis_address_format(const struct redis_address *address)
{
    struct redis_address_text text;
    AUTO_BUF struct buf buf = BUF(sizeof(text.text) - 1);

    if (address->path[0]) {
        buf_addf(&buf, "unix://%s", address->path);
    } else if (address->sentinels_count > 0 && !address->host[0]) {
        put_sentinels(&buf, address);
    } else {
        buf_puts(&buf, "redis://");
        put_place(&buf, address->host, address->port);
        buf_addf(&buf, "/%d", address->db);
    }
    snprintf(text.text, sizeof(text.text), "%s", buf_text(&buf));
    return text;
}
