# shellcheck shell=bash
# A Quoin under load on a PostgreSQL of its own, for the scenarios that source this file after script/services.sh.
#
#   start_loaded PORT              starts Quoin, which reaches the database at this port, and the load
#   now                            prints the time in seconds, as the load has it
#   measured WHAT VARIABLE=VALUE…  prints what script/faults/requests.awk measures
#   promise TEXT CONDITION         prints "ok TEXT" or "FAILED TEXT", as an arithmetic condition says; counts failures
#   all_kinds TEXT                 promises that requests of each kind are well since the time in `settled`
#   failures                       how many promises were not kept

: "${work:?script/services.sh comes first}"
quoin=${QUOIN_BINARY:?}
# What the caller has configured for a Quoin of their own is not for the scenario.
unset "${!QUOIN_@}" DATABASE_URL REDIS_URL
requests=$work/requests
failures=0

now() {
    date +%s.%3N
}

start_loaded() {
    local port link
    psql --quiet "$POSTGRES_URL/postgres" --command 'CREATE DATABASE quoin'
    port=$(free_port)
    export QUOIN_DATA_DIR=$work/data DATABASE_URL=postgres://quoin@127.0.0.1:$1/quoin QUOIN_LISTEN=127.0.0.1:$port QUOIN_LOG__LEVEL=warn
    export QUOIN_LIMITS__REQUESTS_PER_MINUTE=1000000
    mkdir "$work/data"
    "$quoin" serve --sample >"$work/quoin.out" 2>"$work/quoin.log" &
    started+=("TERM $!")
    until_listening "$port" $! || {
        cat "$work/quoin.log" >&2
        return 1
    }
    link=$("$quoin" user create ann@quoin.test --name Ann --administrator --json | grep --only-matching 'http[^"]*')
    python3 script/faults/load.py "http://127.0.0.1:$port" "$link" "$requests" &
    started+=("TERM $!")
    for _ in {1..300}; do
        [[ -s $requests ]] && (($(wc -l <"$requests") > 500)) && return
        sleep 0.1
    done
    say "there is no load"
    return 1
}

measured() {
    local variables=() variable
    for variable in "measure=$1" "${@:2}"; do
        variables+=(-v "$variable")
    done
    awk "${variables[@]}" -f script/faults/requests.awk "$requests"
}

promise() {
    local text=$1 condition=$2
    if awk "BEGIN { exit !($condition) }"; then
        echo "ok $text"
    else
        echo "FAILED $text"
        failures=$((failures + 1))
    fi
}

all_kinds() {
    local kind count
    for kind in cached read write; do
        count=$(measured well "since=${settled:?}" "kind=$kind")
        promise "$1: $count requests ($kind) well in the last 5 s" "$count > 0"
    done
}
