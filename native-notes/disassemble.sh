#!/usr/bin/env bash
# Prints the hottest loop of a kernel as C2 compiled it: the innermost loop with the most vector instructions, then how
# often each instruction occurs in it and how many touch the stack.
#
#   native-notes/disassemble.sh Numerators::wideFloat32 'KernelBench.exponentials$' [-XX:MaxVectorSize=32 ...]
#
# Needs the benchmarks (mvn -q -f bench package), JAVA (a JDK 25, "java" if not set) and binutils, but no hsdis: without
# it the JVM prints machine code as hexadecimal digits, which are assembled as bytes and disassembled by objdump.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
method=$1 benchmark=$2
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

"${JAVA:-java}" "-XX:CompileCommand=print,*.$method" "${@:3}" -jar bench/target/benchmarks.jar \
    "$benchmark" -f 1 -wi 10 -w 1 -i 1 -r 1 >"$work/print" 2>&1

# The last compilation by C2 counts; stubs and handlers behind the code do not.
awk '/^Compiled method \(c2\)/ { code = ""; c2 = 1 }
     /^Compiled method \(c1\)/ { c2 = 0 }
     /^\[MachCode\]/           { body = c2 }
     /^\[(Stub Code|Exception Handler|\/MachCode)\]/ { body = 0 }
     body && /^ *0x[0-9a-f]+: +[0-9a-f]/ { sub(/^ *0x[0-9a-f]+:/, ""); gsub(/[^0-9a-f]/, ""); code = code $0 }
     END { for (i = 1; i < length(code); i += 2) print ".byte 0x" substr(code, i, 2) }' "$work/print" >"$work/bytes"
if [[ ! -s $work/bytes ]]; then
    echo "disassemble.sh: C2 compiled no $method; the run said:" >&2
    tail -5 "$work/print" >&2
    exit 1
fi
as -o "$work/code.o" "$work/bytes"
objdump -d -M intel --no-show-raw-insn "$work/code.o" | grep -P '^ +[0-9a-f]+:\t' >"$work/listing"

awk -F'\t' '
    { sub(/^ +/, "", $1); sub(/:.*/, "", $1); line[$1] = NR; text[NR] = $2; vectors[NR] = vectors[NR - 1] + ($2 ~ /[xyz]mm/) }
    $2 ~ /^j/ && $2 !~ /^jmp/ { split($2, jump, / +0?x?/); if (jump[2] in line) { first[++loops] = line[jump[2]]; last[loops] = NR } }
    END {
        for (l = 1; l <= loops; l++) {
            inner = 1
            for (m = 1; m <= loops; m++) inner = inner && (m == l || first[m] < first[l] || last[m] >= last[l])
            count = vectors[last[l]] - vectors[first[l] - 1]
            if (inner && count > most) { most = count; hot = l }
        }
        for (n = first[hot]; n <= last[hot]; n++) print text[n]
    }' "$work/listing" >"$work/loop"
cat "$work/loop"
echo
awk '{ print $1 }' "$work/loop" | sort | uniq -c | sort -rn
echo "$(wc -l <"$work/loop") instructions, $(grep -c 'rsp' "$work/loop" || true) of them on the stack"
