#!/bin/sh
# The private Redis is killed, and cannot start again for a while: commands are refused in words, and opsgate goes on trying.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"

redis_pid() {
    sed -n 's/.*"embedded.ready".*"pid":\([0-9]*\).*/\1/p' "$RUN/one/log" | tail -n 1
}
has_tried_thrice() {
    [ "$(grep -c '"embedded.failed"' "$RUN/one/log")" -ge 3 ]
}
waited_as_it_served() { # of those that died, and there is one
    jq -R 'fromjson? | select(.event == "embedded.died")' "$RUN/one/log" | jq -s -e \
        'length > 0 and all(.served_ms >= 0 and .again_ms == (if .served_ms > 5000 then 0 else 1000 end))' >/dev/null
}
has_served_long() { # for longer than one that is started again only after a while
    [ $(($(date +%s) - ready_s)) -ge 6 ]
}
taken() {
    type_in "$ANN" /ops help
    has "$BODY" deploy >/dev/null
}

sandbox_up
opsgate_up || exit 1
ready_s=$(date +%s)
wait_until 10 has_owner
say "$ANN" /deploy "staging --reason crowd-0"
check "a deploy, to begin with" wait_until 20 has_ended D1

files=$OPSGATE_DATA/redis/appendonlydir
cp "$files/appendonly.aof.manifest" "$RUN/manifest"
echo "no manifest" >"$files/appendonly.aof.manifest"
wait_until 20 has_served_long
kill -KILL "$(redis_pid)"
check "it tries again, and again" wait_until 20 has_tried_thrice
check "opsgate lives" is_alive "$OPSGATE_PID"
check "and says so" is_live
say "$BOB" /deploy "api production v1.4.2 --reason crowd-n"
check "a command gets 200" same 200 "$STATUS"
check "and is refused in words" has "$BODY" "NOT accepted"

cp "$RUN/manifest" "$files/appendonly.aof.manifest"
check "it was tried again at once if it had served for long, else after a second" waited_as_it_served
check "once Redis starts, commands are answered again" wait_until 30 taken
check "the deploy is still known" same "done" "$(operation D1 .result)"
say "$ANN" /deploy "staging v1.4.2 --reason crowd-last"
check "and another one ends" wait_until 60 has_ended D2
check "it comes to rest" wait_until 60 is_idle
check_nothing_lost
opsgate_stop
check "it ends with 0" same 0 "$STATUS"
finish
