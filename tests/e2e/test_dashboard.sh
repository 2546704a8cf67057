#!/bin/sh
# The dashboard, in a real browser: who may come in, by the provider and by a link; each view with what is under way, in words and to
# scale; what strangers wrote is text; what changes is shown, and that nothing is heard any more is said; asking, as the person
# who signed in; everything for eyes, hands and screen readers, light, dark and on a phone.
# shellcheck disable=SC2016,SC2119,SC2317 # jq and scripts have variables of their own; functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
[ -x /usr/bin/chromium ] || skip "there is no chromium"
rollout_up 's/bake: 3s, watch: 3s/bake: 5m, watch: 3s/; s/max_bake: 60s/max_bake: 10m/'
PAGE="http://$OPSGATE_LISTEN"

# ---- a browser: a line in, a line out ----

mkfifo "$RUN/orders" "$RUN/answers"
"$BUILD/tests/e2e/dashboard/page_driver" <"$RUN/orders" >"$RUN/answers" 2>"$RUN/driver.log" &
DRIVER=$!
remember_other $DRIVER
exec 8>"$RUN/orders" 9<"$RUN/answers"

page() { # page ORDER...: prints what came of it
    printf '%s\n' "$*" >&8
    IFS= read -r page_answer <&9 || return 1
    printf '%s\n' "$page_answer"
}

sees() { # sees EXPRESSION: sooner or later
    [ "$(page until "$1")" = true ] || { echo "     never: $1"; page eval 'document.body.innerText' | cut -c 1-2000; return 1; }
}

reads() { # reads TEXT: it stands in the view
    sees "document.getElementById('main').innerText.includes($(printf '%s' "$1" | jq -Rs .))"
}

looks() { # looks HASH TEXT: at another view, until that stands there
    page eval "location.hash = '$1'" >/dev/null
    reads "$2"
}

press_on() { # press_on SELECTOR
    page eval "document.querySelector('$1').click()" >/dev/null
}

follow_link() { # follow_link SELECTOR: where it leads, with all that is in between
    page open "$(page eval "document.querySelector('$1').href" | jq -r .)" >/dev/null
}

picture() { # of what stands there, for whoever wants to see it
    [ -z "${DASHBOARD_PICTURES:-}" ] || page picture "$DASHBOARD_PICTURES/$1.png" >/dev/null
}

is_usable() { # nothing keeps anybody from using it
    is_found=$(page file "$LIB/dashboard/accessible.js")
    [ "$is_found" = '[]' ] || { echo "     $is_found"; return 1; }
}

ask_api() { # ask_api PATH [CURL-OPTION...]: with the cookie of $RUN/jar; prints the status, $RUN/answer has the body
    ask_path=$1
    shift
    curl -s --noproxy '*' --max-time 20 -b "$RUN/jar" -o "$RUN/answer" -w '%{http_code}' "$@" "$PAGE$ask_path"
}

is_secretless() { # neither what browsers hold, nor what the provider and opsgate share
    ! grep -q -F -e "$(sed -n 's/^#HttpOnly_.*opsgate\t\(.*\)/\1/p' "$RUN/jar")" -e sandbox-openid-secret -e "${link#*ticket=}" "$RUN/one/log"
}

# ---- who comes in ----

page view 1280x900 light >/dev/null
page open "$PAGE/" >/dev/null
check "who is not signed in sees how to, and nothing else" sees "document.querySelector('.sign-in a.button').textContent === 'Sign in with Slack' && document.getElementById('top').hidden"
check "and that page is usable" is_usable
check "nor does the API tell anything" same 401 "$(ask_api /api/v1/operations)"

# as a browser would: there, one says who one is, and back
has_told() { # has_told USER LINE: the newest of them
    [ "$(sessions_of "$1" | head -n 1)" = "$2" ]
}

sign_in() { # sign_in USER: prints where it ended
    rm -f "$RUN/jar"
    sign_in_to=$(curl -s --noproxy '*' -o /dev/null -c "$RUN/jar" -w '%{redirect_url}' "$PAGE/sign-in/start")
    sign_in_back=$(curl -s --noproxy '*' -o /dev/null -w '%{redirect_url}' "$sign_in_to&as=$1")
    echo "$sign_in_back" >"$RUN/back"
    curl -s --noproxy '*' -o /dev/null -b "$RUN/jar" -c "$RUN/jar" -w '%{redirect_url}' "$sign_in_back"
}

who_is_in() { # by the cookie
    [ "$(ask_api /sign-in/state)" = 200 ] && jq -r '.person.principal // "nobody"' "$RUN/answer"
}

sessions_of() { # sessions_of USER: what the journal has of their coming and going, newest first
    "$BUILD/opsgate" -c "$CONFIG" audit tail --json --person "slack:$1" |
        jq -r '.[] | select(.body.name // "" | startswith("dashboard.")) | .body | "\(.name) \(.subject)"'
}

for forged in signature algorithm nonce audience issuer expired; do
    change_world "{\"openid\":{\"forge\":\"$forged\"}}"
    check "a token that is forged by its $forged lets nobody in" same "$PAGE/?refused=provider" "$(sign_in "$ANN")"
    check "so nobody is in" same nobody "$(who_is_in)"
done
change_world '{"openid":{"forge":"team"}}'
check "nor does a good one of another workspace" same "$PAGE/?refused=unknown" "$(sign_in "$ANN")"
check "who says no there is not let in" same "$PAGE/?refused=denied" "$(sign_in nobody)"
check "a way back that this browser did not begin leads nowhere" same "$PAGE/?refused=state" "$(curl -s --noproxy '*' -o /dev/null -w '%{redirect_url}' "$(cat "$RUN/back")")"
arm openid 'POST /api/openid.connect.token' status 503 1
check "a provider that is away is said to be" same "$PAGE/?refused=provider" "$(sign_in "$ANN")"
check "Ann is let in" same "$PAGE/" "$(sign_in "$ANN")"
check "as she is known to policy" same "slack:$ANN" "$(who_is_in)"
check "so does the journal: she alone was let in, by whom, and when" wait_until 10 \
    has_told "$ANN" "dashboard.signed_in $SANDBOX_URL/openid"
check "and the secret of her sign-in is gone" has_not "$(cat "$RUN/jar")" opsgate-sign-in
check "so she cannot come back by the same way" same "$PAGE/?refused=state" "$(curl -s --noproxy '*' -o /dev/null -b "$RUN/jar" -w '%{redirect_url}' "$(cat "$RUN/back")")"
csrf=$(ask_api /sign-in/state >/dev/null && jq -r .person.csrf "$RUN/answer")
check "her cookie alone asks for nothing" same 403 "$(ask_api /api/v1/requests -H 'Content-Type: application/json' -d '{"text":"halt"}')"
check "nor with her session's word from another page" same 403 "$(ask_api /api/v1/requests -H 'Content-Type: application/json' -H "X-CSRF-Token: $csrf" -H 'Origin: https://evil.example' -d '{"text":"halt"}')"
check "nor may another page read" same 403 "$(ask_api /api/v1/operations -H 'Sec-Fetch-Site: cross-site')"

# ---- something to look at ----

say "$ANN" /deploy 'api staging v1.4.2'
wait_until 60 has_ended D1
say "$ANN" /ops 'lock web production "<script>window.hacked = 1</script> migration"'
say "$ANN" /incident 'declare P1 API <img src=x onerror=window.hacked=1> down'
say "$ANN" /deploy 'api production v1.4.2'
wait_until 60 bakes_at D4 5
redis xadd "$(key inbox)" '*' item '{"v":1,"nonsense":"<b>bold</b>"}' >/dev/null
wait_until 20 has_decided_all

# ---- in the browser, by the provider's own page ----

follow_link '.sign-in a.button'
check "the provider asks who one is" sees "document.getElementById('$ANN')"
follow_link "#$ANN"
check "and the page knows her" sees "document.getElementById('who').textContent === 'Ann Fisher'"
check "what is under way stands there" reads "Deploy api v1.4.2 to production"
check "it is connected" sees "document.getElementById('live-text').textContent === 'Live'"
check "what strangers wrote is text" reads '<script>window.hacked = 1</script> migration'
check "whatever it says" reads 'API <img src=x onerror=window.hacked=1> down'
check "and nothing of it is an element" sees "!window.hacked && !document.querySelector('main script, main img')"

# ---- each view, for everybody ----

all_views() { # all_views SIZE SCHEME NAME
    page view "$1" "$2" >/dev/null
    page open "$PAGE/" >/dev/null
    check "$3: now" looks '#/' 'What runs where'
    picture "now-$3"
    check "$3: now, usable" is_usable
    check "$3: the list of operations" looks '#/operations' 'Deploy api v1.4.2 to staging'
    check "$3: the list of operations, usable" is_usable
    check "$3: a rollout, its limits and its verdict" looks '#/operations/D4' 'The judge'
    check "$3: its figures as charts with words" sees "document.querySelectorAll('.chart svg[aria-label*=\"old version\"]').length === 2"
    picture "rollout-$3"
    check "$3: a rollout, usable" is_usable
    check "$3: incidents" looks '#/incidents' 'Nobody leads'
    check "$3: incidents, usable" is_usable
    check "$3: an incident, and what is due" looks '#/incidents/D3' 'Somebody should have answered'
    picture "incident-$3"
    check "$3: an incident, usable" is_usable
    check "$3: targets" looks '#/targets' 'platform-prod-db'
    check "$3: targets, usable" is_usable
    check "$3: a target, and who is at it" looks '#/targets/api/production' 'At it now'
    check "$3: a target, usable" is_usable
    check "$3: dead letters" looks '#/inbox' 'JSON: malformed'
    picture "inbox-$3"
    check "$3: dead letters, usable" is_usable
    check "$3: the journal, searched" looks '#/audit?operation=D1' 'operation.ended'
    picture "audit-$3"
    check "$3: the journal, usable" is_usable
    check "$3: what policy would say" looks "#/policy?who=slack:$BOB&text=deploy+api+production" 'only a release-manager may deploy'
    picture "policy-$3"
    check "$3: policy, usable" is_usable
    check "$3: a view that is none" looks '#/nonsense' 'There is no such page'
    check "$3: and the tab says so" sees "document.title.startsWith('There is no such page')"
    check "$3: an operation that is none" looks '#/operations/D99' 'no such operation'
}

all_views 1280x900 light wide
all_views 1280x900 dark dark
all_views 390x844 light phone

# ---- by keys ----

page view 1280x900 light >/dev/null
page open "$PAGE/" >/dev/null
check "the page is there" reads 'What runs where'
page key Tab >/dev/null
check "the first key leads to the way past the frame" sees "document.activeElement.id === 'skip' && getComputedStyle(document.activeElement).outlineStyle !== 'none'"
page key Enter >/dev/null
check "which leads to the content" sees "document.activeElement.id === 'main'"
page key Tab >/dev/null
check "and on into it, where the focus is seen" sees "document.getElementById('main').contains(document.activeElement) && getComputedStyle(document.activeElement).outlineStyle === 'solid'"

# ---- what changes is shown, and asked for ----

check "the rollout is looked at" looks '#/operations/D4' 'The judge'
page eval "window.before = document.querySelector('main h1'); document.querySelector('main details').open = true" >/dev/null
press "$ANN" D4 Pause >/dev/null
check "what somebody pressed in Slack is seen without a word" sees "document.querySelector('[data-ask^=\"resume \"]')"
check "and what one had opened stays open" sees "window.before === document.querySelector('main h1') && document.querySelector('main details').open"
press_on '[data-ask^="resume "]'
check "a button asks, and is answered" sees "document.querySelector('#answer .yes')"
check "in her name" wait_until 20 is_so D4 '.body.is_paused != true'
check "another view begins without it" looks '#/operations' 'Deploy api v1.4.2 to staging'
check "as what was done" sees "!document.querySelector('#answer .yes')"
page eval "document.getElementById('ask-text').focus()" >/dev/null
page type 'deply api staging' >/dev/null
page key Enter >/dev/null
check "a typo is not guessed at" sees "document.querySelector('#answer .no').innerText.includes('deploy')"
check "a dead letter is looked at" looks '#/inbox' 'JSON: malformed'
check "and a refusal stays until it was read" sees "document.querySelector('#answer .no')"
press_on '[data-ask^="dead drop "]'
check "what cannot be undone is asked about first, and No has the focus" sees "document.getElementById('sure').open && document.activeElement.value === 'no'"
page key Escape >/dev/null
check "No is no" sees "!document.getElementById('sure').open"
check "and the letter is there" same 1 "$(redis xlen "$(key dead)")"
# the dialog tells of its end only then: of the first one, while the second is open
page eval "(async button => { const told = new Promise(done => document.getElementById('sure').addEventListener('close', done)); button.click(); document.querySelector('#sure [value=no]').click(); button.click(); await told; })(document.querySelector('[data-ask^=\"dead drop \"]'))" >/dev/null
check "whoever says no and asks again at once is asked again" sees "document.getElementById('sure').open"
press_on '#sure-yes'
check "yes drops it" reads 'whatever was accepted was decided'
check "by the record, too" same 0 "$(redis xlen "$(key dead)")"

# ---- Bob is somebody else ----

press_on '#out'
check "who signs out is out" sees "document.querySelector('.sign-in') && document.getElementById('top').hidden"
follow_link '.sign-in a.button'
follow_link "#$BOB"
check "and that she went is in the journal" wait_until 10 has_told "$ANN" "dashboard.signed_out $SANDBOX_URL/openid"
check "Bob comes in" sees "document.getElementById('who').textContent.startsWith('Bob')"
check "he sees the rollout" looks '#/operations/D4' 'The judge'
check "and what policy does not let him press" sees "document.querySelector('[data-ask^=\"promote \"]').disabled"
page eval "document.getElementById('ask-text').focus()" >/dev/null
page type 'rollback api production' >/dev/null
page key Enter >/dev/null
check "nor ask for: the refusal names the rule" sees "document.querySelector('#answer .no').innerText.includes('release-manager')"
press_on '#out'
check "and Bob is out" sees "document.querySelector('.sign-in')"

# ---- by a link from the host ----

link=$("$BUILD/opsgate" -c "$CONFIG" dashboard --json | jq -r .link)
page open "$link" >/dev/null
check "a link waits for a person to press" sees "document.activeElement.id === 'use-ticket'"
page key Enter >/dev/null
check "and lets in whoever asked for it on the host" sees "document.getElementById('who').title === 'local:$(id -un)'"
check "the address keeps nothing of it" sees "!location.href.includes('ticket')"
press_on '#out'
sees "document.querySelector('.sign-in')" >/dev/null
page open "$link" >/dev/null
sees "document.activeElement.id === 'use-ticket'" >/dev/null
page key Enter >/dev/null
check "once" reads 'not good any more'
page open "$("$BUILD/opsgate" -c "$CONFIG" dashboard --json | jq -r .link)" >/dev/null
sees "document.activeElement.id === 'use-ticket'" >/dev/null
page key Enter >/dev/null
check "another link is good" reads 'What runs where'
page view 390x844 light >/dev/null
page eval "document.getElementById('ask-text').focus()" >/dev/null
page type "deploy $(printf 'word%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20)" >/dev/null
page key Enter >/dev/null
check "a word without an end is asked on a phone" sees "document.querySelector('#answer .no')"
check "and its answer, usable" is_usable
check "what came is looked at" looks '#/inbox' 'wordwordword'
check "and is usable" is_usable

# ---- nobody hears anything any more ----

opsgate_kill
check "that opsgate is gone is said" sees "document.getElementById('live-text').textContent === 'Not connected' && document.getElementById('stale').innerText.includes('What you see is as it was at')"
opsgate_up 8>&- 9<&-
check "a restart has forgotten who was in, and says so by asking" sees "document.querySelector('.sign-in a.button')"
break_store
check "without the store people are let in all the same" same "$PAGE/" "$(sign_in "$ANN")"
check "and the log says that the journal does not have it" wait_until 10 log_has dashboard.not_journalled
mend_store
check "no secret of a sign-in is in the log" is_secretless
exec 8>&- 9<&-
wait "$DRIVER"
finish
