#!/bin/sh
# From the page to the people in its channel: sh tests/bench/incidents.sh [TRIGGERS [BUILD-DIRECTORY]]
#
# PagerDuty triggers incidents in the sandbox, which takes 50 ms for every call, and whose Slack takes so many calls a
# minute as its tiers say. First twenty a minute, each of a service of its own: how long until its channel is made, and
# somebody is invited? Then so many triggers within seconds, of fewer services: how long until the last channel stands,
# what people read meanwhile, and whether those who type something are answered. All moments are the sandbox's own: when
# it sent a webhook, when a call came. What became of each trigger is asked of Slack and Redis.
#
# Fails when a trigger was lost, or something was made or said twice; nothing here passes or fails on time.
#
# INCIDENTS_MINUTES: so long twenty a minute (1). INCIDENTS_SERVICES: so many services page at once (a fifth of the
# triggers). INCIDENTS_SECONDS: within so many (a hundred triggers in each). INCIDENTS_TITLE: what all pages are called
# (each tells its service). INCIDENTS_PARTS: "apart together", or one of them.
# shellcheck disable=SC2016 # jq's variables are jq's
set -u
HERE=$(cd "$(dirname "$0")/../../deploy" && pwd)
ROOT=$(dirname "$HERE")
triggers=${1:-200}
BUILD=${2:-}
minutes=${INCIDENTS_MINUTES:-1}
services=${INCIDENTS_SERVICES:-$(((triggers + 4) / 5))}
seconds=${INCIDENTS_SECONDS:-$(((triggers + 99) / 100))}
parts=${INCIDENTS_PARTS:-apart together}
title=${INCIDENTS_TITLE:-}
a_minute=20 call_ms=50 wanted_ms=1000 answer_ms=3000 ann=U012AB3CD
# shellcheck source=tests/bench/world.sh
. "$ROOT/tests/bench/world.sh"
cp "$HERE/sandbox.yaml" "$CONFIG"
is_bad=0

# ---- the world: each part begins with nothing ----

begin_world() { # begin_world NAME SERVICES
    export OPSGATE_DATA="$RUN/$1"
    start_sandbox 0 || finish 1
    change_world "$(jq -cn --argjson ms "$call_ms" --argjson n "$2" '{ latency_ms: $ms, limit_posts: true,
        slack_limits: { "conversations.create": 20, "conversations.setTopic": 20, "conversations.setPurpose": 20, "pins.add": 20,
            "bookmarks.add": 20, "bookmarks.list": 50, "conversations.invite": 50, "users.conversations": 50, "conversations.history": 50,
            "conversations.replies": 50, "chat.update": 50, "chat.postMessage": 300, "auth.test": 100 },
        pagerduty: { service: [range($n) | { id: "PB\(.)", name: "b\(.)" }] } }')" || finish 1
    opsgate_up
    begin_calls
    : >"$RUN/typed"
    sleep 1
    before_kib=$(resident_kib "$OPSGATE_PID")
    forget_peak "$OPSGATE_PID"
    from_ms=$(now_ms)
}

page() { # page FROM TO SERVICES: PagerDuty triggers those incidents, in the order of their services
    change_world "$(jq -cn --arg title "$title" --argjson from "$1" --argjson to "$2" --argjson n "$3" '{ pagerduty: { incident: [range($from; $to)
        | { title: (if $title != "" then $title else "b\(. % $n) is down, \((. / $n | floor) + 1)" end), service: "PB\(. % $n)", urgency: "high" }] } }')"
}

wait_until_ms() { # wait_until_ms MOMENT
    left_ms=$(($1 - $(now_ms)))
    [ "$left_ms" -le 0 ] || sleep "$(awk -v ms="$left_ms" 'BEGIN { print ms / 1000 }')"
}

note_ours() {
    note_calls 'select(.service != "prometheus" and .service != "run") | { n, service, method, path, at_ms, ended_at_ms, applied }
        + (.body | objects | { name, channel, users, line, about, state: .incident.status? })'
}

is_calm() { # every webhook has been taken, decided, and all that came of it has been done
    [ "$(world '.pagerduty.waiting | length')" = 0 ] || return 1
    for inbox in inbox inbox:safe; do
        last_item=$(redis --raw xinfo stream "$(key $inbox)" | sed -n '/^last-generated-id/{n;p;}')
        [ -z "$last_item" ] || [ "$last_item" = 0-0 ] || [ "$(redis --raw hget "$(key meta)" "cursor:$inbox")" = "$last_item" ] || return 1
    done
    [ "$(redis hlen "$(key effects)")" = 0 ] && [ "$(redis hlen "$(key messages)")" = 0 ]
}

wait_calm() { # wait_calm CHANNELS
    patience_ms=$(($(now_ms) + ($1 * 8 + 300) * 1000))
    until is_calm; do
        [ "$(now_ms)" -lt "$patience_ms" ] || { echo "FAIL: it does not come to an end"; is_bad=1; return; }
        note_ours
        sleep 3
    done
    sleep 1
    note_ours
}

# ---- people, meanwhile ----

type_now() { # type_now KIND COMMAND TEXT: its account, with what it is; nobody waits for a late answer here
    post "$SANDBOX_URL/_sandbox/slack/command" \
        "$(jq -cn --arg user "$ann" --arg command "$2" --arg text "$3" '$ARGS.named + { channel: "C0GENERAL" }')" |
        jq -c --arg kind "$1" --arg text "$3" '{ $kind, $text, took_ms, said: (.body | length > 0), response_url }' >>"$RUN/typed"
}

acknowledge() { # one that is open, and nobody has acknowledged yet
    id=$(redis --raw hvals "$(key operations)" |
        jq -rs '[.[] | select(.kind == "incident" and .state == "open" and (.body.pages | length) > 0)] | .[length / 2 | floor].id // empty')
    [ -z "$id" ] || type_now ack /incident "ack $id"
}

people() { # people ROUNDS: one after the other, as long as it storms, and a while longer
    for round in $(seq "$1"); do
        type_now status /ops status
        type_now declare /incident "declare P1 typed by Ann, $round"
        acknowledge
        sleep $((round < 4 ? 1 : 5))
    done
}

# ---- what came of it ----

# The sandbox's Slack and PagerDuty, and the records: what became of every trigger. $RUN/found has one line for each channel.
look() {
    get "$SANDBOX_URL/_sandbox/state?messages=20000" >"$RUN/state"
    { redis --raw hvals "$(key operations)"; redis --raw hvals "$(key ended)"; } | jq -c 'select(.kind == "incident")' >"$RUN/incidents"
    jq -c -n --slurpfile calls "$RUN/calls" --slurpfile state "$RUN/state" --slurpfile incidents "$RUN/incidents" '
        def since($from): if . and $from then . - $from else null end;
        (reduce ($calls[] | select(.service == "opsgate" and .about == "incident.triggered")) as $c ({};
            ($c.line | split("/")[-1]) as $page | .[$page] //= { sent: $c.at_ms, taken: $c.ended_at_ms })) as $sent
        | (reduce ($calls[] | select(.path == "/conversations.create" and .applied)) as $c ({}; .[$c.name] //= $c)) as $made
        | (reduce ($calls[] | select(.path == "/conversations.invite" and .applied)) as $c ({}; .[$c.channel] += [$c])) as $invited
        | (reduce ($state[0].slack.deliveries[] | select((.text // "") | startswith("declare"))) as $d ({};
            .[$d.text | sub("declare P1 "; "")] = $d.at_ms)) as $typed
        | (reduce ($state[0].slack.channels[] | select(.name == "incidents") | .messages[]) as $m ({};
            ($m.text | capture("^\\*(?<id>D[0-9]+)\\* \\(.*(opened|declared) by") // null) as $c
            | if $c then .[$c.id] += [$m.ts | tonumber * 1000 | floor] else . end)) as $said
        | ($state[0].slack.channels | map({ key: .id, value: . }) | from_entries) as $channels
        | $incidents[] | .id as $id | .body as $b | $channels[$b.channel // ""] as $c
        | ($b.pages[0].id // null) as $page
        | (if $page then $sent[$page].sent else $typed[$b.title] end) as $from
        | ($made[$c.name // ""] // {}) as $create | (($invited[$b.channel // ""] // [])) as $invites
        | { $id, title: $b.title, $page, pages: [$b.pages[]?.id], more: ($b.more_pages // 0), service: $b.pages[0].service,
            channel: $b.channel, name: $c.name, problem: $b.channel_problem, from: $from,
            taken: (if $page then $sent[$page].taken | since($from) else null end), asked: ($create.at_ms | since($from)),
            stood: ($create.ended_at_ms | since($from)),
            stood_at: $create.ended_at_ms, invited: ([$invites[].at_ms] | min | since($from)), said: (($said[$id] // [null])[0] | since($from)),
            said_times: ($said[$id] // [] | length), is_there: (($c.members // []) | index("'"$ann"'") != null),
            cards: ([$c.messages[]? | select(.metadata.event_type // "" | endswith("card"))] | length),
            pins: ([$c.messages[]? | select(.pinned_to and (.metadata.event_type // "" | endswith("card")))] | length) }' >"$RUN/found"
}

lost() { # lost SENTENCE COUNT: of what may not be
    [ "$2" = 0 ] || { echo "FAIL: $1: $2"; is_bad=1; }
}

# judge TRIGGERS SERVICES: nothing was lost, and nothing done twice
judge() {
    declared=$(jq -s 'map(select(.kind == "declare" and .said)) | length' "$RUN/typed")
    jq -s -c --argjson n "$1" --argjson services "$2" --argjson declared "$declared" --slurpfile state "$RUN/state" '
        ($state[0].pagerduty.incidents | map({ key: .id, value: .service.id }) | from_entries) as $service_of
        | ([.[].pages[]]) as $had
        | { lost: ([$n - ($had | length) - ([.[].more] | add // 0), 0] | max),
            twice: (($had | length) - ($had | unique | length) + ([($had | length) + ([.[].more] | add // 0) - $n, 0] | max)),
            strangers: ([.[] | .service as $s | .pages[] | select($service_of[.] != $s)] | length),
            without: ([.[] | select(.channel == null)] | length), problems: ([.[].problem | strings] | unique),
            shared: (([.[].channel | strings] | length) - ([.[].channel | strings] | unique | length)),
            spare: ((([$state[0].slack.channels[] | select(.name | startswith("inc-"))] | length) - ([.[].channel | strings] | unique | length)) | fabs),
            services: (([.[].service | strings] | group_by(.) | map(length)) as $g | ([$g[] | . - 1] | add // 0) + $services - ($g | length)),
            declared: (($declared - ([.[] | select(.page == null)] | length)) | fabs),
            alone: ([.[] | select(.channel != null and (.is_there | not))] | length),
            cards: ([.[] | select(.channel != null and .cards != 1)] | length), pins: ([.[] | select(.channel != null and .pins != 1)] | length),
            unsaid: ([.[] | select(.said_times == 0)] | length),
            again: ([.[] | select(.said_times > 1)] | length) }' "$RUN/found" >"$RUN/verdict"
    v() { jq -r ".$1" "$RUN/verdict"; }
    lost "triggers of which nothing knows" "$(v lost)"
    lost "triggers that count twice" "$(v twice)"
    lost "triggers that joined another service's incident" "$(v strangers)"
    lost "incidents too many or too few for their services" "$(v services)"
    lost "incidents too many or too few for what people declared" "$(v declared)"
    lost "incidents without a channel, $(v 'problems | tostring')" "$(v without)"
    lost "incidents that share a channel" "$(v shared)"
    lost "channels of no incident" "$(v spare)"
    lost "channels into which nobody on call was invited" "$(v alone)"
    lost "channels without one card" "$(v cards)"
    lost "cards that are not pinned" "$(v pins)"
    lost "incidents of which #incidents was not told" "$(v unsaid)"
    lost "incidents of which #incidents was told twice" "$(v again)"
}

row() { # row TEXT FIELD FILTER
    # shellcheck disable=SC2046 # three words
    line "$1" $(jq "select($3) | .$2 | numbers" "$RUN/found" | quantiles)
}

tell_times() { # tell_times FILTER
    line 'from ... to' 'p50 ms' 'p95 ms' 'max ms'
    echo '| --- | ---: | ---: | ---: |'
    row 'webhook sent ... taken' taken "$1"
    row 'webhook sent ... conversations.create arrives' asked "$1"
    row 'webhook sent ... its channel is made' stood "$1"
    row 'webhook sent ... people are invited' invited "$1"
    row 'webhook sent ... #incidents says so' said "$1"
}

tell_rest() {
    limits_hit "$from_ms"
    ! limit_was_hit_twice "$from_ms" || echo "wanted: each at most once"
    echo "opsgate: $((before_kib / 1024)) MB before, $(peak_mib "$OPSGATE_PID") at most, $(($(resident_kib "$OPSGATE_PID") / 1024)) after;" \
        "$(redis --raw xlen "$(key journal)") entries in the journal; load $(cut -d' ' -f1-3 /proc/loadavg)"
    grep -h '"level":"\(warn\|error\)"' "$RUN/opsgate.log" | jq -r .event | sort | uniq -c | sed 's/^/  logged:/' | head
}

apart() {
    count=$((minutes * a_minute))
    begin_world apart "$count"
    for i in $(seq 0 $((count - 1))); do
        wait_until_ms $((from_ms + i * 60000 / a_minute))
        page "$i" $((i + 1)) "$count" || finish 1
        [ $((i % 5)) != 4 ] || note_ours
    done
    wait_calm "$count"
    look
    echo
    echo "apart: $count incidents, $a_minute a minute, each of a service of its own"
    echo
    tell_times true
    echo
    echo "people are invited after, p95: $(jq '.invited | numbers' "$RUN/found" | quantiles | cut -d' ' -f2) ms, wanted at most $wanted_ms"
    judge "$count" "$count"
    tell_rest
    stop_both
}

tell_typed() { # tell_typed KIND
    jq -rs --arg kind "$1" --argjson ms "$answer_ms" --slurpfile calls "$RUN/calls" 'map(select(.kind == $kind))
        | "\($kind): \(map(select(.said and .took_ms < $ms)) | length) of \(length) answered within \($ms) ms, wanted all; at most \(map(.took_ms) | max) ms"' "$RUN/typed"
}

tell_acks() { # from typed to what PagerDuty is told
    jq -rn --slurpfile typed "$RUN/typed" --slurpfile calls "$RUN/calls" --slurpfile found "$RUN/found" --slurpfile state "$RUN/state" '
        $typed[] | select(.kind == "ack") | .text as $text | ($text | split(" ")[1]) as $id
        | ([$state[0].slack.deliveries[] | select(.text == $text) | .at_ms] | min) as $from
        | ($found[] | select(.id == $id)) as $incident
        | [$calls[] | select(.service == "pagerduty" and .method == "PUT" and .state == "acknowledged" and (.path | endswith("/" + $incident.page))) | .at_ms]
        | if length == 0 then "never" else min - $from end' >"$RUN/acks"
}

together() {
    begin_world together "$services"
    people 8 &
    people_pid=$!
    ticks=$((seconds * 5)) done=0
    for tick in $(seq "$ticks"); do
        page "$done" $((triggers * tick / ticks)) "$services" || finish 1
        done=$((triggers * tick / ticks))
        wait_until_ms $((from_ms + tick * 200))
    done
    stormed_ms=$(($(now_ms) - from_ms))
    wait "$people_pid"
    wait_calm "$services"
    look
    tell_acks
    echo
    echo "together: $triggers triggers of $services services in $((stormed_ms / 1000)) s"
    echo
    tell_times '.page != null'
    row 'declared by a person ... its channel is made' stood '.page == null'
    row 'declared by a person ... people are invited' invited '.page == null'
    # shellcheck disable=SC2046 # three words
    line 'acknowledged in Slack ... PagerDuty is told' $(grep -v never "$RUN/acks" | quantiles)
    echo
    echo "the last channel was made $(jq -s --argjson from "$from_ms" '([.[].stood_at | numbers] | max) - $from | . / 1000 | floor' "$RUN/found") s after the first trigger;" \
        "$(jq -s '[.[].channel | strings] | length' "$RUN/found") channels, $(jq -s '[.[] | (.pages | length) + .more - 1 | select(. > 0)] | add // 0' "$RUN/found") triggers joined one"
    tell_typed status
    tell_typed declare
    tell_typed ack
    lost "acknowledgements of which PagerDuty was not told" "$(grep -c never "$RUN/acks")"
    echo "#incidents: $(jq '.slack.channels[] | select(.name == "incidents") | .messages | length' "$RUN/state") messages; the first, and the last:"
    jq -r '.slack.channels[] | select(.name == "incidents") | .messages | (.[0:2][], .[-2:][]) | "  " + .text[0:160]' "$RUN/state"
    judge "$triggers" "$services"
    tell_rest
    stop_both
}

tell_machine
echo "$("$BUILD/opsgate" version | head -1); the sandbox: $call_ms ms a call; Slack makes 20 channels a minute, takes 50 invitations and updates, a message a second and channel"
for part in $parts; do
    case $part in
    apart) apart ;;
    together) together ;;
    *) echo "there is no part called $part" >&2; finish 2 ;;
    esac
done
finish $is_bad
