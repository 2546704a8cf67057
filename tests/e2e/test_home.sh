#!/bin/sh
# The Home tab: published for whoever opens it, each their own; its buttons are requests; it is shown anew when something on it
# changes; and it outlives a crash. Who has no rights gets help, and who types what Slack tells gets nothing.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
rollout_up 's/    # - { require: { approvals: { from: developer } }, for: deploy, on: { service: web/    - { require: { approvals: { from: developer } }, for: deploy, on: { service: web/'

open_home() { # open_home USER [TAB]
    post "$SANDBOX_URL/_sandbox/slack/event" "$(jq -cn --arg user "$1" --arg tab "${2:-home}" \
        '{ type: "app_home_opened", $user, channel: null, fields: { $tab, channel: "D0HOME" } } | del(.channel)')" >/dev/null
}

home_says() { # home_says USER TEXT: it stands on their Home tab
    world_says 'any(.slack.homes[]; .user == $user and ([.view.blocks[] | .. | .text? // empty | strings] | any(contains($text))))' --arg user "$1" --arg text "$2"
}

published() { # published USER: so often
    world '[.slack.homes[] | select(.user == $user) | .times] | add // 0' --arg user "$1"
}

press_home() { # press_home USER COMMAND-PREFIX: the first button of theirs that types that. Not on a tab that is published anew
    post "$SANDBOX_URL/_sandbox/slack/action" "$(world '.slack.homes[] | select(.user == $user) | [.view.blocks[] | select(.type == "actions")
        | .block_id as $block | .elements[] | select(.value | startswith($command)) | { home: true, user: $user, block: $block, action_id }][0]' \
        --arg user "$1" --arg command "$2")" # just then: such a button is none any more
}

forges_home() { # forges_home USER COMMAND: their first button, with words that are not its own
    ANSWER=$(post "$SANDBOX_URL/_sandbox/slack/action" "$(world '.slack.homes[] | select(.user == $user) | [.view.blocks[] | select(.type == "actions")
        | { home: true, user: $user, block: .block_id, action_id: .elements[0].action_id, value: $command }][0]' --arg user "$1" --arg command "$2")")
    [ "$(answer .status)" = 200 ]
}

shows_no_run() { # shows_no_run USER
    ! home_says "$1" "Running"
}

presses_home() { # presses_home USER COMMAND-PREFIX: so until Slack has taken it; sets ANSWER
    ANSWER=$(press_home "$@")
    [ "$(answer .status)" = 200 ]
}

told_directly() { # told_directly USER TEXT: by a direct message
    world_says 'any(.slack.channels[]; .is_im and .user == $user and any(.messages[]; .text | contains($text)))' --arg user "$1" --arg text "$2"
}

has_published_more() { # has_published_more USER COUNT
    [ "$(published "$1")" -gt "$2" ]
}

watches() { # how many operations watch Home tabs
    redis --raw hvals "$(key operations)" | grep -c '"kind":"watch.home"'
}

# ---- opened ----

open_home "$ANN" messages
open_home "$ANN"
check "whoever opens it gets it" wait_until 20 home_says "$ANN" "Nothing waits for you."
check "with what they may do" home_says "$ANN" "production"
check "and buttons for it" home_says "$ANN" "Declare an incident"
check "the tab of messages publishes nothing" same 1 "$(published "$ANN")"
open_home "$EVE"
check "who has no role gets help" wait_until 20 home_says "$EVE" "none of them allows anything to you yet"
check "that names them as a role would" home_says "$EVE" "slack:$EVE"
check_not "and no button for what they may not" home_says "$EVE" "Declare an incident"
check "one operation watches all of them" same 1 "$(watches)"

# ---- what waits, and what runs ----

say "$ANN" /deploy "web production v1.4.2"
check "a deploy waits for consent" wait_until 20 is_in_state D1 awaiting-approval
check "whose it is sees that it waits, without opening it anew" wait_until 30 home_says "$ANN" "Deploy web"
open_home "$BOB"
check "who could consent is asked on theirs" wait_until 20 home_says "$BOB" "Waits for you"
check "with the button" home_says "$BOB" "Approve"
check_not "who can do nothing about it is not asked" home_says "$EVE" "Waits for you"
arm run PATCH status 503 100000 # it runs until that was seen
check "its button is a request" wait_until 10 presses_home "$BOB" "approve D1"
check "which counts" wait_until 20 is_so D1 '.state != "awaiting-approval"'
check "and is answered by a direct message" wait_until 20 told_directly "$BOB" "D1"
check "then it waits for nobody" wait_until 30 home_says "$BOB" "Nothing waits for you."
check "but runs" home_says "$BOB" "Running"
disarm
check "until it has ended" wait_until 60 has_ended D1
check "and then it is left out" wait_until 30 shows_no_run "$BOB"
check "a button is there to deploy" wait_until 10 presses_home "$BOB" "deploy"
check "and opens its form" wait_until 20 has_form "$BOB" "Deploy"

# ---- incidents and locks ----

check "there is one to declare an incident" wait_until 10 presses_home "$BOB" "incident declare"
check "and opens its form, too" wait_until 20 has_form "$BOB" "Declare an incident"
say "$ANN" /incident "declare P2 the web is slow"
check "an incident is open to all who see it" wait_until 30 home_says "$BOB" "Open incidents"
check "and waits for whoever is in it" wait_until 20 home_says "$ANN" "the web is slow"
opsgate_kill
opsgate_up
wait_until 10 has_owner
say "$ANN" /ops 'lock api production "a migration"'
check "after a crash it goes on" wait_until 40 home_says "$ANN" "Your locks"
check_not "a lock of others is not one's own" home_says "$BOB" "Your locks"
say "$ANN" /ops halt
check "a halt stands on top" wait_until 30 home_says "$BOB" "⛔"

# ---- what is refused ----

say "$EVE" /ops home-opened
check "what Slack tells nobody types" has "$BODY" "Nobody asks for that"
check "a button can be forged" wait_until 10 forges_home "$EVE" "deploy web production v1.4.2"
check "a forged button is asked of policy" wait_until 20 told_directly "$EVE" "Denied"
before=$(published "$EVE")
change_world '{"slack_home":false}'
open_home "$EVE"
change_world '{"slack_home":true}'
open_home "$EVE"
check "where Slack took none it is there once it is opened again" wait_until 20 has_published_more "$EVE" "$before"
check "no event was a dead letter" same 0 "$(redis xlen "$(key dead)")"
check "the journal is a chain" journal_is_a_chain
finish
