#!/bin/sh
# What opsgate tells Prometheus: well-formed; counts that follow what happens, latencies, what waits and how long; nothing secret and
# nothing that a stranger may make grow. The alerts do what they say, and they and the dashboard ask for nothing that is not told.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
RULES=$ROOT/deploy/prometheus/opsgate.rules.yaml
BOARD=$ROOT/deploy/grafana/opsgate.json
redis_up || exit 1
store_config "$RUN/store.yaml"
CONFIG=$RUN/opsgate.yaml
sandbox_up
sed "s|local:root|local:$(id -un)|; s|^smtp:.*|&\nheartbeat: { url: \"$SANDBOX_URL/app/api-service/health\", every: 10s }|" \
    "$RUN/store.yaml" >"$CONFIG"
has_said_empty() {
    log_has store.refused
}
opsgate_start one
wait_until 10 has_said_empty
check "a store is created" "$BUILD/opsgate" -c "$CONFIG" store create
wait_opsgate 30 || exit 1
wait_until 20 has_owner

scrape() {
    get "http://$OPSGATE_LISTEN/metrics" >"$RUN/metrics"
}

metric() { # metric NAME[{LABELS}]: its value
    scrape
    awk -v name="$1" '$1 == name { print $2 }' "$RUN/metrics"
}

is_metric() { # is_metric NAME VALUE
    same "$2" "$(metric "$1")"
}

at_least() { # at_least NAME VALUE
    metric "$1" | awk -v least="$2" '{ good = $1 >= least } END { exit !good }'
}

# ---- the format ----

check "it is what Prometheus reads" same "text/plain; version=0.0.4; charset=utf-8" \
    "$(curl -s --noproxy '*' -o /dev/null -w '%{content_type}' "http://$OPSGATE_LISTEN/metrics")"
scrape
check "and promtool finds nothing wrong" promtool check metrics <"$RUN/metrics"
check "each name has one head" same "" "$(sed -n 's/^# TYPE \([a-z_]*\) .*/\1/p' "$RUN/metrics" | sort | uniq -d)"
check "the version is told" grep -q '^opsgate_build_info{version="[0-9.]*"} 1$' "$RUN/metrics"

# ---- what happens is counted ----

check "nobody has asked for anything" same "" "$(metric 'opsgate_requests_total{decision="accepted",verb="deploy"}')"
say "$ANN" /deploy "api staging v1.4.2"
check "a deploy is asked for" is_metric 'opsgate_requests_total{decision="accepted",verb="deploy"}' 1
wait_until 60 has_ended D1
check "and ends well" is_metric 'opsgate_operations_ended_total{kind="deploy",result="done"}' 1
check "its traffic was given" is_metric 'opsgate_effects_ended_total{kind="run.traffic",end="done"}' 1
is_counted() { # all that stands in the journal; what comes to it between the two looks is seen by the next ones
    entries=$(redis xlen "$(key journal)")
    scrape
    same "$entries" "$(sed -n 's/^opsgate_journal_entries_total{.*} //p' "$RUN/metrics" | awk '{ sum += $1 } END { print sum }')" >/dev/null
}
check "all that stands in the journal is counted" wait_until 10 is_counted
say "$EVE" /deploy "api production v1.4.2"
check "a denial is one" is_metric 'opsgate_requests_total{decision="denied",verb="deploy"}' 1
say "$ANN" /deploy "api stagin v1.4.2"
check "a slip is one" at_least 'opsgate_requests_total{decision="misused",verb="deploy"}' 1
say "$ANN" /ops 'nonsense"} 7'
scrape
check "what nobody knows is no label" same "" "$(sed -n 's/^opsgate_requests_total{.*,verb="\([^"]*\)"}.*/\1/p' "$RUN/metrics" | grep -v -x -e deploy -e "")"
check "but counted" at_least 'opsgate_requests_total{decision="unreadable",verb=""}' 1
check "of what a person typed nothing is told" same 0 "$(grep -c nonsense "$RUN/metrics")"
say "$ANN" /incident "declare P2 slow checkout"
check "an open incident, by its severity" wait_until 20 is_metric 'opsgate_incidents_now{severity="P2",state="open"}' 1

# ---- how long it takes ----

check "each request at its door" at_least 'opsgate_http_request_seconds_count{path="/slack/commands"}' 4
check "until it is durable" at_least 'opsgate_store_seconds_count{call="accept"}' 4
check "each commit" at_least 'opsgate_store_seconds_count{call="commit"}' 10
check "each decision" at_least opsgate_decision_seconds_count 10
check "each call out, by its kind" at_least 'opsgate_attempt_seconds_count{kind="run.traffic"}' 1
check "in buckets that end with all" same "$(metric 'opsgate_store_seconds_bucket{call="accept",le="+Inf"}')" \
    "$(metric 'opsgate_store_seconds_count{call="accept"}')"
check "how Redis does" wait_until 30 at_least opsgate_redis_memory_bytes 100000
check "how it keeps what it has" grep -q '^opsgate_store_info{version="[0-9.]*",appendfsync="always",' "$RUN/metrics"
check "which suffices" is_metric opsgate_store_durable 1
check "how the process does" at_least process_resident_memory_bytes 1000000
check "since when" at_least process_start_time_seconds $(($(date +%s) - 600))
check "with what" at_least process_cpu_seconds_total 0.01

# ---- what fails, and what waits ----

for service in slack response run github registry app prometheus pagerduty statuspage; do
    post "$SANDBOX_URL/_sandbox/faults" "{\"service\":\"$service\",\"fault\":\"status\",\"value\":503,\"count\":1000}" >/dev/null
done
say "$ANN" /deploy "web staging v1.4.2"
check "a host that fails is left alone" wait_until 60 at_least "opsgate_breaker_open{host=\"${SANDBOX_URL#http://}\"}" 1
check "calls that fail are counted" at_least opsgate_call_failures_total 5
check "so is what waits for them" wait_until 10 at_least opsgate_effects 1
check "and for how long" wait_until 10 at_least opsgate_oldest_effect_seconds 0.5
curl -s -X DELETE "$SANDBOX_URL/_sandbox/faults" >/dev/null
check "until it answers" wait_until 60 is_metric "opsgate_breaker_open{host=\"${SANDBOX_URL#http://}\"}" ""

# ---- the alerts, and the dashboard ----

check "the rules are good" promtool check rules "$RULES"
check "each alert comes when it should, and only then" promtool test rules "$ROOT/deploy/prometheus/opsgate.rules.test.yaml"
check "each has its test" same "$(sed -n 's/.*- alert: //p' "$RULES" | sort -u)" \
    "$(grep -o 'alertname: [A-Za-z]*' "$ROOT/deploy/prometheus/opsgate.rules.test.yaml" | sed 's/.*: //' | sort -u)"
scrape
sed -n 's/^\(# TYPE \)*\(\(opsgate\|process\)_[a-z_]*\).*/\2/p' "$RUN/metrics" | sort -u >"$RUN/told" # its head, or a value
jq -r '.panels[].targets[].expr' "$BOARD" | grep -o '\(opsgate\|process\)_[a-z_]*' | sort -u >"$RUN/asked"
check "the dashboard asks for many" [ "$(wc -l <"$RUN/asked")" -ge 20 ]
check "and for none that is not told" same "" "$(comm -13 "$RUN/told" "$RUN/asked")"
jq -r '.panels[].targets[].expr' "$BOARD" | sed 's/\$__rate_interval/5m/g; s/\$job/opsgate/g' |
    jq -Rn '{groups: [{name: "board", rules: [inputs | {record: "board:line\(input_line_number)", expr: .}]}]}' >"$RUN/board.rules.yaml"
check "in questions that Prometheus reads" promtool check rules "$RUN/board.rules.yaml"

# ---- a standby, and switched off ----

is_off() {
    [ "$(curl -s --noproxy '*' -o /dev/null -w '%{http_code}' "http://$OPSGATE_LISTEN/metrics")" = 404 ]
}


OPSGATE_LISTEN=127.0.0.1:$(new_port)
opsgate_up two || exit 1
scrape
check "a standby is told from the owner" is_metric opsgate_owner 0
check "and says nothing of what its owner does" same 0 "$(grep -c '^opsgate_operations_now{' "$RUN/metrics")"
opsgate_stop
use one
sed -i 's|^metrics: .*|&|; /^metrics:/s|prometheus:|enabled: false, prometheus:|' "$CONFIG"
check "the configuration is read again" "$BUILD/opsgate" -c "$CONFIG" run reload
check "then there is none" wait_until 10 is_off
check "the journal is a chain" journal_is_a_chain
finish
