# Measures the requests of load.py that were under way after `since` and begun before `until`, of one `kind` or of all:
#   longest      seconds that the longest took
#   recovery     seconds from `since` until the last that was not well had ended
#   well         how many were well and begun after `since`
#   unavailable  how many were answered by 503 with Retry-After
#   other        how many were answered in another way, or not at all
{ begun = $1; took = $2; ended = $1 + $2; is_unavailable = $4 == 503 && $6 != "-" }
ended < since || until && begun >= until || kind && kind != $3 { next }
took > longest { longest = took }
!$5 && ended - since > recovery { recovery = ended - since }
$5 && begun >= since { well++ }
is_unavailable { unavailable++ }
!is_unavailable { other++ }
END {
    if (measure == "longest") printf "%.3f", longest
    if (measure == "recovery") printf "%.3f", recovery
    if (measure == "well") printf "%d", well
    if (measure == "unavailable") printf "%d", unavailable
    if (measure == "other") printf "%d", other
}
