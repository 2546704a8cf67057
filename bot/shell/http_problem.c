#include "bot/shell/http_problem.h"

#include "bot/base/json.h"

#include <microhttpd.h>

void http_problem_print(const struct http_problem *problem, struct buf *ret_json)
{
    AUTO_JSON cJSON *json = json_object();
    const char *name = MHD_get_reason_phrase_for((unsigned)problem->status);

    json_set_string(json, "type", "about:blank");
    json_set_string(json, "title", problem->title ? problem->title : name);
    json_set_int(json, "status", problem->status);
    json_set_string(json, "detail", problem->detail);
    json_set_string(json, "request_id", problem->request_id);
    json_print_to(ret_json, json);
}

void http_problem_print_response(const struct http_problem *problem, struct buf *ret_response)
{
    AUTO_BUF struct buf json = BUF(HTTP_PROBLEM_MAX_BYTES);

    http_problem_print(problem, &json);
    buf_addf(ret_response,
             "HTTP/1.1 %d %s\r\nContent-Type: " HTTP_PROBLEM_TYPE "\r\nContent-Length: %zu\r\nConnection: close\r\n"
             "%sX-Request-Id: %s\r\n\r\n",
             problem->status, MHD_get_reason_phrase_for((unsigned)problem->status), json.len,
             problem->status == MHD_HTTP_SERVICE_UNAVAILABLE ? "Retry-After: 1\r\n" : "", problem->request_id);
    buf_add_str(ret_response, buf_str(&json));
}
