#!/bin/sh
# A page of PagerDuty's is an incident with a channel of its own. Who acknowledges or resolves it in Slack does so in PagerDuty,
# and the other way round; a second page of that service joins; what is told twice, or late, is done once. Alerts open one, too.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
sandbox_up
change_world '{"pagerduty":{"retry_ms":200},"alertmanager":{"config":{"group_wait_ms":50,"group_interval_ms":200}}}'
opsgate_up || exit 1
wait_until 10 has_owner

pagerduty() { # pagerduty JSON: something happens there
    change_world "{\"pagerduty\":$1}"
}

page_me() { # page_me TITLE SERVICE
    pagerduty "$(jq -cn --arg title "$1" --arg service "$2" '{ incident: { $title, $service, urgency: "high" } }')"
}

page() { # page TITLE: its id
    world '[.pagerduty.incidents[] | select(.title == $title)][-1].id' --arg title "$1"
}

status_of() { # status_of TITLE STATUS: is it so in PagerDuty?
    [ "$(world '[.pagerduty.incidents[] | select(.title == $title)][-1].status' --arg title "$1")" = "$2" ]
}

act() { # act TITLE JSON: somebody does that to it in PagerDuty
    pagerduty "$(jq -cn --arg incident "$(page "$1")" --argjson what "$2" '{ act: ({ $incident, by: "PUSER02" } + $what) }')"
}

incidents() { # how many there are, live or ended
    { redis --raw hvals "$(key operations)"; redis --raw hvals "$(key ended)"; } | jq -s '[.[] | select(.kind == "incident")] | length'
}

are_incidents() {
    [ "$(incidents)" = "$1" ]
}

told() { # told EVENT COUNT: so often it was heard of
    [ "$(journal | jq -s --arg name "$1" '[.[].core | select((.kind == "event.received" or .kind == "event.repeated") and .body.name == $name)] | length')" -ge "$2" ]
}

said_in() { # said_in CHANNEL TEXT
    world_says 'any(.slack.channels[] | select(.id == $channel) | .messages[]; tojson | contains($text))' \
        --arg channel "$1" --arg text "$2"
}

has_channel() { # has_channel ID
    [ "$(operation "$1" '.body.channel // ""')" != "" ]
}

# ---- a page ----

page_me "API is down" PSVC001
check "a page is an incident" wait_until 30 is_in_state D1 open
check "as bad as the configuration says" same P1 "$(operation D1 .body.severity)"
check "by its title" same "API is down" "$(operation D1 .body.title)"
check "with a channel of its own" wait_until 30 has_channel D1
channel=$(operation D1 .body.channel)
check "which is called so" has "$(world '.slack.channels[] | select(.id == $id) | .name' --arg id "$channel")" api-is-down

# ---- Slack, then PagerDuty ----

say "$ANN" /incident "ack D1"
check "who answers is told" has "$BODY" D1
check "it is acknowledged here" is_in_state D1 acknowledged
check "and in PagerDuty" wait_until 30 status_of "API is down" acknowledged
check "that comes back" wait_until 30 told incident.acknowledged 1
check "and is no echo" same 1 "$(operation D1 '[.body.timeline[] | select(.kind == "acknowledged")] | length')"

act "API is down" '{"note":"the pool is full"}'
check "a note of somebody there is said in the channel" wait_until 30 said_in "$channel" "the pool is full"
say "$ANN" /incident "note D1 we add connections"
check "a note from here stands there" wait_until 30 world_says 'any(.pagerduty.notes[][]; .content | contains("we add connections"))'
check "and that comes back" wait_until 30 told incident.annotated 2
wait_until 10 has_decided_all
check "as nobody's" same 1 "$(operation D1 '[.body.timeline[] | select((.text // "") | contains("we add connections"))] | length')"

act "API is down" '{"status":"resolved"}'
check "who resolves it there, resolves it here" wait_until 30 is_in_state D1 resolved
check "once" same 1 "$(operation D1 '[.body.timeline[] | select(.kind == "resolved")] | length')"

# ---- PagerDuty, then Slack ----

page_me "web is slow" PSVC002
check "another service is another incident" wait_until 30 is_in_state D2 open
page_me "web is slower" PSVC002
check "the same service is the same one" wait_until 30 told incident.triggered 3
check "it has both pages" wait_until 30 is_so D2 '.body.pages | length == 2'
check "and no other was opened" are_incidents 2
act "web is slow" '{"status":"acknowledged"}'
check "who answers there, answers here" wait_until 30 is_in_state D2 acknowledged
act "web is slow" '{"status":"resolved"}'
wait_until 30 told incident.resolved 2
wait_until 10 has_decided_all
check "one page of two is over: it is not" is_in_state D2 acknowledged
say "$ANN" /incident "resolve D2 more memory"
check "it is resolved here" is_in_state D2 resolved
check "so is the other page there" wait_until 30 status_of "web is slower" resolved

# ---- twice, and late ----

again() { # again TYPE TITLE: told once more, as another event
    pagerduty "$(jq -cn --arg type "$1" --argjson data "$(world '[.pagerduty.incidents[] | select(.title == $title)][-1] | { id, type: "incident", status: "triggered", title, urgency, service, created_at }' --arg title "$2")" \
        '{ event: { $type, $data } }')"
}
page_me "cron is late" PSVC001
check "the first of the day is over: another is opened" wait_until 30 is_in_state D3 open
again incident.triggered "cron is late"
again incident.triggered "cron is late"
check "told three times" wait_until 30 told incident.triggered 6
wait_until 10 has_decided_all
check "it is one" are_incidents 3
check "and has one page" is_so D3 '.body.pages | length == 1'
say "$ANN" /incident "resolve D3"
check "it is over in PagerDuty as well" wait_until 30 status_of "cron is late" resolved
wait_until 30 told incident.resolved 4
wait_until 30 is_so D3 '.body.status_page.id != null' # before the status page has answered it cannot be closed
say "$ANN" /incident "close D3"
check "it is closed" wait_until 30 has_ended D3
again incident.triggered "cron is late"
check "what is told of a closed one" wait_until 30 told incident.triggered 7
wait_until 10 has_decided_all
check "opens none" are_incidents 3

# ---- a crash between the two sides ----

page_me "search is down" PSVC001
check "one more" wait_until 30 is_in_state D4 open
arm pagerduty /incidents status 503 3
say "$ANN" /incident "ack D4"
opsgate_kill
opsgate_up || exit 1
wait_until 10 has_owner
check "what was wanted there is done there by the next owner" wait_until 60 status_of "search is down" acknowledged
check "and it is so here" is_in_state D4 acknowledged
disarm

# ---- a storm ----

say "$ANN" /incident "close D2" # resolved above
title=0
while [ $title -lt 25 ]; do
    page_me "storm $title" PSVC002
    title=$((title + 1))
done
check "25 pages of one service" wait_until 60 told incident.triggered 33
check "are one incident" wait_until 30 is_so D5 '(.body.pages | length == 20) and .body.more_pages == 5'
check "and no other" are_incidents 5
check "which says once that it does not follow all" wait_until 60 world_says '[.slack.channels[].messages[] | select(tojson | contains("pages more than 20 times"))] | length == 1'

# ---- alerts ----

change_world '{"alertmanager":{"fire":{"labels":{"alertname":"HighErrors","service":"api","severity":"critical"},"annotations":{"summary":"5xx of api"}}}}'
check "alerts open one, too" wait_until 30 is_in_state D6 open
check "as bad as their row says" same P2 "$(operation D6 .body.severity)"
change_world '{"alertmanager":{"resolve":{"labels":{"alertname":"HighErrors","service":"api","severity":"critical"}}}}'
check "their end is said" wait_until 30 is_so D6 '.body.alerts[0].is_firing != true'
check "and people resolve it" is_in_state D6 open

finish
