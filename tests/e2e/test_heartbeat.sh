#!/bin/sh
# A dead opsgate is noticed: somebody outside is called as long as it decides, and no longer; what Prometheus is to ask for is told.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
RULES=$ROOT/deploy/prometheus/opsgate.rules.yaml
SERVED=/api-service/health # whatever takes a POST, and is counted
ADDRESS=/app$SERVED
sandbox_up
CONFIG=$RUN/opsgate.yaml
sed "s|^smtp:.*|&\nheartbeat: { url: \"$SANDBOX_URL$ADDRESS\", every: 10s }|" "$ROOT/deploy/sandbox.yaml" >"$CONFIG"
opsgate_up || exit 1

beats() { # beats STATUS: so many came and were answered with that; null: and were not answered yet
    get "$SANDBOX_URL/_sandbox/calls" | jq --arg path "$SERVED" --argjson status "$1" \
        '[.[] | select(.method == "POST" and .path == $path and .status == $status)] | length'
}

has_beats() { # has_beats STATUS COUNT
    [ "$(beats "$1")" -ge "$2" ]
}

metric() { # metric NAME: its value
    get "http://$OPSGATE_LISTEN/metrics" | sed -n "s/^$1 //p"
}

no_beat_is_out() { # none that was sent waits for its answer
    [ "$(beats null)" = 0 ]
}

has_failed_since() { # has_failed_since COUNT
    [ "$(metric opsgate_heartbeat_failures_total)" -gt "$1" ]
}

health() { # health FILTER
    curl -s --noproxy '*' --unix-socket "$OPSGATE_DATA/opsgate.sock" http://local/health/detailed | jq -r "$1"
}

doctor_says() { # doctor_says MARK TEXT: of the heartbeat
    "$BUILD/opsgate" -c "$CONFIG" doctor --json >"$RUN/doctor" 2>/dev/null
    jq -e --arg mark "$1" --arg text "$2" \
        'any(.findings[]; .subject == "Heartbeat" and .mark == $mark and (.text | contains($text)))' "$RUN/doctor" >/dev/null
}

names_known() { # every name that the rules ask for is told at /metrics; prints those that are not
    get "http://$OPSGATE_LISTEN/metrics" | sed -n 's/^\(opsgate_[a-z_]*\).*/\1/p' | sort -u >"$RUN/told"
    grep -v '^ *#' "$RULES" | sed -n 's/^ *expr: //p' | grep -o 'opsgate_[a-z_]*' | sort -u >"$RUN/asked"
    comm -13 "$RUN/told" "$RUN/asked"
}

# ---- it beats ----

check "the first beat comes at once" wait_until 20 has_beats 200 1
check "and the next ones by themselves" wait_until 40 has_beats 200 3
check "when is told to Prometheus" [ "$(metric opsgate_heartbeat_success_timestamp_seconds)" -gt 1700000000 ]
check "and to people" [ "$(health .heartbeat.taken_at)" -gt 1700000000000 ]
check "the doctor knows" doctor_says good "was taken"
check "the rules ask for something" [ -s "$RULES" ]
check "and for nothing that is not told" same "" "$(names_known)"
check "which is more than a few" [ "$(wc -l <"$RUN/asked")" -ge 4 ]
check "no record has the address" same 0 "$(redis --raw hvals "$(key operations)" | grep -c "$ADDRESS")"
check "nor the log" same 0 "$(grep -c "$ADDRESS" "$RUN/$INSTANCE/log")"

# ---- it is not taken ----

failed_before=$(metric opsgate_heartbeat_failures_total)
arm app "POST $SERVED" status 404 1000
check "one that is not taken is counted" wait_until 60 has_failed_since "$failed_before"
check "and the doctor says so" doctor_says bad "answered with 404"
check "three in a row are said aloud" wait_until 90 world_says \
    'any(.slack.channels[].messages[]; .text | contains("did not arrive 3 times in a row"))'
disarm
check "and that it is well again" wait_until 60 world_says \
    'any(.slack.channels[].messages[]; .text | contains("*The heartbeat* is answered again"))'

# ---- nobody decides ----

opsgate_kill
wait_until 10 no_beat_is_out
before=$(beats 200)
sleep 12 # longer than between two beats: whatever came now would be wrong, however slow the machine
check "who is dead sends none" same "$before" "$(beats 200)"
opsgate_up || exit 1
check "and whoever lives again does at once" wait_until 30 has_beats 200 $((before + 1))

# ---- without one ----

sed -i '/^heartbeat:/d' "$CONFIG"
kill -HUP "$OPSGATE_PID"
gone() {
    [ -z "$(metric opsgate_heartbeat_failures_total)" ]
}
check "it ends with its configuration" wait_until 30 gone
check "and the doctor says that there is none" doctor_says open "not configured"
finish
