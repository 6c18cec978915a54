# shellcheck shell=bash
# Throw-away PostgreSQL and Redis servers on free ports, for the scripts that source this file. They hold nothing that
# was there before, and go away with the script: sourcing sets the trap for that.
#
#   work      a folder for the script's own files, removed at the end
#   say       prints to standard error
#   free_port prints a port of 127.0.0.1 that nobody listens on
#   start_postgres, start_redis   start a server; POSTGRES_URL (without a database) and REDIS_URL say where
#   until_listening PORT PID      waits until the process listens on the port; fails when it has ended

work=$(mktemp -d "${TMPDIR:-/tmp}/quoin.XXXXXX")
chmod 755 "$work" # the database server runs as another user when this one is root
started=()

clean_up() {
    local server
    for server in ${started[@]+"${started[@]}"}; do
        kill -"${server%% *}" "${server##* }" 2>/dev/null || true
    done
    for server in ${started[@]+"${started[@]}"}; do
        wait "${server##* }" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() {
    printf '%s\n' "$*" >&2
}

is_listening() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

free_port() {
    local port
    for _ in {1..50}; do
        port=$((20000 + RANDOM % 12000)) # below the range that outgoing connections take theirs from
        if ! is_listening "$port"; then
            echo "$port"
            return
        fi
    done
    say "no free port found on 127.0.0.1"
    return 1
}

until_listening() {
    local port=$1 pid=$2
    for _ in {1..600}; do
        kill -0 "$pid" 2>/dev/null || return 1
        if is_listening "$port"; then
            return
        fi
        sleep 0.1
    done
    return 1
}

# Prints the folder of PostgreSQL's server programs, the newest when there are several.
postgres_programs() {
    local folder
    for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin | sort --version-sort --reverse); do
        if [[ -x $folder/initdb && -x $folder/postgres ]]; then
            echo "$folder"
            return
        fi
    done
    folder=$(command -v initdb) && dirname "$(readlink -f "$folder")"
}

start_postgres() {
    local programs folder=$work/postgres port pid as=() user=nobody
    programs=$(postgres_programs)
    mkdir "$folder"
    if [[ $(id -u) == 0 ]]; then
        # PostgreSQL refuses to run as root.
        if id postgres >/dev/null 2>&1; then
            user=postgres
        fi
        chown "$user" "$folder"
        as=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups)
    fi
    (cd "$folder" && ${as[@]+"${as[@]}"} "$programs/initdb" --pgdata="$folder/data" --username=quoin --auth=trust \
        --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$work/initdb.log" 2>&1) || {
        cat "$work/initdb.log" >&2
        return 1
    }
    # It can speak TLS, with a certificate of its own; connections that do not ask for it do without.
    (cd "$folder" && ${as[@]+"${as[@]}"} openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost \
        -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
        -keyout "$folder/data/server.key" -out "$folder/data/server.crt" >"$work/openssl.log" 2>&1) || {
        cat "$work/openssl.log" >&2
        return 1
    }
    export PGSSLMODE=disable
    for _ in {1..5}; do
        port=$(free_port)
        # Nothing here must outlive a crash.
        (cd "$folder" && exec ${as[@]+"${as[@]}"} "$programs/postgres" -D "$folder/data" -p "$port" -k "$folder" \
            -c listen_addresses=127.0.0.1 -c ssl=on -c max_connections=500 -c fsync=off -c synchronous_commit=off \
            -c full_page_writes=off >"$work/postgres.log" 2>&1) &
        pid=$!
        if until_listening "$port" "$pid"; then
            started+=("INT $pid")
            # shellcheck disable=SC2034 # for the script that sources this file
            POSTGRES_URL=postgres://quoin@127.0.0.1:$port
            return
        fi
    done
    cat "$work/postgres.log" >&2
    return 1
}

start_redis() {
    local port pid
    for _ in {1..5}; do
        port=$(free_port)
        redis-server --port "$port" --bind 127.0.0.1 --dir "$work" --save '' --appendonly no >"$work/redis.log" 2>&1 &
        pid=$!
        if until_listening "$port" "$pid"; then
            started+=("TERM $pid")
            # shellcheck disable=SC2034 # for the script that sources this file
            REDIS_URL=redis://127.0.0.1:$port
            return
        fi
    done
    cat "$work/redis.log" >&2
    return 1
}
