/* opsgate-sandbox: the outside world of opsgate, simulated, for tests and for newcomers. */
#include "deliver.h"
#include "server.h"
#include "world.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TICK_NS 50000000 /* how soon a change on Cloud Run that takes time is seen by those who only watch */
#define WORLD_MAX_BYTES (1 << 20)

static const char help[] =
    "usage: opsgate-sandbox [options]\n"
    "\n"
    "Plays Slack, GitHub, PagerDuty, Cloud Run, Prometheus, Alertmanager, an image registry and Google's metadata\n"
    "server, all on one port, and a mail server on another, with a page to look at them. Ends on SIGTERM or SIGINT.\n"
    "\n"
    "  --listen HOST:PORT      where to listen (127.0.0.1:9080); port 0 takes a free one\n"
    "  --public URL            how others reach this sandbox (http://HOST:PORT)\n"
    "  --opsgate URL           where slash commands are sent (http://127.0.0.1:8080)\n"
    "  --signing-secret TEXT   what they are signed with (sandbox-signing-secret)\n"
    "  --bot-token TEXT        the one Slack token that works (xoxb-sandbox)\n"
    "  --app-token TEXT        and the one for Socket Mode (xapp-sandbox)\n"
    "  --latency-ms N          every answer takes this long (0)\n"
    "  --limit-posts           Slack takes about one message a second and channel, as in real life\n"
    "  --world FILE.json       changes made to every new world, as POST /_sandbox/world takes them\n"
    "  --quiet                 no line for each request\n"
    "  --help                  this text\n";

struct options {
    const char *listen, *public_url, *opsgate, *signing_secret, *bot_token, *app_token, *world;
    int64_t latency_ms;
    bool limit_posts, quiet;
};

static const struct option long_options[] = {
    { "listen", required_argument, NULL, 'l' },
    { "public", required_argument, NULL, 'u' },
    { "opsgate", required_argument, NULL, 'o' },
    { "signing-secret", required_argument, NULL, 's' },
    { "bot-token", required_argument, NULL, 'b' },
    { "app-token", required_argument, NULL, 'a' },
    { "latency-ms", required_argument, NULL, 't' },
    { "limit-posts", no_argument, NULL, 'p' },
    { "world", required_argument, NULL, 'w' },
    { "quiet", no_argument, NULL, 'q' },
    { "help", no_argument, NULL, 'h' },
    { 0 },
};

enum parsed { PARSED, PARSED_HELP, PARSED_WRONG };

static bool take_option(struct options *options, int letter)
{
    struct error err;

    switch (letter) {
    case 'l':
        options->listen = optarg;
        return true;
    case 'u':
        options->public_url = optarg;
        return true;
    case 'o':
        options->opsgate = optarg;
        return true;
    case 's':
        options->signing_secret = optarg;
        return true;
    case 'b':
        options->bot_token = optarg;
        return true;
    case 'a':
        options->app_token = optarg;
        return true;
    case 't':
        return parse_int(str_of(optarg), 0, 60000, &options->latency_ms, &err);
    case 'p':
        options->limit_posts = true;
        return true;
    case 'w':
        options->world = optarg;
        return true;
    case 'q':
        options->quiet = true;
        return true;
    default:
        return false;
    }
}

static enum parsed parse_options(int argc, char **argv, struct options *options)
{
    int letter = 0;

    while ((letter = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (letter == 'h')
            return PARSED_HELP;
        if (!take_option(options, letter))
            return PARSED_WRONG;
    }
    return optind == argc ? PARSED : PARSED_WRONG;
}

static bool read_world(const char *path, cJSON **ret_changes, struct error *err)
{
    AUTO_BUF struct buf text = BUF(WORLD_MAX_BYTES);
    char bytes[4096];
    size_t count = 0;
    FILE *file = fopen(path, "re");

    if (!file)
        return error_errno(err, "--world %s", path);
    while ((count = fread(bytes, 1, sizeof bytes, file)) > 0)
        buf_add(&text, bytes, count);
    fclose(file);
    return (buf_check(&text, err) && json_parse(buf_str(&text), ret_changes, err)) ||
           error_wrap(err, "--world %s", path);
}

/* Until a signal ends it: what takes time in the world goes on, even when nobody asks. */
static void run_until_signal(struct world *world, const sigset_t *signals)
{
    const struct timespec tick = { .tv_nsec = TICK_NS };

    while (sigtimedwait(signals, NULL, &tick) < 0) {
        world_lock(world);
        world_tick(world);
        world_unlock(world);
    }
    world_lock(world);
    world_stop(world);
    world_unlock(world);
}

static void block_signals(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, signals, NULL); /* before any thread is made: they inherit it */
    signal(SIGPIPE, SIG_IGN);
}

static bool serve(const struct options *options, const sigset_t *signals, struct error *err)
{
    AUTO_JSON cJSON *changes = NULL;
    AUTO_FREE char *own_url = NULL;
    AUTO(world) struct world *world = NULL; /* outlives the server: its threads use it */
    AUTO(server) struct server *server = NULL;

    if (options->world && !read_world(options->world, &changes, err))
        return false;
    server = server_bind(options->listen, err);
    if (!server)
        return false;
    own_url =
        options->public_url ? xstrdup(options->public_url) : text_format("http://127.0.0.1:%u", server_port(server));
    world = world_create(&(struct world_options){ .own_url = own_url,
                                                  .opsgate_url = options->opsgate,
                                                  .signing_secret = options->signing_secret,
                                                  .bot_token = options->bot_token,
                                                  .app_token = options->app_token,
                                                  .latency_ms = options->latency_ms,
                                                  .limit_posts = options->limit_posts,
                                                  .changes = changes },
                         err);
    if (!world)
        return error_wrap(err, "--world");
    if (!server_start(server, world, options->quiet, err))
        return false;
    printf("The sandbox is ready: %s/\n", own_url);
    fflush(stdout);
    run_until_signal(world, signals);
    return true;
}

int main(int argc, char **argv)
{
    struct options options = { .listen = "127.0.0.1:9080",
                               .opsgate = "http://127.0.0.1:8080",
                               .signing_secret = "sandbox-signing-secret",
                               .bot_token = "xoxb-sandbox",
                               .app_token = "xapp-sandbox" };
    sigset_t signals;
    struct error err;

    switch (parse_options(argc, argv, &options)) {
    case PARSED_HELP:
        fputs(help, stdout);
        return 0;
    case PARSED_WRONG:
        fputs(help, stderr);
        return 2;
    case PARSED:
        break;
    }
    block_signals(&signals);
    deliver_init();
    if (serve(&options, &signals, &err))
        return 0;
    fprintf(stderr, "opsgate-sandbox: %s\n", err.message);
    return 1;
}
