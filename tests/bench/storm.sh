#!/bin/sh
# Many rollouts at once under Slack's limits: sh tests/bench/storm.sh [ROLLOUTS [BUILD-DIRECTORY]]
#
# So many services on Cloud Run, each rolled out in steps that are judged, against a sandbox whose Slack takes fifty
# updates of messages a minute and one new message a second and channel. First their starts come one after the other, so
# that their changes are no more than Slack takes, and all of them run at once; then all are started at one moment, and
# end at one moment, too. Prints how late cards were, which limits were hit, and what it took. Fails when a limit was hit
# twice in one window, or a card is wrong in the end; nothing here passes or fails on time.
#
# STORM_EVERY: seconds between two starts; STORM_PARTS: "apart together", or one of them.
# shellcheck disable=SC2016 # jq's variables are jq's
set -u
HERE=$(cd "$(dirname "$0")/../../deploy" && pwd)
ROOT=$(dirname "$HERE")
rollouts=${1:-200}
BUILD=${2:-}
every_s=${STORM_EVERY:-10}
parts=${STORM_PARTS:-apart together}
updates_a_minute=50
# shellcheck source=tests/bench/world.sh
. "$ROOT/tests/bench/world.sh"

# ---- the world, and a configuration of so many services ----

name_of() { printf 's%03d' "$1"; }

write_config() { # write_config BAKE_S: as the demo's, but for its services and channels
    sed '/^  components:/d; /^databases:/,/^services:/{/^services:/!d}; /^services:/q' "$HERE/sandbox.yaml" |
        sed "s|\"#deployments\"|$(channel_id deployments)|; s|\"#alerts\"|$(channel_id alerts)|"
    for i in $(seq "$rollouts"); do
        cat <<YAML
  - name: $(name_of "$i")
    artifact: { image: "us-docker.pkg.dev/acme/images/api:{version}" }
    environments:
      - name: production
        driver: { cloud_run: { project: acme, region: us-central1, service: $(name_of "$i") } }
        strategy: { canary: { steps: [50%, 100%], bake: ${1}s, watch: 10s } }
        analysis: { error_rate: 5%, min_requests: 50, max_bake: $(($1 + 1800))s, block: 5s }
YAML
    done
    cat <<YAML
policy:
  roles: [{ name: release-manager, members: ["slack:U012AB3CD"] }]
  rules: [{ allow: [deploy, rollback, abort], to: release-manager }, { allow: status, to: everyone }]
YAML
}

channel_id() { # channel_id NAME
    world '.slack.channels[] | select(.name == $name) | .id' --arg name "$1"
}

start_sandbox 0 || finish 1
for i in $(seq "$rollouts"); do
    change_world "{\"service\":{\"id\":\"$(name_of "$i")\",\"environment\":\"production\"}}" || finish 1
done
change_world "{\"latency_ms\":50,\"reconcile_ms\":200,\"metrics\":{\"scrape_ms\":2000},\"limit_posts\":true,
    \"slack_limits\":{\"chat.update\":$updates_a_minute,\"chat.postMessage\":300,\"conversations.list\":20,\"conversations.history\":50,
                      \"conversations.replies\":50,\"chat.postEphemeral\":100}}" || finish 1
users_come 50
bake_s=$((rollouts * every_s + 30)) # the first is still baking when the last one begins
[ "$parts" != together ] || bake_s=60
write_config "$bake_s" >"$CONFIG"
"$BUILD/opsgate" check -c "$CONFIG" >"$RUN/check.log" 2>&1 || { cat "$RUN/check.log" >&2; finish 1; }
opsgate_up

# ---- what is looked at ----

begin_calls
note_ours() { # what is asked of its calls
    note_calls 'select(.service == "prometheus" or (.service == "run" and .method == "PATCH"))
        | { service, path, at_ms, ended_at_ms, text: ([.query, .body] | tostring) }'
}

all_have_ended() { # all_have_ended N: so many since the start, and nothing is left to be shown
    [ "$(redis hlen "$(key ended)")" -ge "$1" ] && [ "$(redis hlen "$(key effects)")" = 0 ]
}

wait_for_all() { # wait_for_all N
    patience=$((rollouts * 60 + bake_s * 4 + 600))
    until all_have_ended "$1"; do
        patience=$((patience - 2))
        [ "$patience" -gt 0 ] || { echo "not all of them end" >&2; return 1; }
        note_ours
        sleep 2
    done
    note_ours
}

deploy_all() { # deploy_all VERSION SECONDS: all of them, so far apart
    change_world "{\"tag\":{\"tag\":\"$1\",\"version\":\"${1#v}\"}}"
    for i in $(seq "$rollouts"); do
        type_command U012AB3CD /deploy "$(name_of "$i") production $1" >/dev/null
        [ "$2" = 0 ] || { note_ours; sleep "$2"; }
    done
}

# Each change of state in the journal, and when a card that was written after it was shown. [operation, kind, at, lag]
lags() { # lags FROM-MS
    redis --raw hvals "$(key ended)" | jq -sc 'map({ key: .outside_id, value: .id }) | from_entries' >"$RUN/ids"
    get "$SANDBOX_URL/_sandbox/state?messages=20000" >"$RUN/state"
    jq -c --slurpfile ids "$RUN/ids" '[.slack.channels[] | .messages[]
        | { id: $ids[0][.metadata.event_payload.operation // ""], type: .metadata.event_type, ts, text, edits }
        | select(.id and (.type | endswith("card"))) | { key: .id, value: { shown: ([(.ts | tonumber * 1000 | floor)] + [.edits[]?.until_ms]), text } }] | from_entries' \
        "$RUN/state" >"$RUN/cards"
    journal | jq -c 'select(.core.kind | startswith("operation.")) | .core' >"$RUN/moves"
    jq -r --argjson from "$1" --slurpfile cards "$RUN/cards" 'select(.at >= $from) | . as $move
        | $cards[0][.operation] as $card | select($card)
        | [.operation, .kind, .at, (([$card.shown[] | select(. >= $move.at)] | min // null) | if . then . - $move.at else "never" end)] | @tsv' \
        "$RUN/moves"
}

# The last numbers that came of a service before its traffic grew for good, and the call that does it.
raises() { # raises FROM-MS
    jq -s -r --argjson from "$1" '[.[] | select(.at_ms >= $from)] | . as $calls
        | .[] | select(.service == "run" and (.text | contains("updateMask") and contains("traffic")) and (.text | contains("\"template\"") | not)
            and (.text | contains("\"percent\":100")))
        | . as $patch | (.path | split("/")[-1]) as $name
        | [$calls[] | select(.service == "prometheus" and (.text | contains($name)) and .ended_at_ms <= $patch.at_ms) | .ended_at_ms] | max
        | select(.) | $patch.at_ms - .' "$RUN/calls"
}

is_bad=0
report() { # report NAME FROM-MS FROM-SEQ
    ended_ms=$(now_ms)
    commits=$(($(seq_of_store) - $3))
    lags "$2" >"$RUN/lags.$1"
    late=$(awk -F '\t' '$4 == "never" || $4 > 5000' "$RUN/lags.$1" | wc -l)
    echo
    echo "$1: $rollouts rollouts in $(((ended_ms - $2) / 1000)) s, $(wc -l <"$RUN/lags.$1") changes of state, $(awk -v n="$commits" -v ms=$((ended_ms - $2)) 'BEGIN { printf "%.1f", n * 1000 / ms }') commits/s"
    echo
    line 'from ... to' 'p50 ms' 'p95 ms' 'max ms'
    echo '| --- | ---: | ---: | ---: |'
    # shellcheck disable=SC2046 # three words
    {
        line 'change of state ... a card shows it' $(awk -F '\t' '$2 != "operation.begun" { print $4 }' "$RUN/lags.$1" | quantiles)
        line 'asked for ... its first card' $(awk -F '\t' '$2 == "operation.begun" { print $4 }' "$RUN/lags.$1" | quantiles)
        line 'end ... the card shows it' $(awk -F '\t' '$2 == "operation.ended" { print $4 }' "$RUN/lags.$1" | quantiles)
        line 'last number of a good verdict ... traffic call' $(raises "$2" | quantiles)
    }
    echo
    echo "$late changes were shown later than after 5 s"
    limits_hit "$2"
    if limit_was_hit_twice "$2"; then
        echo "FAIL: a window was hit twice"
        is_bad=1
    fi
}

# Every card says how it ended, in the very words of the record.
check_cards() {
    redis --raw hvals "$(key ended)" | jq -s -c --slurpfile cards "$RUN/cards" '
        [.[] | select(.kind == "deploy") | . as $op | $cards[0][$op.id] as $card
         | select(($card and ($card.text | contains($op.summary[0:40]))) | not) | { id: .id, summary, text: $card.text }]' >"$RUN/wrong"
    [ "$(jq length "$RUN/wrong")" = 0 ] || { echo "FAIL: cards that are wrong: $(jq -c '.[0:3]' "$RUN/wrong")"; is_bad=1; }
}

tell_machine
echo "$("$BUILD/opsgate" version | head -1); the sandbox: 50 ms a call; Slack takes $updates_a_minute updates a minute, a message a second and channel"
total=0 number=1
for part in $parts; do
    number=$((number + 1))
    from_ms=$(now_ms) from_seq=$(seq_of_store)
    [ "$part" = together ] && apart_s=0 || apart_s=$every_s
    deploy_all "v$number.0.0" "$apart_s"
    total=$((total + rollouts))
    wait_for_all "$total" || finish 1
    report "$part" "$from_ms" "$from_seq"
    check_cards
done
echo
echo "opsgate: $(sed -n 's/^VmHWM:[^0-9]*//p' "/proc/$OPSGATE_PID/status") at most; load after $(cut -d' ' -f1-3 /proc/loadavg)"
finish $is_bad
