#include "bot/shell/http_head.h"

#include "bot/base/str.h"

#include <string.h>

#define LINE_END_MAX ((uintptr_t)2) /* CR LF; a bare LF is 1 */
#define TOKEN_OTHERS "!#$%&'*+-.^_`|~"
#define HOST_OTHERS ":[]();=" /* and no comma: nobody is called so, but two hosts in one line are */

struct reading {
    struct http_head head;
    uintptr_t line_end; /* where the text of the line before ends */
    unsigned lengths, codings, hosts;
    const char *wrong; /* the first thing that is; NULL: none */
};

static bool is_token(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        bool is_alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

        if (!is_alnum && (c == '\0' || !strchr(TOKEN_OTHERS, c)))
            return false;
    }
    return len > 0;
}

static bool has_control(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (((unsigned char)text[i] < ' ' && text[i] != '\t') || text[i] == 127)
            return true;
    return false;
}

/* Between two texts in the buffer stands an end of line and nothing else. */
static bool follows(uintptr_t line_end, uintptr_t at)
{
    return at > line_end && at - line_end <= LINE_END_MAX;
}

static bool is_blank_between(const char *from, const char *to)
{
    for (; from < to; from++)
        if (*from != ' ' && *from != '\t')
            return false;
    return true;
}

static const char *check_layout(struct reading *reading, struct str name, struct str value)
{
    const char *after_colon = name.at + name.len + 1;

    if (!follows(reading->line_end, (uintptr_t)name.at) || (uintptr_t)value.at < (uintptr_t)after_colon ||
        !is_blank_between(after_colon, value.at))
        return "a header has a NUL byte or goes on over several lines";
    reading->line_end = (uintptr_t)value.at + value.len;
    if (!is_token(name.at, name.len))
        return "a header's name is malformed";
    if (has_control(value.at, value.len))
        return "a header has a control character";
    return NULL;
}

static const char *read_length(struct reading *reading, struct str value)
{
    struct error ignored;
    int64_t length;

    if (++reading->lengths > 1)
        return "Content-Length is given more than once";
    if (!parse_int(value, 0, INT64_MAX, &length, &ignored))
        return "Content-Length is no number";
    reading->head.content_length = (uint64_t)length;
    return NULL;
}

static const char *read_coding(struct reading *reading, struct str value)
{
    if (++reading->codings > 1 || !str_equal_nocase(value, STR_LIT("chunked")))
        return "the only Transfer-Encoding taken is chunked";
    reading->head.is_chunked = true;
    return NULL;
}

/* uri-host [ ":" port ] (RFC 9112, 3.2): the letters of a name and of addresses, and nothing that ends them. */
static const char *read_host(struct reading *reading, struct str value)
{
    if (++reading->hosts > 1)
        return "Host is given more than once";
    for (size_t i = 0; i < value.len; i++)
        if (!is_token(value.at + i, 1) && !strchr(HOST_OTHERS, value.at[i]))
            return "Host is no host";
    return NULL;
}

static const char *read_expect(struct reading *reading, struct str value)
{
    reading->head.waits_for_continue = str_equal_nocase(value, STR_LIT("100-continue"));
    return NULL;
}

static const struct {
    const char *name;
    const char *(*read)(struct reading *reading, struct str value);
} readers[] = {
    { "content-length", read_length },
    { "transfer-encoding", read_coding },
    { "host", read_host },
    { "expect", read_expect },
};

static const char *read_header(struct reading *reading, struct str name, struct str value)
{
    for (size_t i = 0; i < ARRAY_LEN(readers); i++)
        if (str_equal_nocase(name, str_of(readers[i].name)))
            return readers[i].read(reading, value);
    return NULL;
}

static enum MHD_Result on_header(void *arg, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                 const char *value, size_t value_len)
{
    struct reading *reading = arg;
    struct str key = { name, name_len }, text = { value ? value : "", value ? value_len : 0 };

    (void)kind;
    reading->wrong = check_layout(reading, key, text);
    if (!reading->wrong)
        reading->wrong = read_header(reading, key, text);
    return reading->wrong ? MHD_NO : MHD_YES;
}

static size_t head_bytes(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

    return info ? info->header_size : 0;
}

static const char *check_whole(const struct reading *reading, const char *method, const char *version)
{
    uintptr_t end = (uintptr_t)method + reading->head.bytes;

    if (reading->wrong)
        return reading->wrong;
    if (end <= reading->line_end || end - reading->line_end > LINE_END_MAX + LINE_END_MAX)
        return "a header has a NUL byte or goes on over several lines";
    if (reading->lengths > 0 && reading->codings > 0)
        return "Content-Length and Transfer-Encoding contradict each other";
    if (reading->codings > 0 && strcmp(version, "HTTP/1.0") == 0)
        return "HTTP/1.0 knows no Transfer-Encoding";
    if (reading->hosts == 0 && strcmp(version, "HTTP/1.0") != 0)
        return "Host is missing";
    return NULL;
}

const char *http_head_check(struct MHD_Connection *connection, const char *method, const char *target,
                            size_t target_len, const char *version, struct http_head *ret_head)
{
    struct reading reading = { .line_end = (uintptr_t)version + strlen(version) };
    const char *wrong;

    if (!is_token(method, strlen(method)))
        return "the method is malformed";
    if ((uintptr_t)target != (uintptr_t)method + strlen(method) + 1 ||
        (uintptr_t)version != (uintptr_t)target + target_len + 1)
        return "the request line has a NUL byte or too many blanks";
    reading.head.bytes = head_bytes(connection);
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, on_header, &reading);
    wrong = check_whole(&reading, method, version);
    if (!wrong)
        *ret_head = reading.head;
    return wrong;
}
