#!/bin/sh
# Somebody else moves the traffic of a rollout at the moment in which its numbers are found bad: a bad version gives back what it
# has, whoever gave it; and its end says that it was not opsgate's own step that went back.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
rollout_up 's/bake: 3s/bake: 10m/; s/max_bake: 60s/max_bake: 1h/' # it is at 5 % until somebody moves it

say "$ANN" /deploy "api production v1.4.2"
rush D1
push 1.5.0
say "$ANN" /deploy "api production v1.5.0"
check "a canary begins to bake" wait_until 60 bakes_at D2 5
say "$ANN" /ops "pause D2"
arm run GET status 503 100000 # nobody sees how the traffic stands any more
change_world "$(world '.run.services[] | select(.id == $service) | { foreign: { service: .id, by: "carol@acme.example",
    split: ([.traffic[] | select((.percent // 0) > 0) | { key: .revision, value: (if .percent == 5 then 40 else 60 end) }]
            | from_entries) } } | tojson' --arg service $PROD)"
behave v1.5.0 '{"error_rate":0.3}'
check "its numbers are bad" wait_until 90 is_in_state D2 returning
check "and it has what somebody else gave it" is_at $PROD D2 40
disarm
check "it ends" wait_until 120 has_ended D2
check "as failed" same failed "$(operation D2 .result)"
check "what served before serves" serves $PROD D1
check "its end names what was not its own" has "$(operation D2 .summary)" "somebody else had moved it to 40 %: given back, too"
check "so does the card" wait_until 10 card_shows D2 "somebody else had moved it to 40 %"
check "and what was done" wait_until 10 card_shows D2 "gave back the 40 %, too, that somebody else had moved to it"
check "the journal is a chain" journal_is_a_chain
finish
