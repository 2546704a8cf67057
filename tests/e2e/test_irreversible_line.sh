#!/bin/sh
# Who waits behind an irreversible release that ends in doubt does not take its traffic unasked: it ends, and says where to look
# and what to type. Whoever asks with that known goes on.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
rollout_up 's/bake: 3s/bake: 10m/; s/max_bake: 60s/max_bake: 1h/'
push 1.6.0
push 1.7.0

in_thread() { # in_thread TEXT
    world_says 'any(.slack.channels[].messages[]; .thread_ts != null and (.text | contains($text)))' --arg text "$1"
}

had_no_traffic() { # had_no_traffic ID: nobody ever asked for any
    [ -z "$(wanted_times "$PROD" "$1" | awk '$2 > 0')" ]
}

say "$ANN" /deploy "api production v1.4.2"
rush D1
say "$ANN" /deploy "api production v1.6.0 --irreversible"
wait_until 30 bakes_at D2 5
say "$ANN" /deploy "api production v1.7.0"
check "who comes next waits behind it" wait_until 30 is_in_state D3 queued

# ---- somebody else changes the traffic: nobody knows what should serve ----

change_world "$(world '.run.services[] | select(.id == $service) | { foreign: { service: .id, by: "carol@acme.example",
    split: ([.traffic[] | select((.percent // 0) > 0) | { key: .revision, value: (if .percent == 5 then 40 else 60 end) }]
            | from_entries) } } | tojson' --arg service $PROD)"
check "a stranger's change ends it" wait_until 30 has_ended D2
check "and leaves in doubt what serves" target api/production '.doubt == "D2"'
check "who waited does not take its place" wait_until 30 has_ended D3
check "it is turned away" same refused "$(operation D3 .result)"
check "and says what is there, and to look first" is_so D3 '.summary | contains("*D2* (`v1.6.0`) ended and left open what serves in api/production: it is irreversible") and contains("Look there first: `status api production`; back leads `rollback api production --break-glass TEXT`") and contains("ask again: `deploy api production v1.7.0`")'
check "so does its card" wait_until 10 card_shows D3 "Look there first"
check "whoever asked for it is told in the thread" wait_until 10 in_thread '*D3* does not begin.'
check "nothing of it was touched" had_no_traffic D3
check "the stranger's split stands" is_at $PROD D2 40

# ---- with that known ----

say "$ANN" /deploy "api production v1.7.0"
check "who asks again is told what it goes over" has "$BODY" '*D2* (`v1.6.0`) ended and left open what serves in api/production'
check "and that it does" has "$BODY" 'Look there first: this takes its place.'
check "it begins" wait_until 30 bakes_at D4 5
check "and its card says over what" wait_until 10 card_shows D4 "began over what is irreversible, and may serve"
rush D4
check "it serves in the end" serves $PROD D4
check "and nothing is in doubt any more" target api/production '.doubt == null'
check "the journal is a chain" journal_is_a_chain
finish
