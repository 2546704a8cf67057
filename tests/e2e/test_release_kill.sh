#!/bin/sh
# kill -9 at each moment between a release's webhook and its end, and while Slack does not take the token: one rollout,
# one deployment on GitHub that is told of its end last, a card that shows it, and a journal that is one chain.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
CONFIG=$RUN/opsgate.yaml
sed 's/deadline: 30s/deadline: 10m/' "$ROOT/tests/e2e/release.yaml" >"$CONFIG" # what is met while it is checked is still
sandbox_up
change_world '{"github":{"hook":{"kind":"app","secret":"sandbox-github-secret"}},"reconcile_ms":1000}'
GITHUB_APP_KEY=$(get "$SANDBOX_URL/_sandbox/github-app.pem")
export GITHUB_APP_KEY
opsgate_up || exit 1
wait_until 10 has_owner
DEPLOYMENTS=/repos/acme/platform/deployments

release() { # release TAG: published by Ann, its image and its commit there already
    change_world "{\"tag\":{\"tag\":\"$1\",\"version\":\"${1#v}\"},\"github\":{\"tag\":{\"name\":\"$1\",\"at\":\"main\"}}}"
    change_world "{\"github\":{\"release\":{\"tag\":\"$1\",\"author\":\"ann\"}}}"
}

deploys() { # deploys TAG: ids of all that were begun for it
    { redis --raw hvals "$(key operations)"; redis --raw hvals "$(key ended)"; } |
        jq -r --arg tag "$1" 'select(.kind == "deploy" and (.body.wanted == "release:" + $tag or .body.version == $tag)) | .id' |
        sort -u # it may end between the two
}

has_begun() { # has_begun TAG
    [ -n "$(deploys "$1")" ]
}

is_in() { # is_in TAG STATE...
    tag=$1
    shift
    has_begun "$tag" && is_in_state "$(deploys "$tag" | head -n 1)" "$@"
}

is_over() { # is_over TAG: perhaps what shows it is still to come
    has_begun "$1" && is_so "$(deploys "$1" | head -n 1)" '.result != null'
}

told() { # told ID: all that GitHub was told of it, "none" and "many" where there is not one deployment
    world '[.github.deployments[] | select(.payload.operation? == $id)]
        | if length == 1 then .[0].statuses | map(.state) | join(" ") elif length == 0 then "none" else "many" end' --arg id "$1"
}

is_told() { # is_told ID STATE: last
    [ "$(told "$1" | sed 's/.* //')" = "$2" ]
}

calls_out() { # calls_out SERVICE PATH: it was asked to change that, and nobody has its answer
    [ "$(get "$SANDBOX_URL/_sandbox/calls" | jq --arg service "$1" --arg path "$2" \
        'any(.[]; .service == $service and .method == "POST" and (.path // .url | endswith($path)) and .status == null)')" = true ]
}

deployment_is_out() { # its record may have got there, and nobody knows
    calls_out github /deployments
}

status_is_out() {
    calls_out github /statuses
}

killed() {
    opsgate_kill
    disarm
    opsgate_start
    wait_opsgate 60
}

# once TAG SENTENCE: whatever befell it
once() {
    check "$2: it rolls out" wait_until 120 is_over "$1"
    id=$(deploys "$1")
    check "as one rollout" same 1 "$(deploys "$1" | wc -l)"
    check "that is done" same "done" "$(operation "$id" .result)"
    check "with one deployment, told of its end last" wait_until 60 is_told "$id" success
    check "and one card, which shows it" wait_until 60 card_says "$id" "serves all traffic"
}

# ---- killed at each moment ----

release v3.0.1
killed
once v3.0.1 "killed with its webhooks under way"

arm registry "" status 503 100000
release v3.0.2
check "a second one is met while it is pinned" wait_until 60 is_in v3.0.2 pinning
killed
once v3.0.2 "killed then"
check "the one before is active no more" wait_until 60 is_told "$(deploys v3.0.1)" inactive

arm github "POST $DEPLOYMENTS" delay_after 60000
release v3.0.3
check "a third one is met while GitHub is told of it" wait_until 60 deployment_is_out
killed
once v3.0.3 "killed then"

arm run PATCH status 503 100000
release v3.0.4
check "a fourth one is met while its revision is made" wait_until 60 is_in v3.0.4 creating
killed
once v3.0.4 "killed then"

arm app "" status 503 100000
release v3.0.5
check "a fifth one is met while it is checked" wait_until 60 is_in v3.0.5 checking
killed
once v3.0.5 "killed then"

arm github /statuses delay_after 60000
release v3.0.6
check "a sixth one is met while GitHub is told how it goes" wait_until 60 status_is_out
killed
once v3.0.6 "killed then"

# ---- killed while a credential is refused ----

parked() {
    get "http://$OPSGATE_LISTEN/metrics" | sed -n 's/^opsgate_parked_effects //p'
}

has_parked() {
    [ "$(parked)" -ge 1 ]
}

has_none_parked() {
    [ "$(parked)" = 0 ]
}

revoke() {
    for method in chat.postMessage chat.update; do
        arm slack "$method" ok_false '"token_revoked"' 100000
    done
}

revoke
release v3.0.7
check "while Slack takes no token what is to be shown waits" wait_until 60 has_parked
opsgate_kill
opsgate_start
wait_opsgate 60
check "it rolls out all the same" wait_until 120 is_over v3.0.7
check "and what it shows waits again" wait_until 60 has_parked
opsgate_kill # with all that waits
opsgate_start
wait_opsgate 60
check "who starts finds out by itself" wait_until 60 has_parked
disarm
kill -HUP "$OPSGATE_PID"
check "once it is mended and read again, all of it goes" wait_until 60 has_none_parked
once v3.0.7 "killed twice meanwhile"

# ---- all of it ----

check "every rollout has its own deployment" same 7 \
    "$(world '[.github.deployments[].payload.operation?] | map(select(. != null)) | length')"
check "every operation has one end" same "" "$(journal |
    jq -r 'select(.core.kind == "operation.ended") | .core.operation' | sort | uniq -d | paste -sd ' ')"
check "the journal is a chain" journal_is_a_chain
check "nothing is left over" wait_until 60 is_idle
finish
