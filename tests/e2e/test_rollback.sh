#!/bin/sh
# The way back: with all other systems failing, again and further back, in the middle of a rollout, through a Cloud Run that
# loses answers; before a rollout has traffic; and never for somebody who may not.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
rollout_up 's/deadline: 30s/deadline: 10m/'
n=0

all_fail() { # every system but Cloud Run
    for system in slack response registry prometheus github app; do
        arm $system "" status 500 100000
    done
}

served_ms() { # since its last command was typed until Cloud Run served what it serves
    world '([.slack.deliveries[] | select(.command == "/rollback")][-1].at_ms) as $asked
        | [.run.services[] | select(.id == $service) | .history[] | select(.kind == "served")][-1].at_ms - $asked' \
        --arg service "$1"
}

changes_of() { # changes_of SERVICE SINCE-MS: of its wanted state
    world '[.run.services[] | select(.id == $service) | .history[] | select(.kind == "wanted" and .at_ms > $since)] | length' \
        --arg service "$1" --argjson since "$2"
}

# ---- three good versions ----

push 1.5.0
push 1.6.0
for version in v1.4.2 v1.5.0 v1.6.0; do
    n=$((n + 1))
    say "$ANN" /deploy "api production $version"
    rush "D$n"
    check "$version serves" runs_image_of $PROD $version
done

# ---- who may not ----

say "$BOB" /rollback "api production"
check "Bob may not" has "$BODY" "release-manager"
say "$EVE" /rollback "api production"
check "nor Eve" has "$BODY" "enied"
say "$ANN" /rollback "api production v1.4.2"
check "a version without --to is no guess" has "$BODY" "Nothing was done"
click "$ANN" D2 "Roll back"
check "the button of a version that serves no more is refused" wait_until 10 was_told "$ANN" "card has changed"
check "v1.6.0 serves still" serves $PROD D3

# ---- everything else is down ----

all_fail
say "$ANN" /rollback "api production"
check "it is answered at once" has "$BODY" "rolling *api* in *production* back"
check "with everything else down it is done" wait_until 30 is_so D4 '.result == "done"'
check "v1.5.0 serves" serves $PROD D2
took_ms=$(served_ms $PROD)
check "within seconds ($took_ms ms)" in_time "$took_ms" 6000
check "what was left is bad" target api/production '.bad[-1].version == "v1.6.0"'
check "it says what changes back" is_so D4 '.body.preflight | length > 0'
disarm
check "the card comes once Slack is back" wait_until 60 card_says D4 "serves all traffic"

# ---- again: further back, and no ping-pong ----

say "$ANN" /rollback "api production"
check "a second one ends" wait_until 30 has_ended D5
check "well" same "done" "$(operation D5 .result)"
check "further back" serves $PROD D1
check "and says so" is_so D5 '.body.further | contains("further back")'
say "$ANN" /rollback "api production"
check "a third ends" wait_until 30 has_ended D6
check_not "and goes to none of those that were left" serves $PROD D2
check_not "nor to the first of them" serves $PROD D3

# ---- in the middle of a rollout ----

push 1.7.0
arm prometheus "" status 503 100000 # without numbers nothing but Ann takes it on
say "$ANN" /deploy "api production v1.7.0"
wait_until 40 bakes_at D7 5
say "$ANN" /ops "promote D7"
wait_until 40 bakes_at D7 25
say "$ANN" /rollback "api production"
check "it aborts a running rollout, and says so" has "$BODY" "It aborts D7"
check "and ends" wait_until 30 has_ended D8
check "well" same "done" "$(operation D8 .result)"
check "the rollout has ended" wait_until 20 has_ended D7
check "as aborted" same aborted "$(operation D7 .result)"
check "it has no traffic, and got none after that" shares_were $PROD D7 "5 25 0"
disarm
check "its version is bad" target api/production '[.bad[] | .version] | index("v1.7.0") != null'

# ---- Cloud Run does not answer as it should ----

n=8
row() { # row FAULT VALUE [RETRY-AFTER]: a staging deploy, and the way back through this
    n=$((n + 2))
    push "2.0.$n"
    say "$ANN" /deploy "staging v2.0.$n"
    wait_until 30 has_ended "D$((n - 1))"
    wait_until 20 is_idle
    before_ms=$(world .now_ms)
    arm run PATCH "$1" "$2" 2
    say "$ANN" /rollback staging
    check "PATCH: $1 $2, twice: it ends" wait_until 60 has_ended "D$n"
    check "well" same "done" "$(operation "D$n" .result)"
    check "v1.4.1 serves" runs_image_of api-service v1.4.1
    check "changed once" same 1 "$(changes_of api-service "$before_ms")"
    disarm
}
row status 429
row status 500
row status_after 503
row drop_after 0
row delay_before 2000

# ---- while nothing of what is on its way has traffic ----

push 3.0.0
say "$ANN" /deploy "staging v3.0.0"
wait_until 30 has_ended D19
push 3.1.0
push 3.2.0
arm app "" status 503 100000 # healthy too late
say "$ANN" /deploy "staging v3.1.0"
wait_until 30 is_in_state D20 checking
say "$ANN" /deploy "staging v3.2.0"
wait_until 30 is_in_state D21 queued
before_ms=$(world .now_ms)
say "$ANN" /rollback staging
check "what has no traffic is stopped" has "$BODY" "stopping D20, D21 before they have traffic. \`v3.0.0\` goes on serving all traffic"
check "that ends" wait_until 30 has_ended D22
check "well" same "done" "$(operation D22 .result)"
check "both have ended" wait_until 20 is_idle
check "as aborted" same "aborted aborted" "$(operation D20 .result) $(operation D21 .result)"
check "what served serves" runs_image_of api-service v3.0.0
check "and was not touched" same 0 "$(changes_of api-service "$before_ms")"
check "nor called bad" target api/staging '[.bad[] | .version] | index("v3.0.0") == null'
check "it says so" has "$(operation D22 .summary)" "D20, D21 were stopped before they had traffic; \`v3.0.0\` still serves all traffic"
say "$ANN" /rollback "$(operation D22 .summary | sed -n 's/.*`rollback \([^`]*\)`.*/\1/p')"
check "what it offers goes further back" wait_until 30 has_ended D23
check "well" same "done" "$(operation D23 .result)"
check "v1.4.1 serves" runs_image_of api-service v1.4.1
check "what served until then is bad" target api/staging '.bad[-1].version == "v3.0.0"'
disarm
n=23
check "the journal is a chain" journal_is_a_chain
check "every operation has one end" same "$n" "$(journal | jq -s '[.[] | select(.core.kind == "operation.ended")] | length')"
finish
