#!/bin/sh
# `set` and `restart`: what serves gets a new revision, with other resources or settings or with none, through the same canary as
# a version; one that fails goes back, and what serves stays good; through kill -9 and a lost answer, and no secret in sight.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
rollout_up

revision_of() { # revision_of ID: its short name
    operation "$1" .body.revision
}

of_revision() { # of_revision ID FILTER: of its container, as Cloud Run has it
    world ".run.services[] | select(.id == \$service) | .revisions[] | select(.id == \$revision) | $2" \
        --arg service $PROD --arg revision "$(revision_of "$1")"
}

operation_of() { # operation_of VERB: the newest of what it began
    { redis --raw hvals "$(key operations)"; redis --raw hvals "$(key ended)"; } |
        jq -r -s --arg verb "$1" '[.[] | select(.kind == "deploy" and (.body.tune.verb // "deploy") == $verb)]
            | max_by(.id[1:] | tonumber) | .id'
}

revisions() {
    world '.run.services[] | select(.id == $service) | .revisions | length' --arg service $PROD
}

say "$ANN" /deploy "api production v1.4.2"
rush D1
before=$(revisions)

# ---- bad input: one clear error each, and nothing is made ----

for bad in "cpu=3" "cpu=2 cpu=4" "memory=4" "memory=64Gi" "concurrency=0" "timeout=2h" "colour=blue" "PORT=80" "log_level=debug" \
    "LOG-" "A=1 A=2" "memory=16Gi" "cpu=0.5" "SLACK=xoxb-1-2" "DB_URL=postgres://me:hunter2@db/x" "DATABASE_PASSWORD=plain" \
    "NOT_THERE-" "min-instances=30"; do
    say "$ANN" /ops "set api production $bad"
    check "\`set $bad\` is an error that says so" has "$BODY" "othing was done"
done
say "$ANN" /ops "set api production memry=4Gi"
check "the nearest is named" has "$BODY" 'Did you mean `memory`?'
say "$ANN" /ops "set api production DATABASE_PASSWORD=plain"
check "what a secret stands behind stays there" has "$BODY" "Secret Manager"
for slip in "sett api production SESSION_TOKEN=tr0ub4dor" "set api production session_token=tr0ub4dor"; do
    say "$ANN" /ops "$slip"
    check "\`${slip%%=*}\` is not known" has "$BODY" "do not know"
done
say "$BOB" /ops "set api production cpu=2"
check "Bob may not set anything" has "$BODY" "Denied"
say "$BOB" /ops "restart api production"
check "nor restart it" has "$BODY" "Denied"
say "$ANN" /ops "set api production cpu=1 memory=512Mi"
check "what is so already is nothing to do" has "$BODY" "nothing to do"
say "$ANN" /ops "set api production cpu=2 --dry-run"
check "a dry run tells what would change" has "$BODY" "cpu 1 → 2"
wait_until 20 is_idle
check "of all that no revision was made" same "$before" "$(revisions)"
check "and no card was" same 0 "$(world '[.slack.channels[].messages[] | select(tojson | contains("Would set at"))] | length')"

# ---- through the canary, with kill -9 in its middle ----

say "$ANN" /ops 'set api production cpu=2 memory=4Gi concurrency=40 timeout=10m LOG_LEVEL=debug SESSION_TOKEN=tr0ub4dor FEATURE_CHECKOUT_V2-'
id=$(operation_of set)
check "whoever asks is told what changes" has "$BODY" "cpu 1 → 2, memory 512Mi → 4Gi, concurrency 80 → 40, timeout 300s → 600s"
check "and of the environment" has "$BODY" '+`LOG_LEVEL` → `debug`'
check "but no value that may be a secret" has "$BODY" '`SESSION_TOKEN` → `***`'
check "it is a canary" wait_until 30 bakes_at "$id" 5
opsgate_kill
opsgate_up
check "it goes on after kill -9, and is promoted" rush "$id"
check "it is good" same "done" "$(operation "$id" .result)"
check "cpu and memory are as set" same '{"cpu":"2","memory":"4Gi"}' "$(of_revision "$id" '.containers[0].resources.limits | tojson')"
check "so is what an instance takes at once" same "40 600s" "$(of_revision "$id" '"\(.maxInstanceRequestConcurrency) \(.timeout)"')"
check "and the environment" same "debug,tr0ub4dor" "$(of_revision "$id" '[.containers[0].env[] | select(.name == "LOG_LEVEL" or .name == "SESSION_TOKEN") | .value] | join(",")')"
check "what was removed is gone" same "" "$(of_revision "$id" '.containers[0].env[] | select(.name == "FEATURE_CHECKOUT_V2") | .name')"
check "the rest stays" same "10.20.0.3" "$(of_revision "$id" '.containers[0].env[] | select(.name == "DATABASE_HOST") | .value')"
check "it is the same version" runs_image_of $PROD v1.4.2
check "no journal, card or thread has the secret's value" eval '! journal | grep -q tr0ub4dor && ! world ".slack.channels" | grep -q tr0ub4dor && ! grep -q tr0ub4dor "$RUN/one/log"'
say "$ANN" /ops "history api production"
check "history names it" has "$BODY" "$id set"
first=$id

# ---- a restart, whose answer is lost ----

arm run "PATCH" drop_after 0 1
say "$ANN" /ops "restart api production --fast --reason stuck"
id=$(operation_of restart)
check "a restart is answered" has "$BODY" "serves anew"
check "it ends" wait_until 60 has_ended "$id"
check "well" same "done" "$(operation "$id" .result)"
check "in one new revision, though an answer was lost" same $((before + 2)) "$(revisions)"
check "with the settings of before" same "2" "$(of_revision "$id" '.containers[0].resources.limits.cpu')"
check "which serves" serves $PROD "$id"
say "$ANN" /ops "dora api"
check "a restart is no deploy for dora" has "$BODY" "2 deploys"

# ---- one that fails ----

say "$ANN" /ops "set api production WORKERS=64"
id=$(operation_of set)
wait_until 30 bakes_at "$id" 5
change_world "{\"behaviour\":{\"revision\":\"$(revision_of "$id")\",\"error_rate\":0.6}}"
check "a set that harms is given back" wait_until 90 has_ended "$id"
check "and has failed" same "failed" "$(operation "$id" .result)"
check "its revision is bad" target api/production ".bad[-1].operation == \"$id\""
check "the image, which serves on, is not" target api/production '[.bad[] | select(.image != null)] | length == 0'
check "what serves is as before" same "" "$(of_revision "$(operation_of restart)" '.containers[0].env[] | select(.name == "WORKERS") | .name')"
say "$ANN" /rollback "api production"
wait_until 30 is_idle
check "a way back leads to the revision before, with its settings" serves $PROD "$first"
check "and leaves a revision as bad, not the image that serves" target api/production '[.bad[] | select(.image != null)] | length == 0'
push 1.5.0
say "$ANN" /deploy "api production v1.5.0"
id=$(operation_of deploy)
rush "$id"
check "a later deploy keeps the settings" same '2' "$(of_revision "$id" '.containers[0].resources.limits.cpu')"

check "the journal is a chain" journal_is_a_chain
finish
