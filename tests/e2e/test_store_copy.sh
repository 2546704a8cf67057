#!/bin/sh
# `opsgate store backup`, `restore`, `restored`: a copy taken while opsgate serves, brought back on the same host and on a
# fresh one. What was brought back is never acted on before a person has looked.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
sandbox_up
opsgate_up || exit 1
wait_until 10 has_owner

ask() { # ask WORD...: sets STATUS and OUT
    OUT=$("$BUILD/opsgate" -c "$CONFIG" "$@" 2>&1)
    STATUS=$?
}
deploy() { # deploy VERSION ID: from the command to its end
    say "$ANN" /deploy "staging $1"
    wait_until 30 has_ended "$2"
    wait_until 30 is_idle
}
answers() { # answers CODE TEXT WORD...
    wanted=$1 text=$2
    shift 2
    ask store "$@"
    same "$wanted" "$STATUS" && has "$OUT" "$text"
}
quietly() { "$@" >/dev/null 2>&1; }
mode() { stat -c %a "$1"; }

deploy main D1
check "a copy is taken while it serves" answers 0 "The store as it was a moment ago" backup "$RUN/copy.rdb"
check "which nobody else may read" same 600 "$(mode "$RUN/copy.rdb")"
check "and redis-check-rdb finds good" quietly redis-check-rdb "$RUN/copy.rdb"
check "cron takes one, too, which knows no secret" \
    quietly env -u SLACK_BOT_TOKEN -u SANDBOX_GITHUB_TOKEN "$BUILD/opsgate" -c "$CONFIG" store backup "$RUN/cron.rdb"
check "a copy is never written over" answers 1 "is there already" backup "$RUN/copy.rdb"
check "nor into what is not there" answers 3 "Nothing was written" backup "$RUN/none/copy.rdb"
check_not "and leaves nothing half" quietly ls "$RUN"/*.partial
deploy v1.4.2 D2
check "what serves is not restored" answers 1 "stop it first" restore "$RUN/copy.rdb"
check "nor is it told that its store was" answers 1 "stop it first" restored D1042
opsgate_stop

check "without opsgate there is nothing to copy" answers 3 "as long as opsgate serve does" backup "$RUN/late.rdb"
head -c 400 "$RUN/copy.rdb" >"$RUN/half.rdb"
check "half a copy is refused" answers 1 "half.rdb: redis-check-rdb: [offset" restore "$RUN/half.rdb"
printf 'REDIS is what it is not\n' >"$RUN/none.rdb"
check "and what is none" answers 1 "none.rdb: redis-check-rdb: [offset" restore "$RUN/none.rdb"
check "and what is not there" answers 1 "missing.rdb: No such file or directory. The store's files are as they were" restore "$RUN/missing.rdb"
check "and a number that is none" answers 2 "like D1042" restore "$RUN/copy.rdb" 1042
opsgate_up || exit 1
check "the store is still whole" wait_until 10 has_owner
check "with all that was in it" has_ended D2
opsgate_stop

# ---- the same host ----

check "a copy takes its place" answers 0 "The copy stands in the store's place" restore "$RUN/copy.rdb"
check "what stood there is kept" quietly ls -d "$OPSGATE_DATA"/redis/appendonlydir.before-*
: >"$RUN/$INSTANCE/log"
opsgate_start
check "it is refused, as older than what was seen" wait_until 15 log_has store.refused
check "and said to be that" grep -q 'an older store' "$RUN/$INSTANCE/log"
check "a person adopts it" answers 0 "only observes now" adopt
check "it is owned" wait_until 15 has_owner
check "what was before the copy is in it" has_ended D1
check_not "what came after is not" has_ended D2
ask store confirm
check "a person confirms it" same 0 "$STATUS"
opsgate_stop

# ---- a fresh host ----

rm -rf "$OPSGATE_DATA"
mkdir -m 700 "$OPSGATE_DATA"
check "a copy comes to a data_dir that knows nothing" answers 0 "has looked" restore "$RUN/copy.rdb" D1042
: >"$RUN/$INSTANCE/log"
opsgate_start
check "nothing acts on it" wait_until 15 log_has store.refused
say "$ANN" /deploy staging
check "and people are told" has "$BODY" "NOT accepted"
check "a person adopts it here" answers 0 "only observes now" adopt
check "it is owned here" wait_until 15 has_owner
say "$ANN" /deploy "staging v1.4.2"
check "and observed" has "$BODY" "only observes"
wait_until 30 is_idle
ask store confirm
check "a person confirms it here" same 0 "$STATUS"
check "and saw what serves" has "$OUT" "api/staging"
wait_until 15 log_has store.confirmed
say "$ANN" /deploy "staging v1.4.2"
again=$(printf '%s' "$BODY" | grep -o 'D[0-9][0-9]*' | head -n 1)
check "it deploys" wait_until 30 has_ended "$again"
check "under a number that nobody has seen" [ "${again#D}" -gt 1042 ]
wait_until 30 is_idle
check "the journal is a chain" journal_is_a_chain
ask audit verify
check "and whole" same 0 "$STATUS"
finish
