#!/bin/sh
# Turns operators of policy/ around, one at a time, and shows that the comparison with the reference finds each:
# sh tests/policy/mutate.sh. Nothing of the checkout is changed; a row whose text is not found any more is an error.
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags="-std=c11 -g -D_GNU_SOURCE -I. -Itests/policy $(pkg-config --cflags libcjson cmocka)"
libraries="$(pkg-config --libs libcjson cmocka) -lcrypto -lm"

mkdir "$work/objects"
for file in policy/*.c bot/base/*.c bot/model/*.c tests/policy/*.c; do
    # shellcheck disable=SC2086 # one word for each flag
    cc $flags -c "$file" -o "$work/objects/$(echo "$file" | tr / _).o"
done

found=0
failed=0
# mutate FILE TEXT OTHER ABOUT: TEXT stands once in FILE, and OTHER is put in its place.
mutate() {
    mkdir -p "$work/policy"
    if [ "$(grep -cF -- "$2" "$1")" != 1 ]; then
        printf 'stale     %s: not once in %s: %s\n' "$4" "$1" "$2"
        failed=1
        return
    fi
    FROM=$2 TO=$3 awk '{ at = index($0, ENVIRON["FROM"])
        if (at) $0 = substr($0, 1, at - 1) ENVIRON["TO"] substr($0, at + length(ENVIRON["FROM"])); print }' "$1" >"$work/$1"
    cp -r "$work/objects" "$work/mutant"
    # shellcheck disable=SC2086
    cc $flags -w -c "$work/$1" -o "$work/mutant/$(echo "$1" | tr / _).o"
    # shellcheck disable=SC2086
    cc "$work"/mutant/*.o $libraries -o "$work/test"
    if POLICIES=3000 "$work/test" >"$work/log" 2>&1; then
        printf 'UNNOTICED %s\n' "$4"
        failed=1
    else
        printf 'found     %s\n' "$4"
        found=$((found + 1))
    fi
    rm -rf "$work/mutant"
}

mutate policy/decide.c 'asked_conditions(asked, rule) == TRUTH_NO)' 'asked_conditions(asked, rule) != TRUTH_YES)' \
    "a deny that errs does not deny"
mutate policy/decide.c 'asked_conditions(asked, rule) != TRUTH_NO)' 'asked_conditions(asked, rule) == TRUTH_YES)' \
    "a require that errs does not apply"
mutate policy/decide.c 'if (question->is_safe_direction || is_denied' 'if (is_denied' "a deny holds in the safe direction"
mutate policy/decide.c 'bool is_broken = is_given(asked->facts->break_glass);' 'bool is_broken = true;' \
    "the glass breaks without a reason"
mutate policy/decide.c 'denial.can_break_glass = false;' 'denial.can_break_glass = true;' "who cannot pass is told they can"
mutate policy/asked.c 'if (!when || (!asked->question->source && rule->kind != RULE_ALLOW))' 'if (!when)' \
    "a deny does not match when the source is not known"
mutate policy/asked.c 'asked->worst <= severity' 'asked->worst >= severity' "severities the other way round"
mutate policy/asked.c 'asked->worst <= severity' 'asked->worst < severity' "only a worse incident counts"
mutate policy/asked.c 'return window < incident ? window : incident;' 'return window > incident ? window : incident;' \
    "one condition of two is enough"
mutate policy/asked.c 'rule->to.count == 0 || asked_is_meant' 'asked_is_meant' "a deny without \`to\` is for nobody"
mutate policy/who.c '<= policy->roles_of[grant->role].max_age_ms' '< policy->roles_of[grant->role].max_age_ms' \
    "members just as old as max_age count for nothing"
mutate policy/who.c 'if (names->has_everyone && who->is_everyone)' 'if (names->has_everyone)' "everybody is everyone"
mutate policy/needs.c 'age_ms(asked->facts->unix_ms, approval->at_ms) > wanted->expires_ms' \
    'age_ms(asked->facts->unix_ms, approval->at_ms) >= wanted->expires_ms' "an approval just as old as \`expires\` is void"
mutate policy/needs.c 'policy_is_same_person(asked->policy, asked->facts->members, &approval->by' \
    'policy_is_same_person(asked->policy, NULL, &approval->by' "the requester approves as whom they were joined with"
mutate policy/asked.c 'is_joined_hit(asked, rule) || ' '' "what withholds from one is not for whom they are joined with"
mutate policy/policy.c 'return is_caseless(system) ? str_equal_nocase(a, b)' 'return false ? str_equal_nocase(a, b)' \
    "a GitHub login in another case is somebody else"
mutate policy/needs.c 'policy_is_same_person(asked->policy, asked->facts->members, &approval->by, &asked->question->principal)' \
    'principal_equal(&approval->by, &asked->question->principal)' "the requester approves as another principal of theirs"
mutate policy/needs.c '(wanted->exclude_authors && is_author(asked, &approval->by))' 'false' "exclude_authors is not looked at"
mutate policy/needs.c 'return !asked->facts->are_authors_known;' 'return false;' "nobody is an author while authors are not known"
mutate policy/needs.c 'who_is_known(asked->policy, &who) && ' '' "somebody whom nobody knows approves"
mutate policy/needs.c 'count += is_again ? 0 : 1;' 'count++;' "two approvals of one person are two"
mutate policy/needs.c '>= wanted->for_ms' '> wanted->for_ms' "healthy for exactly so long is not long enough"
mutate policy/needs.c 'asked->stage == POLICY_INCREASE ? 0 : asked->question->needs_ms' 'asked->question->needs_ms' \
    "an increase takes all of the time once more"
mutate policy/needs.c 'asked->stage == POLICY_INCREASE ? 0 : asked->question->needs_ms' '0' "a window may close half-way"
mutate policy/stretch.c 'next_ms - at_ms > for_ms' 'next_ms - at_ms >= for_ms' "a window that closes just then is long enough"
mutate policy/stretch.c 'goes_on && sweep.open > 0' 'goes_on && sweep.open > 1' "windows that adjoin are two"
mutate policy/asked.c 'strcmp(broken->deny, deny->identity) != 0' 'false' "a glass that was broken before is for every deny"
mutate policy/asked.c 'who_is_among(asked->policy, asked->facts, &by, &deny->break_glass)' 'true' \
    "a glass stays broken though whoever broke it has lost the role"
mutate policy/asked.c 'by = who_find(asked->policy, asked->facts, &broken->by);' 'by = asked->who;' \
    "a glass stays broken if whoever asks has the role"
for list in deny to break_glass; do
    mutate policy/identity.c "add_names(&content, \"$list\", deny->$list, deny->${list}_count, arena);" '' \
        "another deny is the same though its $list is another"
done
for list in service environment database; do
    mutate policy/identity.c "add_names(content, \"$list\", on->$list, on->${list}_count, arena);" '' \
        "another deny is the same though its $list is another"
done
for list in source during; do
    mutate policy/identity.c "add_names(content, \"$list\", when->$list, when->${list}_count, arena);" '' \
        "another deny is the same though its $list is another"
done
mutate policy/identity.c 'add_names(content, "labels", labels, on->labels_count, arena);' '' \
    "another deny is the same though its labels are others"
mutate policy/identity.c 'add_text(content, when->incident_at_least);' '' "another deny is the same though its incident is another"
mutate policy/identity.c 'add_text(&content, deny->reason);' '' "another deny is the same though its reason is another"
mutate policy/identity.c 'qsort(sorted, count, sizeof(*sorted), compare_texts);' ';' \
    "a deny is another if its names stand in another order"
mutate policy/needs.c 'facts->checks == KNOWN_NOT ?' 'facts->checks != KNOWN_YES ?' "red checks are pending"
mutate policy/policy.c 'return policy->team && is_same(principal->team, policy->team);' 'return true;' \
    "somebody of another workspace is everyone"

echo "$found found"
exit $failed
