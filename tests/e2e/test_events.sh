#!/bin/sh
# What other systems tell: opsgate events, and what cannot be decided: opsgate dead. Both once more, by hand.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
sed "s/local:root/local:$(id -un)/" "$ROOT/deploy/sandbox.yaml" >"$RUN/opsgate.yaml"
CONFIG=$RUN/opsgate.yaml
sandbox_up
opsgate_up || exit 1
wait_until 10 has_owner

ask() { # ask WORD...: sets STATUS, OUT and ERR
    "$BUILD/opsgate" -c "$CONFIG" "$@" >"$RUN/out" 2>"$RUN/err"
    STATUS=$?
    OUT=$(cat "$RUN/out") ERR=$(cat "$RUN/err")
}

answers() { # answers STATUS WORD...
    wanted=$1
    shift
    ask "$@"
    check "opsgate $*: exit code $wanted" same "$wanted" "$STATUS"
}

# tell EVENT FILE [GUID]: as GitHub does, signed; prints the status
tell() {
    "$BUILD/opsgate" -c "$CONFIG" sign github <"$2" >"$RUN/headers"
    [ -z "${3:-}" ] || sed -i "s/^X-GitHub-Delivery: .*/X-GitHub-Delivery: $3/" "$RUN/headers"
    curl -s --noproxy '*' --max-time 60 -o "$RUN/answer" -w '%{http_code}' -H @"$RUN/headers" -H "X-GitHub-Event: $1" \
        -H 'Content-Type: application/json' --data-binary @"$2" "http://$OPSGATE_LISTEN/github/webhook"
}

events() { # events FILTER [WORD...]: of what `events list` tells as JSON
    filter=$1
    shift
    "$BUILD/opsgate" -c "$CONFIG" events list --json "$@" | jq -r "$filter"
}

letters() { # letters FILTER: of the dead letters
    "$BUILD/opsgate" -c "$CONFIG" dead list --json | jq -r "$1"
}

has_events() { # has_events COUNT
    [ "$(events length)" = "$1" ]
}

has_letters() {
    [ "$(letters length)" = "$1" ]
}

# ---- an event ----

release=$ROOT/tests/golden/github-body-release-published.json
guid=72d3162e-cc78-11e3-81ab-4c9367dc0958
answers 0 events list
check "nothing was told yet" same 0 "$(events length)"
check "an event is accepted" same 202 "$(tell release "$release" $guid)"
check "and journalled" wait_until 20 has_events 1
check "delivered once more it is a duplicate" same 200 "$(tell release "$release" $guid)"
check "by its own name" same "github release.published" "$(events '.[0].body | .source + " " + .name')"
check "long after it happened nobody acts on it" has "$(events '.[0].body.why_not')" max_event_age
check "of another source there is none" same 0 "$(events length --source pagerduty)"
check "of the last week there is" same 1 "$(events length --source github --since 7d)"
n=$(events '.[0].n')
answers 0 events list
check "as a page it has its subject" has "$OUT" acme/platform/releases/991
answers 0 events show "$n"
check "shown it says who did it there" has "$OUT" mia
check "and what it was called" has "$OUT" "$guid"
check "and that its delivery is still kept" has "$OUT" "still here"
answers 0 events show "$n" --json
check "as JSON likewise" same true "$(jq .is_kept "$RUN/out")"
answers 1 events show 999999
check "what is not there is told" has "$ERR" "there is no event 999999"
answers 2 events show x1
answers 2 events list --since yesterday
answers 2 events
answers 2 events show "$n" --since 1h

# ---- decided once more ----

answers 0 events replay "$n"
check "it tells that it is put back" has "$OUT" "put back"
check "and it is decided once more" wait_until 20 has_events 2
check "whatever its age, since a person wants it" same null "$(events '.[0].body.why_not')"
check "the journal says by which operation" same D1 "$(events '.[0].body.replay')"
answers 1 events replay 999999
kept=$(events '.[0].body.item')
say "$EVE" /ops "events replay $kept"
check "whoever may not, is refused" has "$BODY" Denied

# What somebody asked for stays there as well: whoever may replay does not get it done in that one's name.
asked_in_inbox() { # asked_in_inbox TEXT: the id of the newest that says so
    redis --raw xrange "$(key inbox)" - + | tr -d '\134' |
        awk -v text="$1" '/^[0-9]+-[0-9]+$/ { id = $0 } index($0, text) { found = id } END { print found }'
}
say "$ANN" /ops "help rollback"
kept=$(asked_in_inbox help+rollback)
check "what somebody asked for stays in the inbox" test -n "$kept"
answers 1 run events replay "$kept"
check "and is not asked for once more in their name" has "$OUT" "nothing that another system told"
answers 0 run help deploy
kept=$(asked_in_inbox 'help","deploy')
answers 1 run events replay "$kept"
check "nor is what was asked for on the host" has "$OUT" "nothing that another system told"

# ---- what cannot be decided ----

jq 'del(.release.id)' "$release" >"$RUN/broken.json"
check "a genuine event that lacks something is accepted" same 202 "$(tell release "$RUN/broken.json")"
check "and becomes a dead letter" wait_until 20 has_letters 1
id=$(letters '.[0].id')
answers 0 dead show "$id"
check "it says why" has "$OUT" release
check "and what was told" has "$OUT" v1.5.0
answers 1 dead show 1-1
answers 1 dead retry 1-1
check "what is not there cannot be put back" has "$OUT" "not kept"
answers 0 dead retry "$id"
check "put back it is as dead as before" wait_until 20 has_letters 1
is_another() { [ "$(letters '.[0].id')" != "$id" ] && has_letters 1; }
check "under another id: the old one is gone" wait_until 20 is_another
id=$(letters '.[0].id')
say "$EVE" /ops "dead drop $id"
check "whoever may not drop it, is refused" has "$BODY" Denied
answers 0 dead drop "$id"
check "dropped it is gone" wait_until 20 has_letters 0
answers 1 dead drop "$id"
answers 2 dead drop
answers 2 run dead burn "$id"
answers 2 run dead drop yesterday
answers 2 run dead drop 01-1
answers 2 run dead retry 18446744073709551616-1
check "one more cannot be read" same 202 "$(tell release "$RUN/broken.json")"
check "and another" same 202 "$(tell release "$RUN/broken.json")"
check "both are dead" wait_until 20 has_letters 2
say "$EVE" /ops "dead drop all"
check "whoever may not drop them all, is refused" has "$BODY" Denied
answers 2 dead retry all
answers 0 dead drop all
check "it says so" has "$OUT" "All dead letters are dropped"
check "all of them are gone" wait_until 20 has_letters 0
check "the journal says who did" same true "$(journal | jq -r 'select(.core.kind == "dead.dropped") | .core.body.all' | tail -1)"
check "the next one is kept again" same 202 "$(tell release "$RUN/broken.json")"
check "as before" wait_until 20 has_letters 1

finish
