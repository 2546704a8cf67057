/* assets.h - the page itself: its files, as they are built in, and how they are answered.
 *
 * Nothing in them is secret or anybody's: whoever comes may read them. Each has an ETag (RFC 9110, 8.8.3) and is asked
 * for anew each time, so that a page never stays behind its opsgate.
 */
#ifndef OPSGATE_DASHBOARD_ASSETS_H
#define OPSGATE_DASHBOARD_ASSETS_H

#include "bot/base/asset.h"
#include "bot/shell/http_in.h"

#define ASSETS_PATH "/assets/" /* and then the name */
#define ASSETS_START "index.html"

extern const struct asset assets[]; /* opsgate_embed in CMakeLists.txt */
extern const size_t assets_count;

void assets_answer(struct http_request *request, const char *name); /* 404 for what is none */

/* What goes with every answer of the dashboard (Content-Security-Policy and its like): copied to ret_headers, their
 * number returned. */
#define ASSETS_HEADERS_MAX 5
size_t assets_add_safety(struct http_header *ret_headers);

#endif
