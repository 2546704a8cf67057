#!/bin/sh
# What is irreversible keeps the traffic that it has: numbers, abort, --now and a plain rollback do not take it back. A rollback
# that breaks the glass does, is announced, and leaves a review. Before its first traffic it is like anything else.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
rollout_up 's/deadline: 30s/deadline: 10m/; s/^policy:/policy:\
  irreversible_glass: [release-manager, operator]/
$a\    - { allow: rollback, to: developer, on: { environment: production } }'

is_held() { # is_held ID PERCENT
    is_so "$1" '.body.held != null' && is_at "$PROD" "$1" "$2"
}

has_been_at() { # has_been_at ID PERCENT: it may be further by now
    [ -n "$(reached_ms "$PROD" "$1" "$2")" ]
}

good_is_irreversible() { # good_is_irreversible ID: so it stands in the record of the place
    redis --raw hget "$(key targets)" api/production | jq -e --arg id "$1" '[.good[] | select(.operation == $id)][0].is_irreversible' >/dev/null
}

has_refused() { # has_refused TEXT: and nothing has moved
    has "$BODY" "$1" && has "$BODY" "Nothing was done"
}

# ---- its numbers are bad ----

say "$ANN" /deploy "api production v1.4.2"
rush D1
push 1.6.0
behave v1.6.0 '{"error_rate":0.2}'
say "$ANN" /deploy "api production v1.6.0 --irreversible"
check "the answer says what that means" has "$BODY" 'It is irreversible: from its first traffic on nothing takes that back but `rollback api production --break-glass TEXT` by `release-manager` or `operator`.'
check "so does the card, before any traffic" wait_until 20 card_shows D2 'from its first traffic on nothing takes that back'
check "bad numbers hold it" wait_until 60 is_held D2 5
check "and the card says how it is left" wait_until 10 card_shows D2 'It is irreversible, so its traffic stays'
check_not "no button takes it back" has_button D2 "Roll back"
say "$ANN" /ops "abort D2"
check "nobody aborts it" has_refused "is irreversible: older code cannot run on what it has changed"
say "$ANN" /ops "rollback api production"
check "nor rolls it back without a glass" has_refused '`v1.6.0` is irreversible'
say "$BOB" /ops 'rollback api production --break-glass "it hurts"'
check "nor with one, without the role" has_refused '*Denied*: `v1.6.0` is irreversible'
say "$ANN" /deploy "api production v1.4.1 --now"
check "nor for another one that is in a hurry" has "$BODY" 'which `--now` does not abort'
say "$ANN" /ops "abort D3"
say "$ANN" /ops "explain rollback api production"
check "explain says what it takes" has "$BODY" '`v1.6.0` is irreversible'
check "it has not moved" is_held D2 5
opsgate_kill
opsgate_up
check "not even when opsgate is killed" is_held D2 5
check "the revision says so of itself" world_says '[.run.services[] | select(.id == $service) | .revisions[]
    | select(.annotations["opsgate.dev/irreversible"] == "true")] | length == 1' --arg service $PROD

# ---- the glass ----

say "$ANN" /ops 'rollback api production --break-glass "carol lost her orders"'
check "who has the role breaks the glass" has "$BODY" "*D4*: rolling *api* in *production* back from \`v1.6.0\`"
check "it ends" wait_until 30 has_ended D4
check "well" same "done" "$(operation D4 .result)"
check "what was there before serves" serves $PROD D1
check "the rollout gave way" same aborted "$(operation D2 .result)"
check "a review is left" wait_until 10 is_in_state D5 open
check "of that release" is_so D5 '.body.rule == "irreversible release" and .body.version == "v1.6.0"'
check "the card says why" wait_until 10 card_shows D4 "carol lost her orders"
check_not "which nothing keeps for ever" eval 'journal | jq -e -s "any(.[].core; tostring | contains(\"carol\"))" >/dev/null'
check "the journal has that it was broken" eval 'journal | jq -e -s "any(.[].core; .kind == \"rollback.glass_broken\")" >/dev/null'

# ---- the same image once more, without the word ----

behave v1.6.0 '{"error_rate":0}'
arm app "" status 503 100000 # until it is well it gets no traffic
say "$ANN" /deploy "api production v1.6.0"
check "what was said of an image stays said" wait_until 20 is_so D6 '.body.is_irreversible'
say "$ANN" /ops "abort D6"
check "before its first traffic it is aborted like any other" wait_until 20 is_so D6 '.result == "aborted"'
disarm
say "$ANN" /deploy "api production v1.6.0"
check "at first it is well" wait_until 40 has_been_at D7 5
rush D7
check "and good in the end" same "done" "$(operation D7 .result)"
check "by the record, as what it is" good_is_irreversible D7
say "$ANN" /ops "rollback api production"
check "what serves is looked at" has "$BODY" 'It ends by itself, and changes nothing, if that still serves: `v1.6.0` is irreversible'
check "to leave it takes a glass" wait_until 20 is_so D8 '.result == "refused" and (.summary | contains("`v1.6.0` is irreversible"))'
check "and it serves" serves $PROD D7

# ---- what comes after it ----

push 1.7.0
behave v1.7.0 '{"error_rate":0.2}'
say "$ANN" /deploy "api production v1.7.0"
check "another one that is bad goes back to it as ever" wait_until 90 has_ended D9
check "as failed" same failed "$(operation D9 .result)"
check "and it serves" serves $PROD D7

# ---- without a store ----

break_store
"$BUILD/opsgate" -c "$CONFIG" run rollback api production --without-store >"$RUN/out" 2>"$RUN/err"
check "without a store it takes one, too" has "$(cat "$RUN/out" "$RUN/err")" 'v1.6.0 is irreversible'
check "and nothing has moved" serves $PROD D7
"$BUILD/opsgate" -c "$CONFIG" run rollback api production --break-glass "it burns" --without-store >"$RUN/out" 2>"$RUN/err"
check "with one it goes back" serves $PROD D1
mend_store
is_reviewed() {
    [ "$(redis --raw hvals "$(key operations)" | jq -s '[.[] | select(.kind == "review" and .body.reason == "it burns")] | length')" = 1 ]
}
check "and a review is left once the store is there again" wait_until 90 is_reviewed
check "the journal is a chain" journal_is_a_chain
finish
