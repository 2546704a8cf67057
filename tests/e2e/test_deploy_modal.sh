#!/bin/sh
# A deploy that is asked for by a form: from a command that lacks its place, a shortcut, the Home tab; what is chosen above decides
# what can be chosen below. Sent, it is a deploy request and nothing else; a draft of it begins nothing, whatever it says.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
rollout_up

field_of() { # field_of USER NAME: block_id of that field in it
    form_of "$1" '.view.blocks[] | select(.element.action_id // "" | test("^[a-z]+[.]" + $name + "(#|$)")) | .block_id' --arg name "$2"
}
form_of() { # form_of USER FILTER [JQ-ARGUMENTS...]: of the one that they opened last
    user=$1 filter=$2
    shift 2
    world "last(.slack.views[] | select(.user == \$user)) | $filter" --arg user "$user" "$@"
}

has_choice() { # has_choice USER NAME TEXT: that field offers it
    world_says 'any(last(.slack.views[] | select(.user == $user)).view.blocks[]; (.element.action_id // "" | test("^[a-z]+[.]" + $name + "(#|$)"))
        and any(.element.options[]; (.text.text + " " + .value) | contains($text)))' --arg user "$1" --arg name "$2" --arg text "$3"
}

lacks_choice() {
    ! has_choice "$@"
}

choose() { # choose USER NAME VALUE [VALUES-JSON]: in that field of theirs; sets ANSWER and STATUS
    ANSWER=$(post "$SANDBOX_URL/_sandbox/slack/action" "$(jq -cn --arg user "$1" --arg value "$3" --arg view "$(form_of "$1" .id)" \
        --arg block "$(field_of "$1" "$2")" --argjson values "${4:-{\}}" '{ $user, $view, $block, $value, $values }')")
    STATUS=$(answer .status)
}

# submit USER NAME=VALUE...: what they have open; sets ANSWER, STATUS and BODY
submit() {
    user=$1 values='{}'
    shift
    for pair in "$@"; do
        values=$(printf '%s' "$values" | jq -c --arg block "$(field_of "$user" "${pair%%=*}")" --arg value "${pair#*=}" '.[$block] = $value')
    done
    ANSWER=$(post "$SANDBOX_URL/_sandbox/slack/submit" "$(jq -cn --arg user "$user" --argjson values "$values" --arg view "$(form_of "$user" .id)" '{ $user, $view, $values }')")
    STATUS=$(answer .status)
    BODY=$(answer .body)
}

forms_of() {
    world '[.slack.views[] | select(.user == $user)] | length' --arg user "$1"
}

has_more_forms() { # has_more_forms USER COUNT: another one was opened, beside those that they have open still
    [ "$(forms_of "$1")" -gt "$2" ]
}

deploys() { # how many operations deploy anything, or did
    { redis --raw hvals "$(key operations)"; redis --raw hvals "$(key ended)"; } |
        jq -s '[.[] | select(.kind == "deploy") | .id] | unique | length' # one may end between the two
}

# ---- nothing is known yet ----

type_in "$ANN" /deploy
check "a command without words is answered by nothing" same 200 "$STATUS$BODY"
check "but a form" wait_until 20 has_form "$ANN" "Which service?"
check "with all services" has_choice "$ANN" service web
check "and places of all" has_choice "$ANN" environment staging
choose "$ANN" service web
check "what is chosen decides what can be chosen below" wait_until 20 lacks_choice "$ANN" environment staging
check "and nothing begins by it" same 0 "$(deploys)"
choose "$ANN" service api
wait_until 20 has_choice "$ANN" environment staging
choose "$ANN" environment staging '{}'
check "the default is offered" wait_until 20 has_choice "$ANN" version "what is deployed there by default"
submit "$ANN" service=api environment=staging version=tag:main "reason=a first one"
check "sent, it is a request like any other" has "$BODY" "*D1*: deploying"
check "the answer takes the form's place" has "$BODY" '"response_action":"update"'
check "with its reason" is_so D1 '.body.reason == "a first one"'
wait_until 60 has_ended D1

# ---- from a service on, and what runs elsewhere ----

type_in "$ANN" /deploy api
check "a service that was typed is chosen" wait_until 20 has_form "$ANN" '"initial_option":{"text":{"type":"plain_text","text":"api"'
choose "$ANN" environment production
check "what staging runs is offered for production" wait_until 20 has_choice "$ANN" version "runs in api/staging"
VERSION=$(form_of "$ANN" '.view.blocks[].element.options[]? | select(.text.text | contains("runs in api/staging")) | .value')
check "as that very image" has "$VERSION" "@sha256:"
opsgate_kill
opsgate_up
wait_until 20 has_owner
submit "$ANN" service=api environment=production "version=$VERSION" strategy=all-at-once
check "a form may be sent after a crash" wait_until 30 is_so D2 '.target == "api/production"'
check "it goes as was chosen" is_so D2 '.body.image | contains("sha256:")'
ANSWER=$(post "$SANDBOX_URL/_sandbox/slack/submit" "$(jq -cn --arg user "$ANN" --arg view "$(form_of "$ANN" .id)" '{ $user, $view, values: {} }')")
check "it cannot be sent twice" same 2 "$(deploys)"
wait_until 60 has_ended D2

# ---- what is wrong stands in it ----

post "$SANDBOX_URL/_sandbox/slack/shortcut" "$(jq -cn --arg user "$ANN" '{ $user, callback_id: "opsgate.deploy" }')" >/dev/null
check "a shortcut opens it, too" wait_until 20 has_form "$ANN" "Which service?"
choose "$ANN" service web
wait_until 20 lacks_choice "$ANN" environment staging
choose "$ANN" environment production
wait_until 20 has_choice "$ANN" environment production
submit "$ANN" service=web environment=production "other=no such thing"
check "what is wrong is said in it" has "$BODY" '"response_action":"errors"'
check "at its field" has "$BODY" "\"$(field_of "$ANN" other)\":"
check "and it stays open" world_says 'last(.slack.views[] | select(.user == $user)).is_open' --arg user "$ANN"
sed -i '/^  - name: web/,/^policy:/{/^policy:/!d}; s,^  components: .*,  components: { api/production: cmpapi000001 },; s,places: \[{.*,places: [{ name: everything\, of: [api/production] }],' "$CONFIG"
say "$ANN" /ops reload
submit "$ANN" service=web environment=production other=v1.4.2
check "a service that vanished meanwhile is told there" has "$BODY" '"response_action":"errors"'
check "and begins nothing" same 2 "$(deploys)"

# ---- who may, and where no form opens ----

own="$(field_of "$ANN" service)"
check "at the field of the service" has "$BODY" "\"$own\":"

type_in "$BOB" /deploy api
wait_until 20 has_form "$BOB" "Which service?"
choose "$BOB" environment production
check "what policy would refuse is said before it is sent" wait_until 20 has_form "$BOB" "As it stands policy would refuse it"
submit "$BOB" service=api environment=production other=v1.4.2
check "and refused when it is" has "$BODY" "Denied"
before=$(forms_of "$EVE")
say "$EVE" /deploy
check "who may nowhere gets no form" has "$BODY" "Denied"
check "at all" same "$before" "$(forms_of "$EVE")"
arm slack views.open ok_false '"expired_trigger_id"'
say "$BOB" /deploy
check "where Slack opens none it is asked in words" has "$BODY" "Which service, and where to?"
arm slack views.update ok_false '"not_found"'
before=$(forms_of "$ANN")
type_in "$ANN" /deploy api
wait_until 20 has_more_forms "$ANN" "$before"
choose "$ANN" environment staging
check "who left it while it was drawn anew is told nothing" same 200 "$STATUS"
disarm
before=$(forms_of "$ANN")
type_in "$ANN" /deploy "--form --service api --environment staging --version v1.4.2"
wait_until 20 has_more_forms "$ANN" "$before"
check "a draft that is typed begins nothing" same 2 "$(deploys)"
check "no request was a dead letter" same 0 "$(redis xlen "$(key dead)")"
check "the journal is a chain" journal_is_a_chain
finish
