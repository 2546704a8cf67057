#!/bin/sh
# The API read by a program with a token: everything that people see, as far as policy shows it to that token; lists page by page;
# what makes no sense is named. A private incident is not there, nor what nobody may read.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/api.sh"
begin "$1"
MAY='status, history, explain, dead, events, deploy, pause, abort, promote'
rollout_up "s/max_bake: 60s/max_bake: 30m/; s/^  roles:\$/&\\n    - { name: ci, members: [\"token:ci\"] }/; s/^  rules:\$/&\\n    - { allow: [$MAY], to: ci }/"

tells() { # tells PATH FILTER WANTED
    ask "$1"
    saw="$STATUS $(in_body "$2")"
    [ "$STATUS $(in_body "$2")" = "200 $3" ]
}

refuses() { # refuses PATH STATUS WORDS
    ask "$1"
    has "$STATUS $BODY" "$2 " && has "$BODY" "$3" && has "$BODY" '"request_id"'
}

follow() { # follow FILE [LAST-EVENT-ID]: what changes, as it is told; sets FOLLOWER
    : >"$RUN/$1"
    curl -s -N --noproxy '*' -H "Authorization: Bearer $SANDBOX_API_TOKEN" ${2:+-H "Last-Event-ID: $2"} \
        "http://$OPSGATE_LISTEN/api/v1/events" >"$RUN/$1" &
    FOLLOWER=$!
    remember_other "$FOLLOWER"
    wait_until 20 grep -q '^event: hello' "$RUN/$1"
}

heard() { # heard FILE WHAT [ID]
    grep '^data: ' "$RUN/$1" | sed 's/^data: //' | jq -e -s --arg what "$2" --arg id "${3:-}" \
        'any(.what == $what and ($id == "" or .id == $id))' >/dev/null
}

last_id() { # last_id FILE
    sed -n 's/^id: //p' "$RUN/$1" | tail -n 1
}

# ---- what is refused ----

check "without a token nobody reads" same 401 "$(curl -s --noproxy '*' -o "$RUN/answer" -w '%{http_code}' "http://$OPSGATE_LISTEN/api/v1/me")"
check "with a guess neither" same 401 "$(curl -s --noproxy '*' -o "$RUN/answer" -w '%{http_code}' -H 'Authorization: Bearer x' "http://$OPSGATE_LISTEN/api/v1/operations")"
check "as a problem" has "$(cat "$RUN/answer")" '"status":401'
check "a path that is none says what there is" refuses nothing 404 openapi.json
check "a misspelt parameter is named, with those that are" refuses "operations?stat=running" 400 "there are state, kind, target"
check "a limit out of range" refuses "operations?limit=201" 400 "from 1 to 200"
check "a state that is none" refuses "operations?state=open" 400 "none of running, ended"
check "a cursor that is none" refuses "operations?before=7" 400 "D1042"
check "an instant that is none" refuses "journal?since=yesterday" 400 "RFC 3339"
check "somebody who is nobody" refuses "journal?person=zoe" 400 "SYSTEM:ID"
check "a request that makes no sense" refuses "policy/explain?text=deplo" 400 "did you mean deploy"
check "one that says nothing" refuses policy/explain 400 "text: it is missing"
check "an operation that never was" refuses operations/D99 404 "no such operation"
check "a place that is none" refuses targets/api/moon 404 "no such target"
check "a dead letter that is none" refuses dead/1-1 404 "no such dead letter"

# ---- a rollout ----

check "it says who asks" tells me '.principal + " " + .roles[0]' "token:ci ci"
check "and what they may, where" tells me '[.may[] | select(.verb == "deploy").places[]] | sort | join(" ")' \
    "api/production api/staging web/production"
check "who follows what changes is greeted" follow events
check "and had missed all before" grep -q '^data: {"missed":true}' "$RUN/events"
users_come 10 # too few to judge it by: it stays at 5 % until there are more
say "$ANN" /deploy "api production v1.4.2"
wait_until 20 bakes_at D1 5
check "hears of the rollout" wait_until 20 heard events operation D1
check "and of its place" wait_until 20 heard events target api/production
check "and that there is more to read in the journal" wait_until 20 heard events journal
check "what runs is listed" wait_until 20 tells 'operations?state=running&kind=deploy&target=api' '.items[0].id' D1
ask operations/D1
check "by its title" same "Deploy api v1.4.2 to production" "$(in_body .title)"
check "and who asked" same "slack:U012AB3CD ann" "$(in_body '.requester | .principal + " " + .name')"
check "with its plan" same "5 25 50 100" "$(in_body '[.rollout.plan[].percent] | join(" ")')"
check "and what may be asked of it, in the words of its buttons" has "$(in_body '.actions[].text')" "pause D1 --look"
check "with whether this token may" same true "$(in_body '.actions[0].allowed')"
check "the place knows who is at it" tells targets/api/production .holder.id D1
check "numbers of both come" wait_until 40 tells operations/D1 '.rollout.measured.canary.requests > 0 and .rollout.measured.baseline.requests > 0' true
ask "operations/D1?wait=10s&until=changed"
check "who waits for a change is told when it comes" same "200 false" "$STATUS $(in_body .ended)"
users_come 200
has_ended_for_a_program() { # as a script waits for it
    ask "operations/D1?wait=10s"
    [ "$(in_body .ended)" = true ]
}
check "it ends" wait_until 90 has_ended_for_a_program
check "its figures are there look by look, for a chart" test "$(in_body '.rollout.figures | length')" -ge 4
check "each of both" same true "$(in_body '.rollout.figures[0] | has("canary") and has("baseline") and has("at")')"
check "well, in words that a program reads" tells operations/D1 '"\(.ended) \(.outcome) \(.succeeded)"' "true done true"
check "its timeline begins with who asked for what" same "request.accepted deploy api production v1.4.2" \
    "$(in_body '.timeline[0] | .kind + " " + .words')"
check "each step has its verdict there" same 4 "$(in_body '[.timeline[] | select(.kind == "deploy.judged")] | length')"
check "and its effects their ends" same "done" "$(in_body '[.effects[] | select(.kind == "run.traffic").end] | unique | join(" ")')"
check "times are of the calendar" test "$(in_body '.created_at | test("^20[0-9-]+T[0-9:]+[.][0-9]{3}Z$")')" = true
check "the place knows what serves" tells targets/api/production .version v1.4.2
check "and how it went" same "D1 good" "$(in_body '.ends[0] | .operation + " " + .how')"

# ---- holds, pages ----

say "$ANN" /ops 'lock api production "migration"'
check "a lock is told where it holds" wait_until 20 tells targets/api/production '.locks[0].operation' D2
check "the explorer knows it" tells 'policy/explain?text=deploy%20api%20production' '.held_by + " " + .verdict' "D2 allow"
check "and who could" tells 'policy/who-can?text=deploy%20api%20production' '[.persons[].who] | sort | join(" ")' "slack:U012AB3CD token:ci"
check "a page ends where it is told to" tells 'operations?limit=1' '.items[0].id + " " + .next' "D2 D2"
check "and the next goes on behind it" tells 'operations?limit=1&before=D2' '.items[0].id + " \(.next)"' "D1 null"

in_no_inbox() {
    ask inbox
    has_not "$BODY" leaked
}

marked_in() { # marked_in CHANNEL ID: somebody pins a message of that incident's there, and it is journalled
    wait_until 20 has_message_in "$1" "$2"
    post "$SANDBOX_URL/_sandbox/slack/event" "$(world ".slack.channels[] | select(.name == \"$1\") | { type: \"reaction_added\", user: \"$ANN\",
        fields: { reaction: \"pushpin\", item_user: \"$ANN\", item: { type: \"message\", channel: .id, ts: .messages[0].ts } } }")" >/dev/null
    wait_until 20 is_journalled_of "$2"
}

has_message_in() { # has_message_in CHANNEL ID: of an incident that knows it as its own
    [ "$(operation "$2" .body.channel_name)" = "$1" ] &&
        world_says 'any(.slack.channels[]; .name == $name and (.messages | length) > 0)' --arg name "$1"
}

is_journalled_of() { # is_journalled_of ID: an event that concerns it
    [ "$(journal | jq -s --arg id "$1" 'any(.[].core; .kind == "event.received" and (.body.operations // [] | index($id)))')" = true ]
}

in_no_journal() { # in_no_journal ID
    ask "journal?limit=200"
    has_not "$BODY" "\"$1\""
}

# ---- incidents ----

say "$ANN" /incident "declare P1 API down"
check "an incident is listed" wait_until 30 tells 'incidents?state=running' '.items[0] | .id + " " + .severity + " " + .state' "D3 P1 open"
check "with what is due when" tells incidents/D3 '[.timers[].name] | index("acknowledge") != null' true
check "and what happened" same opened "$(in_body '.timeline[0].kind')"
check "and its channel" wait_until 30 tells incidents/D3 '.channel.name | startswith("inc-")' true
say "$ANN" /incident "declare --private P1 customer list leaked"
wait_until 20 is_in_state D4 open
check "a private one is not there" refuses incidents/D4 404 "no such incident"
check "nor in a list" tells incidents '[.items[].id] | join(" ")' D3
check "nor in the journal" tells 'journal?text=leaked' '.items | length' 0
check_not "nor to who follows" heard events incident D4
check "nor in the inbox" in_no_inbox
check "what happens in its channel is journalled" marked_in inc-d4 D4
check "as in that of another one" marked_in "$(operation D3 .body.channel_name)" D3
check "which is told" tells 'journal?kind=event.received&limit=200' 'any(.items[]; .body.operations == ["D3"])' true
check "and nothing of the private one" in_no_journal D4
check "who asks for others is told of what they see themselves" tells "policy/explain?who=slack:$ANN&text=incident%20show%20D3" .verdict allow
check "and of nothing else" refuses "policy/explain?who=slack:$ANN&text=incident%20show%20D4" 400 "no incident that you can see"
check "not even for this host" refuses "policy/explain?who=local:root&text=incident%20show%20D4" 400 "no incident that you can see"

# ---- the journal, the inbox, dead letters ----

say "$EVE" /deploy "api production v1.4.2"
wait_until 20 has_decided_all
check "the journal finds a person" tells "journal?person=slack:$EVE" '.items[0] | .kind + " " + .words' "request.denied deploy api production v1.4.2"
check "an operation" tells 'journal?operation=D2&kind=request.accepted' '.items[0].operation' D2
check "words" tells 'journal?text=MIGRATION&limit=200' '[.items[] | select(.operation == "D2")] | length > 0' true
first=$(redis --raw xrange "$(key journal)" - + COUNT 1 | head -n 1)
check "and a time" tells "journal?until=2001-01-01T00:00:00Z" '"\(.items | length) \(.next)"' "0 null"
check "page by page, to its beginning" tells "journal?limit=200&before=$((${first%-*} + 1))-0" '.next' null
ask "inbox?limit=2"
check "the inbox has the newest" same "deploy api production v1.4.2 slack:$EVE" "$(in_body '.items[0] | .words + " " + .by.principal')"
check "no address of an answer stands there" has_not "$BODY" response
check "nothing waits" same "0 false" "$(in_body '"\(.depth) \(.items[0].waits)"')"
redis xadd "$(key dead)" '*' e '{"v":1,"why":"a test","at":1795212000000,"item":"{\"source\":\"slack\",\"body\":\"token=xoxb\"}"}' >/dev/null
check "a dead letter is told" tells dead '.items[0].why' "a test"
check "without its body" has_not "$BODY" xoxb
check "and what may be asked about it" tells "dead/$(in_body '.items[0].id')" '.actions[0].text | startswith("dead retry ")' true

# ---- who follows, and was away ----

kill "$FOLLOWER"
is_idle_feed() { # nothing is told any more: a follower that knows the newest has missed nothing
    follow again "$(last_id events)"
    kill "$FOLLOWER"
    last=$(last_id again)
    follow again "$last"
    kill "$FOLLOWER"
    grep -q '^data: {"missed":false}' "$RUN/again"
}
check "who knows the newest has missed nothing" wait_until 30 is_idle_feed
check "who does not is told so" follow again "${last%-*}-1"
check "in the greeting" grep -q '^data: {"missed":true}' "$RUN/again"
kill "$FOLLOWER"
pids=
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26; do # more than may
    curl -s -N -w ' %{http_code}' --noproxy '*' -H "Authorization: Bearer $SANDBOX_API_TOKEN" "http://$OPSGATE_LISTEN/api/v1/events" >"$RUN/many$n" &
    pids="$pids $!"
    remember_other "$!"
done
are_refused() { # of those who came: one more who asks could find the place of one who has just left, and stay
    grep -h "Too many follow" "$RUN"/many* | grep -q '"request_id".* 503$'
}
check "very many of one token are refused" wait_until 20 are_refused
# shellcheck disable=SC2086 # a list
kill $pids 2>/dev/null # some were refused, and have ended
follow_anew() {
    kill "$FOLLOWER" 2>/dev/null
    curl -s -N --noproxy '*' -H "Authorization: Bearer $SANDBOX_API_TOKEN" "http://$OPSGATE_LISTEN/api/v1/events" >"$RUN/anew" &
    FOLLOWER=$!
    remember_other "$FOLLOWER"
    but_greeted=0
    until grep -q '^event: ' "$RUN/anew" || [ "$but_greeted" = 20 ]; do
        but_greeted=$((but_greeted + 1))
        get "http://$OPSGATE_LISTEN/health/live" >/dev/null
    done
    grep -q '^event: hello' "$RUN/anew"
}
check "until some leave" wait_until 30 follow_anew

# ---- who asks for very much at once ----

waits_for_much() { # more than may: each waits for an end that does not come
    for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40; do
        curl -s --noproxy '*' -o /dev/null -H "Authorization: Bearer $SANDBOX_API_TOKEN" "http://$OPSGATE_LISTEN/api/v1/operations/D3?wait=15s" &
        remember_other "$!"
    done
    wait_until 5 refuses me 503 "under way"
}
check "very many of one token leave room to others" wait_until 30 waits_for_much
check "and may ask again when some are answered" wait_until 40 tells me .principal token:ci

# ---- another role ----

check "each answer is as the document says" answers_are_as_written
check "the journal is a chain" journal_is_a_chain

sed -i "s/^    - { allow: \[$MAY\], to: ci }/    - { allow: [status, history], to: ci, on: { environment: staging } }/" "$CONFIG"
kill -HUP "$OPSGATE_PID"
check "who may see staging alone" wait_until 30 tells targets '[.items[].name] | join(" ")' api/staging
check "sees nothing of production" refuses operations/D1 404 "no such operation"
check "and no list of it" tells operations '.items | length' 0
check "nor incidents" refuses incidents 403 "allowed \`status\`"
check "nor dead letters" refuses dead 403 "token:ci"
check "nor who could do what" refuses 'policy/who-can?text=deploy%20api%20staging' 403 explain

is_let_go() {
    ! is_alive "$FOLLOWER"
}
check "who followed by the rules of before was let go" wait_until 30 is_let_go
# ---- people ----

sign_in() { # sign_in USER: as a browser would; their cookie is in $RUN/USER
    sign_in_to=$(curl -s --noproxy '*' -o /dev/null -c "$RUN/$1" -w '%{redirect_url}' "http://$OPSGATE_LISTEN/sign-in/start")
    sign_in_back=$(curl -s --noproxy '*' -o /dev/null -w '%{redirect_url}' "$sign_in_to&as=$1")
    curl -s --noproxy '*' -o /dev/null -b "$RUN/$1" -c "$RUN/$1" "$sign_in_back"
}

reads() { # reads USER PATH STATUS
    [ "$(curl -s --noproxy '*' -o /dev/null -b "$RUN/$1" -w '%{http_code}' "http://$OPSGATE_LISTEN/api/v1/$2")" = "$3" ]
}

sign_in "$ANN"
sign_in "$EVE"
check "who has signed in may see what policy shows them" reads "$EVE" incidents/D3/postmortem.md 200
sed -i 's/to: everyone }/to: release-manager }/' "$CONFIG"
kill -HUP "$OPSGATE_PID"
check "a reload counts at once" wait_until 20 reads "$EVE" incidents/D3 404
check "whom nothing is shown any more is still there" reads "$EVE" me 200
check "and is shown no incident's story" reads "$EVE" incidents/D3/postmortem.md 404
check "but whom it is shown" reads "$ANN" incidents/D3/postmortem.md 200
sed -i '/^  oidc:/d' "$CONFIG"
kill -HUP "$OPSGATE_PID"
check "who came by a provider that is gone is out" wait_until 20 reads "$ANN" me 401

# ---- the end ----

follow last
opsgate_stop
check "a clean end lets everybody go" same 0 "$STATUS"
check "who followed, too" wait_until 10 is_let_go
finish
