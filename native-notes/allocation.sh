#!/usr/bin/env bash
# Starts fresh virtual machines that call every plan until no call allocates a byte, so many for each configuration of vectors and
# registers, and prints a line for each. With "all" they call every entry point as well, until no vector becomes an object.
#
#   native-notes/allocation.sh [RUNS] [plans|all]
#
# Needs the compiled tests (mvn -q test-compile), Maven for their class path, and JAVA (a JDK 25, "java" if not set).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
runs=${1:-20} calls=${2:-plans}
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

mvn -q dependency:build-classpath "-Dmdep.outputFile=$work/path" >/dev/null 2>&1
path=target/classes:target/test-classes:$(<"$work/path")
failed=0
for ((run = 1; run <= runs; run++)); do
    for vectors in MaxVectorSize=64 MaxVectorSize=32 MaxVectorSize=16 UseAVX=2 UseAVX=1; do
        if "${JAVA:-java}" -XX:+IgnoreUnrecognizedVMOptions "-XX:$vectors" -Xmx1200m -Xmn700m -XX:+UseSerialGC -XX:MinTLABSize=2k \
            -XX:TLABSize=16k -XX:-ResizeTLAB --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -cp "$path" \
            dev.gatun.AllocationRun "$calls" 120 >"$work/said" 2>/dev/null; then
            verdict=$(<"$work/said")
        else
            failed=1
            verdict="ALLOCATES: $(tr '\n' ';' <"$work/said")"
        fi
        echo "run $run, $vectors: $verdict"
    done
done
exit "$failed"
