#!/bin/sh
# How long do people wait for traffic to move? sh tests/bench/rollout.sh [RUNS [BUILD-DIRECTORY]]
#
# Against the sandbox, which takes 50 ms for every call; all moments are of one machine's clock, and what the sandbox saw,
# but the ends, which are Redis' journal's. Prints a table; nothing here passes or fails on time.
# shellcheck disable=SC2016 # jq's variables are jq's
set -u
HERE=$(cd "$(dirname "$0")/../../deploy" && pwd)
ROOT=$(dirname "$HERE")
runs=${1:-20}
BUILD=${2:-}
call_ms=50 reconcile_ms=200
# shellcheck source=tests/bench/world.sh
. "$ROOT/tests/bench/world.sh"

cp "$HERE/sandbox.yaml" "$CONFIG"
start_sandbox 0 || finish 1
change_world "{\"latency_ms\":$call_ms,\"reconcile_ms\":$reconcile_ms,\"metrics\":{\"scrape_ms\":200}}"
users_come 400
opsgate_up

has_ended_as() { # has_ended_as ID RESULT
    ended "$1" ".result == \"$2\""
}

rows() { # rows ID rollout|good|rollback: what the bench takes from one operation: name, all of it, and the sandbox's share, in ms
    calls=$(get "$SANDBOX_URL/_sandbox/calls?since=$chapter_call")
    asked_ms=$(world '.slack.deliveries[-1].at_ms')
    ended_ms=$(journal | jq -s --arg id "$1" '[.[].core | select(.operation == $id and .kind == "operation.ended")][0].at')
    printf '%s\n' "$calls" | jq -r --argjson asked "$asked_ms" --argjson ended "$ended_ms" --arg want "$2" '
        # the time in which at least one call was with the sandbox
        def with_sandbox($from; $to): [.[] | select(.service != "slack" and .at_ms >= $from and .at_ms < $to)
            | [.at_ms, ([.ended_at_ms, $to] | min)]] | sort
            | reduce .[] as $c ({ until: 0, sum: 0 };
                ([$c[0], .until] | max) as $begin
                | if $c[1] > $begin then { until: $c[1], sum: (.sum + $c[1] - $begin) } else . end) | .sum;
        def traffic: .service == "run" and .method == "PATCH" and (.query.updateMask // "" | contains("traffic"))
            and any(.body.traffic[]?; (.percent // 0) > 0) and (.body | has("template") | not);
        . as $calls | [.[] | select(traffic)] as $moves
        | def row($name; $from; $to): [$name, $to - $from, ($calls | with_sandbox($from; $to))] | @tsv;
        if $want == "rollout" then
            $moves[-1] as $back | ([.[] | select(.service == "prometheus" and .ended_at_ms <= $back.at_ms)][-1].ended_at_ms) as $verdict
            | ([.[] | select(.service == "run" and .at_ms >= $verdict)][0].at_ms) as $leaves
            | row("first"; $asked; $moves[0].at_ms), row("leaves"; $verdict; $leaves), row("back"; $verdict; $back.at_ms)
        elif $want == "good" then
            # its shares grow by verdicts, but for the first; the newest numbers end where the newest block does
            def asked_until: if (.path | endswith("query_range")) then (.body.end // .query.end // null) else null end
                | select(.) | tonumber * 1000;
            $moves[1:][] | . as $raise
            | [$calls[] | select(.service == "prometheus" and .ended_at_ms <= $raise.at_ms)] as $asked_before
            | row("raise"; $asked_before[-1].ended_at_ms; $raise.at_ms),
              ([$asked_before[-12:][] | asked_until] | max | select(.) | row("scrape"; .; $raise.at_ms))
        else
            row("return"; $asked; $moves[0].at_ms), row("verified"; $asked; $ended)
        end'
}

begin_run() {
    chapter_call=$(get "$SANDBOX_URL/_sandbox/calls" | jq '.[-1].n // 0')
}

n=0
for run in $(seq "$runs"); do
    change_world "{\"tag\":{\"tag\":\"v2.$run.0\",\"version\":\"2.$run.0\"}}"
    change_world "{\"behaviour\":{\"image\":\"v2.$run.0\",\"error_rate\":0.5}}"
    n=$((n + 1))
    begin_run
    type_command U012AB3CD /deploy "api production v2.$run.0" >/dev/null
    wait_until 60 has_ended_as "D$n" failed || { echo "D$n did not end as failed" >&2; finish 1; }
    rows "D$n" rollout >>"$RUN/rows"
    change_world "{\"tag\":{\"tag\":\"v3.$run.0\",\"version\":\"3.$run.0\"}}"
    type_command U012AB3CD /deploy "staging v3.$run.0" >/dev/null
    wait_until 60 has_ended_as "D$((n + 1))" "done" || { echo "D$((n + 1)) is not done" >&2; finish 1; }
    wait_until 20 has_settled "D$((n + 1))"
    n=$((n + 2))
    begin_run
    type_command U012AB3CD /rollback staging >/dev/null
    wait_until 60 has_ended_as "D$n" "done" || { echo "D$n is not done" >&2; finish 1; }
    rows "D$n" rollback >>"$RUN/rows"
done

for run in $(seq $(((runs + 2) / 3))); do # three raises each
    change_world "{\"tag\":{\"tag\":\"v4.$run.0\",\"version\":\"4.$run.0\"}}"
    n=$((n + 1))
    begin_run
    type_command U012AB3CD /deploy "api production v4.$run.0" >/dev/null
    wait_until 180 has_ended_as "D$n" "done" || { echo "D$n is not done" >&2; finish 1; }
    rows "D$n" good >>"$RUN/rows"
done

# ---- the table ----

quantile() { # quantile NAME COLUMN SHARE
    awk -F '\t' -v name="$1" -v column="$2" '$1 == name { print $column }' "$RUN/rows" | sort -n |
        awk -v share="$3" '{ all[NR] = $1 } END { at = int(NR * share + 0.999999); print all[at < 1 ? 1 : at] }'
}
row() { # row NAME TEXT
    printf '| %-58s | %6s | %6s | %14s |\n' "$2" "$(quantile "$1" 2 0.5)" "$(quantile "$1" 2 0.95)" "$(quantile "$1" 3 0.5)"
}
tell_machine
echo "$("$BUILD/opsgate" version | head -1), $runs runs; the sandbox: $call_ms ms a call, $reconcile_ms ms until Cloud Run serves a change"
echo
printf '| %-58s | %6s | %6s | %14s |\n' 'from ... to' 'p50 ms' 'p95 ms' 'with sandbox'
echo '| --- | ---: | ---: | ---: |'
row first 'deploy typed ... first traffic call arrives'
row leaves 'last number of a bad verdict ... first call of the way back'
row back 'last number of a bad verdict ... traffic call arrives'
row raise 'last number of a good verdict ... traffic call arrives'
row scrape 'end of the newest second that is judged ... traffic call'
row return 'rollback typed ... traffic call arrives'
row verified 'rollback typed ... traffic verified'
finish 0
