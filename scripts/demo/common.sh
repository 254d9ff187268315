# Shared by up and down: the parts of the demo, in the order they start, and their process ids.
parts=(service-b service-a node_exporter prometheus)

# A process id can be given to another process later; with its start time it cannot.
# A zombie (Z) has ended, even if nobody has fetched its exit status yet.
started_at() { sed -n 's/.*) //; /^Z/!p' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# pid_of NAME: the process id of the part, if it runs
pid_of() {
    local pid since
    read -r pid since 2>/dev/null <"$work/run/$1.pid" || return 1
    [ -n "$since" ] && [ "$(started_at "$pid")" = "$since" ] && echo "$pid"
}
