#!/bin/sh
# A story in ten chapters, played unattended: sh deploy/story.sh [--sabotage] BUILD
#
# Staging: a deploy that succeeds; one that policy refuses; one during which opsgate is killed with -9 and goes on.
# Production: a canary that is promoted by hand; a rollback; a canary that breaks at 25 % and is returned; one during which
# opsgate and its Redis are killed; one that meets somebody else's change. A release that rolls out by itself though its webhook is
# lost, and one that breaks and is taken back. Verdicts come from the sandbox's own state and
# from Redis itself, never from what opsgate says of itself.
# Exit 0 when everything happened, 1 when anything did not, 2 for a wrong call.
# shellcheck disable=SC2016,SC2317 # jq's variables are jq's; most functions are called by name, through verdict
set -u

HERE=$(cd "$(dirname "$0")" && pwd)
PATIENCE_S=${STORY_PATIENCE_S:-40} # how long an operation may take to end
HASTE=${STORY_HASTE:-2}            # times what is promised: a machine that has more to do is half as fast
ANSWER_MS=${STORY_ANSWER_MS:-3000} # how long Slack waits for an answer: the real one three seconds

sabotage=
[ "${1:-}" != --sabotage ] || { sabotage=yes; shift; }
if [ $# -ne 1 ] || [ ! -x "$1/opsgate" ]; then
    echo "Usage: sh deploy/story.sh [--sabotage] BUILD-DIRECTORY" >&2
    exit 2
fi
BUILD=$(cd "$1" && pwd)
RUN=$(mktemp -d)
BAKE_S=${STORY_BAKE_S:-8} # as in sandbox.yaml; more where the story itself may be slow
CONFIG=$RUN/sandbox.yaml
export OPSGATE_DATA="$RUN/opsgate"
# shellcheck source=deploy/demo.sh
. "$HERE/demo.sh"
# shellcheck source=deploy/witness.sh
. "$HERE/witness.sh"

OPSGATE_PID=
SANDBOX_PID=
finish() {
    trap '' INT TERM
    trap - EXIT
    stop "$OPSGATE_PID" 10
    stop_orphan
    stop "$SANDBOX_PID" 5
    rm -rf "$RUN"
    exit "$1"
}
trap 'finish 130' INT TERM
trap 'finish 1' EXIT

# ---- start ----

# A repository's webhook, and its log, where opsgate finds what was lost on the way.
connect_github() {
    change_world '{"github":{"hook":{"owner":"acme/platform","secret":"sandbox-github-secret","content_type":"json","events":["*"]}}}'
    hook=$(world '.github.hooks[-1].id')
    sed "s/bake: 8s/bake: ${BAKE_S}s/; s/deadline: 30s/deadline: 2m/
        s|^  webhook_secrets: .*GITHUB.*|&\n  hooks: [{ repository: acme/platform, id: $hook }]\n  catch_up: 2s|" "$HERE/sandbox.yaml" >"$CONFIG"
}

start_both() {
    tries=0
    while [ $tries -lt 5 ]; do
        tries=$((tries + 1))
        OPSGATE_LISTEN=127.0.0.1:$(free_port $((20000 + (($$ * 7 + tries * 997) % 12000))))
        export OPSGATE_LISTEN
        start_sandbox 0 || return 1
        change_world "{\"slack_patience_ms\":$ANSWER_MS}"
        connect_github
        start_opsgate "$RUN/opsgate.log"
        wait_opsgate 30 && return 0
        stop "$OPSGATE_PID" 5
        stop "$SANDBOX_PID" 5
    done
    cat "$RUN/opsgate.log" >&2
    return 1
}

echo "opsgate's story. Ann is release manager, Bob is developer; all other systems are the sandbox's."
start_both || { echo "story: opsgate did not start" >&2; exit 1; }
users_come 200
echo "  sandbox $SANDBOX_URL, opsgate http://$OPSGATE_LISTEN, Redis in $OPSGATE_DATA"

# ---- 1 ----

chapter "1. Ann deploys main to staging"
[ -z "$sabotage" ] || echo "  (sabotage: Cloud Run will answer that it switched traffic, and not do it)"
[ -z "$sabotage" ] || change_world '{"health":{"image":"main","status":503}}' # it stays in its check until that is armed
account=$(type_command U012AB3CD /deploy staging)
if [ -n "$sabotage" ]; then
    wait_until 10 is_in_state D1 checking
    arm run PATCH pretend 0
    change_world '{"health":{"image":"main","status":200}}'
fi
wait_until "$PATIENCE_S" has_settled D1
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
wait_until 20 is_in_state D2 checking
arm run PATCH delay_after 60000
change_world '{"health":{"image":"v1.4.2","status":200}}'
wait_until 20 change_arrived
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
wait_until "$PATIENCE_S" has_settled D2
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

PROD=api-prod-service

bakes_at() { # bakes_at ID PERCENT: it looks at its numbers there
    is_in_state "$1" baking watching && is_at $PROD "$1" "$2"
}

promote() { # promote ID LABEL: Ann presses that button, once the card has it
    wait_until 20 has_button "$1" "$2" && press U012AB3CD "$1" "$2" >/dev/null
}

first_served_ms() { # first_served_ms PERCENT: when production served such a share first in this chapter
    world '[.run.services[] | select(.id == $service) | .history[] | select(.kind == "served" and .at_ms > $since)
        | select(any(.traffic[]; .percent == $percent))][0].at_ms' --arg service $PROD --argjson since "$chapter_ms" --argjson percent "$1"
}

chapter "4. Ann brings v1.4.2 to production, step by step, by the buttons of its card"
account=$(type_command U012AB3CD /deploy "api production v1.4.2")
for label in "Promote to 25 %" "Promote to 50 %" "Promote to 100 %" "Call it good"; do
    promote D3 "$label"
done
wait_until "$PATIENCE_S" has_settled D3
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
wait_until "$PATIENCE_S" has_settled D4
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
wait_until "$PATIENCE_S" has_settled D5
broken_ms=$(first_served_ms 25)
returned_ms=$(world '[.run.services[] | select(.id == $service) | .history[] | select(.kind == "wanted")][-1].at_ms' --arg service $PROD)
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

chapter "7. Ann brings v1.5.0 to production; at 25 % opsgate and its Redis are killed"
change_world '{"tag":{"tag":"v1.5.0","version":"1.5.0"}}'
type_command U012AB3CD /deploy "api production v1.5.0" >/dev/null
promote D6 "Promote to 25 %"
wait_until 20 bakes_at D6 25
sleep 3 # some of its bake is over: that must not count afterwards
store_pid=$(redis_pid)
kill -KILL "$OPSGATE_PID" "$store_pid"
wait "$OPSGATE_PID" 2>/dev/null
killed_status=$?
wait_until 5 is_gone "$store_pid"
tell_what_was_seen
echo "  --------  kill -9 of opsgate, and of its Redis"
verdict "opsgate is dead by signal 9, and so is Redis" test "$killed_status $(redis_pid)" = "137 "
verdict "production stays at 25 % meanwhile" is_at $PROD D6 25
echo "  --------  opsgate is started again"
chapter_began_ms=$chapter_ms
chapter_ms=$(world .now_ms)
start_opsgate "$RUN/opsgate.log"
wait_until "$PATIENCE_S" is_at $PROD D6 50
next_ms=$(world '[.run.services[] | select(.id == $service) | .history[] | select(.kind == "wanted")][-1].at_ms' --arg service $PROD)
wait_until "$((PATIENCE_S * 2))" has_settled D6
tell_what_was_seen
tell_redis D6
verdict "another Redis runs, on the same files" test "$(redis_pid)" != "$store_pid"
verdict "the step was judged anew: $((next_ms - chapter_ms)) ms until the next one, of ${BAKE_S}000 that it bakes" \
    test $((next_ms - chapter_ms)) -ge $((BAKE_S * 1000))
chapter_ms=$chapter_began_ms
verdict "traffic went up in the steps of the plan, none left out and none twice" shares_were $PROD D6 "5 25 50 100"
verdict "Cloud Run serves the new revision, with all traffic" serves $PROD D6
verdict "it runs the very image that the registry has as 'v1.5.0'" runs_image_of $PROD v1.5.0
verdict "the card in #deployments is still one message, and tells the end" card_says D6 "serves all traffic"
verdict "Redis: D6 has ended as done" ended D6 '.result == "done"'
verdict "Redis: the journal has exactly one end for it" journal_has_one_end D6

# ---- 8 ----

chapter "8. Ann brings v1.5.1 to production; at 5 % somebody changes the traffic by hand"
change_world '{"tag":{"tag":"v1.5.1","version":"1.5.1"}}'
type_command U012AB3CD /deploy "api production v1.5.1" >/dev/null
wait_until 20 bakes_at D7 5
by_hand=$(world '.run.services[] | select(.id == $service) | [.traffic[] | select((.percent // 0) > 0)]
    | { split: ([{ key: (.[] | select(.percent == 95) | .revision), value: 90 },
                 { key: (.[] | select(.percent == 5) | .revision), value: 10 }] | from_entries) } | tojson' --arg service $PROD)
change_world "$(printf '%s\n' "$by_hand" | jq -c --arg service $PROD '{ foreign: (. + { $service, by: "carol@acme.example" }) }')"
hand_call=$(get "$SANDBOX_URL/_sandbox/calls" | jq '.[-1].n // 0')
wait_until "$PATIENCE_S" has_settled D7
tell_what_was_seen
tell_redis D7
verdict "D7's revision has the 10 % that it was given by hand" is_at $PROD D7 10
verdict "opsgate changed nothing after that" test \
    "$(get "$SANDBOX_URL/_sandbox/calls?since=$hand_call" | jq '[.[] | select(.service == "run" and .method == "PATCH")] | length')" = 0
verdict "the card says that it was somebody else" card_shows D7 'omebody else'
verdict "Redis: D7 has ended as failed, and nothing is left to do" ended D7 '.result == "failed"'
verdict "Redis: every entry of the journal names the one before it" journal_is_a_chain

# ---- 9 ----

publish() { # publish VERSION: Ann does, on GitHub; once its image is awaited, that is there 3 s later
    change_world "$(jq -cn --arg tag "v$1" '{ github: { release: { $tag, name: $tag, author: "ann" } } }')"
    wait_until "$((PATIENCE_S * 3))" awaits "v$1" artifact # a webhook counts as lost only after half a minute
    change_world "$(jq -cn --arg version "$1" '{ tag: { tag: ("v" + $version), $version, after_ms: 3000 } }')"
    wait_until "$PATIENCE_S" awaits "v$1" approval
}

rollout_of() { # rollout_of VERSION: what was begun for it in production, one ID a line
    { redis --raw hvals "$(key operations)"; redis --raw hvals "$(key ended)"; } |
        jq -r --arg version "$1" 'select(.kind == "deploy" and .target == "api/production" and .body.version == $version) | .id'
}

awaits() { # awaits VERSION WHAT
    is_in_state "$(rollout_of "$1")" "awaiting-$2"
}

deliveries() { # "3 0": webhooks about releases since the chapter began, by GitHub's own log, and how many of them arrived
    world '[.github.deliveries[] | select(.event == "release" and .sent_at_ms > $since)]
        | "\(length) \([.[] | select(.status_code == 202)] | length)"' --argjson since "$chapter_ms"
}

github_shows() { # github_shows ID STATE: its one deployment there, and what it was told last
    world_says '[.github.deployments[] | select(.payload | tostring | contains($id))] | length == 1 and .[0].statuses[-1].state == $state' \
        --arg id "$1" --arg state "$2"
}

type_command U012AB3CD /rollback "api production" >/dev/null # what chapter 8 left there
wait_until "$PATIENCE_S" has_settled D8

chapter "9. 22:00: Ann publishes v1.6.0 and goes home. Its webhooks are lost; its image comes a little later"
for action in created published released; do
    change_world "{\"github\":{\"hook_fault\":{\"event\":\"release\",\"action\":\"$action\",\"fault\":\"lost\"}}}"
done
publish 1.6.0
id=$(rollout_of v1.6.0 | head -n 1)
consent=$(type_command U0456EFGH /ops "approve $id")
wait_until "$((PATIENCE_S * 3))" has_settled "$id"
tell_what_was_seen
tell_redis "$id"
verdict "none of GitHub's three webhooks reached anybody" test "$(deliveries)" = "3 0"
verdict "and the release is one rollout" test "$(rollout_of v1.6.0 | wc -l)" = 1
verdict "the image was not there yet, and was waited for" journal_says "$id" 'any(.[]; .body.to == "awaiting-artifact")'
verdict "Ann published it, so somebody else consented: Bob" answer_has "$consent" "$id"
verdict "traffic went up in the steps of the plan, each judged, and nobody pressed anything" shares_were $PROD "$id" "5 25 50 100"
verdict "it runs the very image that the registry has as 'v1.6.0'" runs_image_of $PROD v1.6.0
verdict "GitHub shows it as one deployment, and that it succeeded" github_shows "$id" success
verdict "the card in #deployments is one message, and tells the end" card_says "$id" "serves all traffic"
verdict "Redis: it has ended as done, and its version is the newest good one" target api/production '.good[-1].version == "v1.6.0"'

# ---- 10 ----

chapter "10. v1.7.0 is published, and breaks at 25 %: it is taken back by itself"
change_world '{"behaviour":{"image":"v1.7.0","error_rate":0.2,"from_percent":25}}'
publish 1.7.0
id=$(rollout_of v1.7.0 | head -n 1)
type_command U0456EFGH /ops "approve $id" >/dev/null
wait_until "$((PATIENCE_S * 2))" has_settled "$id"
broken_ms=$(first_served_ms 25)
returned_ms=$(world '[.run.services[] | select(.id == $service) | .history[] | select(.kind == "wanted")][-1].at_ms' --arg service $PROD)
tell_what_was_seen
tell_redis "$id"
echo "  $((returned_ms - broken_ms)) ms from the first failing request to the call that takes the traffic back"
verdict "it was told by webhook, more than once, and is one rollout" \
    test "$(deliveries) $(rollout_of v1.7.0 | wc -l)" = "3 3 1"
verdict "it was never given more than 25 %, and then nothing" shares_were $PROD "$id" "5 25 0"
verdict "within $((15 * HASTE)) seconds" test $((returned_ms - broken_ms)) -lt $((15000 * HASTE))
verdict "production runs the image of v1.6.0 again, with all traffic" runs_image_of $PROD v1.6.0
verdict "GitHub shows that it failed" github_shows "$id" failure
verdict "the card has the numbers that did it" card_shows "$id" '[0-9.]+ % of (about )?[0-9,]+ requests failed'
verdict "Redis: its version is remembered as bad" target api/production '[.bad[] | .version] | index("v1.7.0") != null'
answer=$(type_command U012AB3CD /ops "dora api production")
verdict "the four numbers count this evening: 4 of 6 deploys failed" answer_has "$answer" "Change failure rate: 4 of 6"
verdict "Redis: every entry of the journal names the one before it" journal_is_a_chain

echo
if [ $failures -eq 0 ]; then
    echo "All of it happened."
    finish 0
fi
echo "$failures verdicts say no. opsgate's last words:"
tail -n 8 "$RUN/opsgate.log"
finish 1
