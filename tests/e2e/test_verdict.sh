#!/bin/sh
# Can the verdict of crash.sh fail? A record of what happened, which is good, and then with one thing wrong at a time: each must
# be found, by the check that is meant for it, and by no other.
# shellcheck disable=SC2016,SC2034,SC2317 # verdict.sh and lib.sh use what is defined here
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/crash/verdict.sh"
begin "$1"
RECORD=$RUN/record
SANDBOX_URL=the-sandbox

# ---- a record, as lists: one line each, so that a sed script makes it wrong ----

write_record() {
    rm -rf "$RECORD"
    mkdir "$RECORD"
    # sender, id, sent at, ended at, status, may have left, Retry-After, kills before; and the kills
    tr ' ' '\t' >"$RUN/ledger" <<'LINES'
github g1 1000 1010 202 1 0 0
pagerduty p1 1020 1030 202 1 0 0
alertmanager a1 1040 1050 202 1 0 0
github g2 1060 1070 0 1 0 0
github g3 1080 1090 503 1 2000 0
kill opsgate 2150 1
github g4 2150 2150 0 1 0 0
github g5 4000 4010 202 1 0 1
LINES
    # the journal: when, kind, and of what: a delivery, an operation, or a request; the only effect was called off
    cat >"$RECORD/journal" <<'LINES'
1012 event.received g1
1032 event.received p1
1052 event.received a1
1072 event.received g2
1100 request.accepted r1
1101 operation.begun D1
2640 effect.ended D1
2900 operation.ended D1
3000 request.accepted r2
3001 operation.begun D2
3900 operation.ended D2
4012 event.received g5
LINES
    # what Cloud Run was asked: since, until, service, operation, effect, and whether it was done
    cat >"$RECORD/calls" <<'LINES'
1200 1210 api o1 e1 true
2100 2300 api o1 e2 true
2200 2400 api o1 e2 false
2600 2800 api o1 e5 true
2650 2690 api o2 e6 true
3100 3110 api o2 e3 true
3200 3210 web o3 e4 true
LINES
    # what Redis remembers to have taken
    cat >"$RECORD/seen" <<'LINES'
github:g1
pagerduty-event:p1
alertmanager:a1
github:g2
github:g5
slack:T0:command:1
slack:T0:command:2
LINES
    echo 0 >"$RECORD/dead"
}

# ---- what the verdict asks, answered from there ----

redis() {
    case "$*" in
    "--raw") # a transaction on its standard input: the journal, and its head
        printf '%s\n' OK QUEUED QUEUED
        journal_entries
        wc -l <"$RECORD/journal"
        ;;
    "--raw xrange $(key journal) "*) journal_entries ;;
    "--raw keys "*) sed 's/^/og:{default}:seen:/' "$RECORD/seen" ;;
    "xlen $(key dead)") cat "$RECORD/dead" ;;
    "hlen "*) echo 0 ;;
    *) echo "not in the record: redis $*" >&2 ;;
    esac
}

journal_entries() { # each with the number of its line as its hash
    awk -v off='"body":{"kind":"run.traffic","end":"unknown","error":"it was called off"},' '{ printf "%s-%s\nentry\n{\"previous\":\"%s\",\"hash\":\"%d\",\"core\":{\"kind\":\"%s\",%s\"%s\":%s}}\n",
        $1, NR, NR == 1 ? "" : NR - 1, NR, $2, $2 ~ /^effect/ ? off : "",
        $2 ~ /^event/ ? "body" : $2 ~ /^request/ ? "request_id" : "operation", $2 ~ /^event/ ? "{\"id\":\"" $3 "\"}" : "\"" $3 "\"" }' \
        "$RECORD/journal"
}

get() {
    case $1 in
    */_sandbox/calls) jq -Rn '[inputs | split(" ")] | to_entries | map({ n: (.key + 1), service: "run", method: "PATCH",
        at_ms: (.value[0] | tonumber), ended_at_ms: (.value[1] | tonumber), path: "services/\(.value[2])",
        body: { annotations: { "opsgate.dev/operation": .value[3], "opsgate.dev/effect": .value[4] } },
        applied: (.value[5] == "true") })' "$RECORD/calls" ;;
    *) echo '{}' ;;
    esac
}

# ---- what it says ----

complaints() { # the sentences that do not hold
    (judge it) 2>&1 | sed -n 's/^FAIL it: //p' | sed 's/ (.*//' # without what was counted
}

plant() { # plant WHAT LIST SED-SCRIPT SENTENCE...: of the record; "ledger" is one of its lists
    planted="$1"
    write_record
    case $2 in
    ledger) sed -i "$3" "$RUN/ledger" ;;
    *) sed -i "$3" "$RECORD/$2" ;;
    esac
    shift 3
    check "$planted is found" same "$(printf '%s\n' "$@")" "$(complaints)"
}

write_record
check "a record in which all is well is found to be so" same "" "$(complaints)"
check "a kill with something in flight counts" same "opsgate 1" "$(cut -f 2,7 "$RUN/judged/kills" | tr '\t' ' ')"

ALL="every acknowledged delivery was applied"
SEEN="what is in the store is what was applied, answered or not"
ONCE="every operation that began has ended, once"
plant "one delivery, applied twice" journal '/ g1$/p' "no delivery was applied twice" "$SEEN"
plant "one delivery, acknowledged and lost" journal '/ g5$/d' "$ALL" "$SEEN"
plant "one of Alertmanager, lost with all that was known of it" journal '/ a1$/d' "$ALL" "$SEEN"
plant "one that the store knows nothing of" seen '/g1$/d' "$SEEN"
plant "one that was accepted, not answered, and lost" journal '/ g2$/d' "$SEEN"
plant "one that nobody sent" journal '$a 5000 event.received g9' "$SEEN" "nothing was applied that nobody sent"
plant "a command that was never decided" journal '/ r2$/d' "every accepted command was decided"
plant "a command that was decided twice, and another not at all" journal 's/ r2$/ r1/' "no command was decided twice"
plant "a dead letter" dead 's/0/1/' "nothing is a dead letter"
plant "an operation that ended twice" journal '/operation.ended D1$/p' "$ONCE"
plant "an operation that began twice" journal '/begun D1$/p' "$ONCE" "none began twice"
plant "an operation that never ended" journal '/ended D2$/d' "$ONCE"
plant "an operation that ended and never began" journal '/begun D2$/d' "$ONCE"
plant "two operations that change one service in turn" calls '6a 3150 3160 api o1 e7 true' "no service had two writers"
plant "two owners' changes in hand at once" calls '3a 2350 2500 api o1 e8 true' "nor two changes in hand at once"
plant "two owners at it, with nobody killed" ledger '/^kill/d' "nor two changes in hand at once"
plant "one that did not wait for another, which nobody called off" journal '/ended D1$/{/effect/d}' "nor two changes in hand at once"
plant "one that was called off too late" journal 's/^2640/2660/' "nor two changes in hand at once"
plant "one's own that was called off" calls 's/ o2 e6/ o1 e6/' "nor two changes in hand at once"
plant "an effect that was done twice" calls 's/ e2 false/ e2 true/' "no effect changed anything twice"
plant "a change that does not say whose it is" calls 's/ web o3 / web - /' "every change says whose it is"
finish
