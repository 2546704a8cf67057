#!/bin/sh
# People and a running canary: pause, resume, promote, abort, by button and by command; buttons that are old, pressed twice,
# forged, or pressed by somebody who may not; and a stranger who changes the traffic.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
rollout_up 's/bake: 3s/bake: 10m/; s/max_bake: 60s/max_bake: 1h/' # it goes on only when somebody says so

acts() { # acts ID KIND: how often the journal has it
    journal | jq -s --arg id "$1" --arg kind "deploy.$2" '[.[].core | select(.operation == $id and .kind == $kind)] | length'
}

look() {
    operation "$1" .body.looks
}

# old_button ID VALUE: one with this value, as the card had it before an edit, and after how many: what was is no more changed
old_button() {
    world '[.slack.channels[] | .id as $channel | .messages[] | .ts as $ts
        | select(.blocks | tostring | contains("`" + $id + "`"))
        | (.edits | to_entries[]) as $old | $old.value.blocks[]? | .elements[]? | select(.value == $value)
        | { $channel, $ts, action_id, edits: $old.key }][-1] // empty | tojson' --arg id "$1" --arg value "$2"
}

say "$ANN" /deploy "api production v1.4.2"
wait_until 30 bakes_at D1 5

# ---- who may not ----

click "$BOB" D1 "Promote to 25 %"
check "Bob's click is taken" same 200 "$STATUS"
check "and refused, to him alone" wait_until 10 was_told "$BOB" "release-manager"
check "nobody else hears of it" world_says '[.slack.channels[].messages[] | select(.text | test("denied"; "i"))] == []'
click "$BOB" D1 "Pause"
click "$EVE" D1 "Roll back"
check "a guest's too" wait_until 10 was_told "$EVE" "enied"
check "nothing was done" is_so D1 '.body.step == 0 and (.body.is_paused | not) and .state == "baking"'
check "it is at 5 % still" is_at $PROD D1 5

# ---- pause and resume ----

click "$ANN" D1 Pause
check "paused" wait_until 10 is_so D1 .body.is_paused
check "who did it is on the card" wait_until 10 card_shows D1 "paused at 5 %"
check "a paused one offers no promotion" wait_until 10 has_button D1 Resume
say "$ANN" /ops "promote D1"
check "and cannot be promoted" has "$BODY" "paused"
say "$ANN" /ops "pause D1"
check "pausing twice is no error" has "$BODY" "already"
check "and done once" same 1 "$(acts D1 paused)"
check "ops list says how it stands" has "$("$BUILD/opsgate" -c "$CONFIG" ops list)" "paused at 5 %"
say "$ANN" /ops "status d1"
check "and so does status, of an id in lower case" has "$BODY" "paused at 5 %"
click "$ANN" D1 Resume
check "resumed" wait_until 10 is_so D1 '.body.is_paused | not'

# ---- promote: an old button, and one that is pressed twice ----

wait_until 10 has_button D1 "Promote to 25 %"
first=$(find_button D1 "Promote to 25 %")
press_button "$ANN" "$first" >"$RUN/a" &
one=$!
press_button "$ANN" "$first" >"$RUN/b" &
wait $one $!
check "a button pressed twice at once takes it on" wait_until 30 bakes_at D1 25
check "and once" same 1 "$(acts D1 promoted)"
old_value=$(printf '%s\n' "$first" | jq -r .value)
had_button() {
    old=$(old_button D1 "$old_value")
    [ -n "$old" ]
}
press_old() {
    press_button "$ANN" "$old" "$(printf '%s\n' "$old" | jq -c '{ edits }')" >"$RUN/a"
    world_says '[.slack.deliveries[] | select(.kind == "action")][-1] | .status == 200 and .value == $value' --arg value "$old_value"
}
check "the card had that button once" wait_until 20 had_button
check "pressed as it was, it is taken" press_old
check "her own again is done already" wait_until 10 was_told "$ANN" "done already"
click "$ANN" D1 "Promote to 50 %"
check "the next one takes it on" wait_until 30 bakes_at D1 50
check "the first button is taken once more" press_old
check "a button of two steps ago: the card has changed" wait_until 10 was_told "$ANN" "card has changed"
check "and nothing is done" is_so D1 '.body.step == 2 and .state == "baking"'
check "two promotions in the journal" same 2 "$(acts D1 promoted)"

# ---- forged ----

wait_until 20 has_button D1 "Promote to 100 %"
now=$(find_button D1 "Promote to 100 %")
before=$(look D1)
for value in "promote D1 --look 99" "promote D1 --look -1" "promote D99 --look 1" "promote" "" "frobnicate D1" '\u0000'; do
    press_button "$ANN" "$now" "$(jq -cn --arg value "$value" '{ $value }')" >"$RUN/a"
    check "a button that says '$value' is answered" one_of "200 400" "$(jq -r .status "$RUN/a")"
done
press_button "$ANN" "$now" '{"bad_signature":true}' >"$RUN/a"
check "a forged click: 401" same 401 "$(jq -r .status "$RUN/a")"
press_button "$ANN" "$now" '{"no_signature":true}' >"$RUN/a"
check "an unsigned click: 401" same 401 "$(jq -r .status "$RUN/a")"
press_button "$ANN" "$now" '{"skew_s":-310}' >"$RUN/a"
check "an old one: 401" same 401 "$(jq -r .status "$RUN/a")"
say "$ANN" /ops "retry D99" # answered in its order: after all of those
check "none of them did anything" same "$before" "$(look D1)"

# ---- abort, at 50 % ----

click "$ANN" D1 "Roll back"
check "aborted" wait_until 30 has_ended D1
check "as that" same aborted "$(operation D1 .result)"
check "traffic went back" shares_were $PROD D1 "5 25 50 0"
check "v1.4.1 serves" runs_image_of $PROD v1.4.1
check "and the card says who" card_shows D1 "aborted at 50 %"
say "$ANN" /ops "promote D1"
check "an ended one says that it has ended" has "$BODY" "has ended"
say "$ANN" /ops "abort D99"
check "one that never was is named" has "$BODY" "D99"
say "$ANN" /ops "pause api production"
check "nothing is under way there" has "$BODY" "Nothing is under way"

# ---- somebody else changes the traffic ----

push 1.5.0
say "$ANN" /deploy "api production v1.5.0"
wait_until 30 bakes_at D2 5
say "$ANN" /ops "promote api production"
check "the place names what runs there" has "$BODY" "D2"
wait_until 30 bakes_at D2 25
change_world "$(world '.run.services[] | select(.id == $service) | { foreign: { service: .id, by: "carol@acme.example",
    split: ([.traffic[] | select((.percent // 0) > 0) | { key: .revision, value: (if .percent == 25 then 40 else 60 end) }]
            | from_entries) } } | tojson' --arg service $PROD)"
changes=$(patches)
check "a stranger's change stops it" wait_until 30 has_ended D2
check "as failed" same failed "$(operation D2 .result)"
check "nothing was overwritten" is_at $PROD D2 40
check "and nothing tried" same "$changes" "$(patches)"
check "the card says so" card_shows D2 "omebody else"
check "the journal is a chain" journal_is_a_chain
finish
