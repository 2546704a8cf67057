/* http_out_mail.h - a call that is a mail: http_out's own.
 *
 * curl connects, greets, starts TLS and logs in, and then leaves the connection to us (CURLOPT_CONNECT_ONLY): its own way to
 * send a mail waits for the server's last word, and for the answer to QUIT, without giving the loop back. Loop thread only.
 */
#ifndef OPSGATE_SHELL_HTTP_OUT_MAIL_H
#define OPSGATE_SHELL_HTTP_OUT_MAIL_H

#include "bot/shell/http_out_call.h"

bool http_out_mail_check(const struct http_call *from, struct error *err);

/* As http_out_call_prepare, behind it. TLS must be had when a password goes with it, and is taken where it is offered; on
 * this machine itself (127.0.0.0/8, ::1, localhost) it is not asked for. */
void http_out_mail_prepare(struct http_out_call *call, const struct http_call *from);

/* curl has done its part, well or not. True: the mail goes on, and http_out_end_call will be called. False: it has ended,
 * as http_out_mail_answer says. */
bool http_out_mail_connected(struct http_out_call *call, CURLcode code);

/* The answer of one that has ended; `failure` as http_out_end_call had it. Borrowed from the call. */
struct http_answer http_out_mail_answer(const struct http_out_call *call, const char *failure);

void http_out_mail_free(struct http_out_call *call); /* before curl closes the connection; NULL mail is fine */

#endif
