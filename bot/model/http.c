#include "bot/model/http.h"

#include "bot/base/time.h"

#include <stdio.h>
#include <string.h>

#define RETRY_AFTER_MAX_S 86400
#define SMTP_CLOSING 421

bool http_answer_is_failure(const struct http_answer *answer)
{
    if (answer->is_mail) /* there 5xx is a no, and this one says that it closes */
        return answer->status == 0 || answer->status == SMTP_CLOSING;
    return answer->status == 0 || answer->status >= 500;
}

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

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
int64_t http_answer_date_ms(const struct http_answer *answer)
{
    static const char months[] = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec ";
    const char *text = http_answer_header(answer, "date"), *month;
    char name[5], rfc3339[32];
    struct error ignored;
    int64_t unix_ms;

    if (!text || strlen(text) != 29 || strcmp(text + 25, " GMT") != 0 || text[7] != ' ' || text[11] != ' ' ||
        text[16] != ' ')
        return 0;
    memcpy(name, text + 8, 4);
    name[4] = '\0';
    month = strstr(months, name);
    if (!month || (month - months) % 4 != 0)
        return 0;
    snprintf(rfc3339, sizeof(rfc3339), "%.4s-%02d-%.2sT%.8sZ", text + 12, (int)((month - months) / 4 + 1), text + 5,
             text + 17);
    return time_parse(str_of(rfc3339), &unix_ms, &ignored) && unix_ms > 0 ? unix_ms : 0;
}
