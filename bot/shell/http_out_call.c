#include "bot/shell/http_out_call.h"

#include "bot/shell/http_out_mail.h"

#include <ctype.h>
#include <string.h>

#define CALL_MS 30000  /* for a call that names no timeout */
#define IDLE_MAX_S 30L /* younger than what servers and middle boxes forget */
#define HEADERS_MAX_BYTES 65536

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

static int ask_first(void *arg, char *peer_ip, char *own_ip, int peer_port, int own_port)
{
    struct http_out_call *call = arg;

    (void)peer_ip, (void)own_ip, (void)peer_port, (void)own_port;
    call->ready_mono = loop_now_ms(call->out->options.loop);
    if (!call->may_send || call->may_send(call->may_send_arg))
        return CURL_PREREQFUNC_OK;
    call->our_failure = HTTP_OUT_HELD_BACK;
    return CURL_PREREQFUNC_ABORT;
}

void http_out_ask_first(struct http_out_call *call, bool (*may_send)(void *arg), void *arg)
{
    call->may_send = may_send;
    call->may_send_arg = arg;
}

/* A connection that died under a call: curl would send the body a second time. Whether that is safe is not curl's to
 * decide, so going back is refused, and the call fails. */
static int refuse_rewind(void *arg, curl_off_t offset, int origin)
{
    (void)arg, (void)offset, (void)origin;
    return CURL_SEEKFUNC_FAIL;
}

void http_out_call_too_large(struct http_out_call *call)
{
    call->is_too_large = true;
    call->our_failure = "the answer is larger than we take";
}

static bool keep_body(struct http_out_call *call, const char *at, size_t len)
{
    buf_add(&call->answer_body, at, len);
    return !call->answer_body.failed;
}

/* Counted, for an answer without end is none. */
static bool drop_body(struct http_out_call *call, size_t len)
{
    call->dropped_bytes += len;
    return call->dropped_bytes <= call->answer_max_bytes;
}

static size_t take_body(char *at, size_t size, size_t count, void *arg)
{
    struct http_out_call *call = arg;

    if (call->drops_body ? drop_body(call, size * count) : keep_body(call, at, size * count))
        return size * count;
    http_out_call_too_large(call);
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
    if (!call->drops_body)
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

bool http_out_call_check(const struct http_call *call, struct error *err)
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
    return !call->mail || http_out_mail_check(call, err);
}

static bool is_scheme(const char *scheme, bool is_mail)
{
    const char *plain = is_mail ? "smtp" : "http", *tls = is_mail ? "smtps" : "https";

    return strcmp(scheme, plain) == 0 || strcmp(scheme, tls) == 0;
}

bool http_out_split_url(const char *url, bool is_mail, char **ret_host, char **ret_port, struct error *err)
{
    CURLU *parts = curl_url();
    char *scheme = NULL;
    bool is_good = curl_url_set(parts, CURLUPART_URL, url, CURLU_DISALLOW_USER) == CURLUE_OK &&
                   curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                   is_scheme(scheme, is_mail) &&
                   curl_url_get(parts, CURLUPART_HOST, ret_host, 0) == CURLUE_OK &&
                   curl_url_get(parts, CURLUPART_PORT, ret_port, CURLU_DEFAULT_PORT) == CURLUE_OK;

    curl_free(scheme);
    curl_url_cleanup(parts);
    return is_good || error_set(err, ERR_INVALID, "not an absolute %s or %s url", is_mail ? "smtp" : "http",
                                is_mail ? "smtps" : "https");
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
        curl_easy_setopt(call->easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)call->answer_max_bytes);
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
    curl_easy_setopt(call->easy, CURLOPT_PREREQFUNCTION, ask_first);
    curl_easy_setopt(call->easy, CURLOPT_PREREQDATA, call);
}

void http_out_call_prepare(struct http_out_call *call, const struct http_call *from)
{
    call->arena = arena_create();
    call->answer_arena = arena_create();
    call->answer_max_bytes = call->out->options.answer_max_bytes;
    if (from->answer_max_bytes > 0 && from->answer_max_bytes < call->answer_max_bytes)
        call->answer_max_bytes = from->answer_max_bytes;
    call->drops_body = from->drops_body;
    call->answer_body = BUF(call->answer_max_bytes);
    call->body = (struct str){ arena_copy(call->arena, from->body), from->body.len };
    call->timeout_ms = from->timeout_ms > 0 ? from->timeout_ms : CALL_MS;
    call->easy = curl_easy_init();
    if (!call->easy)
        abort(); /* out of memory */
    curl_easy_setopt(call->easy, CURLOPT_URL, from->url);
    set_way(call);
    set_callbacks(call);
    if (from->mail) {
        http_out_mail_prepare(call, from);
        return;
    }
    set_headers(call, from);
    set_method(call, from->method);
}

void http_out_call_set_addresses(struct http_out_call *call, const struct resolve_addresses *addresses)
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
