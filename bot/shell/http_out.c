#include "bot/shell/http_out.h"

#include "bot/base/arena.h"
#include "bot/base/buf.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>

#define CONNECT_MS 5000
#define CALL_MS 30000 /* for a call that names no timeout */
#define HOST_MAX 8
#define IDLE_CONNECTIONS_MAX 32
#define IDLE_MAX_S 30L /* younger than what servers and middle boxes forget */
#define HEADERS_MAX_BYTES 65536

TAILQ_HEAD(call_head, http_out_call);

struct http_out {
    struct http_out_options options;
    char *unix_path, *proxy, *ca_file;
    CURLM *multi;
    uv_timer_t timer; /* curl's */
    LIST_HEAD(socket_head, out_socket) sockets;
    struct call_head calls, finished; /* finished: taken from curl, to be told */
};

struct out_socket {
    uv_poll_t poll; /* outlives curl's interest: freed when libuv has let go */
    struct http_out *out;
    curl_socket_t fd;
    LIST_ENTRY(out_socket) link;
};

struct http_out_call {
    struct http_out *out;
    TAILQ_ENTRY(http_out_call) link;
    struct call_head *home; /* the list it is in */
    bool is_with_curl;
    CURL *easy;
    struct curl_slist *headers, *addresses;
    char *host, *port; /* of the server, or the proxy: what has to be resolved */
    struct str body;   /* in the arena; what of it was given to curl is body_at */
    size_t body_at;
    int64_t timeout_ms;
    struct loop_timer *deadline;
    struct resolve_query *query;

    struct arena *arena; /* the copied call */
    struct arena *answer_arena;
    struct http_header *answer_headers;
    size_t answer_header_count, answer_header_bytes;
    struct buf answer_body;
    char failure[CURL_ERROR_SIZE]; /* curl writes it; ours win */
    const char *our_failure;
    http_out_done_fn on_done;
    void *arg;
};

/* --- the end of a call ---------------------------------------------------------------------------------------------
 */

static void leave_curl(struct http_out_call *call)
{
    if (call->is_with_curl)
        curl_multi_remove_handle(call->out->multi, call->easy);
    call->is_with_curl = false;
}

static void link_call(struct http_out_call *call, struct call_head *home)
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
    struct http_answer answer = { .failure = failure, .was_sent = was_sent(call) };
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

/* Tells the owner; the call is gone then. failure NULL: an answer came. */
static void end_call(struct http_out_call *call, const char *failure)
{
    struct http_answer answer = make_answer(call, failure);

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
    end_call(call, failure);
}

/* --- curl on the loop ----------------------------------------------------------------------------------------------
 */

static void finish_call(struct http_out_call *call, CURLcode code)
{
    leave_curl(call);
    if (code != CURLE_OK && !call->our_failure)
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
        end_call(call, call->our_failure); /* NOLINT(clang-analyzer-unix.Malloc): TAILQ_REMOVE does change the head */
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

/* --- what curl reads and writes ------------------------------------------------------------------------------------
 */

static size_t give_body(char *at, size_t size, size_t count, void *arg)
{
    struct http_out_call *call = arg;
    size_t len = call->body.len - call->body_at;

    if (len > size * count)
        len = size * count;
    if (len > 0)
        memcpy(at, call->body.at + call->body_at, len);
    call->body_at += len;
    return len;
}

/* A connection that died under a call: curl would send the body a second time. Whether that is safe is not curl's to
 * decide, so going back is refused, and the call fails. */
static int refuse_rewind(void *arg, curl_off_t offset, int origin)
{
    (void)arg, (void)offset, (void)origin;
    return CURL_SEEKFUNC_FAIL;
}

static size_t take_body(char *at, size_t size, size_t count, void *arg)
{
    struct http_out_call *call = arg;

    buf_add(&call->answer_body, at, size * count);
    if (!call->answer_body.failed)
        return size * count;
    call->our_failure = "the answer is larger than we take";
    return 0;
}

static void forget_headers(struct http_out_call *call)
{
    arena_destroy(call->answer_arena);
    call->answer_arena = arena_create();
    call->answer_headers = NULL;
    call->answer_header_count = 0;
    call->answer_header_bytes = 0;
}

static void add_answer_header(struct http_out_call *call, struct str line)
{
    struct str value = line, name = str_take_until(&value, ':');
    struct http_header *header;
    char *lower;

    if (name.len == line.len)
        return; /* no colon: the empty line at the end */
    header = ARENA_PUSH(call->answer_arena, call->answer_headers, call->answer_header_count);
    lower = arena_copy(call->answer_arena, str_trim(name));
    for (char *c = lower; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    header->name = lower;
    header->value = arena_copy(call->answer_arena, str_trim(value));
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the type is curl's */
static size_t take_header(char *at, size_t size, size_t count, void *arg)
{
    struct http_out_call *call = arg;
    struct str line = { at, size * count };

    if (str_starts_with(line, "HTTP/"))
        forget_headers(call); /* of an interim answer (1xx) before this one */
    call->answer_header_bytes += line.len;
    if (call->answer_header_bytes > HEADERS_MAX_BYTES) {
        call->our_failure = "the answer's headers are larger than we take";
        return 0;
    }
    add_answer_header(call, line);
    return line.len;
}

/* --- making a call -------------------------------------------------------------------------------------------------
 */

static bool has_line_end(const char *text)
{
    return strpbrk(text, "\r\n") != NULL;
}

static bool is_token(const char *text)
{
    return text && *text &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(text);
}

static bool check_call(const struct http_call *call, struct error *err)
{
    if (!is_token(call->method))
        return error_set(err, ERR_INVALID, "http call: the method is malformed");
    if (!call->url || has_line_end(call->url))
        return error_set(err, ERR_INVALID, "http call: the url is malformed");
    for (size_t i = 0; i < call->header_count; i++) {
        if (!is_token(call->headers[i].name))
            return error_set(err, ERR_INVALID, "http call: a header's name is malformed");
        if (!call->headers[i].value || has_line_end(call->headers[i].value))
            return error_set(err, ERR_INVALID, "http call: the value of %.64s is malformed", call->headers[i].name);
    }
    return true;
}

/* Host and port of an http or https url; curl_free both. The url's own text stays out of messages: it may be a secret.
 */
static bool split_url(const char *url, char **ret_host, char **ret_port, struct error *err)
{
    CURLU *parts = curl_url();
    char *scheme = NULL;
    bool is_good = curl_url_set(parts, CURLUPART_URL, url, CURLU_DISALLOW_USER) == CURLUE_OK &&
                   curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                   (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0) &&
                   curl_url_get(parts, CURLUPART_HOST, ret_host, 0) == CURLUE_OK &&
                   curl_url_get(parts, CURLUPART_PORT, ret_port, CURLU_DEFAULT_PORT) == CURLUE_OK;

    curl_free(scheme);
    curl_url_cleanup(parts);
    return is_good || error_set(err, ERR_INVALID, "not an absolute http or https url");
}

static bool has_header(const struct http_call *call, const char *name)
{
    for (size_t i = 0; i < call->header_count; i++)
        if (str_equal_nocase(str_of(call->headers[i].name), str_of(name)))
            return true;
    return false;
}

static void add_line(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);

    if (!longer)
        abort(); /* out of memory */
    *list = longer;
}

static void set_headers(struct http_out_call *call, const struct http_call *from)
{
    for (size_t i = 0; i < from->header_count; i++) {
        const struct http_header *header = &from->headers[i];
        const char *form = *header->value ? "%s: %s" : "%s;"; /* how curl spells a header without a value */

        add_line(&call->headers, arena_printf(call->arena, form, header->name, header->value));
    }
    add_line(&call->headers, "Expect:"); /* never ask first: it costs a second where nobody answers */
    if (!has_header(from, "Content-Type"))
        add_line(&call->headers, "Content-Type:"); /* curl would claim a form */
    curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers);
}

static bool is_repeatable(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

static void set_body(struct http_out_call *call)
{
    curl_easy_setopt(call->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len);
    curl_easy_setopt(call->easy, CURLOPT_READFUNCTION, give_body);
    curl_easy_setopt(call->easy, CURLOPT_READDATA, call);
    curl_easy_setopt(call->easy, CURLOPT_SEEKFUNCTION, refuse_rewind);
}

static void set_method(struct http_out_call *call, const char *method)
{
    bool takes_body = strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;

    if (strcmp(method, "HEAD") == 0)
        curl_easy_setopt(call->easy, CURLOPT_NOBODY, 1L); /* whatever length is announced, nothing comes */
    else
        curl_easy_setopt(call->easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)call->out->options.answer_max_bytes);
    if (call->body.len > 0 || takes_body)
        set_body(call);
    curl_easy_setopt(call->easy, CURLOPT_CUSTOMREQUEST, method);
    if (!is_repeatable(method) && call->body.len == 0) /* no body to refuse the rewind of: take no chance */
        curl_easy_setopt(call->easy, CURLOPT_FRESH_CONNECT, 1L);
}

static void set_way(struct http_out_call *call)
{
    const struct http_out *out = call->out;

    curl_easy_setopt(call->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(call->easy, CURLOPT_QUICK_EXIT, 1L); /* otherwise a dead resolver of its own is waited for */
    curl_easy_setopt(call->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(call->easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(call->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(call->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(call->easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(call->easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(call->easy, CURLOPT_PROXY, out->proxy ? out->proxy : ""); /* "": the environment's neither */
    curl_easy_setopt(call->easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(call->easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(call->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)out->options.connect_ms);
    curl_easy_setopt(call->easy, CURLOPT_MAXAGE_CONN, IDLE_MAX_S);
    curl_easy_setopt(call->easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(call->easy, CURLOPT_USERAGENT, "opsgate/" OPSGATE_VERSION);
    if (out->ca_file)
        curl_easy_setopt(call->easy, CURLOPT_CAINFO, out->ca_file);
    if (out->unix_path)
        curl_easy_setopt(call->easy, CURLOPT_UNIX_SOCKET_PATH, out->unix_path);
}

static void set_callbacks(struct http_out_call *call)
{
    curl_easy_setopt(call->easy, CURLOPT_PRIVATE, call);
    curl_easy_setopt(call->easy, CURLOPT_ERRORBUFFER, call->failure);
    curl_easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(call->easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(call->easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(call->easy, CURLOPT_HEADERDATA, call);
}

static void prepare(struct http_out_call *call, const struct http_call *from)
{
    call->arena = arena_create();
    call->answer_arena = arena_create();
    call->answer_body = BUF(call->out->options.answer_max_bytes);
    call->body = (struct str){ arena_copy(call->arena, from->body), from->body.len };
    call->timeout_ms = from->timeout_ms > 0 ? from->timeout_ms : CALL_MS;
    call->easy = curl_easy_init();
    if (!call->easy)
        abort(); /* out of memory */
    curl_easy_setopt(call->easy, CURLOPT_URL, from->url);
    set_way(call);
    set_callbacks(call);
    set_headers(call, from);
    set_method(call, from->method);
}

/* --- from the name to curl -----------------------------------------------------------------------------------------
 */

static void set_addresses(struct http_out_call *call, const struct resolve_addresses *addresses)
{
    AUTO_BUF struct buf line = BUF(1024);

    buf_addf(&line, "+%s:%s:", call->host, call->port);
    for (size_t i = 0; i < addresses->count; i++) {
        bool is_v6 = strchr(addresses->text[i], ':') != NULL;

        buf_addf(&line, is_v6 ? "%s[%s]" : "%s%s", i > 0 ? "," : "", addresses->text[i]);
    }
    add_line(&call->addresses, buf_text(&line));
    curl_easy_setopt(call->easy, CURLOPT_RESOLVE, call->addresses);
}

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
        end_call(call, err->message);
        return;
    }
    set_addresses(call, addresses);
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
static bool find_host(struct http_out_call *call, const char *url, struct error *err)
{
    if (!split_url(url, &call->host, &call->port, err))
        return false;
    if (!call->out->proxy)
        return true;
    curl_free(call->host);
    curl_free(call->port);
    call->host = call->port = NULL;
    return split_url(call->out->proxy, &call->host, &call->port, err);
}

struct http_out_call *http_out_start(struct http_out *out, const struct http_call *from, http_out_done_fn on_done,
                                     void *arg, struct error *err)
{
    struct http_out_call *call;

    if (!check_call(from, err))
        return NULL;
    call = xcalloc(1, sizeof(*call));
    call->out = out;
    call->on_done = on_done;
    call->arg = arg;
    if (!find_host(call, from->url, err)) {
        free_call(call);
        return NULL;
    }
    prepare(call, from);
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
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
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
    bool is_good = !options->proxy || split_url(options->proxy, &host, &port, err);

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

static void cancel_all(struct call_head *list)
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
