#!/bin/sh
# `opsgate run rollback ... --without-store`: refused while a store answers, done while none does, by policy as ever, and
# part of the record once the store is back.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
me=$(id -un)
rollout_up 's/- { allow: \[deploy, rollback, pause, resume, promote, abort, retry\], to: release-manager,/- { allow: [deploy, rollback], to: [release-manager, operator],/; s/bake: 3s/bake: 5m/; s/max_bake: 60s/max_bake: 10m/'

alone() { # alone WORD...: opsgate run WORD... --without-store; sets STATUS, OUT and ERR
    "$BUILD/opsgate" -c "${ALONE_CONFIG:-$CONFIG}" run "$@" --without-store >"$RUN/out" 2>"$RUN/err"
    STATUS=$?
    OUT=$(cat "$RUN/out") ERR=$(cat "$RUN/err")
}

alone_killed() { # alone_killed COMMAND...: `rollback staging`, killed as soon as that holds
    "$BUILD/opsgate" -c "$CONFIG" run rollback staging --without-store >"$RUN/out" 2>"$RUN/err" &
    alone_pid=$!
    remember_other $alone_pid
    wait_until 30 "$@"
    kill -KILL $alone_pid
    wait $alone_pid 2>/dev/null
}

written() { # written NAME FILTER: of what the file says last about that act
    jq -r --arg name "$1" "select(.act.name == \$name) | .act | $2" "$OPSGATE_DATA/without-store.jsonl" | tail -n 1
}

has_asked() { # has_asked NAME: it is about to have the traffic changed
    [ "$(written "$1" .is_sent)" = true ]
}

act() { # act NAME FILTER: true of the one operation that was it?
    [ "$(redis --raw hvals "$(key ended)" | jq -r --arg name "$1" "select(.body.act.name == \$name) | $2")" = true ]
}

copy_has() { # copy_has DEPLOY: data_dir's own copy of the targets knows it as good
    [ "$(jq -r --arg id "$1" '[.targets[] | select(.name == "api/staging") | .good[].operation] | index($id) != null' \
        "$OPSGATE_DATA/targets.json" 2>/dev/null)" = true ]
}

is_adopted() { # is_adopted N: so many acts are in the journal
    [ "$(journal | jq -s '[.[] | select(.core.kind == "without_store.adopted")] | length')" = "$1" ]
}

# ---- four good versions, and a store that answers ----

push 1.5.0
push 1.6.0
for version in v1.4.1 v1.4.2 v1.5.0 v1.6.0; do
    n=$((${n:-0} + 1))
    say "$ANN" /deploy "staging $version"
    wait_until 40 has_ended "D$n"
done
check "v1.6.0 serves" serves api-service D4
check "data_dir knows what is good" wait_until 20 copy_has D4
alone rollback staging
check "while the store answers it is refused" same 2 "$STATUS"
check "in words" has "$ERR" "leave out --without-store"
check "and nothing was done" serves api-service D4

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
check "for which the command to type is told" has "$ERR" "gcloud run services update-traffic api-service"
check "nothing was done so far" serves api-service D4
arm run PATCH status 503
began_ms=$(world .now_ms)
alone rollback staging
took_ms=$(($(world .now_ms) - began_ms))
check "the way back is done" same 0 "$STATUS"
check "v1.5.0 serves" serves api-service D3
check "within seconds ($took_ms ms)" in_time $took_ms 10000
check "it says what it did, under a name" has "$OUT" "W1 done, from v1.6.0 to v1.5.0: v1.5.0 serves all traffic"
check "and where that is written" has "$OUT" "without-store.jsonl"
check "by what it chose" has "$ERR" "the service's own annotations say the same"
check "and of which age that is" has "$ERR" "targets.json, is"
check_not "and sends nobody to a channel where nothing is told" grep -q "#deployments" "$RUN/err"
mv "$OPSGATE_DATA/targets.json" "$RUN/targets.json"
alone rollback staging
check "a second one goes further back, without the copy too" same 0 "$STATUS"
check "to v1.4.2" serves api-service D2
check "and says from where" has "$OUT" "W2 done, from v1.5.0 to v1.4.2"
check "by what the service says of itself" has "$ERR" "there is no copy of the records of this target"
mv "$RUN/targets.json" "$OPSGATE_DATA/targets.json"
arm run PATCH delay_after 120000
alone_killed serves api-service D1
check "a third one is killed before it heard that it was done" same "" "$(written W3 '.result // empty')"
check "and had said that it goes further back" grep -q "It goes further back" "$RUN/err"
check "and had written what it was about to do" same D1 "$(written W3 .to.operation)"

# ---- and is back ----

mend_store
check "once the store is back all are adopted" wait_until 60 is_adopted 3
wait_until 60 is_idle
check "each as an operation" same "rollback rollback rollback" \
    "$(redis --raw hvals "$(key ended)" | jq -r 'select(.kind == "rollback") | .kind' | paste -sd ' ')"
"$BUILD/opsgate" -c "$CONFIG" ops list >"$RUN/out" 2>&1
check "ops list shows them" same 3 "$(grep -c rollback "$RUN/out")"
check "the killed one looked, and found that it was done" act W3 '.result == "done" and (.summary | contains("what it asked for was done"))'
check "it is known by its name, its host and its doer" act W3 ".body.act.host == \"$(hostname)\" and .requester.id == \"$me\""
check "which its card tells" card_shows D7 "begun without the store by.*W3"
for version in v1.6.0 v1.5.0 v1.4.2; do
    check "$version is bad" target api/staging "[.bad[] | .version] | index(\"$version\") != null"
done
check "v1.4.1 is the newest good one" target api/staging '.good[-1].operation == "D1"'
check "what was left names an operation of today" target api/staging '[.bad[].operation | test("^D[0-9]+$")] | all'
check "what was brought by D2, D3 and D4 is remembered as left" target api/staging '[.ends[] | select(.left_at_ms and .left == null) | .operation] == ["D2", "D3", "D4"]'
check "and each way back by what it left" target api/staging '[.ends[] | .left // empty] == ["D4", "D3", "D2"]'
check "and by when that was done" target api/staging '[.ends[] | select(.left == "D4" or .left == "D3") | .ended_at_ms > .asked_at_ms] == [true, true]'
check "nobody holds the target" target api/staging '.holder == null'
check "nor is it in doubt" target api/staging '.doubt == null'
"$BUILD/opsgate" -c "$CONFIG" run status api staging >"$RUN/out" 2>&1
check "status agrees" grep -q "v1.4.1" "$RUN/out"
check_not "and sees no difference between record and reality" grep -q -i -e differ -e "not what" "$RUN/out"
opsgate_kill
opsgate_up
wait_until 20 has_owner
sleep 5 # two looks into the file
check "after a restart nothing is adopted again" is_adopted 3
say "$ANN" /deploy "staging v1.4.2"
check "and the next deploy goes its way" wait_until 40 has_ended D8
check "well" same "done" "$(operation D8 .result)"

# ---- killed before anything came of it ----

break_store
arm run PATCH status 503 1000
alone_killed has_asked W4
disarm
mend_store
check "what was asked for in vain is adopted too" wait_until 60 is_adopted 4
wait_until 90 is_idle
check "it waited for a late change, and says that none came" act W4 '.result == "failed" and (.summary | contains("does not serve all traffic"))'
check "nothing was changed" serves api-service D8
check "the target is in doubt" target api/staging '.doubt == "D9"'
"$BUILD/opsgate" -c "$CONFIG" run rollback staging >"$RUN/out" 2>&1
check "the way back goes on from there" wait_until 40 has_ended D10
check "to v1.4.1" serves api-service D1
check "and ends the doubt" target api/staging '.doubt == null'

# ---- what was asked for before it does not go ahead afterwards ----

say "$ANN" /deploy "api production v1.5.0"
check "a canary has 5 %" wait_until 60 bakes_at D11 5
say "$ANN" /deploy "api production v1.6.0"
check "another deploy waits for it" wait_until 20 is_in_state D12 queued
break_store
alone rollback api production
check "the canary's traffic goes back without the store" same 0 "$STATUS"
check "which says from where" has "$OUT" "done, from v1.5.0 to "
mend_store
check "that is adopted" wait_until 60 is_adopted 5
wait_until 90 is_idle
check "what waited does not go ahead" same aborted "$(operation D12 .result)"
check "and says who came before it" has "$(operation D12 .summary)" "D13"
check_not "nor does the canary" same "done" "$(operation D11 .result)"
check "that one has no traffic" is_at $PROD D12 0
check "nor has the canary" is_at $PROD D11 0
check "nobody holds it" target api/production '.holder == null'
check "the journal is a chain" journal_is_a_chain
finish
