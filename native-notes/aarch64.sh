#!/usr/bin/env bash
# Runs the command line, JUnit tests or any class of Gatun on AArch64 (NEON, or SVE of 256 or 512 bits) under emulation, on Linux on
# x86-64. For Debian 12 or later with a JDK 25.0.3 or later and Maven; needs no root. It tells whether results are right, never how fast
# they are: tests that measure time, and what Kernels.describe() and warmUp() say of the machine, mean nothing here.
#
#   native-notes/aarch64.sh CPU gatun ARGUMENT...        a command, such as "gatun analyze"
#   native-notes/aarch64.sh CPU tests SELECTOR...        tests, by -c CLASS or -p PACKAGE of JUnit's console launcher
#   native-notes/aarch64.sh CPU java ARGUMENT...         a class of the library or of its tests, with options of the JVM before it
#
#   CPU   neon, sve256, sve512, or what qemu-aarch64 takes for -cpu
#
#   GATUN_AARCH64_CACHE  the folder for all that is downloaded (127 MB) and unpacked (750 MB): ~/.cache/gatun-aarch64
#   GATUN_JAVA           the folder of the JDK that builds; else JAVA_HOME, else what is found below /usr/lib/jvm
#   GATUN_DEBIAN         the Debian archive to download from; else the one that apt has this machine's packages from
#   GATUN_BUILD=no       takes the classes in target as they are
#   GATUN_SECONDS        after which a run is ended (3600)
set -euo pipefail

fail() {
    printf 'aarch64.sh: %s\n' "$1" >&2
    exit 2
}

cpu=${1-}
action=${2-}
[[ $action == gatun || $action == tests || $action == java ]] || fail "usage: aarch64.sh CPU gatun|tests|java ARGUMENT..."
shift 2
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
case $cpu in
    neon) model=neoverse-n1 bits=128 ;;
    sve256) model=neoverse-v1 bits=256 ;;
    sve512) model=max,sve-max-vq=4 bits=512 ;;
    *) model=$cpu bits= ;;
esac
cache=${GATUN_AARCH64_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/gatun-aarch64}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

[[ $(uname -m) == x86_64 ]] || fail "this machine is not x86-64"
for tool in apt-get dpkg-deb mvn; do
    type -P "$tool" >/dev/null || fail "no $tool on the PATH"
done
[[ -r $keyring ]] || fail "no $keyring: install debian-archive-keyring"

jdk=
for folder in "${GATUN_JAVA-}" "${JAVA_HOME-}" /usr/lib/jvm/*; do
    if [[ -n $folder && -x $folder/bin/javac && -r $folder/release ]] &&
            grep -Eq '^JAVA_VERSION="(2[5-9]|[3-9][0-9])[".]' "$folder/release"; then
        jdk=$folder
        break
    fi
done
[[ -n $jdk ]] || fail "no JDK 25.0.3 or later found: set GATUN_JAVA to its folder"

# The archive that this machine has its own packages from; the first that ends in /debian, whatever its host.
archive() {
    if [[ -n ${GATUN_DEBIAN-} ]]; then
        echo "$GATUN_DEBIAN"
        return
    fi
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list 2>/dev/null |
        grep -v '^[[:space:]]*#' | grep -oE '[a-z+]+:[^[:space:]]+/debian/?([[:space:]]|$)' | tr -d ' \t' | sed 's,/$,,' | head -n 1
}

# An apt of its own in a folder: other architecture, other suite, none of the lists of this machine.
configure_apt() {
    local folder=$1 architecture=$2
    mkdir -p "$folder"/{lists,archives}/partial
    : > "$folder/status"
    echo "deb [arch=$architecture signed-by=$keyring] $(archive) trixie main" > "$folder/sources.list"
    cat > "$folder/apt.conf" << CONF
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Dir::State::Lists "$folder/lists";
Dir::State::status "$folder/status";
Dir::Cache::archives "$folder/archives";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Dir::Etc::sourcelist "$folder/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
CONF
}

# unpack FOLDER ARCHITECTURE PACKAGE...: downloads packages of trixie, apt checking their signatures, and unpacks them.
unpack() {
    local folder=$1 architecture=$2 work package
    shift 2
    [[ ! -f $folder/done ]] || return 0
    [[ -n $(archive) ]] || fail "no Debian archive found: set GATUN_DEBIAN to its address"
    rm -rf "$folder"
    mkdir -p "$folder/debs"
    work=$folder/apt
    configure_apt "$work" "$architecture"
    APT_CONFIG=$work/apt.conf apt-get -q=2 update
    (cd "$folder/debs" && APT_CONFIG=$work/apt.conf apt-get -q=2 download "$@")
    for package in "$folder"/debs/*.deb; do
        dpkg-deb -x "$package" "$folder/root"
    done
    rm -rf "$work" "$folder/debs"
    [[ -e $folder/root/lib ]] || ln -s usr/lib "$folder/root/lib"
    # Links to /etc would lead out of the folder.
    find "$folder/root" -type l -lname '/*' | while read -r link; do
        ln -sfnr "$folder/root$(readlink "$link")" "$link"
    done
    touch "$folder/done"
}

# One static program, and newer than that of Debian 12, which does not know neoverse-v1.
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
unpack "$cache/qemu" amd64 qemu-user
unpack "$cache/arm64" arm64 openjdk-25-jre-headless libc6 libgcc-s1 libstdc++6 zlib1g
emulated=(timeout -k 30 "${GATUN_SECONDS:-3600}" "$cache/qemu/root/usr/bin/qemu-aarch64" -cpu "$model" -L "$cache/arm64/root"
    "$cache/arm64/root/usr/lib/jvm/java-25-openjdk-arm64/bin/java" -Xmx3g --add-modules jdk.incubator.vector
    --enable-native-access=ALL-UNNAMED)

# Built here: class files are the same everywhere.
maven() {
    JAVA_HOME=$jdk mvn -q -B -ntp -f "$project/pom.xml" "$@"
}
launcher=$(sed -n 's,.*<junit.platform.version>\(.*\)</junit.platform.version>.*,\1,p' "$project/pom.xml")
[[ -n $launcher ]] || fail "pom.xml does not say which JUnit platform"
launcher=junit-platform-console-standalone:$launcher
jar=$cache/${launcher/:/-}.jar
if [[ ${GATUN_BUILD-yes} != no || ! -f $cache/classpath ]]; then
    maven test-compile
    maven dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile="$cache/classpath"
fi
[[ -f $jar ]] || maven dependency:copy -Dartifact="org.junit.platform:$launcher" -DoutputDirectory="$cache"
# The launcher's jar brings JUnit.
libraries=$(tr ':' '\n' < "$cache/classpath" |
    grep -vE '/(junit-jupiter|junit-platform-(commons|engine|launcher)|opentest4j|apiguardian)[^/]*$' | paste -sd:)
classes=$project/target/test-classes:$project/target/classes:$libraries

# That the JVM has the vectors that were asked for, whatever became of the options for it.
width=$("${emulated[@]}" -XX:+PrintFlagsFinal -version 2>/dev/null | sed -nE 's/.* MaxVectorSize += ([0-9]+).*/\1/p')
[[ -n $width ]] || fail "the emulated JVM does not start"
[[ -z $bits || $((width * 8)) == "$bits" ]] || fail "$model has vectors of $((width * 8)) bits, not $bits"
echo "$model: vectors of $((width * 8)) bits" >&2

case $action in
    gatun) exec "${emulated[@]}" -cp "$classes" dev.gatun.cli.Main "$@" ;;
    java) exec "${emulated[@]}" -cp "$classes" "$@" ;;
esac
# Without the tests that count what is left on the heap, and those of large models. Some tests read files of the checkout.
cd "$project"
exec "${emulated[@]}" -cp "$jar:$classes" org.junit.platform.console.ConsoleLauncher execute --disable-banner \
    --details=summary --exclude-tag=allocation --exclude-tag=models "$@"
