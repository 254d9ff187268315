# Servers that are built from Go modules, because Debian has no package of them. Binaries are cached by version and by
# the version of Go that built them; sources, modules and the build cache are outside the repository too.
go_cache=$cache/go

# Sets `go_command` to a Go that is new enough; AIOPS_GO names one.
find_go() {
    local candidate
    for candidate in ${AIOPS_GO:-go /usr/local/go/bin/go}; do
        go_command=$(command -v "$candidate") || continue
        go_version=$(GOTOOLCHAIN=local "$go_command" version | sed -n 's/.* go\([0-9.]*\).*/\1/p')
        [ "$(printf '1.25\n%s\n' "$go_version" | sort -V | head -1)" = 1.25 ] && return
    done
    unavailable "$name is built with Go 1.25 or newer (https://go.dev/dl), and ${go_version:+only }${go_version:-none} is here"
}

# A folder with a module of the requirements, replacements and checksums of MODULE, which `go install` would refuse.
# module_around NAME MODULE VERSION
module_around() {
    local folder=$go_cache/src/$1-$3 original
    original=$(cd / && again "$go_command" mod download -json "$2@$3" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
    [ -n "$original" ] || fail "$2@$3 cannot be downloaded"
    rm -rf "$folder"
    mkdir -p "$folder"
    sed -e "s#^module .*#module services/$1#" -e '/=> \.\.\?\//d' "$original/go.mod" >"$folder/go.mod"
    cp "$original/go.sum" "$folder/go.sum"
    chmod u+w "$folder"/go.*
    (cd "$folder" && "$go_command" mod edit -require "$2@$3")
    echo "$folder"
}

# Networks fail now and then: three times.
again() {
    "$@" || { sleep 2 && "$@"; } || { sleep 5 && "$@"; }
}

# go_program NAME MODULE VERSION [PACKAGE]: sets `program` to the program of PACKAGE in MODULE, or to that of
# NAME/main.go here, which uses the MODULE. Builds it if it is not in the cache, one at a time.
go_program() {
    find_go
    local key=$1-$3-go$go_version source=$services_folder/$1/main.go
    [ $# = 4 ] || key=$key-$(sha256sum <"$source" | cut -c1-12)
    program=$go_cache/bin/$key
    [ -x "$program" ] && return
    mkdir -p "$go_cache/bin"
    (
        exec 9>"$go_cache/lock"
        flock 9
        [ -x "$program" ] && exit  # another run built it meanwhile
        echo "services: building $1 $3 in $go_cache, which takes minutes" >&2
        export CGO_ENABLED=0 GOGC=400 GOTOOLCHAIN=local GOFLAGS="-buildvcs=false -mod=mod -modcacherw -p=$(nproc)"
        export GOMODCACHE=$go_cache/mod GOCACHE=$go_cache/build
        folder=$(module_around "$1" "$2" "$3")
        [ $# = 4 ] || cp "$source" "$folder/"
        cd "$folder"
        again nice "$go_command" build -ldflags="-s -w" -o "$program.new" "${4-.}" >&2
        mv "$program.new" "$program"
    ) || fail "$1 cannot be built"
}
