# Shared by up and down. A service is a file NAME.sh here, which defines
#   install    makes the program available, from a cache outside the repository; says on standard error what it does
#   launch     starts it with its files in $home on 127.0.0.1:$port, by way of `background COMMAND...`
#   ready      succeeds once it answers
#   addresses  prints KEY=VALUE lines
services_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${AIOPS_SERVICES_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aiops/services}

fail() { echo "${0##*/}: $*" >&2; exit 1; }
# For what this machine cannot have: tests that need it are skipped.
unavailable() { echo "${0##*/}: $*" >&2; exit 77; }

# load NAME: defines the functions of a service, and where its files are
load() {
    [ -e "$services_folder/$1.sh" ] && [ "$1" != common ] || fail "$1: no such service"
    name=$1 home=$work/$1
    mkdir -p "$home"
    . "$services_folder/$1.sh"
}

# A process id can be given to another process later; with its start time it cannot.
started_at() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# The process id of the service that was loaded, if it runs
running() {
    local pid since
    read -r pid since 2>/dev/null <"$home/pid" || return 1
    [ "$(started_at "$pid")" = "$since" ] && echo "$pid"
}

background() {
    setsid "$@" </dev/null >>"$home/log" 2>&1 &
    echo "$! $(started_at $!)" >"$home/pid"
}

# own_port [NAME]: a free port, kept for the service's next start; servers with several ports name the others
own_port() {
    local file=$home/port${1:+.$1}
    [ -e "$file" ] || python3 -c \
        'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' >"$file"
    cat "$file"
}

# debian PACKAGE COMMAND: sets `program` to the command; if it is not installed, the package is unpacked into the
# cache, which starts no unit and needs no root.
debian() {
    program=$(command -v "$2") && return
    program=$cache/$1/usr/bin/$2
    [ -x "$program" ] && return
    echo "services: downloading the Debian package $1 to $cache" >&2
    mkdir -p "$cache/$1"
    (cd "$cache/$1" && apt-get -qq download "$1" >&2 && dpkg -x "$1"_*.deb . && rm "$1"_*.deb) ||
        fail "$1 cannot be had; is the package list up to date (apt-get update)?"
}

# maven: makes the jars that $name/pom.xml names, and the classes of $name/**/*.java, and sets `class_path` to both. They are
# kept in the cache, one folder for each state of those files; none of them belongs into the repository.
maven() {
    local sources=$services_folder/$name made
    made=$cache/$name-$(cat "$sources/pom.xml" $(find "$sources" -name '*.java' | sort) | cksum | cut -d' ' -f1)
    class_path=$made/classes:$made/lib/*
    [ -e "$made" ] && return
    local command
    for command in mvn javac java; do
        command -v $command >/dev/null || fail "$name needs $command (Debian: maven, default-jdk-headless)"
    done
    echo "services: downloading $name with Maven to $made" >&2
    rm -rf "$made".new* && mkdir -p "$made.new.$$"
    mvn -B -q -Dstyle.color=never -f "$sources/pom.xml" dependency:copy-dependencies -DoutputDirectory="$made.new.$$/lib" \
        -DincludeScope=runtime >&2 || fail "Maven could not get what $sources/pom.xml names"
    rm -f "$made.new.$$"/lib/slf4j-nop*
    find "$sources" -name '*.java' -print0 | xargs -0 javac -nowarn -Xlint:none -cp "$made.new.$$/lib/*" \
        -d "$made.new.$$/classes" >&2 || fail "$name: its classes do not compile"
    mv "$made.new.$$" "$made"
}

# authorities FOLDER: a CA, certificates of a server (localhost, 127.0.0.1) and of a client, and the keys, once
authorities() {
    [ -e "$1/client.crt" ] && return
    mkdir -p "$1"
    (
        cd "$1"
        openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=test-ca -keyout ca.key -out ca.crt
        printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n' >extensions
        for who in server client; do
            openssl req -newkey rsa:2048 -nodes -subj /CN=$who -keyout $who.key -out $who.csr
            openssl x509 -req -in $who.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile extensions \
                -out $who.new && mv $who.new $who.crt
        done
    ) 2>"$1/openssl.log"
    [ -e "$1/client.crt" ] || fail "openssl could not make certificates; see $1/openssl.log"
}

# elasticsearch_ready URL [OPTION OF CURL...]: its primary shards are there. Right after a start 401 and 503 are usual.
elasticsearch_ready() {
    curl -sf -m 5 -o /dev/null "${@:2}" \
        "$1/_cluster/health?wait_for_status=yellow&wait_for_no_initializing_shards=true&timeout=1s"
}
