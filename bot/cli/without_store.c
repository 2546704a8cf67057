/* without_store.c - `opsgate run rollback ... --without-store`: the way back when Redis is down too. */
#include "bot/cli/without_store.h"

#include "bot/base/time.h"
#include "bot/cli/store_url.h"
#include "bot/cli/text.h"
#include "bot/doors/local.h"
#include "bot/memory_file.h"
#include "bot/shell/clock.h"
#include "bot/shell/redis_master.h"
#include "bot/without_store/alone.h"
#include "handlers/image.h"
#include "handlers/registry.h"

#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_S 3

/* ---- is it really down? With two who send, only the expected split would stand between them ---- */

static int connect_to(const struct addrinfo *address)
{
    struct timeval limit = { .tv_sec = ANSWER_S };
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)); /* of connect too */
    if (connect(fd, address->ai_addr, address->ai_addrlen) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Any word of it counts, a refusal too: whoever owns the store may be better known to it than we are. */
static bool speaks(const struct addrinfo *address)
{
    static const char ping[] = "PING\r\n";
    int fd = connect_to(address);
    char answer;
    bool is_there;

    if (fd < 0)
        return false;
    is_there = send(fd, ping, strlen(ping), MSG_NOSIGNAL) > 0 && recv(fd, &answer, 1, 0) == 1;
    close(fd);
    return is_there;
}

static bool socket_speaks(const char *path)
{
    struct sockaddr_un unix_address = { .sun_family = AF_UNIX };
    struct addrinfo address = { .ai_family = AF_UNIX,
                                .ai_addr = (struct sockaddr *)&unix_address,
                                .ai_addrlen = sizeof(unix_address) };

    snprintf(unix_address.sun_path, sizeof(unix_address.sun_path), "%s", path);
    return speaks(&address);
}

static bool host_speaks(const char *host, int port)
{
    struct addrinfo wanted = { .ai_socktype = SOCK_STREAM }, *found = NULL;
    char service[16];
    bool is_there = false;

    snprintf(service, sizeof(service), "%d", port);
    if (getaddrinfo(host, service, &wanted, &found) != 0)
        return false;
    for (const struct addrinfo *address = found; address && !is_there; address = address->ai_next)
        is_there = speaks(address);
    freeaddrinfo(found);
    return is_there;
}

/* False with err: it is there, or where it is cannot be told. */
static bool check_down(const struct configuration *configuration, struct error *err)
{
    const char *url = cli_store_url(configuration, err);
    struct redis_login login = store_login(&configuration->settings.store);
    struct redis_address address;

    if (!url || !redis_address_parse(url, &address, err) || !redis_address_log_in(&address, &login, err))
        return false;
    if (!redis_master_find(&address, ANSWER_S * SECOND_MS, err))
        return err->code !=
               ERR_DENIED; /* no sentinel answers, or none knows a master; one that refuses us may know it */
    if (address.path[0] ? !socket_speaks(address.path) : !host_speaks(address.host, address.port))
        return true;
    return error_set(
        err, ERR_CONFLICT,
        "Redis answers at %s: leave out --without-store, so that nothing else moves this target meanwhile. "
        "If it only refuses what opsgate wants, stop it first. Nothing was done",
        redis_address_format(&address).text);
}

/* ---- who asks, and what ---- */

static const char *user_name(struct arena *arena)
{
    const struct passwd *user = getpwuid(getuid());

    return user ? arena_strdup(arena, user->pw_name) : arena_printf(arena, "%u", (unsigned)getuid());
}

static struct request request_of(const struct cli *cli, const struct clock *clock, struct arena *arena)
{
    struct request request = { .id = "without-store",
                               .source = LOCAL_SOURCE,
                               .principal = { .system = LOCAL_SOURCE, .id = user_name(arena) },
                               .received_at_ms = clock->unix_ms(clock->ctx) };
    const char **words = NULL;
    size_t count = 0;
    char *verb = arena_strdup(arena, cli->words[0]);

    str_lower(verb);
    request.verb = verb;
    request.text = verb;
    for (int i = 1; i < cli->words_count; i++) {
        *ARENA_PUSH(arena, words, count) = cli->words[i];
        request.text = arena_printf(arena, "%s %s", request.text, cli->words[i]);
    }
    request.words = words;
    request.words_count = count;
    return request;
}

/* ", from v1.5.0 to v1.4.2", when a change was asked for. */
static const char *way_of(const struct without_store_act *act, const struct settings *settings, struct arena *arena)
{
    if (!act->from || !act->to || !act->from->version || !act->to->version)
        return "";
    return cli_plain(settings,
                     arena_printf(arena, ", from %s to %s", version_short(act->from->version, arena),
                                  version_short(act->to->version, arena)),
                     arena);
}

static int print_end(const struct without_store_act *act, const struct settings *settings, struct arena *arena)
{
    printf("%s %s%s: %s\n", act->name, act->result ? act->result : "not ended", way_of(act, settings, arena),
           act->summary ? cli_plain(settings, act->summary, arena) : "");
    printf("It is written in %s/without-store.jsonl; opsgate adopts it when the store is back.\n", settings->data_dir);
    return act->result && strcmp(act->result, "done") == 0 ? CLI_OK : CLI_NO;
}

/* A host that was owner long ago has an old copy: a person should know what the choice rests on. */
static void tell_age(const struct target_list *targets, const char *data_dir, int64_t now_ms)
{
    if (targets->at_ms)
        cli_complain("the copy of the records, %s/targets.json, is %s old", data_dir,
                     duration_about(now_ms > targets->at_ms ? now_ms - targets->at_ms : 0).text);
    else
        cli_complain("there is no copy of the records: only Cloud Run's own annotations tell what was good");
}

static enum cli_exit exit_of(const struct error *err)
{
    static const struct {
        enum err_code code;
        enum cli_exit exit;
    } exits[] = {
        { ERR_DENIED, CLI_NO },
        { ERR_INVALID, CLI_USAGE },
        { ERR_NOT_FOUND, CLI_USAGE }, /* a service or environment of that name */
    };

    for (size_t i = 0; i < ARRAY_LEN(exits); i++)
        if (exits[i].code == err->code)
            return exits[i].exit;
    return CLI_UNREACHABLE;
}

static int run_alone(const struct cli *cli, struct configuration *configuration)
{
    const char *data_dir = configuration->settings.data_dir;
    AUTO(arena) struct arena *arena = arena_create();
    struct clock clock = clock_system();
    struct alone_options options = { .configuration = configuration, .verbs = verbs, .clock = &clock, .out = stderr };
    struct request request = request_of(cli, &clock, arena);
    struct engine_memory memory;
    struct without_store_act act;
    struct error err;

    if (!memory_file_read(data_dir, &memory, &err))
        return cli_fail(&err);
    if (!targets_file_read(data_dir, arena, &options.targets, &err)) { /* a broken copy is no reason to stay */
        cli_complain("%s", err.message);
        options.targets = (struct target_list){ 0 };
    }
    tell_age(&options.targets, data_dir, clock.unix_ms(clock.ctx));
    if (!memory.birth[0])
        cli_complain("%s knows no store: only what Cloud Run itself remembers tells where the way back leads",
                     data_dir);
    options.birth = memory.birth[0] ? memory.birth : "nobirth";
    if (!alone_run(&options, &request, arena, &act, &err)) {
        cli_complain("%s", err.message);
        return exit_of(&err);
    }
    return print_end(&act, &configuration->settings, arena);
}

int cli_without_store(const struct cli *cli)
{
    AUTO(configuration) struct configuration *configuration = cli_configuration(cli);
    struct error err;

    if (!configuration) {
        cli_complain("--without-store decides by the policy of this file alone, so all of it has to be good. "
                     "Nothing was done");
        return CLI_USAGE;
    }
    if (!check_down(configuration, &err)) {
        cli_complain("%s", err.message);
        return CLI_USAGE;
    }
    return run_alone(cli, configuration);
}
