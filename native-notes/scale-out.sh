#!/usr/bin/env bash
# Times the library on Spark beside the library alone, by turns, on two threads of one JVM.
#
#   native-notes/scale-out.sh corpus MODEL.onnx [TEXTS [PARTITIONS]]    embeddings of random texts (20000 in 8 partitions)
#   native-notes/scale-out.sh sinkhorn [POINTS [COMPONENTS]]            Sinkhorn passes (65536 points of 64 components)
#   native-notes/scale-out.sh relaxed [POINTS [COMPONENTS]]             those of relaxed marginals (likewise)
#   native-notes/scale-out.sh product [POINTS [COMPONENTS]]             attention of values of 8 components
#   native-notes/scale-out.sh columns [POINTS [COMPONENTS]]             its column form
#   native-notes/scale-out.sh chain [POINTS [COMPONENTS]]               a step of its Markov chain, and sums of rows
#   native-notes/scale-out.sh conjugate [POINTS [COMPONENTS]]           the conjugate of diffusion times 8 vectors
#
#   GATUN_JAVA  the folder of the JDK 25; else JAVA_HOME, else what is found below /usr/lib/jvm
set -euo pipefail

fail() {
    printf 'scale-out.sh: %s\n' "$1" >&2
    exit 2
}

[[ $# -gt 0 ]] || fail "say what to time: corpus MODEL.onnx [TEXTS [PARTITIONS]], or a kind of pass, [POINTS [COMPONENTS]]: see the top of this file"
what=$1
shift
cd "$(dirname "${BASH_SOURCE[0]}")/.."
java=
for jdk in "${GATUN_JAVA-}" "${JAVA_HOME-}" /usr/lib/jvm/*; do
    if [[ -n $jdk && -x $jdk/bin/java && -r $jdk/release ]] && grep -qE '^JAVA_VERSION="(2[5-9]|[3-9][0-9])[".]' "$jdk/release"; then
        java=$jdk/bin/java
        break
    fi
done
[[ -n $java ]] || fail "no JDK 25 found: set GATUN_JAVA to its folder"

JAVA_HOME=${java%/bin/java} mvn -B -ntp -q -Pspark test-compile dependency:build-classpath -Dmdep.outputFile=target/spark-classpath \
    >&2
# What spark-submit opens to Spark: the pom has it for the tests.
read -r -a opened <<<"$(sed -n 's|.*<spark.jvm>\(.*\)</spark.jvm>.*|\1|p' pom.xml)"
run() {
    "$java" "${opened[@]}" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -Xmx6g \
        -cp "target/classes:target/test-classes:$(cat target/spark-classpath)" "$@" 2>target/scale-out.log
}
case $what in
    corpus) run dev.gatun.spark.cluster.CorpusOverhead "${1:?the model}" "${2:-20000}" "${3:-8}" ;;
    sinkhorn | relaxed | product | columns | chain | conjugate) run dev.gatun.spark.cluster.KernelOverhead "$what" "${1:-65536}" "${2:-64}" ;;
    *) fail "unknown: $what" ;;
esac
