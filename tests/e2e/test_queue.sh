#!/bin/sh
# The line of a place: behind whom a deploy waits, which one gives way to a later one, a crash meanwhile, and `--now`, which
# aborts what runs and goes first.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"

# It goes on only when somebody says so; and Bob may deploy to production, with consent for web, and abort nothing there.
rules='    - { allow: deploy, to: developer, on: { environment: production } }\
    - { require: { approvals: { count: 1, from: release-manager } }, for: deploy, on: { service: web, environment: production } }'
rollout_up "s/bake: 3s/bake: 10m/; s/max_bake: 60s/max_bake: 1h/; \$a\\$rules"
for version in 1.5.0 1.5.1 1.6.0; do
    push $version
done

had_no_traffic() { # had_no_traffic ID: nobody ever asked for any
    [ -z "$(wanted_times "$PROD" "$1" | awk '$2 > 0')" ]
}

in_thread() { # in_thread TEXT
    world_says 'any(.slack.channels[].messages[]; .thread_ts != null and (.text | contains($text)))' --arg text "$1"
}

# ---- behind whom ----

say "$ANN" /deploy "api production v1.4.2"
check "the first one waits for nobody" has_not "$BODY" "waits behind"
wait_until 30 bakes_at D1 5
say "$ANN" /deploy "api production v1.5.0"
check "the next one is told behind whom it waits" has "$BODY" 'It waits behind D1 (`v1.4.2`, at 5 %)'
check "it waits" wait_until 30 is_in_state D2 queued
check "and its card says so" wait_until 10 card_shows D2 "waits behind D1"

# ---- a later one supersedes it ----

say "$BOB" /deploy "api production v1.5.1"
check "who asks later is told whom that will supersede" has "$BODY" 'it supersedes D2 (`v1.5.0`)'
check "the one that waited ends" wait_until 30 has_ended D2
check "as that" same superseded "$(operation D2 .result)"
check "nothing of it was touched" had_no_traffic D2
check "its card says by whom" wait_until 10 card_shows D2 "superseded by D3"
check "and its requester is told, and who asked" wait_until 10 in_thread 'is superseded by *D3*'
check "the journal names nobody in its end" journal_says D2 \
    'any(.[]; .kind == "operation.ended" and (.body.summary | contains("superseded by D3") and (contains("U0") | not)))'
check "what runs goes on" bakes_at D1 5
check "the later one waits" wait_until 30 is_in_state D3 queued
opsgate_kill
opsgate_up
check "after a crash, too" is_in_state D3 queued
check "and once" same 1 "$(journal | jq -s '[.[].core | select(.operation == "D2" and .kind == "deploy.superseded")] | length')"

# ---- --now ----

say "$BOB" /deploy "api production v1.6.0 --now"
check "who may not abort may not have it now" has "$BODY" '`--now` aborts what runs, and'
check "nothing was begun" same "" "$(operation D4 .id)"
say "$ANN" /deploy "api production v1.6.0 --now"
check "who may is told what it aborts" has "$BODY" 'D1 (`v1.4.2`, at 5 %) is aborted for it: its traffic goes back first.'
check "and whom it supersedes" has "$BODY" 'it supersedes D3 (`v1.5.1`)'
check "what ran is aborted" wait_until 60 has_ended D1
check "as that" same aborted "$(operation D1 .result)"
check "its traffic went back" shares_were "$PROD" D1 "5 0"
check "who waited gives way" wait_until 30 has_ended D3
check "as superseded" same superseded "$(operation D3 .result)"
check "and had no traffic" had_no_traffic D3
check "then it is its turn" wait_until 60 bakes_at D4 5
check "not before the other one's traffic was back" [ "$(reached_ms "$PROD" D1 0)" -le "$(reached_ms "$PROD" D4 5)" ]
check "its card tells what was aborted for it" wait_until 10 card_shows D4 "has D1"
check "what was aborted is asked for by who asked for the other" journal_says D1 'any(.[]; .kind == "deploy.aborted")'

# ---- once it has traffic, it is no more one that waits ----

say "$ANN" /deploy "api production v1.5.1"
check "one that runs is not superseded" wait_until 30 is_in_state D5 queued
check "it goes on" bakes_at D4 5
rush D4
check "to its end" same "done" "$(operation D4 .result)"
check "and then it is the next one's turn" wait_until 60 bakes_at D5 5
say "$ANN" /ops "abort D5"
check "which is aborted" wait_until 30 has_ended D5
check "v1.6.0 serves" runs_image_of "$PROD" v1.6.0

# ---- words ----

say "$ANN" /deploy "all staging --now"
check "--now is of one place" has "$BODY" 'at one place'
say "$ANN" /deploy "all staging --strategy NONSENSE"
check "a strategy that there is none of is refused at once, with those that there are" has "$BODY" \
    'it is `canary`, `blue-green` or `all-at-once`'
say "$ANN" /ops "status"
check "nothing more was begun" same "" "$(operation D6 .id)"
# ---- one that waits for consent stays, and says what it would go over ----

say "$BOB" /deploy "web production v1.4.1"
check "one waits for consent" wait_until 30 is_in_state D6 awaiting-approval
say "$BOB" /deploy "web production v1.4.2"
check "so does a later one" wait_until 30 is_in_state D7 awaiting-approval
say "$ANN" /ops "approve D7"
check "the later one goes first" has "$BODY" "*D7* is approved"
check "who is asked for the other one is told" wait_until 20 in_thread 'If *D6* goes on all the same, `v1.4.1` takes its place.'
check "so does its card" wait_until 10 card_shows D6 "was asked for later"
check "it waits still" is_in_state D6 awaiting-approval
say "$ANN" /ops "approve D6"
check "consent is people's to give" has "$BODY" "*D6* is approved"
check "and what it goes over is noted" wait_until 20 is_so D6 'any(.body.acts[]; .what | contains("goes on all the same: D7"))'
check "the journal is one chain" journal_is_a_chain
finish
