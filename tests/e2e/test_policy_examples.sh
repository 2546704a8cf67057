#!/bin/sh
# The worked examples of docs/policy-examples.md, deploy/examples/policy/NAME.yaml with its NAME.questions.yaml: every answer is
# as the page has it, every rule decides one of them, and the page shows these files' text (UPDATE_GOLDEN=1 writes it there).
# docs/policy.md names each key of a policy; lint has nothing against whatever policy we ship. docs/connect.md shows two whole files,
# which are good without a warning. In no file that a newcomer copies a verb is missing.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
EXAMPLES=$ROOT/deploy/examples/policy
PAGE=$ROOT/docs/policy-examples.md
FIRST="$ROOT/deploy/examples/starter.yaml $ROOT/deploy/examples/smallest.yaml" # as docs/connect.md shows them

# ---- answers ----

ask() { # ask POLICY QUESTIONS: the exit code; what it says lies in $RUN/said
    "$BUILD/opsgate" -c "$1" policy test "$2" >"$RUN/said" 2>&1
}

answers_all() { # answers_all NAME: every single one, some with yes and some with no
    questions=$EXAMPLES/$1.questions.yaml count=$(grep -c '^- {' "$EXAMPLES/$1.questions.yaml")
    if ask "$EXAMPLES/$1.yaml" "$questions" && grep -qx "$count of $count examples are as expected" "$RUN/said" &&
        grep -q 'expect: allow' "$questions" && grep -q 'expect: [dn]e' "$questions"; then
        return 0
    fi
    cat "$RUN/said"
    return 1
}

notices_wrong_answers() { # notices_wrong_answers NAME: each that is turned around, and no other
    count=$(grep -c '^- {' "$EXAMPLES/$1.questions.yaml") wrong=$(grep -c 'expect: allow' "$EXAMPLES/$1.questions.yaml")
    sed 's/expect: allow/expect: deny/' "$EXAMPLES/$1.questions.yaml" >"$RUN/wrong.yaml"
    ask "$EXAMPLES/$1.yaml" "$RUN/wrong.yaml"
    [ $? = 1 ] && grep -qx "$((count - wrong)) of $count examples are as expected" "$RUN/said"
}

rules_of() { # rules_of FILE: the line of each
    awk '/^[a-z]/ { is_policy = /^policy:/; is_rules = 0 }
         is_policy && /^  [a-z]/ { is_rules = /^  rules:/ }
         is_rules && /^    - / { print NR }' "$1"
}

without() { # without LINE FILE: the rule there stands for nothing, and all others where they stood
    awk -v line="$1" 'NR == line { print "    - { deny: failover, to: everyone }"; gone = 1; next }
         gone && /^      / { print "    #"; next }
         { gone = 0; print }' "$2"
}

each_rule_decides() { # each_rule_decides NAME: without any one of them some answer is another one
    mkdir -p "$RUN/without"
    for line in $(rules_of "$EXAMPLES/$1.yaml"); do
        without "$line" "$EXAMPLES/$1.yaml" >"$RUN/without/$1.yaml"
        ask "$RUN/without/$1.yaml" "$EXAMPLES/$1.questions.yaml"
        code=$?
        [ "$code" = 1 ] && continue
        printf '     %s without the rule of line %s: exit %s, %s\n' "$1" "$line" "$code" "$(tail -n 1 "$RUN/said")"
        return 1
    done
    [ -n "$(rules_of "$EXAMPLES/$1.yaml")" ]
}

# ---- lint: a freeze that is over can go; that is no fault of an example ----

is_clean() { # is_clean FILE
    "$BUILD/opsgate" -c "$1" policy --json lint >"$RUN/said" 2>&1
    [ "$(jq '[.findings[] | select(.sentence | test("its time was over on") | not)] | length' "$RUN/said" 2>&1)" = 0 ] && return
    cat "$RUN/said"
    return 1
}

is_clean_with_values() { # is_clean_with_values NAME: of deploy/examples
    (
        set -a
        # shellcheck disable=SC1090
        . "$ROOT/deploy/examples/$1.env"
        set +a
        is_clean "$ROOT/deploy/examples/$1.yaml"
    )
}

# ---- pages ----

shown() { # shown PAGE: with each file's text as it is now: a line that is nothing but a link to one, and the block after it
    awk -v directory="$ROOT/deploy/examples" '
        /^\[[a-z0-9.-]+\]\(\.\.\/deploy\/examples\/[a-z0-9.\/-]+\)$/ {
            name = $0
            gsub(/^.*\/deploy\/examples\/|\)$/, "", name)
        }
        /^```$/ && inside { inside = 0 }
        !inside { print }
        /^```yaml$/ && name != "" {
            while ((getline text < (directory "/" name)) > 0) print text
            close(directory "/" name)
            name = ""
            inside = 1
        }' "$1"
}

shows_files() { # shows_files PAGE FILE...: and each of these once
    page=$1
    shift
    shown "$page" >"$RUN/page"
    [ -z "${UPDATE_GOLDEN:-}" ] || cp "$RUN/page" "$page"
    for file in "$@"; do
        [ "$(grep -cxF "[$(basename "$file")](../${file#"$ROOT"/})" "$page")" = 1 ] ||
            { echo "     $file is not there once" && return 1; }
    done
    diff "$page" "$RUN/page"
}

# ---- what a newcomer copies ----

is_good_without_a_word() { # is_good_without_a_word NAME: no warning
    env -i sh -c "set -a; . '$ROOT/deploy/examples/$1.env'; exec '$BUILD/opsgate' check --json '$ROOT/deploy/examples/$1.yaml'" \
        >"$RUN/said" 2>&1
    [ "$(jq '.good and .warnings == []' "$RUN/said" 2>&1)" = true ] && return
    cat "$RUN/said"
    return 1
}

allows_every_verb() { # allows_every_verb FILE: of those that help lists, to somebody. `approve` comes with approvals, `dora` with history,
    # `failover` and `backup` with databases
    "$BUILD/opsgate" help | awk '/^Verbs/ { inside = 1 } /^  -c/ { inside = 0 } inside && /^  [a-z]/ { print $1 }' |
        grep -vx -e dora >"$RUN/verbs"
    [ "$(wc -l <"$RUN/verbs")" -gt 15 ] || { echo "     help lists $(wc -l <"$RUN/verbs") verbs" && return 1; }
    while read -r verb; do
        [ "$verb" = approve ] && grep -q 'approvals:' "$1" && continue
        one_of "failover backup" "$verb" >/dev/null && ! grep -q '^databases:' "$1" && continue
        grep -q "allow:.*[[ ]${verb}[],]" "$1" || { echo "     $verb" && return 1; }
    done <"$RUN/verbs"
}

keys() { # keys PAGE: of a policy, "require.window"; of configuration.md by its sections, else as the rows of tables name them
    case $1 in
    *configuration.md) awk -F '`' '/^## / { n = split($2, parts, "."); section = $2 ~ /^(policy|people\[\])/ ? parts[n] : "" }
                            section != "" && /^\| `/ { print section "." $2 }' "$1" ;;
    *) awk -F '`' '/^\| `(policy|people\[\]|roles\[\]|rules\[\]|require|approvals|healthy_in|on|when)\./ { print $2 }' "$1" ;;
    esac | sort
}

names_every_key() {
    keys "$ROOT/docs/configuration.md" >"$RUN/keys"
    keys "$ROOT/docs/policy.md" >"$RUN/named"
    [ "$(wc -l <"$RUN/keys")" -gt 40 ] && diff "$RUN/keys" "$RUN/named"
}

anchors() { # anchors PAGE: of its headings, as GitHub makes them
    awk '/^```/ { inside = !inside } !inside && /^#+ / { sub(/^#+ /, ""); print tolower($0) }' "$1" | sed 's/[^a-z0-9 _-]//g; s/ /-/g'
}

leads_somewhere() { # leads_somewhere PAGE: each file that it has a link to is there, and has the heading
    grep -o '](\(\.\{0,2\}[^):]*\))' "$ROOT/docs/$1" | sed 's/^](//; s/)$//' | sort -u >"$RUN/links"
    [ -s "$RUN/links" ] || { echo "     it has none" && return 1; }
    while read -r link; do
        file=${link%%#*} anchor=
        case $link in *#*) anchor=${link#*#} ;; esac
        [ -e "$ROOT/docs/${file:-$1}" ] || { echo "     $link" && return 1; }
        [ -z "$anchor" ] || anchors "$ROOT/docs/${file:-$1}" | grep -qxe "$anchor" || { echo "     $link" && return 1; }
    done <"$RUN/links"
}

for questions in "$EXAMPLES"/*.questions.yaml; do
    name=$(basename "$questions" .questions.yaml)
    check "$name: every answer is as expected" answers_all "$name"
    check "$name: a wrong one is noticed" notices_wrong_answers "$name"
    check "$name: each rule decides an answer" each_rule_decides "$name"
    check "$name: lint has nothing against it" is_clean "$EXAMPLES/$name.yaml"
done
check "there are all nine" same 18 "$(find "$EXAMPLES" -name '*.yaml' | wc -l)"
for file in "$ROOT"/deploy/examples/*.yaml; do
    name=$(basename "$file" .yaml)
    check "$name: lint has nothing against it, either" is_clean_with_values "$name"
    check "$name: each verb is allowed to somebody" allows_every_verb "$file"
done
for file in $FIRST; do
    name=$(basename "$file" .yaml)
    check "$name: good, without a warning, and all of it is built" is_good_without_a_word "$name"
done
check "the page shows these files" shows_files "$PAGE" "$EXAMPLES"/*
# shellcheck disable=SC2086 # a list
check "and connect.md the first ones" shows_files "$ROOT/docs/connect.md" $FIRST
check "the other page names every key, and none that there is not" names_every_key
for page in "$ROOT"/docs/*.md; do
    check "what $(basename "$page") has links to is there" leads_somewhere "$(basename "$page")"
done
finish
