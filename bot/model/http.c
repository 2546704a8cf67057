#include "bot/model/http.h"

#include <string.h>

#define RETRY_AFTER_MAX_S 86400

const char *http_answer_header(const struct http_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->header_count; i++)
        if (strcmp(answer->headers[i].name, name) == 0)
            return answer->headers[i].value;
    return NULL;
}

int64_t http_answer_retry_after_ms(const struct http_answer *answer)
{
    struct error ignored;
    int64_t seconds;

    if (!parse_int(str_of(http_answer_header(answer, "retry-after")), 0, RETRY_AFTER_MAX_S, &seconds, &ignored))
        return 0;
    return seconds * 1000;
}
