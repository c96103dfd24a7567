#!/usr/bin/env bash
# Takes out of a copy of the engine, one at a time, each step that keeps the log safe, and says which tests notice.
# Usage: engine.tests/Exploration/mutations.sh [name...]   after: dotnet build engine.tests -c Release
#        engine.tests/Exploration/mutations.sh --check     only checks that each mutation can still be made: no build, a second
# Ends with 1 if a mutation goes unnoticed. For each only those tests are run that are there to notice it: a quarter of a minute each.
set -euo pipefail
root="$(cd "$(dirname "$0")/../.." && pwd)"
check=0
if [[ "${1:-}" == --check ]]; then
    check=1
    shift
else
    copy="$(mktemp -d)"
    trap 'rm -rf "$copy"' EXIT
    mkdir "$copy/tests"
    cp -a "$root/engine" "$copy/"
    cp -a "$root"/*.props "$root"/global.json "$root"/.editorconfig "$copy/"
    cp -a "$root/engine.tests/bin/Release/net10.0/." "$copy/tests/"
fi

only=" $* "
noticed=0
unnoticed=0

# check_mutation NAME FILE PERL-SUBSTITUTION [FILE PERL-SUBSTITUTION]: counts a mutation that would change nothing as unnoticed.
check_mutation() {
    local name="$1"
    shift
    while (($#)); do
        if ! perl -0ne "my \$before = \$_; $2; exit(\$_ eq \$before)" "$root/engine/Log/$1"; then
            echo "$name: $1 has changed and the mutation does not apply"
            unnoticed=$((unnoticed + 1))
        fi

        shift 2
    done
}

# mutate NAME TESTS FILE PERL-SUBSTITUTION [FILE PERL-SUBSTITUTION]: TESTS are parts of names, with | between; each substitution runs over a whole file and must change it.
mutate() {
    local name="$1" tests="$2" log="${copy:-}/mutation.log"
    shift 2
    if ((check)); then
        check_mutation "$name" "$@"
        return
    fi

    if [[ "$only" != "  " && "$only" != *" $name "* ]]; then
        return
    fi

    local ok=1
    while (($#)); do
        perl -0pi -e "$2" "$copy/engine/Log/$1"
        if cmp -s "$copy/engine/Log/$1" "$root/engine/Log/$1"; then
            echo "$name: $1 has changed and the mutation does not apply"
            ok=0
        fi

        shift 2
    done

    if ((ok)) && ! dotnet build "$copy/engine" -c Release --no-restore -p:TreatWarningsAsErrors=false -p:RunAnalyzers=false -o "$copy/built" >"$log" 2>&1; then
        echo "$name: does not build"
        grep -m3 "error" "$log" || true
        ok=0
    fi

    if ((ok)); then
        cp "$copy/built/RaftEngine.dll" "$copy/tests/"
        RAFTENGINE_CRASH_STATES=5000 timeout 300 dotnet test "$copy/tests/RaftEngine.Tests.dll" --filter "DisplayName~${tests//|/|DisplayName~}" >"$log" 2>&1 || ok=0
        if ((ok == 0)) && grep -q "^ *Failed RaftEngine" "$log"; then
            sed -n 's/^ *Failed RaftEngine\.Tests\.\(.*\) \[.*\]$/    \1/p' "$log" | sort >"$copy/names"
            echo "$name: noticed by $(wc -l <"$copy/names") tests"
            head -6 "$copy/names"
            noticed=$((noticed + 1))
        elif ((ok == 0)) && grep -q "aborted\|crashed" "$log"; then
            echo "$name: noticed by the end of the process"
            noticed=$((noticed + 1))
        else
            echo "$name: NOT NOTICED"
            unnoticed=$((unnoticed + 1))
        fi
    else
        unnoticed=$((unnoticed + 1))
    fi

    for room in Log Storage Snapshots; do
        cp -a "$root/engine/$room/." "$copy/engine/$room/"
        touch "$copy/engine/$room"/*.cs
    done
}

# What the kernel is asked for.
mutate sync-of-a-file 'SystemCallTests' ../Storage/UnixCalls.cs 's/while \(DataSync\(file\) != 0\)/while (file.IsInvalid)/'
mutate sync-of-a-directory 'SystemCallTests' ../Storage/UnixCalls.cs 's/while \(FileSync\(directory\) != 0\)/while (directory.IsInvalid)/'
mutate sync-of-the-entry-of-a-new-directory 'SystemCallTests' ../Storage/FileSystemDirectory.cs 's/above\.Sync\(\);(\s+return new FileSystemDirectory\(full\);)/$1/'
mutate sync-of-the-entry-of-an-empty-directory 'SystemCallTests' ../Storage/FileSystemDirectory.cs 's/SyncEntry\(parent\);//'
mutate name-of-a-large-file-goes-first 'SystemCallTests' ../Storage/FileSystemDirectory.cs 's/File\.Delete\(path\);(\s+if \(IsHeldElsewhere.*?\n        \}\n)(.*?\n        \}\n)/$1$2        File.Delete(path);\n/s'

# What a failed sync before the start has left.
mutate rewrite-of-what-arrived-of-a-snapshot 'FailedSyncTests' ../Snapshots/IncomingSnapshot.cs 's/StorageRepair\.Rewrite\([^;]+;[^\n]*//'
mutate rewrite-of-a-whole-beginning 'FailedSyncTests' LogStartFile.cs 's/StorageRepair\.Rewrite\([^;]+;[^\n]*//'

# Acknowledging.
mutate sync-before-acknowledging 'append-batches|"roll"' SegmentedLog.cs 's/(_ = ticket;\s+ObjectDisposedException[^;]+;)\s+_gate\.Sync\(_segments\);/$1/'
mutate ticket-across-a-truncation 'overlapped-sync' SegmentedLog.cs 's/if \(ticket\.Epoch == _epoch\)/if (ticket.Epoch >= 0)/'
mutate poison-after-a-failed-sync 'request_is_refused' SyncGate.cs 's/throw Poison\(e\);/throw;/g; s/catch \(StorageFailedException e\)/catch (StorageFailedException)/g'
mutate poison-after-a-failed-write 'request_is_refused' SegmentedLog.cs 's/(WriteGroup\(\);\s+\}\s+catch \(StorageFailedException) e\)\s+\{\s+throw _gate\.Poison\(e\);/$1)\n        {\n            throw;/'
mutate roll-during-a-sync 'StallTests' SyncGate.cs 's/if \(segments\.Newest\.IsInPlace\)/if (segments is null)/'

# Rolling.
mutate directory-sync-of-a-new-segment '"roll' Segment.cs 's/(directory\.Rename\(Name, name\);)\s+directory\.Sync\(\);/$1/'
mutate sync-of-a-new-segment '"roll' SyncGate.cs 's/SyncFile\(newest\);//'
mutate sync-of-a-full-segment '"roll|overlapped-sync' SyncGate.cs 's/SyncFile\(full\);(\s+SyncFile\(newest\);)/$1/'
mutate seal-of-a-full-segment 'SealTests' SyncGate.cs 's/full\.WriteSeal\(full\.File\);//'
mutate sync-of-the-seal 'SealTests' SyncGate.cs 's/(full\.WriteSeal\(full\.File\);)\s+SyncFile\(full\);/$1/'
mutate seal-only-once-the-next-has-its-name '"roll|SealTests' SyncGate.cs 's/full\.WriteSeal\(full\.File\);//; s/(SyncFile\(full\);)(\s+SyncFile\(newest\);)/$1\n        full.WriteSeal(full.File);$2/'
mutate seal-goes-before-what-follows 'truncate|SealTests' SegmentedLog.Segments.cs 's/WriteMark\(_active\.End\);\s+_gate\.Sync\(_segments\);//'
mutate sync-of-what-takes-the-seal-off 'truncate' SegmentedLog.Segments.cs 's/(WriteMark\(_active\.End\);)\s+_gate\.Sync\(_segments\);/$1/'
mutate seal-that-a-start-finds-missing 'SealTests' LogRecovery.cs 's/Seal\(_segments\[\^2\], sequence\);//'
mutate seal-before-the-next-name-at-a-start 'request_finds_the_disk_full' LogRecovery.cs 's/Seal\(_segments\[\^3\], sequence\);[^\n]*//; s/(Seal\(_segments\[\^2\], sequence\);)/$1 if (_segments.Count > 2) { Seal(_segments[^3], sequence); }/'
mutate missing-segment-behind-a-seal 'SealTests' SegmentScanner.cs 's/ && last\.IsSeal\)/ \&\& last.IsSeal \&\& _name.Length == 0)/'
mutate missing-segments-of-a-log-that-was-reset 'SealTests' LogInspector.Lookup.cs 's/IsNew && start\.CreatedStamp == 0/IsNew || start.CreatedStamp != 0/'
mutate check-of-the-final-mark 'MisplacedSegmentTests' SegmentScanner.cs 's/ \|\| mark\.SyncedThrough != end\)/)/'

# Truncating.
mutate directory-sync-of-a-truncation 'truncate-segments' SegmentedLog.Segments.cs 's/(_directory\.Delete\(removed\.Name\);)\s+_directory\.Sync\(\);/$1/'
mutate removal-of-the-mark-behind-a-truncation 'script: "truncate"' SegmentedLog.Segments.cs 's/_active\.File\.Write\(noMark, oldEnd\);//'
mutate sync-of-that-removal 'truncate' SegmentedLog.Segments.cs 's/(_active\.File\.Write\(noMark, oldEnd\);)\s+_gate\.Sync\(_segments\);/$1/'
mutate destruction-of-a-truncated-suffix 'truncate' SegmentedLog.Segments.cs 's/SegmentEraser\.Erase\(_active[^;]+;/_ = mark;/'
mutate sync-of-that-destruction 'truncate' SegmentedLog.Segments.cs 's/(SegmentEraser\.Erase\(_active[^;]+;)\s+_gate\.Sync\(_segments\);/$1/'
mutate roll-before-a-truncation 'truncat' SegmentedLog.Segments.cs 's/_gate\.FinishRoll\(_segments\);\s+_background\.Finish\(\);(\s+\/\/ What readers)/$1/'

# The mark, the chain.
mutate mark-behind-a-group 'DamageExploration' SegmentedLog.cs 's/mark\.Write\(bytes\[_group\.Length\.\.\][^;]+;/bytes[_group.Length..].Clear(); _ = mark;/'
mutate claim-of-the-mark 'DamageExploration' SegmentedLog.cs 's/NextMark\(_active\.End, DurableEnd\);\s+Span<byte> bytes/NextMark(_active.End, SegmentFormat.HeaderBytes);\n        Span<byte> bytes/'
mutate claim-that-was-never-synced 'append-b|groups-before-sync' SegmentedLog.cs 's/NextMark\(_active\.End, DurableEnd\);\s+Span<byte> bytes/NextMark(_active.End, _active.End);\n        Span<byte> bytes/'
mutate chain-seed-across-segments 'MisplacedSegmentTests' SegmentFormat.cs 's/Require\(name, ChainSeedOffset, "chain seed"[^;]+;//'
mutate chain-over-the-record-before 'RunVerifierTests|FormatTests|MisplacedSegmentTests' RecordFormat.cs 's/Crc64\.HashToUInt64\(space\[\.\.end\]\)/Crc64.HashToUInt64(space[ChainBytes..end])/; s/Crc64\.HashToUInt64\(chainAndRecord\[\.\.\^ChainBytes\]\)/Crc64.HashToUInt64(chainAndRecord[ChainBytes..^ChainBytes])/'

# Hard state.
mutate first-sync-of-the-hard-state 'SpoiledSlotTests' HardStateFile.cs 's/(WriteSlot\(0\);)\s+_file\.Sync\(\);(\s+WriteSlot\(1\);)/$1$2/'
mutate second-sync-of-the-hard-state 'SpoiledSlotTests' HardStateFile.cs 's/(WriteSlot\(1\);)\s+_file\.Sync\(\);(\s+\})/$1$2/'
mutate hard-state-syncs 'hard-state' HardStateFile.cs 's/(WriteSlot\([01]\);)\s+_file\.Sync\(\);/$1/g'

# Opening.
mutate sync-of-what-was-recovered 'process-death' LogRecovery.cs 's/(StorageRepair\.Rewrite\(segment\.File[^;]+;)\s+segment\.File\.Sync\(\);/$1/'
mutate sync-of-what-was-cut 'torn' LogRecovery.cs 's/(SegmentEraser\.Erase[^;]+;)\s+segment\.File\.Sync\(\);/$1/'
mutate directory-sync-at-opening 'process-death|"roll' LogRecovery.cs 's/(DeleteStrayTables\(\);)\s+_directory\.Sync\(\);/$1/'
mutate whole-beginning-before-anything-is-deleted 'compact|reset' LogRecovery.cs 's/(void DeleteGone\(\)\s+\{\s+)LogStartFile\.MakeWhole[^;]+;/$1/'
mutate created-stamp-of-what-is-gone 'reset' LogRecovery.cs 's/ReadHeader\(firstIndex\)\.CreatedStamp >= _start\.CreatedStamp/ReadHeader(firstIndex).CreatedStamp > 0/'
mutate trust-only-before-what-is-applied 'DamageExploration' LogRecovery.cs 's/bool isTrusted = [^;]+;/bool isTrusted = true;/'
mutate chain-of-a-table 'MisplacedSegmentTests' LogRecovery.cs 's/ \|\| table\.LastChain != next\.ChainSeed\)/)/'
mutate checksum-of-a-table 'DamageExploration' OffsetTable.cs 's/if \(Crc64\.HashToUInt64\(bytes\[HeaderCrcOffset\.\.\^CrcBytes\]\) == [^{]+\{/if (bytes.Length > 0)\n        {/'
mutate final-mark-behind-a-table 'DamageExploration' LogRecovery.cs 's/SegmentScanner\.RequireSealed\(segment\.Bytes[^;]+;//'

# Compaction, recycling, reset.
mutate beginning-before-a-compaction 'compact' SegmentedLog.Segments.cs 's/LogStartFile\.Write\(_directory, _logId, start\);//'
mutate first-sync-of-the-beginning 'SpoiledSlotTests' LogStartFile.cs 's/(file\.Write\(slots\.AsSpan\(0, SlotBytes\), 0\);)\s+file\.Sync\(\);/$1/'
mutate second-sync-of-the-beginning 'SpoiledSlotTests' LogStartFile.cs 's/(file\.Write\(slots\.AsSpan\(0, SlotBytes\), SlotBytes\);)\s+file\.Sync\(\);/$1/'
mutate syncs-of-the-beginning 'compact|reset' LogStartFile.cs 's/(file\.Write\(slots\.AsSpan\(0, SlotBytes\), (?:0|SlotBytes)\);)\s+file\.Sync\(\);/$1/g'
mutate directory-syncs-of-a-compaction 'recycle' SegmentFactory.cs 's/(directory\.Rename\(segment\.Name, name\);)\s+directory\.Sync\(\);/$1/' SegmentedLog.Segments.cs 's/_directory\.Sync\(\);(\s+\}\s+private void DeleteFiles)/$1/'
mutate stamp-of-a-mark-in-a-recycled-file 'recycle' TailMark.cs 's/&& BinaryPrimitives\.ReadInt64LittleEndian\(bytes\[32\.\.\]\) == createdStamp//'
mutate compaction-after-a-failure 'no_other_is_written' SegmentedLog.Segments.cs 's/_gate\.ThrowIfFailed\(\); \/\/ a beginning[^\n]+//'
mutate sync-of-the-segment-of-a-reset 'reset' SegmentedLog.Segments.cs 's/next\.File\.Sync\(\);//'
mutate beginning-before-the-deletions-of-a-reset 'reset' SegmentedLog.Segments.cs 's/LogStartFile\.Write\(_directory, _logId, StartOf\(next\.Header\)\);//; s/(_directory\.Sync\(\);)(\s+next\.PutInPlace)/$1\n            LogStartFile.Write(_directory, _logId, StartOf(next.Header));$2/'
mutate list-only-once-a-reset-is-in-place 'ResetTests' SegmentedLog.Segments.cs 's/_segments\.ReplaceAll\(next\);//; s/(PutInPlaceOf\(old, next\);)/_segments.ReplaceAll(next);\n            $1/'
mutate snapshot-before-the-beginning 'ResetTests' SegmentedLog.Segments.cs 's/index < FirstIndex - 1 \|\| term < 0/index < 0 || term < 0/'

# A full disk.
mutate full-disk-is-no-failure 'full' SegmentFactory.cs 's/StorageFailedException \{ IsOutOfSpace: true \}/StorageFailedException { IsOutOfSpace: false, Path: "" }/'

if ((!check)); then
    echo "$noticed noticed, $unnoticed not"
fi

exit $((unnoticed != 0))
