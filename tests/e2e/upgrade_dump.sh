#!/bin/sh
# What a version of opsgate leaves in its store, kept for the versions after it (tests/upgrade/README.md):
#     sh tests/e2e/upgrade_dump.sh BUILD-DIRECTORY FILE [SOURCE-DIRECTORY]
# BUILD-DIRECTORY is of the version that the store shall be of, SOURCE-DIRECTORY its sources, for the configuration.
# shellcheck disable=SC2016,SC2119,SC2154,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
out=$2 from=${3:-$ROOT}

redis_up || exit 1
redis config set aof-use-rdb-preamble no >/dev/null # so that it is written as commands
# a rule for consent, and a canary that bakes for as long as a test may take; as the operator, whoever this is
sed "s|^store: .*|store: { url: \"unix://$STORE_SOCKET\" }|; s/local:root/local:$(id -un)/
    s/bake: 8s, watch: 10s/bake: 30m, watch: 1h/; s/max_bake: 60s/max_bake: 12h/
    s/# - { require: { approvals: { from: developer } }, for: deploy, on: { service: web/- { require: { approvals: { from: developer, expires: 12h } }, for: deploy, on: { service: web/" \
    "$from/deploy/sandbox.yaml" >"$RUN/opsgate.yaml"
CONFIG=$RUN/opsgate.yaml
sandbox_up
users_come 200
mkdir -p "$RUN/one/data"
echo "$OPSGATE_LISTEN" >"$RUN/one/listen"
use one
"$BUILD/opsgate" -c "$CONFIG" store create >/dev/null || exit 1
opsgate_up one || exit 1
wait_until 20 has_owner

webhook() { # webhook FILE EVENT: of GitHub's, well signed; prints the status
    "$BUILD/opsgate" -c "$CONFIG" sign github <"$1" >"$RUN/headers" 2>&1
    curl -s --noproxy '*' -o /dev/null -w '%{http_code}' -H @"$RUN/headers" -H "X-GitHub-Event: $2" \
        -H 'Content-Type: application/json' --data-binary @"$1" "http://$OPSGATE_LISTEN/github/webhook"
}

has_dead() {
    [ "$(redis xlen "$(key dead)")" = 1 ]
}

is_kind() { # is_kind KIND STATE: there is one, running
    redis --raw hvals "$(key operations)" | jq -se 'any(.[]; .kind == $kind and .state == $state)' --arg kind "$1" --arg state "$2" >/dev/null
}

say "$ANN" /deploy "staging v1.4.1"
check "a deploy that has ended" wait_until 60 has_ended D1
say "$ANN" /deploy "web production v1.4.2 --reason consent"
check "one that waits for consent" wait_until 30 is_kind deploy awaiting-approval
say "$ANN" /deploy "api production v1.4.2"
check "a canary" wait_until 60 is_kind deploy baking
say "$ANN" /deploy "api production v1.4.1"
check "one that waits behind it" wait_until 30 is_kind deploy queued
say "$ANN" /incident "declare P1 checkout is down"
check "an incident" wait_until 60 is_kind incident open
say "$ANN" /ops 'lock api staging "a freeze"'
check "a lock" wait_until 20 eval 'operation D6 .kind | grep -q lock'
echo '{"action":"published","release":7}' >"$RUN/odd"
check "something that cannot be decided" same 202 "$(webhook "$RUN/odd" release)"
check "is a dead letter" wait_until 20 has_dead
check "something that can" same 202 "$(webhook "$ROOT/tests/golden/github-body-push.json" push)"
wait_until 30 has_decided_all
opsgate_kill

# What had been accepted, and was not decided: the last event once more, as somebody else's.
redis --raw xrevrange "$(key inbox)" + - COUNT 1 | sed -n 3p |
    jq -c '.request_id = "kept-for-later" | .keys = ["kept-for-later"] | .body = (.body | sub("(?<a>X-GitHub-Delivery|delivery)(?<b>.{3})[0-9a-f]{8}"; "\(.a)\(.b)feedbeef"))' >"$RUN/item"
name=$(redis --raw xrevrange "$(key inbox)" + - COUNT 1 | sed -n 2p)
redis -x xadd "$(key inbox)" '*' "$name" <"$RUN/item" >/dev/null
redis --raw time | sed -n 1p >"$RUN/time"
redis hset "$(key meta)" dumped_at_ms "$(cat "$RUN/time")000" >/dev/null
redis bgrewriteaof >/dev/null
is_written() {
    redis info persistence | grep -q 'aof_rewrite_in_progress:0' && redis info persistence | grep -q 'aof_rewrite_scheduled:0'
}
wait_until 20 is_written
cat "$RUN"/redis/appendonlydir/*.base.aof >"$out"
check "the store is written down" [ -s "$out" ]
finish
