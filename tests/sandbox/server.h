/* server.h - the HTTP side of the sandbox: one port, one thread for each connection.
 *
 * Threads may therefore wait (a late answer, a ":wait", a watching page) without holding anybody up. Everything they
 * share is in the world, behind its lock.
 */
#ifndef SANDBOX_SERVER_H
#define SANDBOX_SERVER_H

#include "world.h"

#include <netinet/in.h>

struct server;

/* Binds first, so that the port is known before the world is made; serving begins with server_start. */
struct server *server_bind(const char *listen, struct error *err); /* "127.0.0.1:9080"; port 0 takes a free one */
uint16_t server_port(const struct server *server);
bool server_start(struct server *server, struct world *world, bool quiet, struct error *err);
void server_destroy(struct server *server); /* after world_stop(); waits for every thread */
AUTO_DEFINE(server)

#endif
