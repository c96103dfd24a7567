#!/usr/bin/env bash
# Captures what logdump shows in terminals of 80 and 120 columns, for docs/logdump.md: screens.sh DIR > screens.md
# DIR holds three data directories: whole and damaged, which nobody changes, and live, of a node that runs; and
# replica, a copy of whole. Needs tmux, and logdump on the path.
set -euo pipefail
cd "$1"
most_lines=34
session=logdump-screens-$$
done_file=$(mktemp -u)
trap 'tmux kill-session -t "$session" 2>/dev/null || true; rm -f "$done_file"' EXIT

capture() { # columns, command line
    rm -f "$done_file"
    tmux send-keys -t "$session" "clear; $2; touch $done_file" Enter
    for _ in $(seq 1 600); do [ -e "$done_file" ] && break; sleep 0.05; done
    sleep 0.1
    printf '    $ %s\n' "$2"
    # Trailing empty lines and the prompt are not the command's; of a long screen the beginning is enough.
    tmux capture-pane -p -t "$session" -S - | sed -e 's/ *$//' -e '/^SCREEN\$/d' -e "s#$done_file##" \
        | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' \
        | awk -v most="$most_lines" 'NR <= most { print "    " $0 } NR == most + 1 { print "    …" }' | sed -e 's/ *$//'
    tmux clear-history -t "$session"
    echo
}

commands=(info segments "list --limit 4" "show 4" verify stats terms map "tail -n 3" "extract --to 2" repair
    "report -o /tmp/raft/report.html" recover)
for columns in 80 120; do
    tmux new-session -d -s "$session" -x "$columns" -y 60 "env PS1='SCREEN$ ' COLUMNS= bash --norc"
    tmux send-keys -t "$session" "unset COLUMNS; shopt -u checkwinsize" Enter
    sleep 0.5
    for log in whole damaged live; do
        echo "### A $log log, $columns columns"
        echo
        for command in "${commands[@]}"; do
            capture "$columns" "logdump ${command%% *} $log${command#"${command%% *}"}"
        done
        case $log in
            whole) capture "$columns" "logdump diff whole replica" ;;
            damaged) capture "$columns" "logdump diff whole damaged" ;;
            live) capture "$columns" "timeout -s INT 2 logdump tail live -f -n 2 | head -n 12" ;;
        esac
    done
    tmux kill-session -t "$session"
    sleep 2 # the server ends with its last session
done
