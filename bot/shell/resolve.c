#include "bot/shell/resolve.h"

#include "bot/base/str.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>

#define LOOKUPS_MAX 2 /* of the pool's four threads */
#define NAMES_MAX 1024 /* remembered; those of the configuration, and one of each revision that is asked itself */

/* What is known about one name. Lives until the resolver goes, or until it is the oldest of too many. */
struct name {
    TAILQ_ENTRY(name) link;
    char host[RESOLVE_HOST_MAX + 1];
    struct resolve_addresses addresses; /* count 0: never known */
    int64_t known_at_ms, failed_at_ms;  /* of addresses; of the last failure, 0: none since */
    struct error failure;
    struct lookup *lookup; /* under way, or waiting for its turn; NULL: none */
    bool is_queued;        /* waits for its turn */
};

/* Shared with a pool thread: everything it needs, and nothing else. */
struct lookup {
    struct resolve *resolve;
    struct name *name;
    resolve_lookup_fn run;
    struct loop_work *work;
    char host[RESOLVE_HOST_MAX + 1];
    struct resolve_addresses addresses;
    int failure; /* for gai_strerror; 0: none */
};

struct resolve_query {
    TAILQ_ENTRY(resolve_query) link;
    struct resolve *resolve;
    struct name *name;              /* NULL: a literal */
    struct resolve_addresses given; /* of a literal */
    struct error failure;           /* of a name that cannot be one; code ERR_NONE: none */
    struct loop_timer *timer;       /* its patience, or its next turn */
    resolve_done_fn on_done;
    void *arg;
};

struct resolve {
    struct resolve_options options;
    TAILQ_HEAD(name_head, name) names;
    TAILQ_HEAD(query_head, resolve_query) queries;
    unsigned lookups, name_count;
};

/* --- literals ------------------------------------------------------------------------------------------------------
 */

static void set_only(struct resolve_addresses *addresses, const char *text)
{
    *addresses = (struct resolve_addresses){ .count = 1 };
    snprintf(addresses->text[0], sizeof(addresses->text[0]), "%s", text);
}

static struct str without_brackets(const char *host)
{
    struct str text = str_of(host);

    if (str_starts_with(text, "[") && str_ends_with(text, "]"))
        return (struct str){ text.at + 1, text.len - 2 };
    return text;
}

bool resolve_literal(const char *host, struct resolve_addresses *ret_addresses)
{
    struct str text = without_brackets(host);
    char literal[INET6_ADDRSTRLEN];
    unsigned char binary[sizeof(struct in6_addr)];

    if (str_equal_nocase(text, STR_LIT("localhost"))) {
        set_only(ret_addresses, "127.0.0.1");
        return true;
    }
    if (text.len >= sizeof(literal))
        return false;
    snprintf(literal, sizeof(literal), STR_FMT, STR_ARG(text));
    if (inet_pton(AF_INET, literal, binary) != 1 && inet_pton(AF_INET6, literal, binary) != 1)
        return false;
    set_only(ret_addresses, literal);
    return true;
}

/* --- on the pool ---------------------------------------------------------------------------------------------------
 */

static bool has_address(const struct resolve_addresses *addresses, const char *text)
{
    for (size_t i = 0; i < addresses->count; i++)
        if (strcmp(addresses->text[i], text) == 0)
            return true;
    return false;
}

static void add_address(struct resolve_addresses *addresses, const struct addrinfo *info)
{
    char text[INET6_ADDRSTRLEN];

    if (addresses->count == RESOLVE_MAX ||
        getnameinfo(info->ai_addr, info->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST) != 0 ||
        strchr(text, '%') || has_address(addresses, text))
        return; /* one with a scope is of this link only */
    memcpy(addresses->text[addresses->count++], text, sizeof(text));
}

static int look_up(const char *host, struct resolve_addresses *ret_addresses)
{
    struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
    struct addrinfo *found = NULL;
    int rc = getaddrinfo(host, NULL, &hints, &found);

    if (rc != 0)
        return rc;
    for (const struct addrinfo *info = found; info; info = info->ai_next)
        add_address(ret_addresses, info);
    freeaddrinfo(found);
    return ret_addresses->count > 0 ? 0 : EAI_NONAME;
}

static void on_pool(void *arg)
{
    struct lookup *lookup = arg;

    lookup->failure = lookup->run(lookup->host, &lookup->addresses);
}

/* --- what is known -------------------------------------------------------------------------------------------------
 */

static int64_t now_ms(const struct resolve *resolve)
{
    return loop_now_ms(resolve->options.loop);
}

static bool is_younger(const struct resolve *resolve, const struct name *name, int64_t age_ms)
{
    return name->addresses.count > 0 && now_ms(resolve) - name->known_at_ms < age_ms;
}

static bool is_fresh(const struct resolve *resolve, const struct name *name)
{
    return is_younger(resolve, name, resolve->options.fresh_ms);
}

static bool is_usable(const struct resolve *resolve, const struct name *name)
{
    return is_younger(resolve, name, resolve->options.stale_ms);
}

static bool has_just_failed(const struct resolve *resolve, const struct name *name)
{
    return name->failure.code != ERR_NONE && now_ms(resolve) - name->failed_at_ms < resolve->options.failure_ms;
}

static struct name *find_name(struct resolve *resolve, struct str host)
{
    struct name *name;

    TAILQ_FOREACH(name, &resolve->names, link)
    if (str_equal_nocase(str_of(name->host), host))
        return name;
    return NULL;
}

static bool is_wanted(const struct resolve *resolve, const struct name *name)
{
    const struct resolve_query *query;

    TAILQ_FOREACH(query, &resolve->queries, link)
    if (query->name == name)
        return true;
    return name->lookup || name->is_queued;
}

static void forget_name(struct resolve *resolve, struct name *name)
{
    TAILQ_REMOVE(&resolve->names, name, link);
    resolve->name_count--;
    free(name);
}

static void make_room(struct resolve *resolve)
{
    struct name *name;

    if (resolve->name_count < NAMES_MAX)
        return;
    TAILQ_FOREACH(name, &resolve->names, link)
    if (!is_wanted(resolve, name)) {
        forget_name(resolve, name);
        return;
    }
}

static struct name *get_name(struct resolve *resolve, struct str host)
{
    struct name *name = find_name(resolve, host);

    if (!name) {
        make_room(resolve);
        name = xcalloc(1, sizeof(*name));
        snprintf(name->host, sizeof(name->host), STR_FMT, STR_ARG(host));
        resolve->name_count++;
    } else {
        TAILQ_REMOVE(&resolve->names, name, link);
    }
    TAILQ_INSERT_TAIL(&resolve->names, name, link); /* the oldest stay in front */
    return name;
}

/* --- looking up ----------------------------------------------------------------------------------------------------
 */

static void on_looked_up(void *arg);

static void start_lookup(struct resolve *resolve, struct name *name)
{
    struct lookup *lookup = xcalloc(1, sizeof(*lookup));

    lookup->resolve = resolve;
    lookup->name = name;
    lookup->run = resolve->options.lookup;
    memcpy(lookup->host, name->host, sizeof(lookup->host));
    name->lookup = lookup;
    name->is_queued = false;
    resolve->lookups++;
    lookup->work = loop_work_start(resolve->options.loop, on_pool, on_looked_up, free, lookup);
}

static void start_queued(struct resolve *resolve)
{
    struct name *name;

    TAILQ_FOREACH(name, &resolve->names, link)
    if (name->is_queued && resolve->lookups < LOOKUPS_MAX)
        start_lookup(resolve, name);
}

static void want_lookup(struct resolve *resolve, struct name *name)
{
    if (name->lookup || name->is_queued)
        return;
    name->is_queued = true;
    start_queued(resolve);
}

static void take_failure(struct name *name, int failure)
{
    bool is_unknown = failure == EAI_NONAME || failure == EAI_NODATA || failure == EAI_ADDRFAMILY;

    error_set(&name->failure, is_unknown ? ERR_NOT_FOUND : ERR_UNAVAILABLE, "%s: %s", name->host,
              gai_strerror(failure));
}

static void due_now(struct resolve_query *query);

static void on_looked_up(void *arg)
{
    struct lookup *lookup = arg;
    struct resolve *resolve = lookup->resolve;
    struct name *name = lookup->name;
    struct resolve_query *query;

    name->lookup = NULL;
    resolve->lookups--;
    name->failure.code = ERR_NONE;
    if (lookup->failure == 0) {
        name->addresses = lookup->addresses;
        name->known_at_ms = now_ms(resolve);
    } else {
        take_failure(name, lookup->failure);
        name->failed_at_ms = now_ms(resolve);
    }
    TAILQ_FOREACH(query, &resolve->queries, link)
    if (query->name == name)
        due_now(query);
    start_queued(resolve);
}

/* --- queries -------------------------------------------------------------------------------------------------------
 */

static void free_query(struct resolve_query *query)
{
    TAILQ_REMOVE(&query->resolve->queries, query, link);
    loop_timer_cancel(query->timer);
    free(query);
}

/* What the query gets now: addresses, or NULL with *ret_failure. */
static const struct resolve_addresses *outcome(struct resolve_query *query, struct error *ret_failure)
{
    const struct name *name = query->name;

    if (!name) {
        *ret_failure = query->failure;
        return query->failure.code == ERR_NONE ? &query->given : NULL;
    }
    if (is_usable(query->resolve, name)) {
        query->given = name->addresses;
        query->given.is_stale = !is_fresh(query->resolve, name);
        return &query->given;
    }
    if (name->failure.code != ERR_NONE)
        *ret_failure = name->failure;
    else
        error_set(ret_failure, ERR_UNAVAILABLE, "%s: the name server does not answer", name->host);
    return NULL;
}

static void on_due(void *arg)
{
    struct resolve_query *query = arg;
    struct error failure;
    struct resolve_addresses addresses;
    const struct resolve_addresses *found;
    resolve_done_fn on_done = query->on_done;
    void *on_done_arg = query->arg;

    query->timer = NULL;
    found = outcome(query, &failure);
    if (found)
        addresses = *found;
    free_query(query);
    on_done(on_done_arg, found ? &addresses : NULL, &failure);
}

static void due_in(struct resolve_query *query, int64_t after_ms)
{
    loop_timer_cancel(query->timer);
    query->timer = loop_timer_start(query->resolve->options.loop, after_ms, on_due, query);
}

static void due_now(struct resolve_query *query)
{
    due_in(query, 0);
}

static bool is_host(struct str host)
{
    for (size_t i = 0; i < host.len; i++) {
        char c = host.at[i];

        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' ||
              c == '_'))
            return false;
    }
    return host.len > 0 && host.len <= RESOLVE_HOST_MAX;
}

static void ask(struct resolve_query *query)
{
    struct resolve *resolve = query->resolve;
    struct name *name = query->name;

    if (is_fresh(resolve, name) || (has_just_failed(resolve, name) && !name->lookup)) {
        due_now(query);
        return;
    }
    want_lookup(resolve, name);
    due_in(query, is_usable(resolve, name) ? resolve->options.patience_ms : resolve->options.timeout_ms);
}

struct resolve_query *resolve_start(struct resolve *resolve, const char *host, resolve_done_fn on_done, void *arg)
{
    struct resolve_query *query = xcalloc(1, sizeof(*query));

    query->resolve = resolve;
    query->on_done = on_done;
    query->arg = arg;
    TAILQ_INSERT_TAIL(&resolve->queries, query, link);
    if (resolve_literal(host, &query->given)) {
        due_now(query);
    } else if (!is_host(str_of(host))) {
        error_set(&query->failure, ERR_NOT_FOUND, "'%.64s' is no host name", host);
        due_now(query);
    } else {
        query->name = get_name(resolve, str_of(host));
        ask(query);
    }
    return query;
}

void resolve_cancel(struct resolve_query *query)
{
    if (query)
        free_query(query);
}

/* --- create, destroy -----------------------------------------------------------------------------------------------
 */

static int64_t or_default(int64_t value_ms, int64_t otherwise_ms)
{
    return value_ms ? value_ms : otherwise_ms;
}

struct resolve *resolve_create(const struct resolve_options *options)
{
    struct resolve *resolve = xcalloc(1, sizeof(*resolve));

    resolve->options = *options;
    resolve->options.lookup = options->lookup ? options->lookup : look_up;
    resolve->options.fresh_ms = or_default(options->fresh_ms, 60000);
    resolve->options.stale_ms = or_default(options->stale_ms, INT64_C(86400000));
    resolve->options.failure_ms = or_default(options->failure_ms, 5000);
    resolve->options.patience_ms = or_default(options->patience_ms, 500);
    resolve->options.timeout_ms = or_default(options->timeout_ms, 5000);
    TAILQ_INIT(&resolve->names);
    TAILQ_INIT(&resolve->queries);
    setenv("RES_OPTIONS", "timeout:2 attempts:2", 0); /* resolv.conf(5): a lookup that hangs also holds up our end */
    return resolve;
}

void resolve_destroy(struct resolve *resolve)
{
    struct resolve_query *query, *next_query;
    struct name *name, *next_name;

    if (!resolve)
        return;
    for (query = TAILQ_FIRST(&resolve->queries); query; query = next_query) {
        next_query = TAILQ_NEXT(query, link);
        free_query(query);
    }
    for (name = TAILQ_FIRST(&resolve->names); name; name = next_name) {
        next_name = TAILQ_NEXT(name, link);
        if (name->lookup)
            loop_work_cancel(name->lookup->work);
        forget_name(resolve, name);
    }
    free(resolve);
}
