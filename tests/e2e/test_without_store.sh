#!/bin/sh
# `opsgate run rollback ... --without-store`: refused while a store answers, done while none does, by policy as ever, and
# part of the record once the store is back.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
me=$(id -un)
rollout_up 's/- { allow: \[deploy, rollback, pause, resume, promote, abort, retry\], to: release-manager,/- { allow: [deploy, rollback], to: [release-manager, operator],/'

alone() { # alone WORD...: opsgate run WORD... --without-store; sets STATUS, OUT and ERR
    "$BUILD/opsgate" -c "${ALONE_CONFIG:-$CONFIG}" run "$@" --without-store >"$RUN/out" 2>"$RUN/err"
    STATUS=$?
    OUT=$(cat "$RUN/out") ERR=$(cat "$RUN/err")
}

embedded_pid() {
    sed -n 's/.*"embedded.ready".*"pid":\([0-9]*\).*/\1/p' "$RUN/one/log" | tail -n 1
}

copy_has() { # copy_has DEPLOY: data_dir's own copy of the targets knows it as good
    [ "$(jq -r --arg id "$1" '[.targets[] | select(.name == "api/staging") | .good[].operation] | index($id) != null' \
        "$OPSGATE_DATA/targets.json" 2>/dev/null)" = true ]
}

is_adopted() { # is_adopted N: so many acts are in the journal
    [ "$(journal | jq -s '[.[] | select(.core.kind == "without_store.adopted")] | length')" = "$1" ]
}

break_store() { # its files are hidden from it, and it dies: opsgate goes on trying
    files=$OPSGATE_DATA/redis/appendonlydir
    cp "$files/appendonly.aof.manifest" "$RUN/manifest"
    echo "no manifest" >"$files/appendonly.aof.manifest"
    kill -KILL "$(embedded_pid)"
    wait_until 5 is_unanswered
}

is_unanswered() {
    [ -z "$(redis ping)" ]
}

mend_store() {
    cp "$RUN/manifest" "$files/appendonly.aof.manifest"
}

# ---- three good versions, and a store that answers ----

push 1.5.0
for version in v1.4.1 v1.4.2 v1.5.0; do
    n=$((${n:-0} + 1))
    say "$ANN" /deploy "staging $version"
    wait_until 40 has_ended "D$n"
done
check "v1.5.0 serves" serves api-service D3
check "data_dir knows what is good" wait_until 20 copy_has D3
alone rollback staging
check "while the store answers it is refused" same 2 "$STATUS"
check "in words" has "$ERR" "leave out --without-store"
check "and nothing was done" serves api-service D3

# ---- the store is down ----

break_store
"$BUILD/opsgate" -c "$CONFIG" run rollback staging >"$RUN/out" 2>"$RUN/err"
check "the usual way says that nothing is accepted" grep -q "NOT accepted" "$RUN/out" "$RUN/err"
sed "s/local:$me/local:nobody-else/" "$CONFIG" >"$RUN/strict.yaml"
ALONE_CONFIG=$RUN/strict.yaml
alone rollback staging
check "a user without a role is denied" same 1 "$STATUS"
check "by name of the rule" has "$ERR" "strict.yaml:"
ALONE_CONFIG=
alone rollback stagign
check "a typo is told" has "$ERR" "staging"
alone deploy staging v1.4.2
check "only the way back goes without a store" test "$STATUS" -ne 0
alone rollback staging --to v1.4.1
check "and not to any version" test "$STATUS" -ne 0
check "nothing was done so far" serves api-service D3
arm run PATCH status 503
began_ms=$(world .now_ms)
alone rollback staging
took_ms=$(($(world .now_ms) - began_ms))
check "the way back is done" same 0 "$STATUS"
check "v1.4.2 serves" serves api-service D2
check "within seconds ($took_ms ms)" test $took_ms -lt 10000
check "it says what it did" has "$OUT" "serves all traffic"
check "and where that is written" has "$OUT" "without-store.jsonl"
alone rollback staging
check "a second one goes further back" same 0 "$STATUS"
check "to v1.4.1" serves api-service D1

# ---- and is back ----

mend_store
check "once the store is back both are adopted" wait_until 60 is_adopted 2
wait_until 20 is_idle
check "each as an operation" same "rollback rollback" \
    "$(redis --raw hvals "$(key ended)" | jq -r 'select(.kind == "rollback") | .kind' | paste -sd ' ')"
"$BUILD/opsgate" -c "$CONFIG" ops list >"$RUN/out" 2>&1
check "ops list shows them" same 2 "$(grep -c rollback "$RUN/out")"
check "v1.5.0 is bad" target api/staging '[.bad[] | .version] | index("v1.5.0") != null'
check "v1.4.2 too" target api/staging '[.bad[] | .version] | index("v1.4.2") != null'
check "v1.4.1 is the newest good one" target api/staging '.good[-1].operation == "D1"'
check "nobody holds the target" target api/staging '.holder == null'
"$BUILD/opsgate" -c "$CONFIG" run status api staging >"$RUN/out" 2>&1
check "status agrees" grep -q "v1.4.1" "$RUN/out"
check_not "and sees no difference between record and reality" grep -q -i -e differ -e "not what" "$RUN/out"
opsgate_kill
opsgate_up
wait_until 20 has_owner
sleep 5 # two looks into the file
check "after a restart nothing is adopted again" is_adopted 2
say "$ANN" /deploy "staging v1.4.2"
check "and the next deploy goes its way" wait_until 40 has_ended D7 # D6 was the status
check "well" same "done" "$(operation D7 .result)"
check "the journal is a chain" journal_is_a_chain
finish
