#!/bin/sh
# The first assessment of an incident: a canary breaks, somebody is paged, and its channel says what changed, what is not well, and
# how to go back; the button does that, and is a request like any other. Once, whatever crashes meanwhile; what cannot be read is
# named.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
# nobody is to take the canary back before a person does
rollout_up 's/bake: 3s, watch: 3s/bake: 10m, watch: 10m/; s/max_bake: 60s/max_bake: 1h, on_fail: hold/'
change_world '{"pagerduty":{"retry_ms":200}}'

page_me() { # page_me TITLE
    change_world "$(jq -cn --arg title "$1" '{ pagerduty: { incident: { $title, service: "PSVC001", urgency: "high" } } }')"
}

assessment() { # assessment ID FILTER [JQ-OPTION...]: of the last message that assesses it, its words as one text in .words
    assessed=$1 assessment_filter=$2
    shift 2
    world '[.slack.channels[] | .id as $channel | .messages[] | select(.text | test("ssessment of " + $id + "\\*"))
        | . + { $channel, words: (.text + " " + (.blocks | tostring)) }][-1] // empty | '"$assessment_filter" --arg id "$assessed" "$@"
}

says() { # says ID TEXT: its assessment does
    case $(assessment "$1" .words) in
    *"$2"*) return 0 ;;
    esac
    return 1
}

assessments() { # assessments ID: how many were told
    world '[.slack.channels[].messages[] | select(.text | test("ssessment of " + $id + "\\*"))] | length' --arg id "$1"
}

button() { # button ID LABEL: of its assessment, as press_button takes it
    assessment "$1" '. as $m | [.blocks[]? | .elements[]? | select(.text.text == $called)
        | { channel: $m.channel, ts: $m.ts, action_id, value, confirm: .confirm.text.text }][0] // empty | tojson' --arg called "$2"
}

has_mend() {
    [ -n "$(button "$1" "$2")" ]
}

is_back() {
    is_at $PROD D1 0
}

# ---- it breaks ----

say "$ANN" /deploy "api production v1.4.2"
check "a canary has 5 %" wait_until 30 bakes_at D1 5
page_me "API is down"
check "somebody is paged: an incident" wait_until 30 is_in_state D2 open
check "its channel has an assessment" wait_until 30 has_mend D2 "Roll back api production"
channel=$(operation D2 .body.channel)
check "in that channel" same "$channel" "$(assessment D2 .channel)"
check "it says what fires" says D2 "API is down"
check "which service that is about" says D2 '*About*: `api`'
check "what changed" says D2 "D1: deploy of v1.4.2, api/production"
check "by whom" says D2 "<@$ANN>"
check "what serves that is not good yet" says D2 '5 % on `v1.4.2` of D1, which is not good yet'
check "and which places are well" says D2 '*Well*'
check "nothing is left unread" same 0 "$(assessment D2 '.words | [scan("Could not be read")] | length')"
check "the button says from where to where" has "$(button D2 "Roll back api production" | jq -r .confirm)" "back from v1.4.2 to"
check "and takes a stale one for what it is" same "rollback api production --from D1" "$(button D2 "Roll back api production" | jq -r .value)"

# ---- it goes back ----

mend=$(button D2 "Roll back api production")
ANSWER=$(press_button "$BOB" "$mend")
check "who may not, may not by a button either" wait_until 20 was_told "$BOB" "enied"
check "nothing was done" bakes_at D1 5
ANSWER=$(press_button "$ANN" "$mend")
check "who may, rolls back" wait_until 60 is_back
check "by a rollback like any other" wait_until 30 has_ended D3
check "which is done" same "rollback done" "$(operation D3 '"\(.kind) \(.result)"')"
ANSWER=$(press_button "$ANN" "$mend")
check "pressed again, it changes nothing more" wait_until 20 was_told "$ANN" "Nothing was done"
wait_until 10 has_decided_all
check "no other one began" same "" "$(operation D4 .kind)"
check "it was told once" same 1 "$(assessments D2)"

# ---- anew ----

say "$ANN" /incident "assess D2"
check "it can be asked for" has "$BODY" "is assessed anew"
check "and comes" wait_until 30 says D2 "D3: rollback to"
check "with nothing more to take back" same "" "$(button D2 "Roll back api production")"
check "the post-mortem has both, too" has "$("$BUILD/opsgate" -c "$CONFIG" run incident postmortem D2)" "| D3 |"

# ---- a crash, and what cannot be read ----

say "$ANN" /incident "resolve D2"
say "$ANN" /incident "close D2"
check "it is over" wait_until 20 has_ended D2
arm run GET status 503 100000
page_me "API is down again"
wait_until 30 is_in_state D4 open
opsgate_kill
opsgate_up || exit 1
wait_until 10 has_owner
check "after a crash it is assessed all the same" wait_until 60 says D4 "assessment"
check "what Cloud Run does not tell is named" says D4 '*Could not be read*: `api/production`'
wait_until 10 has_decided_all
check "it is told once" same 1 "$(assessments D4)"
disarm

finish
