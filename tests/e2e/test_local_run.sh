#!/bin/sh
# The command line's doors: opsgate run, ops, check. Exit codes: 0 ok, 1 the answer is no, 2 usage, 3 unreachable.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
sed "s/local:root/local:$(id -un)/" "$ROOT/deploy/sandbox.yaml" >"$RUN/opsgate.yaml"
CONFIG=$RUN/opsgate.yaml
sandbox_up
opsgate_up || exit 1
wait_until 10 has_owner

ask() { # ask WORD...: sets STATUS, OUT and ERR
    "$BUILD/opsgate" -c "$CONFIG" "$@" >"$RUN/out" 2>"$RUN/err"
    STATUS=$?
    OUT=$(cat "$RUN/out") ERR=$(cat "$RUN/err")
}

answers() { # answers STATUS WORD...
    wanted=$1
    shift
    ask "$@"
    check "opsgate $*: exit code $wanted" same "$wanted" "$STATUS"
}

# ---- 0 and 1: the answer is yes, or no ----

answers 0 run help
check "help names the verbs" has "$OUT" deploy
answers 0 run status
check "what opsgate never deployed: status tells what serves there" has "$OUT" \
    "nothing deployed by opsgate yet; revision api-service-"
answers 0 run deploy staging
check "a deploy tells its id" has "$OUT" D1
check "and is Ann's deploy in all but the person" wait_until 20 has_ended D1
check "asked for by the local user" same "local $(id -un)" "$(operation D1 '.requester | .system + " " + .id')"
answers 0 run status
check "status tells what was deployed" has "$OUT" "(D1)"
answers 0 run status api staging
check "and of one place what serves there" has "$OUT" "traffic: "
for source in "sources: Cloud Run: " "; health: " "; opsgate's record: "; do
    check "by whose word ($source)" has "$OUT" "$source"
done
answers 0 run status D1
check "and of one operation how it ended" has "$OUT" "ago: done"
answers 1 run deploy api production v1.4.2
check "a refusal names the rule" has "$OUT" opsgate.yaml:
answers 2 run deploy stagign
check "a typo gets the nearest name" has "$OUT" staging
answers 2 run frobnicate
check "an unknown verb is told" has "$OUT" "I do not know frobnicate"
answers 2 run deploy
check "words that are missing, too" has "$OUT" "Usage: deploy"
answers 2 --json run deploy
check "--json tells misuse" same true "$(jq -r .is_misuse "$RUN/out")"
answers 0 --json run status
check "--json is one object with the text" same string "$(jq -r '.text | type' "$RUN/out")"
answers 1 --json run deploy api production v1.4.2
check "--json tells a refusal" same true "$(jq -r .is_refusal "$RUN/out")"
answers 0 ops list
check "ops list has the operation" has "$OUT" D1
check "and its version" has "$OUT" " main "
answers 0 ops show D1
check "ops show tells its story" has "$OUT" operation.ended
check "of its card once" same 1 "$(grep -c -e "card updated" -e slack.card "$RUN/out")"
answers 0 --json ops show D1
check "--json is the record" same "done" "$(jq -r .result "$RUN/out")"
answers 0 run status --json
check "--json may stand behind the verb" same string "$(jq -r '.text | type' "$RUN/out")"
answers 1 ops show D99
answers 0 check
check "check takes the file as a word, too" "$BUILD/opsgate" check --json "$CONFIG" >"$RUN/out"
has_said() { # has_said EVENT PART: a line of the log has both
    grep "\"event\":\"$1\"" "$OPSGATE_DATA/../log" | grep -q "$2"
}
check "the log tells who asked for what" has_said request.accepted "deploy by local:$(id -un), request .*, operation D1\""
check "who was refused" has_said request.denied "deploy by local:$(id -un), request "
check "that something unknown was asked" has_said request.unknown "local:$(id -un), request "
check_not "and never what was typed" grep -q -e frobnicate -e stagign "$OPSGATE_DATA/../log"
check "where an operation began" has_said operation.begun "operation D1\""
check "and ended" has_said operation.ended "operation D1: done"
answers 0 version
check "the local socket is for its owner alone" same 600 "$(stat -c %a "$OPSGATE_DATA/opsgate.sock")"

# ---- the commands that the sandbox's page proposes (what it mentions: test_mentions.sh) ----

sed -n "s,^  { text: '\(/[^']*\)'.*,\1,p" "$ROOT/tests/sandbox/page/page.js" >"$RUN/proposals"
check "the page proposes something" test -s "$RUN/proposals"
count_forms() { world '.slack.views | length'; }
leads_somewhere() { # to a form, or to other words than how to use it
    [ "$(count_forms)" = "$forms" ] || return 0
    [ -n "$BODY" ] || ! has_answered_late "$(answer .response_url)" || BODY=$(late_answer "$ANN")
    [ -n "$BODY" ] && has_not "$BODY" Usage
}
while read -r command text; do
    forms=$(count_forms)
    type_in "$ANN" "$command" "$text"
    check "$command $text leads somewhere" wait_until 30 leads_somewhere
done <"$RUN/proposals"

# ---- 2: usage and configuration ----

answers 2 run
answers 2 frobnicate
check "a wrong command is named" has "$ERR" frobnicate
answers 2 ops
answers 2 ops lst
check "a slip of a word gets the nearest" has "$ERR" "Did you mean 'list'?"
answers 2 check --jsn
check "a wrong option gets the nearest and the usage" has "$ERR" "--json'?
Usage: opsgate"
answers 2 check -c
answers 2 check "$CONFIG" too-many
answers 2 sign slack --timestmp 5
answers 2 serve now
answers 2 check another.yaml
check "two files to check are one too many" has "$ERR" "which of them?"
"$BUILD/opsgate" check nowhere.yaml >"$RUN/out" 2>&1
check "check reads the file that it is given" grep -q nowhere.yaml "$RUN/out"
for command in serve check run ops dead sign store version help; do
    answers 0 "$command" --help
    check "$command --help is about $command" has "$OUT" "Usage: opsgate [-c FILE] $command"
done
answers 0 help
check_not "what is internal is not in help" grep -q -e exec-shim -e adopted "$RUN/out"
check "help fits into 80 columns" test "$(wc -L <"$RUN/out")" -le 80
for verb in deploy rollback pause resume promote abort retry status; do
    answers 0 help $verb
    check "help $verb is about $verb" has "$OUT" "Usage: opsgate run $verb"
    cp "$RUN/out" "$RUN/help"
    for ask in --help -h help; do
        answers 0 run $verb $ask
        check "run $verb $ask is the same" cmp -s "$RUN/out" "$RUN/help"
    done
    check_not "and shows nothing internal" grep -q -e --look "$RUN/out"
done
door_says() { # door_says JSON-LIST: the answer of the local socket itself, whoever asks it
    curl -s --max-time 25 --unix-socket "$OPSGATE_DATA/opsgate.sock" -H 'Content-Type: application/json' \
        -d "{\"words\":$1}" http://localhost/v1/run | jq -r .text
}
check "the door itself answers --help too" has "$(door_says '["abort","D1","--help"]')" "*abort*: "
check "and leaves D1 alone" has "$(door_says '["abort","D1"]')" "D1 has ended"
answers 0 run rollback api production --without-store --help
check "--help does nothing of what stands there" has "$OUT" "Usage: opsgate run rollback"
answers 0 -c "$RUN/nowhere.yaml" run deploy --help
answers 2 run deply --help
check "help of no verb names the nearest" has "$ERR" deploy
answers 2 help frobnicate
answers 2 help adopted
answers 2 deploy staging
check "a verb without run is told" has "$ERR" "opsgate run deploy"
answers 2
check "no command at all is told" has "$ERR" "opsgate help"
answers 2 run abort D1 --lok 3
check "a wrong option is not told of internal ones" has_not "$OUT" look
"$BUILD/opsgate" exec-shim >"$RUN/out" 2>&1
check "exec-shim tells its own usage" grep -q -e --output-max-bytes "$RUN/out"
check "run deploy --help tells how to follow" has "$("$BUILD/opsgate" run deploy --help)" "--follow [--timeout TIME]"
check "so does the usage of run" has "$("$BUILD/opsgate" run --help)" "Usage: opsgate [-c FILE] run [--json] [--follow [--timeout TIME]]"
sed 's/^data_dir:/data_dri:/' "$CONFIG" >"$RUN/wrong.yaml"
answers 2 -c "$RUN/wrong.yaml" run status
check "a configuration that does not say where opsgate is: what is wrong is told by line" has "$ERR" wrong.yaml:
sed 's/^listen:/lisen:/' "$CONFIG" >"$RUN/wrong.yaml"
answers 0 -c "$RUN/wrong.yaml" run status
check "any other mistake is a warning" same \
    "opsgate: wrong.yaml has 1 mistake (opsgate check tells it); going on by what of it can be read" "$ERR"
answers 2 -c "$RUN/nowhere.yaml" run status
check "no configuration: how one is named" has "$ERR" "there is no file $RUN/nowhere.yaml: give -c FILE, or set OPSGATE_CONFIG"
answers 2 -c "$RUN/nowhere.yaml" check
check "likewise" has "$ERR" "there is no file $RUN/nowhere.yaml: give -c FILE, or set OPSGATE_CONFIG"

# ---- the examples, with the values that are shipped beside them ----

is_good_example() { # is_good_example NAME
    env -i sh -c "set -a; . '$ROOT/deploy/examples/$1.env'; exec '$BUILD/opsgate' check '$ROOT/deploy/examples/$1.yaml'" \
        >"$RUN/out" 2>&1
}
for example in "$ROOT"/deploy/examples/*.yaml; do
    name=$(basename "$example" .yaml)
    check "the example $name is good with its own values" is_good_example "$name"
done

# ---- 3: unreachable ----

break_store
answers 3 run deploy staging
check "a store that is down is told in words" has "$ERR" "NOT accepted"
check "with the way back" has "$ERR" "opsgate run rollback SERVICE ENVIRONMENT --without-store"
answers 3 ops list
check "and the way back without it" has "$ERR" "--without-store"
mend_store
store_is_back() {
    ask run status
    [ "$STATUS" = 0 ]
}
check "and it comes back" wait_until 20 store_is_back
opsgate_stop
answers 3 run status
check "nobody there is told in words" has "$ERR" "opsgate serve"
check "with the path and the reason" has "$ERR" "cannot reach opsgate at $OPSGATE_DATA/opsgate.sock: No such file"
answers 3 ops list
check "without the marks of a chat" has_not "$ERR" '`'
sed 's|^data_dir:.*|data_dir: /nowhere/at/all|' "$CONFIG" >"$RUN/wrong.yaml"
for words in "run status" "run --follow deploy staging" "ops list" "events list" "dead list"; do
    # shellcheck disable=SC2086 # words
    answers 3 -c "$RUN/wrong.yaml" $words
done
finish
