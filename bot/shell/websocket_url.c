#include "bot/shell/websocket_inner.h"

#include <curl/curl.h>
#include <string.h>

static bool split_url(struct websocket *websocket, CURLU *parts)
{
    char *port = NULL, *path = NULL, *query = NULL;
    bool is_good = curl_url_get(parts, CURLUPART_SCHEME, &websocket->scheme, 0) == CURLUE_OK &&
                   (strcmp(websocket->scheme, "ws") == 0 || strcmp(websocket->scheme, "wss") == 0) &&
                   curl_url_get(parts, CURLUPART_HOST, &websocket->host, 0) == CURLUE_OK &&
                   strlen(websocket->host) <= WEBSOCKET_HOST_MAX_BYTES &&
                   curl_url_get(parts, CURLUPART_PATH, &path, 0) == CURLUE_OK;
    struct buf whole = BUF(WEBSOCKET_PATH_MAX_BYTES);

    if (is_good && curl_url_get(parts, CURLUPART_PORT, &port, 0) == CURLUE_OK)
        websocket->port = (int)strtol(port, NULL, 10); /* curl has checked its range */
    else if (is_good)
        websocket->port = strcmp(websocket->scheme, "wss") == 0 ? 443 : 80;
    if (is_good) {
        buf_puts(&whole, path);
        if (curl_url_get(parts, CURLUPART_QUERY, &query, 0) == CURLUE_OK)
            buf_addf(&whole, "?%s", query);
    }
    is_good = is_good && !whole.failed && websocket->port > 0;
    if (is_good)
        websocket->path = buf_take(&whole);
    buf_finish(&whole);
    curl_free(port);
    curl_free(path);
    curl_free(query);
    return is_good;
}

bool websocket_read_url(struct websocket *websocket, const char *url, struct error *err)
{
    CURLU *parts = curl_url();
    bool is_good =
        !strpbrk(url, " \r\n\t") &&
        curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME | CURLU_DISALLOW_USER) == CURLUE_OK &&
        split_url(websocket, parts);

    curl_url_cleanup(parts);
    return is_good || error_set(err, ERR_INVALID, "not a ws or wss url that can be called");
}
