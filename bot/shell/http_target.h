/* http_target.h - what a request line asks for, taken apart. (RFC 9112 section 3.2, RFC 3986) Pure; any thread. */
#ifndef OPSGATE_SHELL_HTTP_TARGET_H
#define OPSGATE_SHELL_HTTP_TARGET_H

#include "bot/base/str.h"

/* "/a%20b?x=1" or "http://host/a%20b?x=1" into the decoded path, which the caller frees, and the raw query, borrowed
 * from target. ERR_INVALID: no path, a blank, a broken escape, a NUL byte, or no UTF-8. */
bool http_target_parse(struct str target, char **ret_path, struct str *ret_query, struct error *err);

/* One parameter of a query, decoded ('+' is a blank); the caller frees it. false when missing or malformed. */
bool http_target_parameter(struct str query, const char *name, char **ret_value);

bool http_target_is_request_id(const char *text);               /* 1 to 64 of [A-Za-z0-9._-]; NULL is none */
bool http_target_is_type(const char *header, const char *type); /* media types, whatever the parameters; NULL is none */

#endif
