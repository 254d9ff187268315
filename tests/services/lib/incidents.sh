# Sourced by tests of delivery, after common.sh: incidents to tell of, and receivers that keep what they are told.

# incident ID REVISION STATE [MEMBER...]: a record; each MEMBER is `"name":value`, and wins over those that stand there
incident() {
    local id=$1 revision=$2 state=$3 end=null more=''
    shift 3
    [ "$state" != resolved ] || end="\"$(date -u +%FT%TZ)\""
    [ $# = 0 ] || more=$(printf '%s,' "$@")
    printf '{%s"timestamp":"%s","id":"%s","state":"%s","revision":%s,"title":"%s is slow","severity":"high","start":"%s","end":%s,"services":["cart"],"members":[{"service":"cart","metric":"latency","onset":"2026-01-31T12:00:00Z","until":"2026-01-31T12:05:00Z","value":0.9,"expected":0.2,"score":5}]}\n' \
        "$more" "$(date -u +%FT%TZ)" "$id" "$state" "$revision" "$id" "$(date -u -d '-2 min' +%FT%TZ)" "$end"
}

# receiver [CONTRACT]: starts one and sets RECEIVER_URL; what it was told stands in ./told, what it does wrong in ./fault
receiver() {
    : >told
    fault pass
    rm -f receiver_port
    python3 "$AIOPS_SOURCE/tests/services/lib/receiver.py" told fault "$@" >receiver_port &
    receiver_pid=$!
    children+=($receiver_pid)
    disown
    within 10 test -s receiver_port
    RECEIVER_URL=http://127.0.0.1:$(cat receiver_port)
}
told() { [ "$(wc -l <told)" -ge "$1" ]; }

# notify [OPTION...]: starts it on a pipe of its own; `say` writes into it, `hush` ends it in order
notify() {
    rm -f pipe && mkfifo pipe
    aiops-report notify --config notify.toml --journal journal "$@" <pipe 2>>messages &
    notify_pid=$!
    children+=($notify_pid)
    exec 7>pipe
}
say() { incident "$@" >&7; }
hush() {
    exec 7>&-
    found=0 && wait "$notify_pid" || found=$?
    [ "$found" = "${1-0}" ] || fail "exit status $found, expected ${1-0}: $(cat messages)"
}
