/* sign_in.c - who comes in by a link from the host, who is in, and who leaves. */
#include "bot/dashboard/internal.h"

#include "bot/base/time.h"
#include "bot/doors/local.h"
#include "bot/log.h"
#include "integrations/url.h"

#include <string.h>

static bool is_switched_off(const struct dashboard *dashboard, struct http_request *request)
{
    if (dashboard->settings->enabled)
        return false;
    http_in_problem(request, 404, NULL, "The dashboard is switched off: dashboard.enabled.");
    return true;
}

/* ---- a link, for whoever may ask on this host ---- */

/* The ticket stands behind the '#': no browser sends that part, so no log and no proxy has it. */
static void on_named(void *arg, struct http_request *request, const char *user)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct dashboard *dashboard = arg;
    struct session_id ticket;
    cJSON *json;

    if (!user)
        return;
    ticket = tickets_make(&dashboard->tickets, dashboard->options.clock, user, dashboard_now(dashboard));
    json = json_object();
    json_set_string(
        json, "link",
        arena_printf(arena, "%s/#ticket=%s", dashboard_address(dashboard->options.settings, arena), ticket.text));
    json_set_string(json, "user", user);
    json_set_string(json, "good_for", duration_format(TICKET_MS).text);
    log_info("dashboard.link", LOG_STR("user", user));
    dashboard_answer(request, 200, json, NULL);
}

void sign_in_on_link(void *arg, struct http_request *request)
{
    struct dashboard *dashboard = arg;

    if (!is_switched_off(dashboard, request))
        ingress_name_user(dashboard->options.ingress, request, on_named, dashboard);
}

void sign_in_on_ticket(void *arg, struct http_request *request)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct dashboard *dashboard = arg;
    char user[TICKET_USER_MAX];
    const char *ticket;
    struct error err;
    const cJSON *json;

    if (is_switched_off(dashboard, request))
        return;
    if (caller_is_foreign(dashboard->settings, request, true)) {
        http_in_problem(request, 403, NULL, "This came from another page than the dashboard's own: is dashboard.public_url its address?");
        return;
    }
    json = json_parse_in(arena, request->body, &err);
    if (!json || !json_get_string(json, "ticket", &ticket, &err)) {
        http_in_problem(request, 400, NULL, err.message);
        return;
    }
    if (!tickets_take(&dashboard->tickets, str_of(ticket), dashboard_now(dashboard), user)) {
        http_in_problem(request, 401, NULL,
                        "This link is not good any more: it lets in once, within 5 minutes. `opsgate dashboard` on the "
                        "host prints another one.");
        return;
    }
    dashboard_answer(request, 204, NULL,
                     dashboard_let_in(dashboard,
                                      &(struct principal){ .system = LOCAL_SOURCE, .id = user, .name = user }, NULL,
                                      arena));
}

/* ---- who is in ---- */

static cJSON *person_to_json(const struct caller *caller, struct arena *arena)
{
    cJSON *json = json_object();
    const struct principal *who = &caller->session->who;

    json_set_string(json, "principal", principal_text(who, arena));
    json_set_string(json, "name", who->name ? who->name : who->id);
    json_set_string(json, "csrf", session_csrf(str_of(caller->id.text)).text);
    return json;
}

static const char *provider_name(const struct oidc_settings *oidc, struct arena *arena)
{
    if (!oidc || oidc->name)
        return oidc ? oidc->name : NULL;
    return str_is(url_host(oidc->issuer), "slack.com") ? "Slack" : arena_copy(arena, url_host(oidc->issuer));
}

/* Also told to nobody in particular: how one may sign in. */
void sign_in_on_state(void *arg, struct http_request *request)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct dashboard *dashboard = arg;
    struct caller caller;
    cJSON *json;

    if (is_switched_off(dashboard, request))
        return;
    caller = caller_of(dashboard->sessions, dashboard->settings, request, dashboard_now(dashboard));
    json = json_object();
    json_set_string(json, "version", OPSGATE_VERSION);
    json_set_string(json, "provider", provider_name(dashboard->settings->oidc, arena));
    if (caller.session)
        json_set(json, "person", person_to_json(&caller, arena));
    dashboard_answer(request, 200, json, NULL);
}

void sign_in_on_out(void *arg, struct http_request *request)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct dashboard *dashboard = arg;
    struct caller caller = caller_of(dashboard->sessions, dashboard->settings, request, dashboard_now(dashboard));

    if (!caller.session) {
        http_in_problem(request, caller.refusal.status, NULL, caller.refusal.detail);
        return;
    }
    dashboard_tell(dashboard, SESSION_SIGNED_OUT, &caller.session->who, caller.session->issuer);
    sessions_end(dashboard->sessions, str_of(caller.id.text));
    dashboard_answer(request, 204, NULL, dashboard_cookie(dashboard, "", arena));
}
