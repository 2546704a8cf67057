/* smtp.h - the world's mail server, on a port of its own. (RFC 5321; AUTH PLAIN, RFC 4954; no TLS)
 *
 * Each command is a call of service `mail`, with its verb as the method: CONNECT (the greeting), EHLO, AUTH, MAIL, RCPT, DATA,
 * TEXT (the final dot)... so faults are told as for every other service: a `status` is the code that it answers.
 */
#ifndef SANDBOX_SMTP_H
#define SANDBOX_SMTP_H

#include "bot/base/error.h"
#include "bot/base/str.h"

struct world;
struct smtp;

struct smtp *smtp_create(struct world *world, struct error *err); /* listens on 127.0.0.1, a free port */
void smtp_destroy(struct smtp *smtp); /* cuts every connection; waits for its threads, so without the world's lock */
int smtp_port(const struct smtp *smtp);

#endif
