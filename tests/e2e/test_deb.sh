#!/bin/sh
# The Debian package: built, looked at by lintian, taken apart; put into a root of its own, removed and purged.
# shellcheck disable=SC2016,SC2317 # called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
command -v lintian >/dev/null || { echo "lintian is not installed: tests/run.sh does so"; exit 1; }

(cd "$RUN" && umask 022 && cpack -G DEB --config "$BUILD/CPackConfig.cmake" -B "$RUN" >"$RUN/cpack" 2>&1) || tail -n 5 "$RUN/cpack"
deb=$(ls "$RUN"/opsgate_*.deb)
check "a package is made" [ -s "$deb" ]
lintian --fail-on error --allow-root --suppress-tags dir-or-file-in-tmp "$deb" >"$RUN/lintian" 2>&1
check "lintian finds no error" same 0 $?
grep '^E:' "$RUN/lintian"

dpkg-deb -c "$deb" >"$RUN/content"
for path in ./usr/bin/opsgate ./lib/systemd/system/opsgate.service ./lib/systemd/system/opsgate.socket \
    ./usr/lib/sysusers.d/opsgate.conf ./etc/opsgate/opsgate.yaml ./usr/share/man/man1/opsgate.1.gz \
    ./usr/share/bash-completion/completions/opsgate ./usr/share/doc/opsgate/copyright ./usr/share/doc/opsgate/security.md; do
    check "it has $path" grep -q "^-.* root/root .* $path\$" "$RUN/content"
done
check "it writes nowhere else" same "" "$(grep '^-' "$RUN/content" | grep -v ' \./\(usr/\(bin\|lib/sysusers.d\|share\)\|lib/systemd/system\|etc/opsgate\)/')"
dpkg-deb -I "$deb" >"$RUN/info"
check "it depends on what the program is linked with" grep -q '^ Depends: .*libmicrohttpd12' "$RUN/info"
check "the configuration is yours once it is there" same /etc/opsgate/opsgate.yaml "$(dpkg-deb -I "$deb" conffiles)"

dpkg-deb -x "$deb" "$RUN/root"
(set -a; . "$ROOT/deploy/examples/starter.env"; "$RUN/root/usr/bin/opsgate" check "$RUN/root/etc/opsgate/opsgate.yaml") >"$RUN/checked" 2>&1
check "the program takes the file that comes with it" same 0 $?
check "the unit starts the program that it installs" \
    grep -q '^ExecStart=/usr/bin/opsgate serve -c /etc/opsgate/opsgate.yaml$' "$RUN/root/lib/systemd/system/opsgate.service"
check "the manual is one" sh -c 'zcat "$1" | head -n 1 | grep -q "^.TH OPSGATE 1"' sh "$RUN/root/usr/share/man/man1/opsgate.1.gz"

# ---- its scripts, in a root of their own ----

mkdir "$RUN/scripts" && dpkg-deb -e "$deb" "$RUN/scripts"
if ! unshare -rm true 2>/dev/null; then
    echo "no namespaces here: the scripts are not run"
    finish
fi
# in_root COMMAND...: /etc/opsgate, /var/lib/opsgate, /run and the users are a copy's; systemd is one that writes down what it is told
cat >"$RUN/in_root" <<'SH'
set -e
run=$1
shift
mkdir -p "$run/etc" "$run/lib" "$run/bin" "$run/sd"
[ -e "$run/etc/opsgate" ] || { cp /etc/passwd /etc/group "$run/etc"; mkdir "$run/etc/opsgate"; cp "$run/root/etc/opsgate/opsgate.yaml" "$run/etc/opsgate"; }
for tool in systemctl systemd-sysusers; do
    printf '#!/bin/sh\necho %s "$@" >>%s/told\n' $tool "$run" >"$run/bin/$tool"
    chmod 755 "$run/bin/$tool"
done
mount --bind "$run/etc" /etc
mkdir -p "$run/lib/opsgate"
mount --bind "$run/lib" /var/lib
mount -t tmpfs none /run
mkdir -p /run/systemd/system
PATH=$run/bin:$PATH
exec "$@"
SH
in_root() {
    unshare -rm sh "$RUN/in_root" "$RUN" "$@"
}
told() {
    grep -c -x -F -e "$*" "$RUN/told" 2>/dev/null
}
check "it configures itself" in_root sh "$RUN/scripts/postinst" configure ""
check "with its user" same 1 "$(told systemd-sysusers /usr/lib/sysusers.d/opsgate.conf)"
check "and a place for secrets, for root alone" same 600 "$(stat -c %a "$RUN/etc/opsgate/secrets.env")"
check "it is not started by itself" same 0 "$(grep -c 'start' "$RUN/told")"
echo SLACK_BOT_TOKEN=mine >"$RUN/etc/opsgate/secrets.env"
check "an upgrade configures it again" in_root sh "$RUN/scripts/postinst" configure 0.0.9
check "whose secrets stay" same SLACK_BOT_TOKEN=mine "$(cat "$RUN/etc/opsgate/secrets.env")"
check "and one that runs is restarted" same 1 "$(told systemctl try-restart opsgate.service)"
check "it is removed" in_root sh "$RUN/scripts/prerm" remove
check "and stopped" same 1 "$(told systemctl --quiet disable --now opsgate.service opsgate.socket)"
check "twice does no harm" in_root sh "$RUN/scripts/postrm" remove
check "what is removed keeps its secrets" [ -e "$RUN/etc/opsgate/secrets.env" ]
check "it is purged" in_root sh "$RUN/scripts/postrm" purge
check_not "then they are gone" [ -e "$RUN/etc/opsgate/secrets.env" ]
check "but not what was done" [ -d "$RUN/lib/opsgate" ]
check "once more does no harm" in_root sh "$RUN/scripts/postrm" purge
finish
