/* local_socket.h - one question to the opsgate that serves on this host, over its local socket. */
#ifndef OPSGATE_CLI_LOCAL_SOCKET_H
#define OPSGATE_CLI_LOCAL_SOCKET_H

#include "bot/shell/http_out.h"

/* POSTs `body` (JSON; may be empty) and waits: on_answer runs once before this returns true. False with err: nobody
 * could be asked, ERR_UNAVAILABLE when nobody is there. */
bool local_socket_ask(const char *socket_path, const char *path, struct str body, http_out_done_fn on_answer, void *arg,
                      struct error *err);

#endif
