#!/usr/bin/env bash
# Takes out of a copy of the engine, one at a time, each step that keeps the log safe, and says which tests notice.
# Usage: engine.tests/Exploration/mutations.sh [name...]   after: dotnet build engine.tests -c Release
# Ends with 1 if a mutation goes unnoticed.
set -euo pipefail
root="$(cd "$(dirname "$0")/../.." && pwd)"
copy="$(mktemp -d)"
trap 'rm -rf "$copy"' EXIT
cp -a "$root/." "$copy/"
rm -rf "$copy/.git"
only=" $* "
unnoticed=0

# mutate NAME FILE PERL-SUBSTITUTION: the substitution runs over the whole file and must change it.
mutate() {
    local name="$1" file="$copy/engine/Log/$2" log="$copy/mutation.log"
    if [[ "$only" != "  " && "$only" != *" $name "* ]]; then
        return
    fi

    cp "$file" "$copy/original"
    perl -0pi -e "$3" "$file"
    if cmp -s "$file" "$copy/original"; then
        echo "$name: the source has changed and the mutation does not apply"
        unnoticed=1
        return
    fi

    if ! dotnet build "$copy/engine" -c Release --no-restore -p:TreatWarningsAsErrors=false >"$log" 2>&1; then
        echo "$name: does not build"
        grep -m3 "error" "$log" || true
        unnoticed=1
    else
        cp "$copy/engine/bin/Release/net10.0/RaftEngine.dll" "$copy/engine.tests/bin/Release/net10.0/"
        RAFTENGINE_CRASH_STATES=12000 timeout 600 dotnet test "$copy/engine.tests/bin/Release/net10.0/RaftEngine.Tests.dll" --filter "FullyQualifiedName~Tests.Exploration" >"$log" 2>&1 || true
        if grep -q "^ *Failed RaftEngine" "$log"; then
            sed -n 's/^ *Failed RaftEngine\.Tests\.\(.*\) \[.*\]$/    \1/p' "$log" | sort >"$copy/noticed"
            echo "$name: noticed by $(wc -l <"$copy/noticed") tests"
            head -8 "$copy/noticed"
        else
            echo "$name: NOT NOTICED"
            unnoticed=1
        fi
    fi

    cp "$copy/original" "$file"
}

mutate sync-before-acknowledging SegmentedLog.cs 's/(_ = ticket;\s+ObjectDisposedException[^;]+;)\s+_gate\.Sync\(_segments\);/$1/'
mutate directory-sync-of-a-new-segment SegmentFactory.cs 's/(directory\.Rename\([^;]+;)\s+directory\.Sync\(\);/$1/'
mutate directory-sync-of-a-removal SegmentedLog.cs 's/(_directory\.Delete\([^;]+;)\s+_directory\.Sync\(\);/$1/'
mutate sync-of-a-new-segment SegmentFactory.cs 's/(file\.Write\(start, 0\);)\s+file\.Sync\(\);/$1/'
mutate removal-of-the-mark-behind-a-truncation SegmentedLog.cs 's/_active\.File\.Write\(noMark, oldEnd\);//'
mutate sync-of-that-removal SegmentedLog.cs 's/(_active\.File\.Write\(noMark, oldEnd\);)\s+_gate\.Sync\(_segments\);/$1/'
mutate destruction-of-a-truncated-suffix SegmentedLog.cs 's/SegmentEraser\.Erase\(_active[^;]+;/_ = mark;/'
mutate sync-of-that-destruction SegmentedLog.cs 's/(SegmentEraser\.Erase\(_active[^;]+;)\s+_gate\.Sync\(_segments\);/$1/'
mutate mark-behind-a-group SegmentedLog.cs 's/mark\.Write\(bytes\[_group\.Length\.\.\][^;]+;/bytes[_group.Length..].Clear(); _ = mark;/'
mutate claim-of-the-mark SegmentedLog.cs 's/NextMark\(_active\.End, DurableEnd\);\s+Span<byte> bytes/NextMark(_active.End, SegmentFormat.HeaderBytes);\n        Span<byte> bytes/'
mutate final-mark-of-a-sealed-segment SegmentScanner.cs 's/ \|\| mark\.SyncedThrough != End\)/)/'
mutate chain-seed-across-segments SegmentFormat.cs 's/Require\(name, ChainSeedOffset, "chain seed"[^;]+;//'
mutate chain-over-the-record-before RecordFormat.cs 's/Crc64\.HashToUInt64\(space\[\.\.end\]\)/Crc64.HashToUInt64(space[ChainBytes..end])/; s/Crc64\.HashToUInt64\(chainAndRecord\[\.\.\^ChainBytes\]\)/Crc64.HashToUInt64(chainAndRecord[ChainBytes..^ChainBytes])/'
mutate first-sync-of-the-hard-state HardStateFile.cs 's/(WriteSlot\(0\);)\s+_file\.Sync\(\);(\s+WriteSlot\(1\);)/$1$2/'
mutate second-sync-of-the-hard-state HardStateFile.cs 's/(WriteSlot\(1\);)\s+_file\.Sync\(\);(\s+\})/$1$2/'
mutate hard-state-syncs HardStateFile.cs 's/(WriteSlot\([01]\);)\s+_file\.Sync\(\);/$1/g'
mutate sync-of-what-was-recovered LogRecovery.cs 's/(directory\.Sync\(\);)\s+last\.File\.Sync\(\);/$1/'
mutate sync-of-what-was-cut LogRecovery.cs 's/(SegmentEraser\.Erase[^;]+;)\s+last\.File\.Sync\(\);/$1/'
mutate directory-sync-at-opening LogRecovery.cs 's/directory\.Sync\(\);(\s+last\.File\.Sync)/$1/'
mutate poison-after-a-failed-sync SyncGate.cs 's/throw Poison\(e\);/throw;/; s/catch \(StorageFailedException e\)/catch (StorageFailedException)/'
mutate poison-after-a-failed-write SegmentedLog.cs 's/(WriteGroup\(\);\s+\}\s+catch \(StorageFailedException) e\)\s+\{\s+throw _gate\.Poison\(e\);/$1)\n        {\n            throw;/'

exit $unnoticed
