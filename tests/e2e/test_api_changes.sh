#!/bin/sh
# Changes that others made, told over HTTP with a token: in the timeline of what is open, in the assessment of what is declared
# afterwards; told twice they are there once, and what was taken is there after kill -9. Who has no token tells and reads
# nothing. The post-mortem over HTTP is the command's.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
CONFIG=$RUN/opsgate.yaml
sed "s/local:root/local:$(id -un)/; /to: \"token:ci\"/d" "$ROOT/deploy/sandbox.yaml" >"$CONFIG"
cp "$CONFIG" "$RUN/first.yaml"
reloads=0
sandbox_up
opsgate_up || exit 1
wait_until 10 has_owner

ask() { # ask TOKEN PATH [CURL-OPTION...]: sets STATUS and BODY
    asked_token=$1 asked_path=$2
    shift 2
    STATUS=$(curl -s --noproxy '*' --max-time 20 -o "$RUN/answer" -w '%{http_code}' -H "Authorization: Bearer $asked_token" "$@" \
        "http://$OPSGATE_LISTEN/api/v1/$asked_path")
    BODY=$(cat "$RUN/answer")
}

tell() { # tell JSON [TOKEN]
    ask "${2:-$SANDBOX_API_TOKEN}" changes -H 'Content-Type: application/json' --data-binary "$1"
}

a_change() { # a_change TITLE ID: as JSON
    jq -cn --arg title "$1" --arg id "$2" '{ $title, $id, service: "api", environment: "production", by: "ann",
        url: "https://ci.example.com/812" }'
}

kept() { # kept TITLE: so often it stands in what is kept
    redis --raw hvals "$(key operations)" |
        jq -s --arg title "$1" '[.[] | select(.kind == "watch.changes") | .body.list[]? | select(.title == $title)] | length'
}

is_kept() { # is_kept TITLE: once
    [ "$(kept "$1")" = 1 ]
}

in_timeline() { # in_timeline ID TITLE: so often
    operation "$1" "[.body.timeline[]? | select(.kind == \"change\" and (.text | startswith(\"$2\")))] | length"
}

is_in_timeline() {
    [ "$(in_timeline "$1" "$2")" = 1 ]
}

heard() { # heard KIND: so many entries of the journal
    journal | jq -s --arg kind "$1" '[.[].core | select(.kind == $kind and .body.source == "api")] | length'
}

is_heard() { # is_heard TIMES
    [ "$(heard event.received)" = "$1" ]
}

configured() { # configured SED-SCRIPT: the file as it was at first, changed so, in force
    sed "$1" "$RUN/first.yaml" >"$CONFIG.new" && mv "$CONFIG.new" "$CONFIG"
    reloads=$((reloads + 1))
    kill -HUP "$OPSGATE_PID"
    wait_until 20 has_reloaded
}

has_reloaded() {
    [ "$(grep -c '"event":"configuration.reloaded"' "$RUN/$INSTANCE/log")" -ge $reloads ]
}

is_declared() { # is_declared TITLE: sets ID
    ID=$(redis --raw hvals "$(key operations)" | jq -r --arg title "$1" 'select(.kind == "incident" and .body.title == $title) | .id')
    [ -n "$ID" ]
}

assessment() { # assessment ID: the words of its first one
    world '[.slack.channels[].messages[] | select(.text | test("ssessment of " + $id + "\\*"))][0] // empty
        | .text + " " + (.blocks | tostring)' --arg id "$1"
}

is_assessed() {
    [ -n "$(assessment "$1")" ]
}

# ---- who may, and what makes no sense ----

tell "$(a_change "nobody knows who" n1)" a-token-of-nobody
check "without a token nobody tells anything" same 401 "$STATUS"
check "and is told so as by the other doors" has "$BODY" '"status":401'
STATUS=$(curl -s --noproxy '*' -o "$RUN/answer" -w '%{http_code}' -H 'Content-Type: application/json' -d '{"title":"x"}' \
    "http://$OPSGATE_LISTEN/api/v1/changes")
check "nor without the header" same 401 "$STATUS"
tell '{"title":"x","service":"pay"}'
check "a service that is not there is refused" same 400 "$STATUS"
check "with those that are" has "$BODY" "known are api, web"
tell '{"service":"api"}'
check "what says nothing is refused" has "$BODY" "title: it is missing"
wait_until 10 has_decided_all
check "none of it was heard of" same 0 "$(heard event.received)"

# ---- told while one is open ----

say "$ANN" /incident "declare P1 API down"
check "one is open" wait_until 30 is_in_state D1 open
check "and assessed" wait_until 60 is_assessed D1
check "nobody told of anything" has "$(assessment D1)" "and nobody told of a change"
tell "$(a_change "drop column total" migration-812)"
check "a change is taken" same 202 "$STATUS"
check "by its id" same migration-812 "$(printf '%s' "$BODY" | jq -r .id)"
check "it stands in the timeline of what is open" wait_until 20 is_in_timeline D1 "drop column total, api/production"
check "with who made it, and who told it" same "ann, told by ci" "$(operation D1 '[.body.timeline[] | select(.kind == "change")][0].who')"
check "and is kept" wait_until 20 is_kept "drop column total"
tell "$(a_change "drop column total" migration-812)"
check "sent again it is known" same 200 "$STATUS"
tell "$(a_change "another title" migration-812)"
check "whatever it says" same 200 "$STATUS"
wait_until 10 has_decided_all
check "and stands there once" same 1 "$(in_timeline D1 "drop column total")"
check "and is kept once" same 1 "$(kept "drop column total")"
check "the journal has it once" same 1 "$(heard event.received)"
check "nobody is disturbed: it is said nowhere" same 0 "$(world '[.slack.channels[].messages[] | select(tojson | contains("drop column total"))] | length')"
check "by hand it is decided once more" "$BUILD/opsgate" -c "$CONFIG" events replay \
    "$("$BUILD/opsgate" -c "$CONFIG" events list --source api --json | jq '.[0].n')"
check "as the journal has it" wait_until 20 is_heard 2
wait_until 10 has_decided_all
check "and stands there once all the same" same "1 1" "$(in_timeline D1 "drop column total") $(kept "drop column total")"
check "a person finds it on the host" has "$("$BUILD/opsgate" -c "$CONFIG" events list --source api)" change.told

# ---- kill -9 ----

for round in 1 2 3; do
    tell "$(a_change "flag $round on" "flag-$round")"
    opsgate_kill # as soon as it was taken
    check "round $round: what was taken" same 202 "$STATUS"
    opsgate_up || exit 1
    wait_until 10 has_owner
    tell "$(a_change "flag $round on" "flag-$round")"
    check "round $round: is known after kill -9" same 200 "$STATUS"
    check "round $round: is in the timeline" wait_until 20 is_in_timeline D1 "flag $round on"
    check "round $round: and is kept" wait_until 20 is_kept "flag $round on"
done
check "what was kept before is there still" is_kept "drop column total"

# ---- declared afterwards ----

tell '{"title":"*bold* `code` <!channel> @{slack:U012AB3CD}","id":"evil"}'
check "hostile words are words" same 202 "$STATUS"
say "$ANN" /incident "declare P2 checkout is slow"
wait_until 30 is_declared "checkout is slow"
slow=$ID
check "what is declared afterwards is assessed" wait_until 60 is_assessed "$slow"
check "with what was told" has "$(assessment "$slow")" "drop column total, api/production, by ann, told by ci"
check "and its page" has "$(assessment "$slow")" "https://ci.example.com/812"
check "and calls nobody" has_not "$(assessment "$slow")" "<!channel>"
check "what was told before it is in no timeline of its own" same 0 "$(in_timeline "$slow" "drop column total")"

# ---- another configuration ----

reloads=$(grep -c '"event":"configuration.reloaded"' "$RUN/$INSTANCE/log")
configured '/^api:/d'
tell "$(a_change "nobody may any more" n2)"
check "without tokens nobody tells anything" same 401 "$STATUS"
say "$ANN" /incident "declare P2 checkout is slower"
wait_until 30 is_declared "checkout is slower"
check "what is declared then is assessed" wait_until 60 is_assessed "$ID"
check "with what was told before" has "$(assessment "$ID")" "drop column total, api/production, by ann, told by ci"
configured 's/^listen:.*/&\nlimits: { requests_per_hour: 1 }/'
tell "$(a_change "cache on" cache)"
check "with a limit one is taken" same 202 "$STATUS"
check "and kept beside those of before" wait_until 20 is_kept "cache on"
ask "$SANDBOX_API_TOKEN" incidents/D1/postmortem.md -D "$RUN/head"
check "and what is read counts as well" same 429 "$STATUS"
check "it is said when again" grep -qi '^retry-after: [1-3][0-9][0-9][0-9]' "$RUN/head"
configured ''

# ---- the post-mortem ----

say "$ANN" /incident "resolve D1 rolled back"
say "$ANN" /incident "close D1"
check "it is over" wait_until 20 has_ended D1
tell "$(a_change "told too late" late)"
wait_until 20 is_kept "told too late"
check "what is over hears of nothing any more" same 0 "$(in_timeline D1 "told too late")"
ask "$SANDBOX_API_TOKEN" incidents/D1/postmortem.md
check "a token reads its post-mortem" same 200 "$STATUS"
check "which is the one that the command prints" same "$("$BUILD/opsgate" -c "$CONFIG" run incident postmortem D1)" "$BODY"
check "with what others told" has "$BODY" "[drop column total, api/production](https://ci.example.com/812) | ann, told by ci |"
ask "$SANDBOX_API_TOKEN" "incidents/$slow/postmortem.md"
check "and of what is open" has "$BODY" "# $slow: checkout is slow"
say "$ANN" /incident "declare --private P1 customer list leaked"
wait_until 30 is_declared "customer list leaked"
check "a private one is open" wait_until 30 is_in_state "$ID" open
ask "$SANDBOX_API_TOKEN" "incidents/$ID/postmortem.md"
check "is not there" same 404 "$STATUS"
private=$BODY
ask "$SANDBOX_API_TOKEN" incidents/D99/postmortem.md
check "as one that never was" same 404 "$STATUS"
check "in the same words" same "$(printf '%s' "$BODY" | jq -r .detail)" "$(printf '%s' "$private" | jq -r .detail)"
ask a-token-of-nobody incidents/D1/postmortem.md
check "without a token nobody reads anything" same 401 "$STATUS"
check "not even its title" has_not "$BODY" "API down"

check "the journal is a chain" journal_is_a_chain
finish
