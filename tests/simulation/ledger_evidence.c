/* ledger_evidence.c - what the metrics source really told of a revision, to the owner and to each instance; and what
 * the services told of themselves.
 */
#include "tests/simulation/ledger_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define BAD_MIN 5        /* fewer may be bad luck */
#define NO_LUCK 1000     /* times more likely of a bad one than of a healthy one */
#define SLOW_SHARE 0.05  /* of requests, over a p95 */
#define FALSE_STOPS 0.01 /* of healthy rollouts, as the configuration asks for */
#define DREADFUL_MIN 6   /* of a block's, and */
#define DREADFUL_TIMES 5 /* so many times what may be: no block of a healthy one */

struct evidence *evidence_of(struct ledger *ledger, const char *revision)
{
    struct evidence *evidence;

    for (size_t i = ledger->evidence_count; i > 0; i--)
        if (strcmp(ledger->evidence[i - 1].revision, revision) == 0)
            return &ledger->evidence[i - 1];
    evidence = ARENA_PUSH(ledger->arena, ledger->evidence, ledger->evidence_count);
    evidence->revision = arena_strdup(ledger->arena, revision);
    return evidence;
}

/* ---- blocks, by plain counts ---- */

static void keep_block(struct ledger *ledger, struct evidence *evidence, const struct world_counted *block)
{
    if (evidence->answer_ms != ledger_now_ms(ledger))
        evidence->answer_from_ms = block->from_ms; /* an answer's first block is its oldest */
    evidence->answer_ms = ledger_now_ms(ledger);
    for (size_t i = evidence->blocks_count; i > 0; i--)
        if (evidence->blocks[i - 1].from_ms == block->from_ms) {
            evidence->blocks[i - 1] = *block;
            return;
        }
    *ARENA_PUSH(ledger->arena, evidence->blocks, evidence->blocks_count) = *block;
}

static const struct world_counted *find_block(const struct evidence *evidence, int64_t from_ms)
{
    for (size_t i = evidence->blocks_count; i > 0; i--)
        if (evidence->blocks[i - 1].from_ms == from_ms)
            return &evidence->blocks[i - 1];
    return NULL;
}

struct tally { /* of one metric, in a block */
    double requests, bad, limit;
};

static bool tally_errors(const struct world_counted *block, const struct rollout *rollout, struct tally *ret_tally)
{
    *ret_tally = (struct tally){ block->requests.value, block->errors.value, rollout->error_rate };
    return rollout->error_rate > 0 && block->requests.is_known && block->errors.is_known;
}

static bool tally_slow(const struct world_counted *block, const struct rollout *rollout, struct tally *ret_tally)
{
    *ret_tally = (struct tally){ block->in_all.value, block->in_all.value - block->fast.value, SLOW_SHARE };
    return rollout->p95_s > 0 && block->in_all.is_known && block->fast.is_known;
}

typedef bool tally_fn(const struct world_counted *block, const struct rollout *rollout, struct tally *ret_tally);
static tally_fn *const tallies[] = { tally_errors, tally_slow };

static bool is_known(const struct world_counted *block, const struct rollout *rollout)
{
    return block->requests.is_known && (rollout->error_rate <= 0 || block->errors.is_known) &&
           (rollout->p95_s <= 0 || (block->in_all.is_known && block->fast.is_known));
}

int64_t evidence_known_ms(const struct evidence *evidence, const struct rollout *rollout, int64_t since_ms)
{
    int64_t known_ms = 0;

    for (size_t i = 0; i < evidence->blocks_count; i++) {
        const struct world_counted *block = &evidence->blocks[i];

        known_ms += block->from_ms >= since_ms && is_known(block, rollout) ? block->to_ms - block->from_ms : 0;
    }
    return known_ms;
}

/* How much more likely a block is if as many may be bad as were, than if as many may be bad as the limit says; the log
 * of it. No bet that was made before it wins more by it. */
static double most_won(const struct tally *tally)
{
    double share = tally->requests > 0 ? tally->bad / tally->requests : 0, won;

    if (share <= tally->limit)
        return 0;
    won = tally->bad * log(share / tally->limit);
    return share < 1 ? won + (tally->requests - tally->bad) * log((1 - share) / (1 - tally->limit)) : won;
}

/* So many that it is no bad luck, by the sum of the step: nothing of the judge's own rules stands here. A thousand
 * times more likely, and not as many times over the limit: of few requests several times as many as may be is what one
 * healthy revision of sixty has (5 of 72, at 2 %), and whoever waits for such luck to pass never ends; of many, one and
 * a half times as many is none any more. A thousand, and not the hundred that stop it: who knows neither how bad it is
 * nor since when bets on several rates, and a part on each. What broke so late that the sum does not tell it is found
 * by its last block, if at all. */
bool evidence_is_bad(const struct evidence *evidence, const struct rollout *rollout, int64_t since_ms)
{
    for (size_t t = 0; t < ARRAY_LEN(tallies); t++) {
        struct tally sum = { 0 }, tally;

        for (size_t i = 0; i < evidence->blocks_count; i++) {
            if (evidence->blocks[i].from_ms < since_ms || !tallies[t](&evidence->blocks[i], rollout, &tally))
                continue;
            sum.requests += tally.requests;
            sum.bad += tally.bad;
            sum.limit = tally.limit;
        }
        if (sum.bad >= BAD_MIN && most_won(&sum) >= log(NO_LUCK))
            return true;
    }
    return false;
}

/* Right after a block that looks so bad by itself nothing passes, however good all the others were: whoever raises then
 * raises what has just broken. `before`: it was as bad itself in that block, and what hits both says nothing of the new
 * one. The newest block of the last answer alone: of what an answer before it told, an owner before may have heard. */
bool evidence_has_just_broken(const struct evidence *evidence, const struct evidence *before,
                              const struct rollout *rollout, int64_t since_ms)
{
    for (size_t t = 0; t < ARRAY_LEN(tallies); t++) {
        const struct world_counted *newest = NULL, *other;
        struct tally tally;

        for (size_t i = 0; i < evidence->blocks_count; i++) {
            const struct world_counted *block = &evidence->blocks[i];

            if (block->from_ms >= since_ms && block->from_ms >= evidence->answer_from_ms &&
                (!newest || block->from_ms > newest->from_ms) && tallies[t](block, rollout, &tally))
                newest = block;
        }
        if (!newest || !tallies[t](newest, rollout, &tally) || tally.bad < DREADFUL_MIN ||
            tally.bad <= DREADFUL_TIMES * tally.limit * tally.requests)
            continue;
        other = before ? find_block(before, newest->from_ms) : NULL;
        if (!other || (tallies[t](other, rollout, &tally) && tally.bad <= tally.limit * tally.requests))
            return true;
    }
    return false;
}

/* What a rollout may be stopped by is found in at most so many of a hundred healthy ones. So by one of its metrics the
 * blocks that were told have to be a hundred times more likely of a bad revision than of a healthy one, also when each
 * block is taken at its worst: below that no judge knows better, whatever it bets. All blocks, for what was seen at an
 * earlier step counts at a later one. `also`: told to somebody else, who passed on what followed from it. */
static bool may_be_called_bad(const struct evidence *evidence, const struct evidence *also,
                              const struct rollout *rollout)
{
    for (size_t t = 0; t < ARRAY_LEN(tallies); t++) {
        struct tally tally;
        double won = 0;

        for (size_t i = 0; i < evidence->blocks_count; i++)
            if (tallies[t](&evidence->blocks[i], rollout, &tally))
                won += most_won(&tally);
        for (size_t i = 0; also && i < also->blocks_count; i++)
            if (!find_block(evidence, also->blocks[i].from_ms) && tallies[t](&also->blocks[i], rollout, &tally))
                won += most_won(&tally);
        if (won >= log(1 / FALSE_STOPS))
            return true;
    }
    return false;
}

void evidence_check_verdict(struct ledger *ledger, const struct known_operation *operation)
{
    const struct rollout *rollout = operation->rollout;

    /* with somebody else's split its own requests may have stopped coming */
    if (rollout->met_others || may_be_called_bad(evidence_of(ledger, rollout->revision), NULL, rollout))
        return;
    ledger_complain(ledger, "only what the metrics source tells so is called bad",
                    "%s says so of %s, and it was told of no more bad requests than chance gives a healthy one",
                    operation->id, rollout->revision);
}

/* ---- told ---- */

static void learn(struct ledger *ledger, const struct world_measured *measured)
{
    if (measured->about == ABOUT_BLOCK)
        keep_block(ledger, evidence_of(ledger, measured->revision), &measured->block);
}

/* What one instance was told, owner or not. */
static struct evidence *told_of(struct ledger *ledger, const char *instance, const char *revision)
{
    char key[200];

    snprintf(key, sizeof(key), "%s to %s", revision, instance);
    return evidence_of(ledger, key);
}

static void hear(struct ledger *ledger, const char *instance, const struct world_measured *measured)
{
    if (measured->about == ABOUT_BLOCK)
        keep_block(ledger, told_of(ledger, instance, measured->revision), &measured->block);
}

/* What it was told, on top of what the owners before it were, whose bets stand in the record. */
bool rollouts_told_bad(struct ledger *ledger, const char *instance, const struct rollout *rollout)
{
    const struct evidence *own = told_of(ledger, instance, rollout->revision);

    return own->blocks_count > 0 && may_be_called_bad(own, evidence_of(ledger, rollout->revision), rollout);
}

/* .../locations/REGION/services/SERVICE */
static bool is_about(const char *url, const char *place)
{
    const char *at = strstr(url, "/locations/");
    struct str rest = str_of(at ? at + strlen("/locations/") : ""), region = str_take_until(&rest, '/');
    struct str name = str_of(place), wanted = str_take_until(&name, '/');

    return place && str_equal(region, wanted) && str_take_prefix(&rest, "services/") && str_equal(rest, name);
}

void rollouts_told(void *ctx, const struct logged_call *call)
{
    struct ledger *ledger = ctx;
    struct known_effect *effect = ledger_find_effect(ledger, call->sender.effect);

    if (effect && effect->unheard == call)
        effect->unheard = NULL;
    refused_told(ledger, call);
    for (size_t i = 0; i < call->measured_count; i++)
        hear(ledger, call->sender.instance, &call->measured[i]);
    pages_told(ledger, call);
    if (call->members)
        members_told(ledger, call);
    if (strcmp(ledger->lease_instance, call->sender.instance) != 0 || ledger->is_store_lost)
        return; /* whoever hears it decides nothing any more */
    for (size_t i = 0; i < call->measured_count; i++)
        learn(ledger, &call->measured[i]);
    releases_told(ledger, call);
    if (!ledger_is_same(call->sender.kind, "run.service") || call->status != 200)
        return;
    for (size_t i = 0; i < ledger->operations_count; i++) {
        struct rollout *rollout = ledger->operations[i]->rollout;

        if (!rollout || !ledger_is_same(ledger->operations[i]->outside_id, call->sender.operation) ||
            !is_about(call->url, rollout->place))
            continue;
        rollout->told_ms = ledger_now_ms(ledger);
        rollout->looker = call->sender.actor;
        if (rollouts_is_looking(rollout->state))
            rollouts_see(ledger, rollout);
    }
}
