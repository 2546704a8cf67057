# story_incident.sh - the story's chapters 11 to 14: an incident, from the page to the post-mortem; read with `.` by story.sh.
# shellcheck shell=sh
# shellcheck disable=SC2016,SC2154,SC2317 # jq's variables are jq's; the caller sets ours; most functions are called by name, through verdict

# ---- what is looked at ----

page_is() { # page_is FILTER [JQ-OPTION...]: there is one incident in PagerDuty, and it is so
    page_filter=$1
    shift
    world_says ".pagerduty.incidents | length == 1 and (.[0] | $page_filter)" "$@"
}

was_told() { # was_told EVENT: a webhook of PagerDuty's about it arrived, once
    world_says '[.pagerduty.delivered[] | select(.event == $event and .outcome == "delivered")] | length == 1' --arg event "$1"
}

room_is() { # room_is FILTER [JQ-OPTION...]: Slack has one channel of an incident, and it is so
    room_filter=$1
    shift
    world_says "[.slack.channels[] | select(.name | startswith(\"inc-\"))] | length == 1 and (.[0] | $room_filter)" "$@"
}

has_topic() { # has_topic TEXT
    room_is '.topic.value == $text' --arg text "$1"
}

has_people() { # has_people USER...: they are in it, and nobody else
    room_is '(.members - ["U0OPSGATE"] | sort) == ($people | split(" ") | sort)' --arg people "$*"
}

is_said() { # is_said TEXT: in its channel, once
    room_is '[.messages[] | select(.text | contains($text))] | length == 1' --arg text "$1"
}

is_told_to_all() { # is_told_to_all TEXT: in #incidents, once
    world_says '[.slack.channels[] | select(.name == "incidents") | .messages[] | select(.text | contains($text))] | length == 1' --arg text "$1"
}

is_asked() { # is_asked USER: to tell how it stands
    room_is 'any(.messages[]; .text | startswith($asked) and contains("without an update"))' --arg asked "<@$1>:"
}

has_assessment() { # has_assessment TEXT: it was told once, and says so
    room_is '[.messages[] | select(.text | contains("First assessment of"))]
        | length == 1 and (.[0].text + (.[0].blocks | tostring) | contains($text))' --arg text "$1"
}

find_way_back() { # the assessment's button, as press_button takes it
    world '[.slack.channels[] | select(.name | startswith("inc-")) | .id as $channel | .messages[] | .ts as $ts
        | .blocks[]? | .elements[]? | select(.type == "button" and .text.text == "Roll back api production")
        | { $channel, $ts, action_id }][0] // empty | tojson'
}

has_way_back() {
    [ -n "$(find_way_back)" ]
}

public_reads() { # public_reads STATUS TEXT: the newest words of the one incident on the status page
    world_says '.statuspage.incidents | length == 1 and (.[0].incident_updates[0] | .status == $status and .body == $text)' \
        --arg status "$1" --arg text "$2"
}

post_mortem_has() { # post_mortem_has TEXT: the file that Slack was given has it
    calls_say 'any(.[]; .service == "upload" and (.body | contains($text)))' --arg text "$1"
}

tell_post_mortem() { # its first lines
    echo "  The file:"
    world '.slack.channels[].messages[].files[]? | select(.name | startswith("post-mortem-")) | .preview' |
        sed '/^## Summary/,$d; /^$/d; /^| | |$/d; /^| --- /d; s/^/    /'
}

# ---- what opsgate has recorded ----

find_deploy() { # find_deploy VERSION: to production, the only one: sets deploy
    deploy=$(rollout_of "$1")
    [ -n "$deploy" ]
}

find_incident() { # what it opened for that page: sets incident
    incident=$({ redis --raw hvals "$(key operations)"; redis --raw hvals "$(key ended)"; } |
        jq -r --arg title "$1" 'select(.kind == "incident" and .body.title == $title) | .id' | sort -u)
    [ -n "$incident" ]
}

find_rollback() { # that of production which was asked for after the incident: sets rollback
    rollback=$({ redis --raw hvals "$(key operations)"; redis --raw hvals "$(key ended)"; } |
        jq -r --arg incident "$incident" 'def n: ltrimstr("D") | tonumber;
            select(.kind == "rollback" and .target == "api/production" and (.id | n) > ($incident | n)) | .id' | sort -u)
    [ -n "$rollback" ]
}

is_in_record() { # is_in_record ID FILTER: is it true of the record of an operation that has not ended?
    [ "$(redis --raw hget "$(key operations)" "$1" | jq -r "$2")" = true ]
}

has_ended() {
    [ "$(redis hexists "$(key ended)" "$1")" = 1 ]
}

all_is_done() { # what was wanted so far
    [ "$(redis hlen "$(key effects)")" = 0 ]
}

# ---- 11 ----

users_fail() { # so many that a monitor would say so
    world_says '.run.services[] | select(.id == $service)
        | any(.revisions[]; (.id | contains("-" + $id + "-")) and .served.errors > 100)' --arg service $PROD --arg id "$(echo "$1" | tr D d)"
}

chapter "11. Ann gives v1.8.0 to everybody at once. Every fifth order fails, and PagerDuty pages her"
change_world '{"tag":{"tag":"v1.8.0","version":"1.8.0"},"behaviour":{"image":"v1.8.0","error_rate":0.2},"pagerduty":{"retry_ms":500}}'
type_command U012AB3CD /deploy "api production v1.8.0 --strategy all-at-once" >/dev/null
await find_deploy v1.8.0
await has_settled "$deploy"
await users_fail "$deploy"
change_world '{"pagerduty":{"incident":{"title":"Orders fail","service":"PSVC001","urgency":"high"}}}'
await find_incident "Orders fail"
await has_way_back
await has_topic "P1 · open · nobody leads · Orders fail"
await has_people U012AB3CD
await public_reads investigating "We are investigating a problem. More will follow here."
await room_is 'any(.messages[]; .pinned_to)'
await all_is_done
tell_what_was_seen
tell_redis "$incident"
verdict "Cloud Run serves v1.8.0, with all traffic" serves $PROD "$deploy"
verdict "the page is one incident, as bad as the configuration says" is_in_record "$incident" '.body.severity == "P1"'
verdict "Slack has one channel for it, called by its day and its title" room_is '.name | test("^inc-[0-9]{8}-orders-fail$")'
verdict "whoever is on call is in it: Ann" has_people U012AB3CD
verdict "its topic says how it stands" has_topic "P1 · open · nobody leads · Orders fail"
verdict "its card is pinned there, and is one message" room_is \
    '[.messages[] | select(.blocks | tostring | contains("`" + $id + "`"))] | length == 1 and (.[0].pinned_to | length == 1)' --arg id "$incident"
verdict "#incidents was told where it is" is_told_to_all "The channel of *$incident* (P1: Orders fail) is <#$(world '.slack.channels[] | select(.name | startswith("inc-")) | .id')>"
verdict "the first assessment names what changed, where, and by whom" has_assessment "$deploy: deploy of v1.8.0, api/production, by <@U012AB3CD>"
verdict "and has the way back, as a button" has_way_back
verdict "the public reads a sentence of the configuration, and nothing else" public_reads investigating \
    "We are investigating a problem. More will follow here."

# ---- 12 ----

chapter "12. Ann answers, and presses the way back; opsgate is killed while both are on their way"
arm pagerduty PUT delay_after 60000
arm run PATCH delay_after 60000
answer=$(type_command U012AB3CD /incident "ack $incident")
await page_is '.status == "acknowledged"'
press_button U012AB3CD "$(find_way_back)" >/dev/null
await is_at $PROD "$deploy" 0
kill -KILL "$OPSGATE_PID"
wait "$OPSGATE_PID" 2>/dev/null
killed_status=$?
await find_rollback
tell_what_was_seen
echo "  --------  kill -9: PagerDuty and Cloud Run have made their change, and their answers reach nobody"
tell_redis "$rollback"
verdict "opsgate is dead by signal 9" test "$killed_status" -eq 137
verdict "Ann was told that it is hers" answer_has "$answer" "you lead it"
verdict "Redis: the way back is recorded, and its result is not" \
    test "$(redis --raw hvals "$(key effects)" | jq -s 'any(.[]; .kind == "run.return")')" = true
echo "  --------  opsgate is started again"
chapter_began_ms=$chapter_ms
chapter_ms=$(world .now_ms)
start_opsgate "$RUN/opsgate.log"
await has_ended "$rollback"
await runs_image_of $PROD v1.6.0
await was_told incident.acknowledged
await card_says "$rollback" "serves all traffic"
tell_what_was_seen
tell_redis "$rollback"
chapter_ms=$chapter_began_ms
verdict "production runs the image of v1.6.0 again, with all traffic" runs_image_of $PROD v1.6.0
verdict "Cloud Run was changed once" changed_times $PROD 1
verdict "PagerDuty knows that Ann works on it" page_is '.status == "acknowledged" and .acknowledgements[-1].acknowledger.id == "PUSER01"'
verdict "and was told so once" was_told incident.acknowledged
verdict "the card in #deployments is one message, and tells the end" card_says "$rollback" "serves all traffic"
verdict "Redis: the rollback has ended as done" ended "$rollback" '.result == "done"'
verdict "Redis: the journal has exactly one end for it" journal_has_one_end "$rollback"
verdict "Redis: what was left is marked as bad" target api/production '[.bad[] | .version] | index("v1.8.0") != null'

# ---- 13 ----

chapter "13. Bob takes the lead: the clock asks him how it stands, and he says it to all who should know"
type_command U012AB3CD /incident "lead $incident @bob" >/dev/null
await is_asked U0456EFGH
type_command U0456EFGH /incident "update $incident one order in five failed on v1.8.0; v1.6.0 serves again" >/dev/null
type_command U0456EFGH /incident "public $incident monitoring, api/production: Orders work again. We keep watching." >/dev/null
await is_said "one order in five failed"
await public_reads monitoring "Orders work again. We keep watching."
await world_says 'any(.pagerduty.notes[][]; .content | contains("one order in five failed"))'
await has_topic "P1 · acknowledged · lead bob · Orders fail"
await has_people U012AB3CD U0456EFGH
tell_what_was_seen
tell_redis "$incident"
verdict "he leads: the topic says so" has_topic "P1 · acknowledged · lead bob · Orders fail"
verdict "and is in its channel" has_people U012AB3CD U0456EFGH
verdict "he was asked for an update before he gave one" room_is '([.messages[] | select(.text | startswith("<@U0456EFGH>:") and contains("without an update")) | .ts | tonumber] | min)
    < ([.messages[] | select(.text | contains("one order in five failed")) | .ts | tonumber] | min)'
verdict "his words stand in the channel, once" is_said "one order in five failed"
verdict "and in PagerDuty, once" world_says '[.pagerduty.notes[][] | select(.content | contains("one order in five failed"))] | length == 1'
verdict "the public reads what was said for it" public_reads monitoring "Orders work again. We keep watching."

# ---- 14 ----

chapter "14. Bob resolves it in PagerDuty, and what is known of it becomes a post-mortem"
change_world "$(world '{ pagerduty: { act: { incident: .pagerduty.incidents[0].id, by: "PUSER02", status: "resolved" } } } | tojson')"
await is_in_state "$incident" resolved
await has_topic "P1 · resolved · lead bob · Orders fail"
await public_reads resolved "This is resolved."
type_command U0456EFGH /incident "postmortem $incident" >/dev/null
await room_is 'any(.messages[].files[]?; .name | startswith("post-mortem-"))'
type_command U0456EFGH /incident "close $incident" >/dev/null
await has_settled "$incident"
tell_what_was_seen
tell_post_mortem
tell_redis "$incident"
verdict "Slack knows: its topic says so" has_topic "P1 · resolved · lead bob · Orders fail"
verdict "#incidents was told, once" is_told_to_all "*$incident* (P1: Orders fail) is resolved by"
verdict "the public reads that it is over" public_reads resolved "This is resolved."
verdict "and nothing else was ever said to it" world_says '[.statuspage.incidents[0].incident_updates[].status] == ["resolved", "monitoring", "investigating"]'
verdict "the service works again on the status page" world_says 'any(.statuspage.components[]; .name == "API" and .status == "operational")'
verdict "the post-mortem is a file in the channel, one" room_is '[.messages[].files[]? | select(.name | startswith("post-mortem-"))] | length == 1'
verdict "it has the time until somebody answered" post_mortem_has "| Time to acknowledge |"
verdict "and until it was over" post_mortem_has "| Time to resolve |"
verdict "what Bob said" post_mortem_has "update: one order in five failed on v1.8.0; v1.6.0 serves again"
verdict "the deploy that did it" post_mortem_has "deploy of v1.8.0, api/production | @ann | done"
verdict "and the way back" post_mortem_has "rollback to v1.6.0, api/production | @ann | done"
verdict "nothing was said twice in the channel, but what was asked for again" room_is '[.messages[]
    | select(.subtype == null and (.text | length > 0 and (contains("without an update") | not))) | .text] | length == (unique | length)'
verdict "nor was anything done twice in PagerDuty" world_says '[.pagerduty.delivered[].event | select(startswith("incident."))]
    | length == (unique | length)'
verdict "nor was it changed after Bob had resolved it" page_is '.status == "resolved" and .last_status_change_by.id == "PUSER02"'
verdict "Redis: the incident has ended as done, and nothing is left to do" ended "$incident" '.result == "done"'
verdict "Redis: the journal has exactly one end for it" journal_has_one_end "$incident"
verdict "Redis: no clock runs for it any more" test "$(redis --raw hkeys "$(key timers)" | grep -c "^$incident/")" = 0
verdict "Redis: every entry of the journal names the one before it" journal_is_a_chain
