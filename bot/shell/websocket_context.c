/* websocket_context.c - libwebsockets' context on our loop: made, and ended in two steps. */
#include "bot/shell/websocket_inner.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define END_MS 1000     /* for all close frames at the end of the whole */
#define RX_BYTES 16384  /* a whole TLS record */
#define CLOSING_TURNS 6 /* of the loop: its connections close in one, its own handles in the next */

/* --- what the library says: it knows one receiver for the whole process --------------------------------------------
 */

static struct {
    void (*on_log)(void *arg, const char *line);
    void *arg;
    bool is_taken;
    char last[160]; /* while a context is made, the reason why it is not */
} library;

static void on_library_line(int level, const char *line)
{
    (void)level;
    snprintf(library.last, sizeof(library.last), "%.*s", (int)strcspn(line, "\r\n"), line);
    if (library.on_log)
        library.on_log(library.arg, library.last);
}

/* --- all of them ---------------------------------------------------------------------------------------------------
 */

/* The library closes the descriptor of its wake-ups twice: at once, and again at the end of that turn, when the number
 * may be somebody else's. So we know it, and hold the number meanwhile: the second close is the placeholder's. */
struct polls { /* the loop's polled handles */
    uv_handle_t **all;
    size_t count;
};

static void add_poll(uv_handle_t *handle, void *arg)
{
    struct polls *polls = arg;

    if (handle->type != UV_POLL)
        return;
    polls->all = xrealloc(polls->all, (polls->count + 1) * sizeof(*polls->all));
    polls->all[polls->count++] = handle;
}

static int find_bell(struct loop *loop, const struct polls *before)
{
    struct polls now = { 0 };
    uv_os_fd_t bell = -1;

    uv_walk(loop_uv(loop), add_poll, &now);
    for (size_t i = 0, known; i < now.count; i++) {
        for (known = 0; known < before->count && before->all[known] != now.all[i]; known++)
            ;
        if (known == before->count)
            uv_fileno(now.all[i], &bell);
    }
    free(now.all);
    return bell;
}

static void begin_destroy(struct websockets *websockets)
{
    int spare = websockets->bell >= 0 ? fcntl(websockets->bell, F_DUPFD_CLOEXEC, 0) : -1, held;

    lws_context_destroy(websockets->context);
    if (spare < 0)
        return;
    held = fcntl(spare, F_DUPFD_CLOEXEC, websockets->bell);
    close(spare);
    if (held >= 0 && held != websockets->bell)
        close(held); /* a pool thread was faster */
}

static bool create_context(struct websockets *websockets, struct error *err)
{
    static const struct lws_protocols protocols[] = {
        { .name = "messages", .callback = websocket_on_library, .rx_buffer_size = RX_BYTES },
        { .name = NULL },
    };
    static const lws_retry_bo_t no_pings = { 0 }; /* ours are finer, and count messages as life */
    void *loops[] = { loop_uv(websockets->options.loop) };
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
        .foreign_loops = loops,
        .client_ssl_ca_filepath = websockets->options.ca_file,
        .http_proxy_address = ":0", /* none, whatever the environment says */
        .retry_and_idle_policy = &no_pings,
        .fd_limit_per_thread = WEBSOCKETS_MAX * 2, /* otherwise its tables grow with the limit of descriptors */
        .max_http_header_data = 2 * WEBSOCKET_PATH_MAX_BYTES,
        .pt_serv_buf_size = RX_BYTES,
        .gid = -1,
        .uid = -1,
    };

    struct polls before = { 0 };

    if (websockets->options.ca_file)
        info.options |= LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
    uv_walk(loop_uv(websockets->options.loop), add_poll, &before);
    websockets->context = lws_create_context(&info);
    websockets->bell = websockets->context ? find_bell(websockets->options.loop, &before) : -1;
    free(before.all);
    return websockets->context ||
           error_set(err, ERR_INTERNAL,
                     "libwebsockets cannot use the event loop; is the package libwebsockets-evlib-uv installed? (%s)",
                     library.last);
}

struct websockets *websockets_create(const struct websockets_options *options, struct error *err)
{
    AUTO_FREE struct websockets *websockets = xcalloc(1, sizeof(*websockets));

    if (library.is_taken) {
        error_set(err, ERR_CONFLICT, "libwebsockets serves one owner at a time, and the last one has not ended yet");
        return NULL;
    }
    websockets->options = *options;
    TAILQ_INIT(&websockets->all);
    library.on_log = options->on_log;
    library.arg = options->arg;
    library.last[0] = '\0';
    lws_set_log_level(LLL_ERR | LLL_WARN, on_library_line);
    if (!create_context(websockets, err))
        return NULL;
    library.is_taken = true;
    return TAKE(websockets);
}

/* Two calls, and turns of the loop between them: the first one only begins, and descriptors stay open without the
 * second. */
static void on_turn_closed(uv_handle_t *turn)
{
    struct websockets *websockets = CONTAINER_OF(turn, struct websockets, turn);

    if (websockets->turns_left-- > 0) {
        uv_timer_init(loop_uv(websockets->options.loop), &websockets->turn);
        uv_close(turn, on_turn_closed);
        return;
    }
    lws_context_destroy(websockets->context);
    library.is_taken = false;
    free(websockets);
}

static void on_finish(void *arg)
{
    struct websockets *websockets = arg;

    websockets->end = NULL;
    begin_destroy(websockets);
    websockets->turns_left = CLOSING_TURNS;
    uv_timer_init(loop_uv(websockets->options.loop), &websockets->turn);
    uv_close((uv_handle_t *)&websockets->turn, on_turn_closed);
}

/* Later: the last connection may have ended inside a callback of the library. */
void websockets_finish_if_over(struct websockets *home)
{
    if (!home->is_ending || home->is_finishing || !TAILQ_EMPTY(&home->all))
        return;
    home->is_finishing = true;
    loop_timer_cancel(home->end);
    home->end = loop_timer_start(home->options.loop, 0, on_finish, home);
}

static void on_end(void *arg)
{
    struct websockets *websockets = arg;
    struct websocket *one, *next;

    websockets->end = NULL;
    for (one = TAILQ_FIRST(&websockets->all); one; one = next) {
        next = TAILQ_NEXT(one, link);
        websocket_cut(one, "the end");
    }
}

void websockets_destroy(struct websockets *websockets)
{
    struct websocket *one;

    if (!websockets)
        return;
    websockets->is_ending = true;
    library.on_log = NULL;
    websockets->end = loop_timer_start(websockets->options.loop, END_MS, on_end, websockets);
    TAILQ_FOREACH(one, &websockets->all, link)
    {
        resolve_cancel(one->query);
        one->query = NULL;
        websocket_cancel(one);
    }
    websockets_finish_if_over(websockets);
}
