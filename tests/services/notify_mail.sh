# Mail to a real SMTP server (aiosmtpd): STARTTLS with AUTH, TLS, what is refused for good and what for now, a server that
# is away or hangs; the mail as Python's mail library reads it.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"
. "$AIOPS_SOURCE/tests/services/lib/incidents.sh"

up smtp
export MAIL_USER=aiops:sesame
# config [LINE...]
config() {
    printf '%s\n' '[receiver.mail]' 'type = "mail"' "host = \"$SMTP_HOST\"" "ca-file = \"$SMTP_CA\"" \
        'from = "aiops@example.org"' 'user-env = "MAIL_USER"' "$@" >notify.toml
}
# mails EXPRESSION: of Python, over the mails m, in order of arrival, as email.message has them
mails() {
    python3 - "$SMTP_MAILS" "$1" <<'END' || fail "not so: $1"
import email, email.policy, glob, sys
m = [email.message_from_binary_file(open(f, "rb"), policy=email.policy.default) for f in sorted(glob.glob(sys.argv[1] + "/*.eml"))]
sys.exit(not eval(sys.argv[2]))
END
}
mailed() { [ "$(ls "$SMTP_MAILS" | grep -c 'eml$')" -ge "$1" ]; }

echo "# STARTTLS and AUTH: text, HTML and a chart; nothing of a log is HTML, a header or another mail"
config 'to = ["ops@example.org"]'
incident cart-1 1 open '"title":"gr\u00f6\u00dfer\r\nBcc: evil@example.org <b>"' '"logs":[{"message":"<script>\r\n.\r\nMAIL FROM:<evil@example.org>"}]' |
    aiops-report notify --config notify.toml --journal journal
mails 'len(m) == 1 and m[0]["X-Envelope"] == "aiops@example.org ops@example.org" and m[0]["Bcc"] is None'
mails '"größer\\x0d\\x0aBcc: evil@example.org <b>" in m[0]["Subject"] and not m[0].defects'
mails '[p.get_content_type() for p in m[0].walk()] == ["multipart/related", "multipart/alternative", "text/plain", "text/html", "image/png"]'
mails '"<script>" in m[0].get_body(("plain",)).get_content() and "&lt;script&gt;" in m[0].get_body(("html",)).get_content() and "<script>" not in m[0].get_body(("html",)).get_content()'
mails '"cid:timeline" in m[0].get_body(("html",)).get_content() and [p for p in m[0].walk()][-1].get_content().startswith(b"\x89PNG")'

echo "# its end is in the same thread"
incident cart-1 2 resolved | aiops-report notify --config notify.toml --journal journal
mails 'len(m) == 2 and m[1]["References"] == m[0]["Message-ID"] and m[1]["Message-ID"] != m[0]["Message-ID"]'

echo "# of three addresses one is refused for good and one for now; the third has it at once"
config 'to = ["reject@example.org", "later@example.org", "ops@example.org"]'
incident cart-2 1 open >one
status 4 aiops-report notify --config notify.toml --journal journal --drain 1s one
says "mail reject@example.org: refused cart-2.1: smtp://$SMTP_HOST: reject@example.org: the server says 550 5.1.1 no such user"
says "mail later@example.org: smtp://$SMTP_HOST: later@example.org: the server says 451 4.3.0 try again later; tried again in"
mails 'len(m) == 3'
touch "$SMTP_MAILS/later-is-now"
status 0 aiops-report notify --config notify.toml --journal journal /dev/null
mails 'len(m) == 4 and m[3]["To"] == "later@example.org"'

echo "# TLS from the start"
config 'to = "tls@example.org"' 'security = "tls"'
sed -i "s/^host.*/host = \"$SMTPS_HOST\"/; /^user/d" notify.toml
incident cart-3 1 open | aiops-report notify --config notify.toml --journal journal
mails 'len(m) == 5 and m[4]["To"] == "tls@example.org"'

echo "# a certificate that nobody vouches for, and a wrong password: nothing is sent, and it waits"
sed -i '/^ca-file/d' notify.toml
incident cart-4 1 open >one
status 4 aiops-report notify --config notify.toml --journal other --drain 0s one
config 'to = "ops@example.org"'
MAIL_USER=aiops:other-sesame status 4 aiops-report notify --config notify.toml --journal other2 --drain 0s one
says "the server does not take the user and password"
mails 'len(m) == 5'
grep -l sesame journal other other2 stderr notify.toml && fail "the password is in these files"

echo "# a server that hangs, and one that is away: later"
config 'to = "hang@example.org"' 'timeout = "1s"'
status 4 aiops-report notify --config notify.toml --journal other3 --drain 0s one
says "tried again in"
config 'to = "ops@example.org"'
SIGNAL=KILL down smtp
notify
say cart-5 1 open
within 10 grep -q "tried again" messages
up smtp 7>&-
within 60 mailed 6
hush
mails 'len(m) == 6 and "cart-5" in m[5]["Subject"]'

echo "# a day's digest"
rm -f "$SMTP_MAILS"/*.eml
config 'to = "boss@example.org"'
printf '[[route]]\nreceiver = "mail"\ndigest = "%s"\n' "$(date -d '-1 min' +%H:%M)" >>notify.toml
for i in 1 2 3; do incident "old-$i" 1 open; done >three
sed 's/^/{"timestamp":"2026-01-31T12:00:00Z","kind":"incident","to":[{"receiver":"mail boss@example.org","conversation":"c"}],"incident":/; s/$/}/' three |
    sed 's/"conversation":"c"\(.*"id":"\)\(old-.\)/"conversation":"\2"\1\2/' >digest
status 0 aiops-report notify --config notify.toml --journal digest /dev/null
mails 'len(m) == 1 and m[0]["Subject"] == "Incidents: 3 incidents, 3 still open"'
status 0 aiops-report notify --config notify.toml --journal digest /dev/null
mails 'len(m) == 1'
