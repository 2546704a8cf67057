# witness.sh - what a story looks at, does and tells: read with `.` by story.sh, behind demo.sh.
#
# Verdicts ask the sandbox's own state and Redis itself, never opsgate. `chapter` sets since when; the caller sets HERE.
# shellcheck shell=sh
# shellcheck disable=SC2016 # jq's variables are jq's

# ---- what is looked at: the sandbox and Redis ----

failures=0
said_no=       # by which verdicts, and what was waited for in vain: a line each
journal_told=0 # entries that the transcript has shown already
saw=           # by a question that was answered with no: what it saw instead, or nothing

verdict() { # verdict SENTENCE COMMAND...: did it happen?
    sentence=$1 saw=
    shift
    if "$@"; then
        echo "  [ok]   $sentence"
    else
        echo "  [FAIL] $sentence"
        tell_saw "$@"
        failures=$((failures + 1))
        note "no: $sentence"
    fi
}

note() { # note TEXT: for tell_failures
    said_no="$said_no
  $(echo "${chapter_title:-before the first chapter}" | cut -d . -f 1): $(echo "$1" | tr '\n' ' ')"
}

# await COMMAND...: what has to be there before the story goes on. Once something did not come the rest is waited for briefly: most of
# it stands on that.
await() {
    saw=
    ! wait_until "$PATIENCE_S" "$@" || return 0
    echo "  [LATE] waited $PATIENCE_S s, and it did not come"
    tell_saw "$@"
    note "did not come: $*"
    PATIENCE_S=$((PATIENCE_S < 10 ? PATIENCE_S : 10))
}

tell_failures() { # the last words: what is long may be cut before them
    echo "$failures verdicts say no. By chapter, the first ones:$(printf '%s\n' "$said_no" | cut -c 1-200 | head -n 16)"
}

tell_saw() { # tell_saw COMMAND...: that said no
    case $1 in
    same | one_of | has | has_not | in_time) return ;; # they have told it
    esac
    printf '     wanted: %s\n' "$*"
    [ -n "$saw" ] || return
    found=$(printf '%s\n' "$saw" | # of an operation's record what is short
        jq -c 'if type == "object" and has("body") then { state, result } + (.body | map_values(scalars)) else . end' 2>/dev/null) ||
        found=$saw
    printf '     found:  %.3000s\n' "$found"
}

world() { # world FILTER [JQ-OPTION...]: asks the sandbox's state
    world_filter=$1
    shift
    get "$SANDBOX_URL/_sandbox/state" | jq -r "$@" "$world_filter"
}

world_says() { # world_says FILTER [JQ-OPTION...]: is it true there?
    saw=$(world "$@")
    [ "$saw" = true ]
}

calls_say() { # calls_say FILTER [JQ-OPTION...]: is it true of all calls since the chapter began?
    calls_filter=$1
    shift
    saw=$(get "$SANDBOX_URL/_sandbox/calls?since=$chapter_call" | jq -r "$@" "$calls_filter")
    [ "$saw" = true ]
}

key() { # key PLACE: its key in Redis
    echo "og:{default}:$1"
}

journal() { # the journal's entries, one JSON text a line
    redis --raw xrange "$(key journal)" - + | grep '^{'
}

ended() { # ended ID FILTER: is it true of the record of an operation that has ended?
    saw=$(redis --raw hget "$(key ended)" "$1")
    [ "$(printf '%s\n' "$saw" | jq -r "$2")" = true ]
}

state_of() { # the state of an operation that has not ended
    redis --raw hget "$(key operations)" "$1" | jq -r '.state // empty' 2>/dev/null
}

is_in_state() {
    saw=$(state_of "$1")
    shift
    case " $* " in
    *" ${saw:-none} "*) return 0 ;;
    esac
    return 1
}

has_settled() { # ended, and nothing of it is left to do
    [ "$(redis hexists "$(key ended)" "$1")" = 1 ] && [ "$(redis hlen "$(key effects)")" = 0 ] &&
        [ "$(redis hexists "$(key operations)" "$1")" = 0 ]
}

journal_has_one_end() {
    [ "$(journal | jq -s --arg id "$1" '[.[] | select(.core.kind == "operation.ended" and .core.operation == $id)] | length')" = 1 ]
}

# The entries and the head are read in one transaction: opsgate may be writing.
journal_is_a_chain() {
    printf '%s\n' MULTI "XRANGE $(key journal) - +" "HGET $(key meta) journal" EXEC | redis --raw | sed '1,/^QUEUED/d' |
        jq -seR 'split("\n") | map(select(. != "")) | .[-1] as $head | map(select(startswith("{")) | fromjson)
            | reduce .[] as $e ({ ok: true, head: "" }; { ok: (.ok and $e.previous == .head), head: $e.hash })
            | .ok and .head == $head and .head != ""' >/dev/null
}

# ---- what is asked of them ----

serves() { # serves SERVICE ID: one revision has everything, and it is what that operation made
    world_says '.run.services[] | select(.id == $service)
        | ([.trafficStatuses[] | select((.percent // 0) > 0)] | length == 1 and .[0].percent == 100
           and (.[0].revision | contains("-" + $id + "-")))' --arg service "$1" --arg id "$(echo "$2" | tr D d)"
}

runs_image_of() { # runs_image_of SERVICE TAG: does what serves run the digest that the registry has under this tag?
    world_says '(.registry.tags[] | select(.tag == $tag) | .digest) as $digest
        | .run.services[] | select(.id == $service)
        | ([.trafficStatuses[] | select(.percent == 100) | .revision][0]) as $now
        | [.revisions[] | select(.id == $now) | .digest] == [$digest]' --arg service "$1" --arg tag "$2"
}

changed_times() { # changed_times SERVICE N: it was asked to change its wanted state so often since the chapter began
    saw=$(world '.run.services[] | select(.id == $service)
        | [.history[] | select(.kind == "wanted" and .at_ms > $since)] | length' \
        --arg service "$1" --argjson since "$chapter_ms")
    [ "$saw" = "$2" ]
}

traffic_moved_once() { # the split changed exactly once since the chapter began
    world_says '.run.services[] | select(.id == $service)
        | [.history[] | select(.kind == "wanted")
           | { at: .at_ms, split: [.traffic[] | select((.percent // 0) > 0) | .revision] }] as $all
        | [range(1; $all | length) | select($all[.].at > $since and $all[.].split != $all[. - 1].split)] | length == 1' \
        --arg service "$1" --argjson since "$chapter_ms"
}

card_says() { # card_says ID TEXT: its one message in #deployments
    saw=$(world '[.slack.channels[] | select(.name == "deployments") | .messages[]
        | select([.edits[]?.blocks, .blocks] | tostring | contains("`" + $id + "`"))]
        | "\(length == 1 and (.[0].text | contains($text))) \(map(.text))"' --arg id "$1" --arg text "$2")
    is_true
}

answered_in() { # answered_in ACCOUNT MS: with words, and in time
    [ "$(printf '%s\n' "$1" | jq --argjson ms "$2" '.status == 200 and .took_ms < $ms and (.body | length) > 0')" = true ]
}

answer_has() {
    [ "$(printf '%s\n' "$1" | jq -r --arg text "$2" '.body | contains($text)')" = true ]
}

percent_of() { # percent_of SERVICE ID: what the revision of that operation is asked to serve
    world '.run.services[] | select(.id == $service)
        | [.traffic[] | select(.revision // "" | contains("-" + $id + "-")) | .percent // 0] | add // 0' \
        --arg service "$1" --arg id "$(echo "$2" | tr D d)"
}

is_at() { # is_at SERVICE ID PERCENT
    saw=$(percent_of "$1" "$2")
    [ "$saw" = "$3" ]
}

shares_were() { # shares_were SERVICE ID "PERCENT...": what it was asked to serve, one after another
    saw=$(world '.run.services[] | select(.id == $service)
        | [.history[] | select(.kind == "wanted" and .at_ms > $since)
           | [.traffic[] | select(.revision // "" | contains("-" + $id + "-")) | .percent // 0] | add // 0]
        | . as $all | [range($all | length) | select(. == 0 or $all[.] != $all[. - 1]) | $all[.] | tostring]
        | join(" ") | ltrimstr("0 ")' \
        --arg service "$1" --arg id "$(echo "$2" | tr D d)" --argjson since "$chapter_ms")
    [ "$saw" = "$3" ]
}

card_shows() { # card_shows ID REGEX: somewhere on its one message
    saw=$(world '[.slack.channels[] | select(.name == "deployments") | .messages[]
        | select([.edits[]?.blocks, .blocks] | tostring | contains("`" + $id + "`"))]
        | "\(length == 1 and (.[0].blocks | tostring | test($regex))) \(map([.blocks | .. | .text? | strings]))"' \
        --arg id "$1" --arg regex "$2")
    is_true
}

is_true() { # what it saw begins with the answer, and is what that is about
    case $saw in
    "true "*) return 0 ;;
    esac
    return 1
}

target() { # target NAME FILTER: is it true of the target's record?
    saw=$(redis --raw hget "$(key targets)" "$1")
    [ "$(printf '%s\n' "$saw" | jq -r "$2")" = true ]
}

journal_says() { # journal_says ID FILTER: is it true of the list of all entries about this operation?
    saw=$(journal | jq -rs --arg id "$1" "[.[].core | select(.operation == \$id)] | \"\\($2) \\(map(.kind))\"")
    is_true
}

# ---- what is done, and told ----

chapter() {
    chapter_title=$1
    echo
    echo "== $1"
    chapter_ms=$(world .now_ms)
    chapter_call=$(get "$SANDBOX_URL/_sandbox/calls" | jq '.[-1].n // 0')
}

# type_command USER COMMAND TEXT: a person types it in #general; prints the sandbox's account of it. Words that opsgate, or its
# store, being slow just now, does not have for its answer come by the response_url.
type_command() {
    typed=$(post "$SANDBOX_URL/_sandbox/slack/command" \
        "$(jq -cn --arg user "$1" --arg command "$2" --arg text "$3" '$ARGS.named + { channel: "C0GENERAL" }')")
    case $(printf '%s\n' "$typed" | jq -r '"\(.status)\(.body)"') in
    200 | 200*'*Unknown*: '*) ;;
    *) printf '%s\n' "$typed"; return ;;
    esac
    if wait_until "${PATIENCE_S:-20}" has_answered_late "$(printf '%s\n' "$typed" | jq -r .response_url)"; then
        typed=$(world 'last(.slack.ephemerals[] | select(.source == "response_url" and .for == $user)) as $late
            | $typed + { body: ($late | tojson) } | tojson' --arg user "$1" --argjson typed "$typed")
    fi
    printf '%s\n' "$typed"
}

has_answered_late() { # has_answered_late URL: something came by that response_url
    world_says 'any(.slack.response_urls[]; .token as $token | .uses > 0 and ($url | contains($token)))' --arg url "$1"
}

arm() { # arm SERVICE MATCH FAULT VALUE [COUNT]; VALUE is JSON
    post "$SANDBOX_URL/_sandbox/faults" \
        "$(jq -cn --arg service "$1" --arg match "$2" --arg fault "$3" --argjson value "$4" --argjson count "${5:-1}" '$ARGS.named')" >/dev/null
}

tell_what_was_seen() {
    get "$SANDBOX_URL/_sandbox/state" |
        jq -r -L "$HERE" --argjson since "$chapter_ms" 'include "transcript"; news($since)'
}

tell_redis() { # tell_redis ID
    echo "  Redis, $OPSGATE_DATA/redis/redis.sock:"
    redis --raw keys 'og:*' | grep -v ':seen:' | sort | paste -sd ' ' | sed 's/^/    keys       /'
    for place in operations ended; do
        redis --raw hget "$(key $place)" "$1" | jq -r --arg place "$place" \
            '"    \($place | . + " " * (10 - length)) \(.id): \(.kind)" + if .target then " of \(.target) is \(.state), revision \(.body.revision // "none yet")"
                else " is \(.state), \(.body.severity // "")" end' 2>/dev/null
    done
    redis --raw hvals "$(key effects)" |
        jq -r '"    effect     \(.id): \(.kind), recorded and without a result yet"' 2>/dev/null
    journal | jq -r --arg id "$1" --argjson told "$journal_told" \
        'select(.core.operation == $id and .core.n > $told and (.core.body.kind | IN("slack.card", "slack.message") | not))
         | ["\(.core.n): \(.core.kind)", .core.body.to // .core.body.kind, .core.body.end] | map(strings) | join(" ")' |
        paste -sd ';' | sed 's/;/; /g' | fold -s -w 110 | sed '1s/^/    journal    /; 2,$s/^/               /'
    journal_told=$(journal | jq -s '.[-1].core.n // 0')
}
