# An SMTP server, PyPI's aiosmtpd, twice: with STARTTLS and AUTH, which it wants, and with TLS from the start. Files: mails,
# tls, user (USER:PASSWORD).
install() {
    local list=$services_folder/smtp/requirements.txt
    folder=$cache/smtp-$(cksum <"$list" | cut -d' ' -f1) program=$services_folder/smtp/smtpd.py
    authorities "$home/tls"
    mkdir -p "$home/mails"
    [ -e "$home/user" ] || echo 'aiops:sesame' >"$home/user"
    [ -e "$folder/complete" ] && return
    mkdir -p "$cache"
    exec 8>"$folder.lock"
    flock 8
    [ -e "$folder/complete" ] || {
        echo "services: installing aiosmtpd in $folder" >&2
        rm -rf "$folder"
        python3 -m venv "$folder" >&2 || unavailable "python3 has no venv (package python3-venv)"
        "$folder/bin/pip" install --quiet --no-deps --requirement "$list" >&2 || fail "aiosmtpd cannot be had from PyPI"
        touch "$folder/complete"
    }
    exec 8>&-
}

launch() {
    background "$folder/bin/python" "$program" "$port" "$(own_port tls)" "$home/mails" "$home/tls" "$(cat "$home/user")"
}

ready() { python3 -c 'import socket, sys; [socket.create_connection(("127.0.0.1", int(p)), 2) for p in sys.argv[1:]]' \
    "$port" "$(own_port tls)" 2>/dev/null; }

addresses() {
    echo "SMTP_HOST=localhost:$port"
    echo "SMTPS_HOST=localhost:$(own_port tls)"
    echo "SMTP_MAILS=$home/mails"
    echo "SMTP_CA=$home/tls/ca.crt"
}
