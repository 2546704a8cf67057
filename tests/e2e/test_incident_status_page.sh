#!/bin/sh
# The public reads of an incident on the status page: neutral words when it opens, then a person's, and its end. Never what is
# said inside; once, whatever is lost or crashes. What nobody knows is said, with where to look.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
sandbox_up
CONFIG=$RUN/opsgate.yaml
cp "$ROOT/deploy/sandbox.yaml" "$CONFIG"
opsgate_up || exit 1
wait_until 10 has_owner

page_says() { # page_says FILTER [JQ-OPTION...]: true of the newest incident there
    page_filter=$1
    shift
    world_says ".statuspage.incidents[0] | $page_filter" "$@"
}

page_has() { # page_has STATUS TEXT: its last update
    page_says '.status == $status and .incident_updates[0].body == $text' --arg status "$1" --arg text "$2"
}

updates_are() { # updates_are COUNT
    page_says '.incident_updates | length == $count' --argjson count "$1"
}

are_public() { # are_public COUNT: incidents there
    world_says '.statuspage.incidents | length == $count' --argjson count "$1"
}

component_is() { # component_is NAME STATUS
    world_says 'any(.statuspage.components[]; .name == $name and .status == $status)' --arg name "$1" --arg status "$2"
}

said() { # said TEXT: in any channel
    world_says 'any(.slack.channels[].messages[]; .text // "" | contains($text))' --arg text "$1"
}

card_says() { # card_says ID TEXT
    world_says 'any(.slack.channels[].messages[] | select(.blocks | tostring | contains("`" + $id + "`")); .blocks | tostring | contains($text))' \
        --arg id "$1" --arg text "$2"
}

stands_there() { # stands_there ID: opsgate knows it, and nothing is on its way
    [ "$(operation "$1" '.body.status_page | .id != null and .wanted == null')" = true ]
}

# ---- it opens ----

say "$ANN" /incident "declare P1 db-1 of acme is full"
check "one that is shown is public" wait_until 30 page_has investigating "We are investigating a problem. More will follow here."
check "by a title that tells nothing" page_says '.name == "Service disruption"'
check "whoever subscribed is told" world_says '.statuspage.mails == 1'
link=$(world '.statuspage.incidents[0].shortlink')
check "its card has the page, and how it stands there" wait_until 10 card_says D1 "investigating, $link"
check "its channel is told" wait_until 10 said "The status page shows *D1*"

# ---- a person's words ----

say "$ANN" /incident "public D1 identified, api/production: Some logins fail. A fix is on its way."
check "whoever tells the public is answered" has "$BODY" "The status page is told of *D1*, as identified: Some logins fail."
check "the public reads it" wait_until 30 page_has identified "Some logins fail. A fix is on its way."
check "and what it affects" component_is API partial_outage
check "the card follows" wait_until 10 card_says D1 "identified, $link"
say "$ANN" /incident "public D1 Half of the logins work."
check "without a status it stays" wait_until 30 page_has identified "Half of the logins work."
say "$ANN" /incident "public D1 slack:$BOB looks into it"
check "names are not public" has "$BODY" "the public is told without names"

# ---- what is said inside ----

say "$ANN" /incident "ack D1"
say "$ANN" /incident "update D1 db-1 gets a bigger disk"
say "$ANN" /incident "note D1 db-1 was at 100 %"
wait_until 10 said "db-1 gets a bigger disk"
check "nothing else is public" updates_are 3

# ---- it is over, and is not ----

say "$ANN" /incident "resolve D1 db-1 has a bigger disk"
check "who is told that it is over, is told no more" wait_until 30 page_has resolved "This is resolved."
check "what it affected is set back" component_is API operational
say "$ANN" /incident "reopen D1 db-1 is full again"
check "it is open again there, too" wait_until 30 page_has investigating "The problem is back. We are investigating."
check "as the same one" are_public 1
check "and affects the same" component_is API partial_outage
wait_until 10 stands_there D1
change_world "$(jq -cn --arg incident "$(world '.statuspage.incidents[0].id')" '{ statuspage: { update: { $incident, status: "resolved", body: "By hand." } } }')"
say "$ANN" /incident "public D1 monitoring: It gets better."
check "somebody has resolved it there: that is said" wait_until 30 said "Somebody has resolved *D1* on the status page"
check "and not written over" page_has resolved "By hand."
say "$ANN" /incident "public D1 monitoring: It gets better."
check "who says it again, means it" wait_until 30 page_has monitoring "It gets better."
say "$ANN" /incident "resolve D1"
check "it is over" wait_until 30 page_has resolved "This is resolved."
wait_until 10 stands_there D1
say "$ANN" /incident "close D1"
check "and ends" wait_until 10 has_ended D1
check "no word from inside was ever there" world_says '.statuspage | tojson | contains("db-1") | not'

# ---- answers that are lost, and a crash ----

arm statuspage /incidents drop_after 0
say "$ANN" /incident "declare P1 an answer is lost"
check "an answer that is lost: it is looked for" wait_until 60 stands_there D2
check "and is there once" are_public 2
disarm
arm statuspage /incidents delay_after 3000
say "$ANN" /incident "declare P1 a crash"
wait_until 10 are_public 3
opsgate_kill
disarm
opsgate_up || exit 1
check "after a crash it is looked for" wait_until 90 stands_there D3
check "and is there once, too" are_public 3
check "whoever subscribed got one mail for each" world_says '[.statuspage.incidents[:2][].incident_updates[]] | length == 2'

# ---- what does not come there ----

say "$ANN" /incident "declare P3 disk of web is filling"
say "$ANN" /incident "public D4 Some pages load slowly."
check "a severity that is not shown is not public" has "$BODY" "Incidents of P3 are not shown on the status page"
arm statuspage /incidents status 403 9
say "$ANN" /incident "declare P1 it is refused"
check "what Statuspage refuses is said, and what to do" wait_until 30 said "The status page does not show *D5*"
disarm
say "$ANN" /incident "public D5 Some pages do not load."
check "then a person's words open it" wait_until 30 page_has investigating "Some pages do not load."
check "and nothing else was" are_public 4

# ---- nothing is configured to be said ----

sed -i '/^  opening:/d' "$CONFIG"
say "$ANN" /ops reload # D6
say "$ANN" /incident "declare P1 nobody knows the words"
check "its channel is told how" wait_until 30 said "The status page says nothing of *D7* yet"
check "its card, too" wait_until 10 card_says D7 "incident public D7 TEXT"
check "nothing is public" are_public 4
say "$ANN" /incident "public D7 Some pages are slow."
check "until somebody says it" wait_until 30 page_has investigating "Some pages are slow."

check "the journal is a chain" journal_is_a_chain
finish
