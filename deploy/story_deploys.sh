# story_deploys.sh - the story's chapters 1 to 8: what people deploy, staging first, then production; read with `.` by story.sh.
# shellcheck shell=sh
# shellcheck disable=SC2016,SC2154,SC2317 # jq's variables are jq's; the caller sets ours; most functions are called by name, through verdict

# ---- 1 ----

chapter "1. Ann deploys main to staging"
[ -z "$sabotage" ] || echo "  (sabotage: Cloud Run will answer that it switched traffic, and not do it)"
[ -z "$sabotage" ] || change_world '{"health":{"image":"main","status":503}}' # it stays in its check until that is armed
account=$(type_command U012AB3CD /deploy staging)
if [ -n "$sabotage" ]; then
    wait_until 120 is_in_state D1 checking # with STORY_PATIENCE_S the story has little
    arm run PATCH pretend 0
    change_world '{"health":{"image":"main","status":200}}'
fi
await has_settled D1
tell_what_was_seen
tell_redis D1
verdict "Slack was answered within its $((ANSWER_MS / 1000)) seconds" answered_in "$account" "$ANSWER_MS"
verdict "Cloud Run serves the new revision, with all traffic" serves api-service D1
verdict "it runs the very image that the registry has as 'main'" runs_image_of api-service main
verdict "Cloud Run was changed twice: a revision without traffic, then the switch" changed_times api-service 2
verdict "the card in #deployments is one message, and tells the end" card_says D1 "serves all traffic"
verdict "Redis: D1 has ended as done, and nothing is left to do" ended D1 '.result == "done"'
verdict "Redis: the journal has exactly one end for it" journal_has_one_end D1
if [ -n "$sabotage" ]; then
    echo
    echo "The sandbox dropped a change: $failures verdicts say so."
    finish $((failures > 0))
fi

# ---- 2 ----

chapter "2. Bob asks for production, which policy keeps for release managers"
before=$(world '.run.services[] | select(.id == "api-prod-service") | .generation')
account=$(type_command U0456EFGH /deploy "api production v1.4.2")
tell_what_was_seen
tell_redis D2
verdict "Slack was answered within its $((ANSWER_MS / 1000)) seconds" answered_in "$account" "$ANSWER_MS"
verdict "the answer says no, and which rule says it" answer_has "$account" "sandbox.yaml:"
verdict "it says who may" answer_has "$account" release-manager
verdict "nobody called Cloud Run or the registry" calls_say 'all(.[]; .service != "run" and .service != "registry")'
verdict "production is what it was" world_says '.run.services[] | select(.id == "api-prod-service") | .generation == $before' \
    --arg before "$before"
verdict "Redis: no operation was begun" test "$(redis hexists "$(key operations)" D2)$(redis hexists "$(key ended)" D2)" = 00

# ---- 3 ----

change_arrived() { # Cloud Run wants a split that gives D2's revision everything, and whoever asked has no answer yet
    world_says '.run.services[] | select(.id == "api-service")
        | any(.traffic[]; .percent == 100 and (.revision // "" | contains("-d2-")))'
}

chapter "3. Bob deploys v1.4.2 to staging, and opsgate is killed in the middle of it"
change_world '{"health":{"image":"v1.4.2","status":503},"reconcile_ms":1500}' # it stays in its check until the middle is prepared
account=$(type_command U0456EFGH /deploy "staging v1.4.2")
await is_in_state D2 checking
arm run PATCH delay_after 60000
change_world '{"health":{"image":"v1.4.2","status":200}}'
await change_arrived
store_pid=$(redis_pid)
kill -KILL "$OPSGATE_PID"
wait "$OPSGATE_PID" 2>/dev/null
killed_status=$?
tell_what_was_seen
echo "  --------  kill -9: Cloud Run has made the switch, and its answer reaches nobody"
tell_redis D2
verdict "opsgate is dead by signal 9" test "$killed_status" -eq 137
verdict "Cloud Run had received the switch" change_arrived
verdict "Redis: the switch is recorded, and its result is not" \
    test "$(redis --raw hvals "$(key effects)" | jq -s 'any(.[]; .kind == "run.traffic")')" = true
verdict "Redis itself lived on" test "$(redis_pid)" = "$store_pid"
echo "  --------  opsgate is started again"
chapter_began_ms=$chapter_ms
chapter_ms=$(world .now_ms)
start_opsgate "$RUN/opsgate.log"
await has_settled D2
tell_what_was_seen
tell_redis D2
chapter_ms=$chapter_began_ms
verdict "Slack had been answered within its $((ANSWER_MS / 1000)) seconds" answered_in "$account" "$ANSWER_MS"
verdict "the same Redis was taken over, not a second one started" test "$(redis_pid)" = "$store_pid"
verdict "Cloud Run serves the new revision, with all traffic" serves api-service D2
verdict "it runs the very image that the registry has as 'v1.4.2'" runs_image_of api-service v1.4.2
verdict "Cloud Run was changed twice, not three times" changed_times api-service 2
verdict "traffic moved exactly once" traffic_moved_once api-service
verdict "the card in #deployments is still one message, and tells the end" card_says D2 "serves all traffic"
verdict "Redis: D2 has ended as done, and nothing is left to do" ended D2 '.result == "done"'
verdict "Redis: the journal has exactly one end for it" journal_has_one_end D2
verdict "Redis: every entry of the journal names the one before it" journal_is_a_chain

# ---- 4 ----
# Until somebody presses, or a canary is bad, each step bakes for long.

PROD=api-prod-service

bakes_at() { # bakes_at ID PERCENT: it looks at its numbers there
    is_in_state "$1" baking watching && is_at $PROD "$1" "$2"
}

promote() { # promote ID LABEL: Ann presses that button, once the card has it
    await has_button "$1" "$2"
    press U012AB3CD "$1" "$2" >/dev/null
}

first_served_ms() { # first_served_ms PERCENT: when production served such a share first in this chapter
    world '[.run.services[] | select(.id == $service) | .history[] | select(.kind == "served" and .at_ms > $since)
        | select(any(.traffic[]; .percent == $percent))][0].at_ms // 0' --arg service $PROD --argjson since "$chapter_ms" --argjson percent "$1"
}

last_wanted_ms() { # when production was asked for something last
    world '[.run.services[] | select(.id == $service) | .history[] | select(.kind == "wanted")][-1].at_ms // 0' --arg service $PROD
}

chapter "4. Ann brings v1.4.2 to production, step by step, by the buttons of its card"
account=$(type_command U012AB3CD /deploy "api production v1.4.2")
for label in "Promote to 25 %" "Promote to 50 %" "Promote to 100 %" "Call it good"; do
    promote D3 "$label"
done
await has_settled D3
tell_what_was_seen
tell_redis D3
verdict "Slack was answered within its $((ANSWER_MS / 1000)) seconds" answered_in "$account" "$ANSWER_MS"
verdict "traffic went up in the steps of the plan, none left out" shares_were $PROD D3 "5 25 50 100"
verdict "Cloud Run serves the new revision, with all traffic" serves $PROD D3
verdict "it runs the very image that the registry has as 'v1.4.2'" runs_image_of $PROD v1.4.2
verdict "Slack saw Ann press four buttons" world_says \
    '[.slack.deliveries[] | select(.kind == "action" and .user == "U012AB3CD" and .status == 200)] | length == 4'
verdict "Redis: the journal has each of them" journal_says D3 '[.[] | select(.kind == "deploy.promoted")] | length == 4'
verdict "the card in #deployments is one message, and tells the end" card_says D3 "serves all traffic"
verdict "Redis: D3 has ended as done, and its version is the newest good one" target api/production \
    '.good[-1].operation == "D3"'

# ---- 5 ----

chapter "5. v1.4.2 is not what users wanted: Ann takes production back"
type_command U012AB3CD /rollback "api production" >/dev/null
await has_settled D4
tell_what_was_seen
tell_redis D4
took_ms=$(world '([.slack.deliveries[] | select(.command == "/rollback")][-1].at_ms) as $asked
    | [.run.services[] | select(.id == $service) | .history[] | select(.kind == "served")][-1].at_ms - $asked' --arg service $PROD)
echo "  $took_ms ms from the command until Cloud Run served it; 1500 of them are Cloud Run's own here"
verdict "production runs the image of v1.4.1, with all traffic" runs_image_of $PROD v1.4.1
verdict "Cloud Run was changed once" changed_times $PROD 1
verdict "within $((6 * HASTE)) seconds of the command" test "$took_ms" -lt $((6000 * HASTE))
verdict "without a new revision" calls_say 'all(.[]; .service != "registry")'
verdict "the card tells what changed back with it" card_shows D4 'Preflight'
verdict "Redis: D4 has ended as done" ended D4 '.result == "done"'
verdict "Redis: what was left is marked as bad" target api/production '[.bad[] | .version] | index("v1.4.2") != null'

# ---- 6 ----

chapter "6. Ann brings main to production; at 25 % every twentieth request to it fails"
change_world '{"behaviour":{"image":"main","error_rate":0.05,"from_percent":25}}'
type_command U012AB3CD /deploy "api production main" >/dev/null
promote D5 "Promote to 25 %"
await has_settled D5
broken_ms=$(first_served_ms 25)
returned_ms=$(last_wanted_ms)
tell_what_was_seen
tell_redis D5
echo "  $((returned_ms - broken_ms)) ms from the first failing request to the call that takes the traffic back"
verdict "it was never given more than 25 %, and then nothing" shares_were $PROD D5 "5 25 0"
verdict "within $((15 * HASTE)) seconds" test $((returned_ms - broken_ms)) -lt $((15000 * HASTE))
verdict "production runs the image of v1.4.1 again, with all traffic" runs_image_of $PROD v1.4.1
verdict "users did see failures: they are what it was judged by" world_says '.run.services[] | select(.id == $service)
    | any(.revisions[]; (.id | contains("-d5-")) and .served.errors > 0)' --arg service $PROD
verdict "the card has the numbers that did it" \
    card_shows D5 '[0-9.]+ % of (about )?[0-9,]+ requests failed, over the limit of 0.5 %'
verdict "Redis: D5 has ended as failed, and nothing is left to do" ended D5 '.result == "failed"'
verdict "Redis: its version is marked as bad" target api/production '[.bad[] | .version] | index("main") != null'

# ---- 7 ----

PROD_BAKE_S=$((BAKE_S * 2)) # it may not be over before opsgate is killed
bake_for $PROD_BAKE_S
chapter "7. Ann brings v1.5.0 to production; at 25 % opsgate and its Redis are killed"
change_world '{"tag":{"tag":"v1.5.0","version":"1.5.0"}}'
type_command U012AB3CD /deploy "api production v1.5.0" >/dev/null
promote D6 "Promote to 25 %"
await bakes_at D6 25
sleep 3 # some of its bake is over: that must not count afterwards
store_pid=$(redis_pid)
kill -KILL "$OPSGATE_PID" "$store_pid"
wait "$OPSGATE_PID" 2>/dev/null
killed_status=$?
await is_gone "$store_pid"
tell_what_was_seen
echo "  --------  kill -9 of opsgate, and of its Redis"
verdict "opsgate is dead by signal 9, and so is Redis" test "$killed_status $(redis_pid)" = "137 "
sleep $((PROD_BAKE_S * 3 / 10 + 1)) # it looks ten times in a step, and three looks may be missed: what is longer is a gap
verdict "production stays at 25 % meanwhile" is_at $PROD D6 25
echo "  --------  opsgate is started again"
chapter_began_ms=$chapter_ms
chapter_ms=$(world .now_ms)
start_opsgate "$RUN/opsgate.log"
await is_at $PROD D6 50
next_ms=$(world '[.run.services[] | select(.id == $service) | .history[] | select(.kind == "wanted" and .at_ms > $since)][0].at_ms // 0' \
    --arg service $PROD --argjson since "$chapter_ms")
await has_settled D6
tell_what_was_seen
tell_redis D6
verdict "another Redis runs, on the same files" test "$(redis_pid)" != "$store_pid"
verdict "the step was judged anew: $((next_ms - chapter_ms)) ms until the next one, of ${PROD_BAKE_S}000 that it bakes" \
    test $((next_ms - chapter_ms)) -ge $((PROD_BAKE_S * 1000))
chapter_ms=$chapter_began_ms
verdict "traffic went up in the steps of the plan, none left out and none twice" shares_were $PROD D6 "5 25 50 100"
verdict "Cloud Run serves the new revision, with all traffic" serves $PROD D6
verdict "it runs the very image that the registry has as 'v1.5.0'" runs_image_of $PROD v1.5.0
verdict "the card in #deployments is still one message, and tells the end" card_says D6 "serves all traffic"
verdict "Redis: D6 has ended as done" ended D6 '.result == "done"'
verdict "Redis: the journal has exactly one end for it" journal_has_one_end D6

# ---- 8 ----

bake_for $LONG_S # nothing of opsgate's may meet somebody else's
chapter "8. Ann brings v1.5.1 to production; at 5 % somebody changes the traffic by hand"
change_world '{"tag":{"tag":"v1.5.1","version":"1.5.1"}}'
type_command U012AB3CD /deploy "api production v1.5.1" >/dev/null
await bakes_at D7 5
by_hand=$(world '.run.services[] | select(.id == $service) | [.traffic[] | select((.percent // 0) > 0)]
    | { split: ([{ key: (.[] | select(.percent == 95) | .revision), value: 90 },
                 { key: (.[] | select(.percent == 5) | .revision), value: 10 }] | from_entries) } | tojson' --arg service $PROD)
change_world "$(printf '%s\n' "$by_hand" | jq -c --arg service $PROD '{ foreign: (. + { $service, by: "carol@acme.example" }) }')"
hand_call=$(get "$SANDBOX_URL/_sandbox/calls" | jq '.[-1].n // 0')
await has_settled D7
tell_what_was_seen
tell_redis D7
verdict "D7's revision has the 10 % that it was given by hand" is_at $PROD D7 10
verdict "opsgate changed nothing after that" test \
    "$(get "$SANDBOX_URL/_sandbox/calls?since=$hand_call" | jq '[.[] | select(.service == "run" and .method == "PATCH")] | length')" = 0
verdict "the card says that it was somebody else" card_shows D7 'omebody else'
verdict "Redis: D7 has ended as failed, and nothing is left to do" ended D7 '.result == "failed"'
verdict "Redis: every entry of the journal names the one before it" journal_is_a_chain
