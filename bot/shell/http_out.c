#include "bot/shell/http_out_call.h"

#include "bot/shell/http_out_mail.h"

#include <stdio.h>
#include <string.h>

#define CONNECT_MS 5000
#define HOST_MAX 8
#define IDLE_CONNECTIONS_MAX 32

struct out_socket {
    uv_poll_t poll; /* outlives curl's interest: freed when libuv has let go */
    struct http_out *out;
    curl_socket_t fd;
    LIST_ENTRY(out_socket) link;
};

/* --- the end of a call ---------------------------------------------------------------------------------------------
 */

static void leave_curl(struct http_out_call *call)
{
    if (call->is_with_curl)
        curl_multi_remove_handle(call->out->multi, call->easy);
    call->is_with_curl = false;
}

static void link_call(struct http_out_call *call, struct http_out_calls *home)
{
    TAILQ_INSERT_TAIL(home, call, link);
    call->home = home;
}

static void unlink_call(struct http_out_call *call)
{
    TAILQ_REMOVE(call->home, call, link);
}

static void free_call(struct http_out_call *call)
{
    http_out_mail_free(call);
    leave_curl(call);
    loop_timer_cancel(call->deadline);
    resolve_cancel(call->query);
    if (call->easy)
        curl_easy_cleanup(call->easy);
    curl_slist_free_all(call->headers);
    curl_slist_free_all(call->addresses);
    curl_free(call->host);
    curl_free(call->port);
    buf_finish(&call->answer_body);
    arena_destroy(call->answer_arena);
    arena_destroy(call->arena);
    free(call);
}

void http_out_cancel(struct http_out_call *call)
{
    if (!call)
        return;
    unlink_call(call);
    free_call(call);
}

/* Bytes of the request, headers included, that the kernel took. */
static bool was_sent(const struct http_out_call *call)
{
    long bytes = 0;

    curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &bytes);
    return bytes > 0 || call->body_at > 0;
}

static struct http_answer make_answer(struct http_out_call *call, const char *failure)
{
    struct http_answer answer = { .failure = failure,
                                  .was_sent = was_sent(call),
                                  .is_too_large = failure && call->is_too_large };
    long status = 0;

    if (failure)
        return answer;
    curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    answer.status = (int)status;
    answer.headers = call->answer_headers;
    answer.header_count = call->answer_header_count;
    answer.body = buf_str(&call->answer_body);
    answer.was_sent = true;
    return answer;
}

void http_out_end_call(struct http_out_call *call, const char *failure)
{
    struct http_answer answer = call->mail ? http_out_mail_answer(call, failure) : make_answer(call, failure);

    answer.took_ms = loop_now_ms(call->out->options.loop) - call->started_mono;
    answer.served_ms = call->ready_mono ? loop_now_ms(call->out->options.loop) - call->ready_mono : 0;
    unlink_call(call);
    call->on_done(call->arg, &answer);
    free_call(call);
}

static void on_deadline(void *arg)
{
    struct http_out_call *call = arg;
    char failure[64];

    call->deadline = NULL;
    snprintf(failure, sizeof(failure), "no answer within %lld ms", (long long)call->timeout_ms);
    http_out_end_call(call, failure);
}

/* --- curl on the loop ----------------------------------------------------------------------------------------------
 */

static void finish_call(struct http_out_call *call, CURLcode code)
{
    if (call->mail && http_out_mail_connected(call, code))
        return; /* the connection is still curl's, and what goes over it is ours now */
    if (!call->mail)
        leave_curl(call);
    if (code == CURLE_FILESIZE_EXCEEDED)
        http_out_call_too_large(call);
    if (code != CURLE_OK && !call->our_failure && !call->mail)
        call->our_failure = call->failure[0] ? call->failure : curl_easy_strerror(code);
    unlink_call(call);
    link_call(call, &call->out->finished);
}

/* In two steps: an owner may start and cancel calls when it is told, and curl must not be in the middle of its list. */
static void tell_finished(struct http_out *out)
{
    struct http_out_call *call;
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(out->multi, &left))) {
        CURLcode code = message->data.result;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call);
        finish_call(call, code);
    }
    while ((call = TAILQ_FIRST(&out->finished)))
        http_out_end_call(call, call->our_failure); /* NOLINT(clang-analyzer-unix.Malloc): TAILQ_REMOVE does change the head */
}

static void act(struct http_out *out, curl_socket_t fd, int events)
{
    int running;

    curl_multi_socket_action(out->multi, fd, events, &running);
    tell_finished(out);
}

static void on_socket_event(uv_poll_t *poll, int status, int events)
{
    struct out_socket *one = CONTAINER_OF(poll, struct out_socket, poll);
    int flags = status < 0 ? CURL_CSELECT_ERR : 0;

    if (events & UV_READABLE)
        flags |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        flags |= CURL_CSELECT_OUT;
    act(one->out, one->fd, flags); /* `one` may be gone now */
}

static void on_timer(uv_timer_t *timer)
{
    act(CONTAINER_OF(timer, struct http_out, timer), CURL_SOCKET_TIMEOUT, 0);
}

static int want_timer(CURLM *multi, long after_ms, void *arg)
{
    struct http_out *out = arg;

    (void)multi;
    if (after_ms < 0)
        uv_timer_stop(&out->timer);
    else
        uv_timer_start(&out->timer, on_timer, (uint64_t)after_ms, 0);
    return 0;
}

static void free_socket(uv_handle_t *poll)
{
    free(CONTAINER_OF(poll, struct out_socket, poll));
}

static void close_socket(struct out_socket *one)
{
    LIST_REMOVE(one, link);
    uv_poll_stop(&one->poll); /* at once: curl closes the descriptor now, and its number may come again */
    uv_close((uv_handle_t *)&one->poll, free_socket);
}

static struct out_socket *open_socket(struct http_out *out, curl_socket_t fd)
{
    struct out_socket *one = xcalloc(1, sizeof(*one));

    if (uv_poll_init_socket(loop_uv(out->options.loop), &one->poll, fd) != 0) {
        free(one); /* the call's deadline ends it */
        return NULL;
    }
    one->out = out;
    one->fd = fd;
    LIST_INSERT_HEAD(&out->sockets, one, link);
    curl_multi_assign(out->multi, fd, one);
    return one;
}

static int uv_events(int what)
{
    return (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
}

static int want_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *assigned)
{
    struct http_out *out = arg;
    struct out_socket *one = assigned;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        curl_multi_assign(out->multi, fd, NULL);
        if (one)
            close_socket(one);
        return 0;
    }
    if (!one)
        one = open_socket(out, fd);
    if (one)
        uv_poll_start(&one->poll, uv_events(what), on_socket_event);
    return 0;
}

/* --- from the name to curl -----------------------------------------------------------------------------------------
 */

static void enter_curl(struct http_out_call *call)
{
    call->is_with_curl = true;
    curl_multi_add_handle(call->out->multi, call->easy); /* begins with its timer, in a later turn */
}

static void on_resolved(void *arg, const struct resolve_addresses *addresses, const struct error *err)
{
    struct http_out_call *call = arg;

    call->query = NULL;
    if (!addresses) {
        http_out_end_call(call, err->message);
        return;
    }
    http_out_call_set_addresses(call, addresses);
    enter_curl(call);
}

static bool needs_name(const struct http_out_call *call)
{
    struct resolve_addresses literal;

    if (call->out->options.unix_path || !call->out->options.resolve)
        return false;
    return !resolve_literal(call->host, &literal) || strcmp(call->host, "localhost") == 0;
}

/* Through a proxy, the proxy's name is ours to resolve and the server's is the proxy's. */
static bool find_host(struct http_out_call *call, const char *url, bool is_mail, struct error *err)
{
    if (!http_out_split_url(url, is_mail, &call->host, &call->port, err))
        return false;
    if (!call->out->proxy || is_mail)
        return true;
    curl_free(call->host);
    curl_free(call->port);
    call->host = call->port = NULL;
    return http_out_split_url(call->out->proxy, false, &call->host, &call->port, err);
}

struct http_out_call *http_out_start(struct http_out *out, const struct http_call *from, http_out_done_fn on_done,
                                     void *arg, struct error *err)
{
    struct http_out_call *call;

    if (!http_out_call_check(from, err))
        return NULL;
    call = xcalloc(1, sizeof(*call));
    call->out = out;
    call->on_done = on_done;
    call->arg = arg;
    if (!find_host(call, from->url, from->mail, err)) {
        free_call(call);
        return NULL;
    }
    http_out_call_prepare(call, from);
    call->started_mono = loop_now_ms(out->options.loop);
    link_call(call, &out->calls);
    call->deadline = loop_timer_start(out->options.loop, call->timeout_ms, on_deadline, call);
    if (needs_name(call))
        call->query = resolve_start(out->options.resolve, call->host, on_resolved, call);
    else
        enter_curl(call);
    return call;
}

/* --- create, destroy -----------------------------------------------------------------------------------------------
 */

static struct http_out_options with_defaults(struct http_out_options options)
{
    if (!options.connect_ms)
        options.connect_ms = CONNECT_MS;
    if (!options.answer_max_bytes)
        options.answer_max_bytes = (size_t)HTTP_ANSWER_MAX_BYTES;
    if (!options.host_max)
        options.host_max = HOST_MAX;
    return options;
}

static bool start_multi(struct http_out *out, struct error *err)
{
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wipe_and_free, wipe_and_realloc, strdup, calloc) != CURLE_OK)
        return error_set(err, ERR_INTERNAL, "http client: curl does not start");
    out->multi = curl_multi_init();
    if (!out->multi)
        abort(); /* out of memory */
    curl_multi_setopt(out->multi, CURLMOPT_SOCKETFUNCTION, want_socket);
    curl_multi_setopt(out->multi, CURLMOPT_SOCKETDATA, out);
    curl_multi_setopt(out->multi, CURLMOPT_TIMERFUNCTION, want_timer);
    curl_multi_setopt(out->multi, CURLMOPT_TIMERDATA, out);
    curl_multi_setopt(out->multi, CURLMOPT_MAX_HOST_CONNECTIONS, out->options.host_max);
    curl_multi_setopt(out->multi, CURLMOPT_MAXCONNECTS, (long)IDLE_CONNECTIONS_MAX);
    return true;
}

static bool check_proxy(const struct http_out_options *options, struct error *err)
{
    char *host = NULL, *port = NULL;
    bool is_good = !options->proxy || http_out_split_url(options->proxy, false, &host, &port, err);

    curl_free(host);
    curl_free(port);
    return is_good || error_wrap(err, "proxy");
}

struct http_out *http_out_create(const struct http_out_options *options, struct error *err)
{
    struct http_out *out;

    if (!check_proxy(options, err))
        return NULL;
    out = xcalloc(1, sizeof(*out));
    out->options = with_defaults(*options);
    if (!start_multi(out, err)) {
        free(out);
        return NULL;
    }
    out->unix_path = xstrdup(options->unix_path);
    out->proxy = xstrdup(options->proxy);
    out->ca_file = xstrdup(options->ca_file);
    TAILQ_INIT(&out->calls);
    TAILQ_INIT(&out->finished);
    LIST_INIT(&out->sockets);
    uv_timer_init(loop_uv(options->loop), &out->timer);
    return out;
}

static void free_out(uv_handle_t *timer)
{
    struct http_out *out = CONTAINER_OF(timer, struct http_out, timer);

    free(out->unix_path);
    free(out->proxy);
    free(out->ca_file);
    free(out);
}

static void cancel_all(struct http_out_calls *list)
{
    struct http_out_call *call, *next;

    for (call = TAILQ_FIRST(list); call; call = next) {
        next = TAILQ_NEXT(call, link);
        http_out_cancel(call);
    }
}

void http_out_destroy(struct http_out *out)
{
    struct out_socket *one;

    if (!out)
        return;
    cancel_all(&out->calls);
    cancel_all(&out->finished);
    curl_multi_cleanup(out->multi);
    while ((one = LIST_FIRST(&out->sockets)))
        close_socket(one);
    curl_global_cleanup();
    uv_close((uv_handle_t *)&out->timer, free_out);
}
