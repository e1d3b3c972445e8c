#!/usr/bin/env bash
# Compares the bits of results between kinds of vectors: 17 matrices of operators (10 plain, 4 causal, 3 zero-diagonal) of each of
# three inputs (the embedded sample, and random heads with a small and with a large range of scores), and what OneResultTest computes:
# Sinkhorn solves, chains, and the embeddings of a random encoder with each activation, type of weights and operator. Every configuration
# is compared with 512 bits, or with the widest vectors of this machine. One line per configuration says how many of the 51 matrices and
# of the other results are equal, and which differ. Exit status: 0 all are equal, 1 some differ, 2 a configuration did not run.
#
#   native-notes/same-bits.sh [CONFIGURATION...]
#
#   CONFIGURATION  256, 128, avx2 or avx1 on this machine (x86-64), and neon, sve256 or sve512 by aarch64.sh (Linux on x86-64);
#                  without any: 256 128 avx2 neon sve256 sve512
#
#   GATUN_BITS     the folder for inputs and results (target/same-bits)
#   GATUN_JAVA     the folder of the JDK 25; else JAVA_HOME, else what is found below /usr/lib/jvm
#
# Takes the classes in target: mvn test-compile. The first run of an emulated configuration downloads what aarch64.sh describes.
set -euo pipefail

fail() {
    printf 'same-bits.sh: %s\n' "$1" >&2
    exit 2
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
java=
for jdk in "${GATUN_JAVA-}" "${JAVA_HOME-}" /usr/lib/jvm/*; do
    if [[ -n $jdk && -x $jdk/bin/java && -r $jdk/release ]] && grep -qE '^JAVA_VERSION="(2[5-9]|[3-9][0-9])[".]' "$jdk/release"; then
        java=$jdk/bin/java
        break
    fi
done
[[ -n $java ]] || fail "no JDK 25 found: set GATUN_JAVA to its folder"
[[ -d $here/target/test-classes ]] || fail "no classes in target: mvn test-compile first"
folder=${GATUN_BITS:-$here/target/same-bits}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
configurations=("$@")
[[ ${#configurations[@]} -gt 0 ]] || configurations=(256 128 avx2 neon sve256 sve512)

cp "$here"/src/main/resources/dev/gatun/sample/q.npy "$folder/sample-q.npy"
cp "$here"/src/main/resources/dev/gatun/sample/k.npy "$folder/sample-k.npy"

# random FILE SEED HEADS TOKENS COMPONENTS SCALE: float32 in the npy format, sums of four uniform numbers times the scale.
random() {
    perl -e '
        my ($seed, $heads, $tokens, $components, $scale) = @ARGV;
        my $header = "{\x27descr\x27: \x27<f4\x27, \x27fortran_order\x27: False, \x27shape\x27: ($heads, $tokens, $components), }";
        $header .= " " x (117 - length $header) . "\n";
        print "\x93NUMPY\x01\x00", pack("v", length $header), $header;
        my $state = $seed;
        my $uniform = sub { $state = ($state * 16807) % 2147483647; return $state / 2147483647 - 0.5 };
        print pack("f<", $scale * ($uniform->() + $uniform->() + $uniform->() + $uniform->())) for 1 .. $heads * $tokens * $components;
    ' "${@:2}" > "$1"
}
random "$folder/small-q.npy" 11 2 97 24 1.7
random "$folder/small-k.npy" 12 2 97 24 1.7
random "$folder/large-q.npy" 13 2 70 16 40
random "$folder/large-k.npy" 14 2 70 16 40

# commands FOLDER: the 51 commands that fill it.
commands() {
    local input operator inputs
    for input in sample small large; do
        inputs="--q $folder/$input-q.npy --k $folder/$input-k.npy"
        for operator in attention attention-column backward backward-column diffusion bistochastic bistochastic-backward \
                bistochastic-diffusion magnetic circulation \
                attention:--causal backward:--causal diffusion:--causal magnetic:--causal \
                attention:--zero-diagonal diffusion:--zero-diagonal bistochastic:--zero-diagonal; do
            echo matrix --operator ${operator/:/ } $inputs --out "$1/$input-${operator/:-/}.npy"
        done
    done
}

classpath=$here/target/test-classes:$here/target/classes:$(cat "$folder/classpath" 2>/dev/null || true)
if [[ ! -f $folder/classpath ]]; then
    mvn -q -B -ntp -f "$here/pom.xml" dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile="$folder/classpath"
    classpath+=$(cat "$folder/classpath")
fi

# compute CONFIGURATION: its matrices, and its other results, a line each.
compute() {
    local out=$folder/$1 run
    rm -rf "$out"
    mkdir "$out"
    commands "$out" > "$folder/$1.commands"
    run=("$java" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -cp "$classpath")
    case $1 in
        512) ;;
        256) run+=(-XX:MaxVectorSize=32) ;;
        128) run+=(-XX:MaxVectorSize=16) ;;
        avx2) run+=(-XX:UseAVX=2) ;;
        avx1) run+=(-XX:UseAVX=1) ;;
        *) run=(env GATUN_BUILD=no "$here/native-notes/aarch64.sh" "$1" java) ;;
    esac
    "${run[@]}" dev.gatun.cli.CommandLines "$folder/$1.commands" > "$folder/$1.log" 2>&1 &&
        "${run[@]}" 'dev.gatun.OneResultTest$Results' > "$out/results.txt" 2> "$folder/$1.log"
}

compute 512 || { tail -n 3 "$folder/512.log" >&2; fail "512 did not run"; }
matrices=$(find "$folder/512" -name '*.npy' | wc -l)
results=$(wc -l < "$folder/512/results.txt")
status=0
for configuration in "${configurations[@]}"; do
    if ! compute "$configuration"; then
        printf '%-8s did not run: %s\n' "$configuration" "$(tail -n 1 "$folder/$configuration.log")"
        status=2
        continue
    fi
    differ=()
    for file in "$folder"/512/*.npy; do
        name=$(basename "$file")
        cmp -s "$file" "$folder/$configuration/$name" || differ+=("${name%.npy}")
    done
    other=()
    while IFS= read -r line; do
        grep -qxF -e "$line" "$folder/$configuration/results.txt" || other+=("${line%%:*}")
    done < "$folder/512/results.txt"
    printf '%-8s %d of %d matrices, %d of %d other results equal' "$configuration" $((matrices - ${#differ[@]})) "$matrices" \
        $((results - ${#other[@]})) "$results"
    differ+=(${other[@]+"${other[@]}"})
    names=$(printf ', %s' "${differ[@]}")
    [[ ${#differ[@]} -eq 0 ]] || printf '; differ: %s' "${names:2}"
    echo
    [[ ${#differ[@]} -eq 0 || $status -eq 2 ]] || status=1
done
exit "$status"
