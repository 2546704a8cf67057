#!/bin/sh
# A broken glass is mailed: once, whatever the mail server and opsgate go through meanwhile; and what the doctor says of the server.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"

rules='    - { allow: review, to: release-manager }\
    - { deny: deploy, on: { environment: staging }, break_glass: developer, reason: "a freeze" }'
sandbox_up
CONFIG=$RUN/opsgate.yaml
sed "s/glass_mail_to: .*/glass_mail_to: [security@example.com, boss@example.com]/; \$a\\$rules" "$ROOT/deploy/sandbox.yaml" >"$CONFIG"
opsgate_up || exit 1

mails() { # mails FILTER: of all that came
    world "[.mail.mails[]] | $1"
}

has_mails() { # has_mails COUNT
    [ "$(mails length)" = "$1" ]
}

mail_asked() { # mail_asked VERB: how often the mail server was, answered or not
    get "$SANDBOX_URL/_sandbox/calls" | jq --arg verb "$1" '[.[] | select(.service == "mail" and .method == $verb)] | length'
}

asked_at_least() { # asked_at_least VERB COUNT
    [ "$(mail_asked "$1")" -ge "$2" ]
}

# ---- one mail ----

say "$BOB" /deploy "api staging v1.4.2 --break-glass \"a fire; ünter Wasser\""
check "the glass is broken" has "$BODY" "*D1*: deploying"
check "a review is left" wait_until 20 is_in_state D2 open
check "and mailed" wait_until 20 has_mails 1
check "to both, in one mail" same '["security@example.com","boss@example.com"]' "$(mails '.[0].to | tojson')"
check "of this machine's" same opsgate@example.com "$(mails '.[0].from')"
TEXT=$(mails '.[0].text')
check "with who" has "$TEXT" "slack:$BOB"
check "what, and where" has "$TEXT" "deploy D1 of api in staging, v1.4.2"
check "which deny" has "$TEXT" "opsgate.yaml:"
check "why" has "$TEXT" "a fire; ünter Wasser"
check "and how it ends" has "$TEXT" "review D2 "
check "its subject names the review" has "$(mails '.[0].subject')" "api/staging, review D2"
check "nobody's vacation answers it" same auto-generated "$(mails '.[0].headers["auto-submitted"]')"
check "the deploy is done" wait_until 60 is_so D1 '.result == "done"'

# ---- one that comes late ----

arm mail CONNECT drop_before 0 1
arm mail MAIL status 421 1
say "$BOB" /deploy 'api staging v1.4.1 --break-glass "again"'
check "a glass is broken while the server stumbles" has "$BODY" "*D3*: deploying"
check "its mail comes all the same" wait_until 60 has_mails 2
check "when the server stands again" wait_until 10 asked_at_least CONNECT 4
check "the deploy is done" wait_until 60 is_so D3 '.result == "done"'

# ---- a crash in the middle ----

arm mail TEXT delay_after 600000 1
say "$BOB" /deploy 'api staging v1.4.2 --break-glass "and again"'
check "the server takes a third, and is slow to say so" wait_until 60 has_mails 3
opsgate_kill
opsgate_up
check "after the crash it is sent again: nobody knows that it came" wait_until 60 has_mails 4
check "as the same mail" same 1 "$(mails '[.[2:][] | .message_id + .date] | unique | length')"
check "and another one than those before" same 3 "$(mails '[.[].message_id] | unique | length')"
check "the deploy is done" wait_until 60 is_so D5 '.result == "done"'

# ---- a server that takes it, and never says so ----

arm mail TEXT drop_after 0 1000
say "$BOB" /deploy 'api staging v1.4.1 --break-glass "into the dark"'
check "the server takes a mail, and its answer is lost" wait_until 60 has_mails 5
opsgate_kill
opsgate_up
check "it is sent once more, and nobody knows: that is told" wait_until 60 world_says \
    'any(.slack.channels[].messages[]; .text | contains("nobody knows whether it arrived"))'
check "and it is not sent for ever" has_mails 6
check "the second is the first" same 1 "$(mails '[.[4:][] | .message_id + .date] | unique | length')"
check "the deploy is done" wait_until 60 is_so D7 '.result == "done"'
disarm

# ---- no ----

arm mail RCPT status 550 2
say "$BOB" /deploy 'api staging v1.4.2 --break-glass "once more"'
check "a server that takes nobody's mail is heard" wait_until 30 world_says \
    'any(.slack.channels[].messages[]; .text | contains("A mail about") and contains("refuses it"))'
check "and asked no more" has_mails 6

# ---- the doctor ----

doctor_of_mail() {
    "$BUILD/opsgate" doctor -c "$CONFIG" --json | jq -r '.findings[] | select(.subject == "Mail") | "\(.mark) \(.text)"'
}
asked=$(mail_asked MAIL)
check "the doctor finds the server good" has "$(doctor_of_mail)" "asks for no login"
change_world '{"mail":{"username":"opsgate","password":"secret"}}'
sed -i 's/from: opsgate@example.com/&, username: opsgate, password: wrong/' "$CONFIG"
check "a wrong password bad" has "$(doctor_of_mail)" "535"
sed -i 's/password: wrong/password: secret/' "$CONFIG"
check "and the right one good" has "$(doctor_of_mail)" "takes the login"
check "without sending anything" same "$asked" "$(mail_asked MAIL)"
sed -i 's|url: "${env:SANDBOX_SMTP_URL}"|url: "smtp://127.0.0.1:1"|' "$CONFIG"
check "a server that is away is told" has "$(doctor_of_mail)" "127.0.0.1"
check "the journal is one chain" journal_is_a_chain
finish
