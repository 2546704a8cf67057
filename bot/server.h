/* server.h - one running server, as its parts share it: serve.c puts it together, opens the doors and stops it,
 * serve_reload.c reads the configuration again, serve_store.c brings up the store, serve_engine.c turns the engine on it, serve_socket.c lets Slack in by Socket Mode,
 * serve_supervisor.c tells systemd. */
#ifndef OPSGATE_SERVER_H
#define OPSGATE_SERVER_H

#include "bot/without_store/adoption.h"
#include "bot/api/api.h"
#include "bot/audit/copy.h"
#include "bot/carrier/carrier.h"
#include "bot/configuration/configuration.h"
#include "bot/carrier/credentials.h"
#include "bot/dashboard/dashboard.h"
#include "bot/engine/engine.h"
#include "bot/health.h"
#include "bot/doors/ingress.h"
#include "bot/without_store/last_owner.h"
#include "bot/memory_file.h"
#include "bot/metrics/metrics.h"
#include "bot/doors/refusals.h"
#include "bot/shell/clock.h"
#include "bot/shell/embedded.h"
#include "bot/shell/http_in.h"
#include "bot/shell/http_out.h"
#include "bot/shell/resolve.h"
#include "bot/shell/store_redis.h"
#include "bot/shell/websocket.h"
#include "bot/doors/socket_mode.h"
#include "bot/without_store/targets_copy.h"

struct reloaded;   /* bot/model/reload.h */
struct supervisor; /* serve_supervisor.c */

struct server {
    const struct configuration *configuration; /* as the next four, until a reload */
    const struct settings *settings;
    const struct policy *policy;
    const struct rights *rights;     /* what that gives; NULL: too much to be compared */
    struct configuration *reloaded;  /* `configuration`, when it was read since the start; else NULL */
    struct configuration **earlier;  /* reloaded before, which something under way may still have begun by */
    size_t earlier_count;
    struct arena *arena;
    struct loop *loop;
    struct clock clock;
    char instance[80];

    struct embedded *embedded; /* NULL: the store is someone else's server */
    int64_t embedded_ready_mono;
    struct resolve *resolve;
    struct store_redis *store;
    struct store store_interface;
    struct store_probe probe;
    int64_t store_up_mono; /* since when it is connected, or was last */
    struct http_out *http_out;
    struct credentials *credentials;
    struct credential_source credential_source;
    struct replies *replies;
    struct refusals *refusals;
    struct carrier_shell *carrier;
    struct carrier carrier_interface;
    struct ingress *ingress;
    struct http_in *http_in;
    struct http_routes routes[4];
    struct websockets *websockets; /* NULL, as the next ones: no Socket Mode */
    struct socket_mode *socket_mode;
    struct loop_turn *socket_turn;
    struct socket_sender *socket_senders; /* whose answers were sent, and who have not been told so yet */
    struct engine *engine;
    struct adoption *adoption;
    struct last_owner *last_owner;
    struct targets_copy *targets_copy;
    struct audit_copy *audit_copy;
    struct engine_memory memory; /* on file, or on its way there: */
    bool is_memory_new;          /* not written yet */
    bool died_by_own_signal;
    struct health health;
    struct metrics metrics;
    struct api api;
    struct dashboard *dashboard;
    uint64_t accept_failures_told;
    int64_t accept_warned_mono; /* 0: never */

    struct supervisor *supervisor; /* NULL: nobody wants to be told */
    struct loop_timer *turn, *remember, *again, *doors_wait;
    struct loop_turn *log_turn;
    struct loop_signal *term, *interrupt, *hangup;
    bool is_stopping, is_closing; /* asked to; the engine has, and the doors go */
    int exit_code;
};

void server_stop(struct server *s, int exit_code); /* begins to; once is enough */

/* The store, from its server to its birth, each step when the one before has its answer; then the engine. False with
 * err when that cannot even begin. */
bool server_start_store(struct server *s, struct error *err);

/* Where it is configured. leave: takes nothing new, and acknowledges what is owed; end: all of it goes. */
bool server_start_socket(struct server *s, struct error *err);
void server_leave_socket(struct server *s);
void server_end_socket(struct server *s);

/* Whoever started us is told, where they want to be: from when the doors are open, until the end. */
void server_start_supervisor(struct server *s);
void server_end_supervisor(struct server *s);
void server_tell_reloading(struct server *s);
void server_tell_reloaded(struct server *s);
void server_tell_stopping(struct server *s);

/* serve_reload.c: reads the file again, on whose behalf (an operation, or NULL), and tells what came of it; a bad one changes
 * nothing. carrier_options.reload. */
void server_reload(void *arg, const char *operation, struct arena *arena, struct reloaded *ret_reloaded);
void server_drop_earlier(struct server *s); /* nothing is under way that they may still be read for */
const struct rights *server_rights(const struct configuration *configuration, struct arena *arena);
void server_tell_configuration(const struct configuration *configuration); /* what is not built, and its warnings */

void server_start_engine(struct server *s);
void server_schedule_turn(struct server *s, int64_t after_ms); /* of the engine */
void server_engine_stopped(struct server *s);                  /* told to serve.c: the doors go now */
void server_write_memory(void *arg);     /* what the engine remembers, to its file; arg: the server */
int64_t server_store_unix_ms(void *ctx); /* the store's clock, 0 while unknown; ctx: the server */

#endif
