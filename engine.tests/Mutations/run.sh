#!/usr/bin/env bash
# Puts bugs that real Raft systems had back into a copy of the engine, one at a time, and says which seed of the simulator and which tests catch each.
# Usage: engine.tests/Mutations/run.sh [name...]     after: dotnet build -c Release
#        engine.tests/Mutations/run.sh --check       only checks that each bug can still be put in: no build, a second
# Prints a Markdown table and ends with 1 if a bug is caught by nothing, or can no longer be put in. A bug takes up to a minute and a half, all of them half an hour.
#
# A bug is a text file beside this one. Up to its first empty line it says what the bug is, and then, where the defaults below do not do, how to look for it:
#
#     nodes N[,N...]     how many voters the simulated clusters start with
#     seeds FIRST..LAST  which seeds; the simulator stops at the first that shows a violation
#     minutes M          how many virtual minutes each
#     tests A|B          the tests that are run, by parts of their full names
#
# Then come the changes: a line with a file's name, lines that begin with "- " for what is taken out there, and with "+ " for what is put in its place. What is taken out may
# begin and end anywhere in a line; it counts as the same however it is indented and wrapped, and must be in the file exactly once. A constant is no good: the simulator and the
# tests were compiled with its value.
#
# Caught means: the simulator finds a violation or dies, or a test fails or kills the test process. A simulator that never ends "hangs"; that alone catches nothing.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../.." && pwd)"
# put_in TARGET BUG: makes a bug's changes to the sources in a directory, and prints the names of the files changed.
# put_in "" BUG...: changes nothing, and prints a line for each bug that the sources of this checkout do not take.
put_in() {
    perl -CSD -Mstrict -we '
        my ($root, $target, @bugs) = @ARGV;
        my %sources;
        sub source {
            my ($file) = @_;
            return $sources{$file} //= do {
                open(my $source, "<", "$root/$file") or die "$file: $!\n";
                local $/;
                <$source>;
            };
        }
        sub changed {
            my ($bug) = @_;
            open(my $in, "<", $bug) or die "$bug: $!\n";
            my ($body, $file, $old, $new, %text) = (0, undef, undef, "");
            my $apply = sub {
                return unless defined $old;
                my $pattern = join("\\s+", map { quotemeta } split(" ", $old));
                my $count = () = $text{$file} =~ /$pattern/g;
                die "$file has this $count times instead of once: $old\n" unless $count == 1;
                $text{$file} =~ s/$pattern/$new/;
                ($old, $new) = (undef, "");
            };
            while (my $line = <$in>) {
                if (!$body) { $body = $line eq "\n"; next; }
                if ($line =~ /^- (.*\n)/) { $apply->() if $new ne ""; $old = ($old // "") . $1; }
                elsif ($line =~ /^\+ (.*\n)/) { die "$bug, line $.: nothing to put this in place of\n" unless defined $old; $new .= $1; }
                else {
                    $apply->();
                    next if $line eq "\n";
                    chomp($file = $line);
                    $text{$file} //= source($file);
                }
            }
            $apply->();
            die "it changes nothing\n" unless %text;
            return %text;
        }
        if ($target eq "") {
            my $failed = 0;
            for my $bug (@bugs) {
                next if eval { changed($bug); 1 };
                print $bug =~ s{.*/}{}r, ": ", (split(/\n/, $@))[0], "\n";
                $failed = 1;
            }
            exit $failed;
        }
        my %text = changed($bugs[0]);
        for my $name (keys %text) {
            open(my $out, ">", "$target/$name") or die "$name: $!\n";
            print $out $text{$name};
            print "$name\n";
        }' "$root" "$@"
}

if [[ "${1:-}" == --check ]]; then
    put_in "" "$here"/*.txt
    exit
fi

copy="$(mktemp -d)"
trap 'rm -rf "$copy"' EXIT
export UseSharedCompilation=true

# The sources of the engine to change and build, and what was built of everything else, beside what the tests look for in a checkout.
mkdir -p "$copy/engine.tests/Consensus" "$copy/engine.tests/bin" "$copy/simulate"
cp -a "$root/engine" "$root"/*.sln "$root"/*.props "$root"/global.json "$root"/.editorconfig "$copy/"
cp -a "$root/engine.tests/Consensus/Golden" "$copy/engine.tests/Consensus/"
cp -a "$root/engine.tests/bin/Release/net10.0/." "$copy/engine.tests/bin/"
cp -a "$root/tools/simulate/bin/Release/net10.0/." "$copy/simulate/"
cp -a "$copy/simulate" "$copy/unchanged"

build() {
    nice dotnet build "$copy/engine" -c Release --no-restore -p:TreatWarningsAsErrors=false -p:RunAnalyzers=false -o "$copy/built" >"$copy/build.log" 2>&1
}

# setting BUG KEY DEFAULT
setting() {
    local value
    value="$(sed -n "/^$/q; s/^$2 //p" "$1")"
    echo "${value:-$3}"
}

# simulate BUG: sets seed, seeds, said and status, which is empty if nothing was found.
simulate() {
    local range clusters ended=0
    range="$(setting "$1" seeds 1..400)"
    clusters="--minutes $(setting "$1" minutes 1) --nodes $(setting "$1" nodes 3)"
    seed="-" seeds="-" said="" status=""
    # shellcheck disable=SC2086 # options and their values
    nice timeout -s KILL 300 dotnet "$copy/simulate/simulate.dll" --seeds "$range" $clusters --stop >"$copy/simulate.log" 2>"$copy/simulate.errors" || ended=$?
    case $ended in
        0) ;;
        1)
            status=caught
            seed="$(sed -n 's/^  seed \([0-9]*\): .*/\1/p' "$copy/simulate.log" | head -1)"
            seeds=$((seed - ${range%%..*} + 1))
            said="$(sed -n 's/^  seed [0-9]*: \(.*\)/\1/p' "$copy/simulate.log" | head -1 | tr '|' '/' | cut -c1-110)"
            # shellcheck disable=SC2086
            if ! nice timeout -s KILL 180 dotnet "$copy/unchanged/simulate.dll" --seeds "$seed" $clusters >"$copy/simulate.log" 2>&1; then
                status=""
                said="SO DO THE SOURCES AS THEY ARE: $said"
            fi
            ;;
        137) said="hangs: no end within 300 s" ;;
        2)
            cat "$copy/simulate.errors" >&2
            exit 2
            ;;
        *)
            status=caught
            said="dies: $(grep -m1 . "$copy/simulate.errors" | cut -c1-100)"
            ;;
    esac
}

# test_all BUG: sets failing, and status if any did.
test_all() {
    local tests ended=0
    tests="$(setting "$1" tests "Consensus")"
    failing="-"
    tests="(FullyQualifiedName~${tests//|/|FullyQualifiedName~})&FullyQualifiedName!~AllocationTests" # what is allocated depends on what else runs
    nice timeout -s KILL 300 dotnet test "$copy/engine.tests/bin/RaftEngine.Tests.dll" --filter "$tests" >"$copy/tests.log" 2>&1 || ended=$?
    sed -n 's/^ *Failed RaftEngine\.Tests\.\(.*\) \[.*\]$/\1/p' "$copy/tests.log" | sort >"$copy/names"
    if [[ -s "$copy/names" ]]; then
        status=caught
        failing="$(wc -l <"$copy/names"): $(sed 's/^.*\.\([A-Za-z0-9]*Tests\?\.\)/\1/' "$copy/names" | cut -c1-110 | head -3 | tr '|' '/' | paste -sd';' | sed 's/;/; /g')"
    elif ((ended == 137)); then
        failing="hang"
    elif grep -q "aborted\|crashed" "$copy/tests.log"; then
        status=caught
        failing="the process ends"
    elif ((ended == 0)) && ! grep -q "^Passed!" "$copy/tests.log"; then
        failing="no test has such a name"
    fi
}

if ! build; then
    cat "$copy/build.log"
    exit 2
fi

caught=0
missed=0
echo "| bug | first seed | seeds | what the simulator says | tests that fail |"
echo "|---|---|---|---|---|"
for bug in "$here"/*.txt; do
    name="$(basename "$bug" .txt)"
    if (($#)) && [[ " $* " != *" $name "* ]]; then
        continue
    fi

    if ! changed="$(put_in "$copy" "$bug" 2>"$copy/put-in.log")"; then
        echo "| $name | NOT PUT IN | | $(head -1 "$copy/put-in.log") | |"
        missed=$((missed + 1))
        continue
    fi

    if build; then
        cp "$copy/built/RaftEngine.dll" "$copy/simulate/"
        cp "$copy/built/RaftEngine.dll" "$copy/engine.tests/bin/"
        simulate "$bug"
        test_all "$bug"
        echo "| $name | $seed | $seeds | ${said:--} | $failing |"
    else
        status=""
        echo "| $name | DOES NOT BUILD | | $(grep -m1 -o "error .*" "$copy/build.log") | |"
    fi

    if [[ "$status" == caught ]]; then
        caught=$((caught + 1))
    else
        missed=$((missed + 1))
    fi

    while read -r file; do
        cp "$root/$file" "$copy/$file"
        touch "$copy/$file"
    done <<<"$changed"
done

echo
echo "$caught caught, $missed not"
exit $((missed != 0))
