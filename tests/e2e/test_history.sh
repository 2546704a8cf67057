#!/bin/sh
# history and dora: one good deploy, one that is taken back, one that is rolled back, one that never served; what they say, to
# whom, and that it outlives a kill.
# shellcheck disable=SC2016,SC2119
. "$(dirname "$0")/lib.sh"
begin "$1"
rollout_up '/allow: \[status, history/{s/history, //;p;s/allow: .*/allow: history, to: [release-manager, operator], on: { environment: production } }/}'

ends() { # "D1 good, D2 back": of a target, oldest first
    redis --raw hget "$(key targets)" "$1" |
        jq -r '[.ends[] | "\(.operation) \(["good", "back", "left", "untouched", "doubt"][.how // 0])"] | join(", ")'
}

asks() { # asks VERB WORD...: on the host; sets OUT and STATUS
    OUT=$("$BUILD/opsgate" -c "$CONFIG" run "$@" 2>"$RUN/err")
    STATUS=$?
}

# ---- what happened ----

asks history api production
check "before anything happened" has "$OUT" "No deploy or rollback of api in production is on record yet."

say "$ANN" /deploy "api production v1.4.2"
rush D1
push 1.5.0
behave v1.5.0 '{"error_rate":0.2}'
say "$ANN" /deploy "api production v1.5.0"
check "a bad one ends by itself" wait_until 60 has_ended D2
check "it failed" same failed "$(operation D2 .result)"
push 1.6.0
say "$ANN" /deploy "api production v1.6.0"
rush D3
check "a good one" same "done" "$(operation D3 .result)"
say "$ANN" /rollback "api production"
check "is rolled back" wait_until 30 has_ended D4
arm app "" status 503 100000
push 1.7.0
say "$ANN" /deploy "api production v1.7.0"
wait_until 30 is_in_state D5 checking
say "$ANN" /ops "abort D5"
check "one never serves" wait_until 30 has_ended D5
disarm
say "$BOB" /deploy "api production v1.4.2" # refused: nothing was begun

check "the target keeps how each ended" same "D1 good, D2 back, D3 left, D4 good, D5 untouched" "$(ends api/production)"
check "in the commit of its end: its times are the operation's" same "$(operation D3 '"\(.created_at_ms) \(.ended_at_ms)"')" \
    "$(redis --raw hget "$(key targets)" api/production | jq -r '.ends[2] | "\(.asked_at_ms) \(.ended_at_ms)"')"
check "D3 was left when D4 had brought the traffic back" same true \
    "$(redis --raw hget "$(key targets)" api/production | jq '.ends[2].left_at_ms == .ends[3].serves_at_ms and .ends[3].left == "D3"')"

# ---- what is told ----

tells() {
    asks history api production
    check "$1: all of them, newest first" same "D5 D4 D3 D2 D1" "$(echo "$OUT" | sed -n 's/^\(D[0-9]*\) .*/\1/p' | xargs)"
    check "$1: how the first ended" has "$OUT" "D1 v1.4.2: good · "
    check "$1: the second" has "$OUT" "D2 v1.5.0: taken back, after "
    check "$1: the third" has "$OUT" "D3 v1.6.0: good, and rolled back "
    check "$1: by the fourth" has "$OUT" "D4 back to v1.4.2: from what D3 had brought · "
    check "$1: and the fifth" has "$OUT" "D5 v1.7.0: ended before anything of it served · "
    check "$1: who asked" has "$OUT" "asked by @ann"
    asks dora api production
    check "$1: three deploys" has "$OUT" "Deploys: 3 deploys in "
    check "$1: of which two failed, and what so few say" has "$OUT" "Change failure rate: 2 of 3 (so few: 21 to 94 %)"
    check "$1: both restored" has "$OUT" ", of 2
1 more ended before anything of it served"
    check "$1: what counts" has "$OUT" "What counts: a deploy, when it served"
}
tells "on the host"
opsgate_kill
opsgate_up
wait_until 10 has_owner
tells "after a kill"

asks --json history api production --last 1
check "as JSON" same "1 true" "$(echo "$OUT" | jq -r '"\(.lines | length) \(.lines[0] | startswith("D5 "))"')"
asks dora api production --days 0
check "a window of nothing is a misuse" same 2 "$STATUS"

# ---- to whom ----

say "$ANN" /ops "history"
check "Ann sees production" has "$BODY" "D3"
check "and hears what is not shown to her" has "$BODY" "1 more place is not shown to you by the policy."
say "$ANN" /ops "dora"
check "the numbers are judged as the history is" has "$BODY" "1 more place is not shown to you by the policy."
say "$BOB" /ops "history api production"
check "Bob may not" has "$BODY" "release-manager"
say "$BOB" /ops "dora"
check "nor by the numbers" has "$BODY" "Denied"
check_not "he sees none of it" has "$BODY" "Deploys:"
say "$ANN" /ops "help dora"
check "help tells of it" has "$BODY" "dora [SERVICE] [ENVIRONMENT] [--days N]"
check "looking took no number of people's" same "" "$(operation D6 .id)"
check "the journal is a chain" journal_is_a_chain
finish
