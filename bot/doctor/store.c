/* store.c - what `opsgate doctor` learns of the store: is it there, whose is it, and what does it guarantee? */
#include "bot/doctor/doctor.h"

#include "bot/cli/store_url.h"
#include "bot/shell/clock.h"
#include "bot/shell/store_redis.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

struct doctor_store {
    struct doctor *doctor;
    struct doctor_check *check;
    struct loop *loop;
    struct store_redis *store; /* NULL: it could not be made */
    struct store interface;
    struct store_probe probe;
    struct loop_timer *timer;
    loop_fn on_done;
    void *arg;
};

static const struct store_settings *settings_of(const struct doctor_store *asking)
{
    return &asking->doctor->configuration->settings.store;
}

static void add(struct doctor_store *asking, enum finding_mark mark, const char *text, const char *mend)
{
    struct arena *arena = asking->doctor->arena;

    findings_add(&asking->check->found, arena,
                 (struct finding){ mark, "Store", arena_strdup(arena, text), arena_strdup(arena, mend) });
}

static void end(struct doctor_store *asking)
{
    loop_timer_cancel(TAKE(asking->timer));
    asking->on_done(asking->arg);
}

static void tell_away(struct doctor_store *asking, const char *why)
{
    bool is_embedded = strcmp(settings_of(asking)->url, "embedded") == 0;

    if (is_embedded && !asking->doctor->is_serving)
        add(asking, FINDING_OPEN, "its Redis does not run: it does as long as opsgate serves", NULL);
    else if (is_embedded)
        add(asking, FINDING_AWAY,
            arena_printf(asking->doctor->arena, "opsgate serves, and its own Redis does not answer (%s)", why),
            "what opsgate's log says of `embedded` is why. The way back goes without it: opsgate run rollback SERVICE "
            "ENVIRONMENT --without-store");
    else
        add(asking, FINDING_AWAY, arena_printf(asking->doctor->arena, "it does not answer (%s)", why),
            "is it running, and are store.url and its password right?");
}

static void on_loaded(void *arg, enum store_status status, const struct store_snapshot *snapshot)
{
    struct doctor_store *asking = arg;
    struct clock clock = clock_system();

    if (status == STORE_OK)
        doctor_record_tell(asking->doctor, asking->check, snapshot, clock.unix_ms(clock.ctx));
    end(asking);
}

static void on_birth(void *arg, enum store_status status, const char *birth)
{
    struct doctor_store *asking = arg;
    struct arena *arena = asking->doctor->arena;
    const struct store_probe *probe = &asking->probe;
    int64_t wanted = settings_of(asking)->replicas;

    add(asking, FINDING_GOOD, arena_printf(arena, "Redis %s: %s", probe->version, probe->guarantee), NULL);
    if (probe->warning[0])
        add(asking, FINDING_OPEN, "it guarantees less than opsgate could promise", probe->warning);
    if (probe->replicas < wanted)
        add(asking, FINDING_BAD,
            arena_printf(arena, "%" PRId64 " of %" PRId64 " replicas are connected: nothing is accepted until they are",
                         probe->replicas, wanted),
            "bring the replicas up, or lower store.replicas");
    if (status == STORE_OK && !birth[0])
        add(asking, FINDING_BAD, "it is empty: nobody has said that it is to be ours",
            "opsgate store create, once; if it should not be empty: where did its data go?");
    if (status != STORE_OK || !birth[0]) {
        end(asking);
        return;
    }
    asking->interface = store_redis_interface(asking->store);
    asking->interface.load(asking->interface.ctx, on_loaded, asking);
}

static void on_probed(void *arg, const struct store_probe *probe)
{
    struct doctor_store *asking = arg;

    asking->probe = *probe;
    if (probe->status != STORE_OK) {
        tell_away(asking, store_redis_trouble(asking->store));
        end(asking);
    } else if (probe->refusal[0]) {
        add(asking, FINDING_BAD, arena_printf(asking->doctor->arena, "Redis %s cannot be the store", probe->version),
            probe->refusal);
        end(asking);
    } else {
        store_redis_birth_read(asking->store, on_birth, asking);
    }
}

/* The embedded one lives in data_dir, which `serve` makes; of that another check tells. */
static bool has_no_place_yet(const struct doctor_store *asking)
{
    return strcmp(settings_of(asking)->url, "embedded") == 0 &&
           access(asking->doctor->configuration->settings.data_dir, F_OK) != 0 && errno == ENOENT;
}

static void on_late(void *arg)
{
    struct doctor_store *asking = arg;

    asking->timer = NULL;
    if (!asking->store && !has_no_place_yet(asking))
        add(asking, FINDING_BAD, asking->probe.refusal, "correct store.url");
    else
        tell_away(asking, "no answer in time");
    end(asking);
}

struct doctor_store *doctor_store_start(struct doctor *doctor, struct doctor_check *check, struct loop *loop,
                                        struct resolve *resolve, loop_fn on_done, void *arg)
{
    struct doctor_store *asking = xcalloc(1, sizeof(*asking));
    const struct store_settings *settings = &doctor->configuration->settings.store;
    struct store_redis_options options = { .loop = loop,
                                           .resolve = resolve,
                                           .login = store_login(settings),
                                           .name = settings->name,
                                           .replicas = settings->replicas,
                                           .is_embedded = strcmp(settings->url, "embedded") == 0,
                                           .is_ephemeral_accepted = settings->ephemeral == EPHEMERAL_ACCEPTED };
    struct error err;

    *asking = (struct doctor_store){ .doctor = doctor, .check = check, .loop = loop, .on_done = on_done, .arg = arg };
    options.url = cli_store_url(doctor->configuration, &err);
    if (options.url)
        asking->store = store_redis_create(&options, &err);
    if (!asking->store)
        (void)snprintf(asking->probe.refusal, sizeof(asking->probe.refusal), "%s", err.message);
    asking->timer = loop_timer_start(loop, asking->store ? DOCTOR_CHECK_MS : 0, on_late, asking);
    if (asking->store)
        store_redis_probe(asking->store, on_probed, asking);
    return asking;
}

void doctor_store_destroy(struct doctor_store *asking)
{
    if (!asking)
        return;
    loop_timer_cancel(asking->timer);
    store_redis_destroy(asking->store);
    free(asking);
}
