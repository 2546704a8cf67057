#!/bin/sh
# What people change of a service besides its version: how many instances it may have, and how its traffic is split; looked at
# before and after, once, by whoever may, through kill -9 and lost answers; and never over somebody else's change.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
rollout_up '/allow: halt/a\    - { require: { approvals: { from: developer }, checks: green }, for: [scale, traffic], on: { environment: staging } }'

scaling() { # of SERVICE, as Cloud Run has it: "2 20"
    world '.run.services[] | select(.id == $service) | "\(.scaling.minInstanceCount // 0) \(.scaling.maxInstanceCount // 0)"' \
        --arg service "$1"
}

scaled() { # scaled SERVICE "MIN MAX": and nothing is on its way any more
    saw=$(scaling "$1")
    [ "$saw" = "$2" ] && is_idle_but_holds
}

FIRST=api-prod-service-00001-kzt

newest() { # newest KIND: of its operations
    { redis --raw hvals "$(key operations)"; redis --raw hvals "$(key ended)"; } |
        jq -r -s --arg kind "$1" '[.[] | select(.kind == $kind)] | max_by(.id[1:] | tonumber) | .id'
}

newest_deploy() {
    newest deploy
}

newest_adjustment() {
    newest adjust
}

splits_at() { # splits_at REVISION PERCENT: as it is served
    world_says '[.run.services[] | select(.id == $service) | .trafficStatuses[] | select(.revision == $revision) | .percent // 0] | add == $percent' \
        --arg service $PROD --arg revision "$1" --argjson percent "$2"
}

applied_patches() {
    get "$SANDBOX_URL/_sandbox/calls" | jq '[.[] | select(.service == "run" and .method == "PATCH" and .applied)] | length'
}

same_scaling() {
    [ "$(scaling "$1")" = "$2" ]
}

has_call_running() { # Cloud Run is asked for a change, and has not answered
    [ "$(get "$SANDBOX_URL/_sandbox/calls" | jq 'any(.[]; .service == "run" and .method == "PATCH" and .status == null)')" = true ]
}

is_idle_but_holds() { # nothing is on its way; what holds is no way
    [ "$(redis --raw hvals "$(key operations)" | grep '"kind":"adjust"' | grep -vc '"result"')" = 0 ]
}

revisions() { # how many SERVICE has
    world '.run.services[] | select(.id == $service) | .revisions | length' --arg service "$1"
}

# ---- scale ----

say "$ANN" /ops "scale api production"
check "how it stands is told, and nothing is set" has "$BODY" "api/production: instances of the service not set"
check "with what the revision has of its own" has "$BODY" "1–20 of its own"
before=$(revisions $PROD) calls=$(patches)

for bad in "api production 20 2" "api production 2" "api production two 20" "api production 2 5000" "api prod 2 20" "api production -1 5"; do
    say "$ANN" /ops "scale $bad"
    check "\`$bad\` is an error that says so" has "$BODY" "othing was done"
done
say "$ANN" /ops "scale api production 20 2"
check "which comes first is said" has "$BODY" "the minimum comes first"
say "$BOB" /ops "scale api production 2 20"
check "Bob may not" has "$BODY" "Denied"
check "Cloud Run was asked for no change" same "$calls" "$(patches)"

say "$ANN" /ops "scale api production 2 20 --dry-run"
check "a dry run tells what would be" has "$BODY" "not set → 2–20"
check "and does nothing" same "$calls" "$(patches)"
say "$ANN" /ops "scale api production 2 20 --reason peak"
check "what it was and becomes is told" has "$BODY" "api/production: not set → 2–20; back: \`scale api production unset\`"
check "no look has used up a number" has "$BODY" "*D1*"
check "it is so" wait_until 20 scaled $PROD "2 20"
check "without a new revision" same "$before" "$(revisions $PROD)"
say "$ANN" /ops "scale api production 10 100"
check "and of what it was before, how to go back" has "$BODY" "2–20 → 10–100; back: \`scale api production 2 20\`"
check "a revision with a lower maximum of its own is told" has "$BODY" "has a maximum of 20 of its own"
check "that is so, too" wait_until 20 scaled $PROD "10 100"
wait_until 20 is_idle
calls=$(patches)
say "$ANN" /ops "scale api production 10 100"
check "the same again is nothing to do" has "$BODY" "nothing to do"
check "and no call" same "$calls" "$(patches)"
say "$ANN" /ops "history api production"
check "history names it" has "$BODY" "scale 2–20 → 10–100: done"

# ---- its answer is lost; it is killed ----

arm run "PATCH" drop_after 0 1
say "$ANN" /ops "scale api production 3 30"
check "a lost answer is looked for" wait_until 30 scaled $PROD "3 30"
wait_until 30 is_idle
check "and the change was made once" world_says '[.run.services[] | select(.id == $service) | .history[] | select(.kind == "wanted")] | length == 4' --arg service $PROD
arm run "PATCH" delay_before 8000 1
type_in "$ANN" /ops "scale api production 4 40"
wait_until 20 has_call_running
opsgate_kill
check "Cloud Run takes it all the same" wait_until 20 same_scaling $PROD "4 40"
opsgate_up
check "after kill -9 it is found as it was wanted" wait_until 60 is_idle
say "$ANN" /ops "history api production"
check "and is done" has "$BODY" "scale 3–30 → 4–40: done"

# ---- somebody else is faster ----

arm run "PATCH" delay_before 8000 1
type_in "$ANN" /ops "scale api production 5 50"
wait_until 20 has_call_running
change_world "{\"foreign\":{\"service\":\"$PROD\",\"mask\":\"scaling\",\"body\":{\"scaling\":{\"minInstanceCount\":7,\"maxInstanceCount\":70}}}}"
wait_until 60 is_idle
check "what somebody else changed meanwhile stays" scaled $PROD "7 70"
say "$ANN" /ops "history api production"
check "and it failed" has "$BODY" "scale 4–40 → 5–50: failed, nothing was changed"
check "who asked is told why" world_says 'any(.slack.channels[].messages[]; .text | test("somebody else"))'

# ---- held ----

say "$ANN" /ops "halt fire"
say "$ANN" /ops "scale api production 1 10"
check "a halt keeps capacity from being taken away" has "$BODY" "halted"
say "$ANN" /ops "scale api production 8 80"
check "and lets it grow" wait_until 20 scaled $PROD "8 80"
say "$ANN" /ops "unhalt"
say "$ANN" /ops "scale api production unset"
check "what the service was given is taken back whole" wait_until 20 scaled $PROD "0 0"

# ---- consent ----

say "$ANN" /ops "scale api staging 1 5"
check "it waits for whom policy wants to hear" has "$BODY" "once people consent: 0 of 1 approval"
id=$(newest_adjustment)
check "with a card" wait_until 20 card_shows "$id" "waiting for consent"
say "$ANN" /ops "approve $id"
check "whoever asks does not consent" has "$BODY" "Denied"
check "nothing was changed" same "0 0" "$(scaling api-service)"
say "$BOB" /ops "approve $id"
check "Bob does" has "$BODY" "is approved"
check "then it is so" wait_until 20 scaled api-service "1 5"
say "$ANN" /ops "scale api staging 2 6"
id=$(newest_adjustment)
say "$ANN" /ops "abort $id"
check "one that waits can be aborted" has "$BODY" "nothing was changed"
check "and nothing was" scaled api-service "1 5"

# ---- traffic ----

say "$ANN" /deploy "api production v1.4.2"
id=$(newest_deploy)
wait_until 30 bakes_at "$id" 5
say "$ANN" /ops "traffic api production $FIRST=100"
check "what a rollout has in its hands is not moved by hand" has "$BODY" "is at work at api/production"
rush "$id"
second=$(operation "$id" .body.revision)
say "$ANN" /ops "traffic api production"
check "the split is told" has "$BODY" "\`$second\` 100 %"
calls=$(patches)
for bad in "$second=90" "$second=50 $second=50" "LATEST=100" "$second" "$second=ten" "d1=100" "${second}x=100"; do
    say "$ANN" /ops "traffic api production $bad"
    check "\`$bad\` is an error that says so" has "$BODY" "othing was done"
done
check "of a revision that is not there the nearest is named" has "$BODY" "Did you mean \`$second\`"
say "$BOB" /ops "traffic api production $second=100"
check "Bob may not" has "$BODY" "Denied"
say "$ANN" /ops "traffic api production $second=100"
check "what is so already is nothing to do" has "$BODY" "nothing to do"
say "$ANN" /ops "traffic api production $second=90 $FIRST=10 --dry-run"
check "a dry run tells it" has "$BODY" "Would change api/production"
check "none of that was a change" same "$calls" "$(patches)"

applied=$(applied_patches)
arm run "PATCH" drop_after 0 1
say "$ANN" /ops "traffic api production $second=90 $FIRST=10 --reason compare"
check "what it was and becomes is told, with the way back" has "$BODY" "back: \`traffic api production $second=100"
check "it is so, though an answer was lost" wait_until 30 splits_at "$FIRST" 10
wait_until 30 is_idle
check "by one change" same $((applied + 1)) "$(applied_patches)"
say "$ANN" /ops "status api production"
check "status says whose split it is" has "$BODY" "split by hand by"
say "$ANN" /rollback "api production"
wait_until 60 is_idle
check "a way back takes it all" splits_at "$FIRST" 100
say "$ANN" /ops "traffic api production $second=100"
check "what was left as bad has to be named twice" has "$BODY" "--confirm $second"
say "$ANN" /ops "traffic api production $second=100 --confirm $second"
check "then it goes there" wait_until 30 splits_at "$second" 100
wait_until 30 is_idle
arm run "PATCH" delay_before 8000 1
type_in "$ANN" /ops "traffic api production $FIRST=100 --confirm $FIRST"
wait_until 20 has_call_running
opsgate_kill
opsgate_up
wait_until 60 is_idle
check "after kill -9 it is done once" splits_at "$FIRST" 100
say "$ANN" /ops "history api production"
check "history names all of it" has "$BODY" "traffic"

check "the journal is a chain" journal_is_a_chain
finish
