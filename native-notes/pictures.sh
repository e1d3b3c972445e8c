#!/usr/bin/env bash
# Makes the pictures of the README: parts of the page that `gatun report` writes of a trained model, in a window of Chromium without a
# screen. All that a picture leaves out is hidden by a style at the end of a copy of the page.
#
#   native-notes/pictures.sh
#
# Needs CHROMIUM ("chromium" if not set), and Maven for the model.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
./gatun report --model all-minilm-l6-v2 --out "$work/page.html" \
    --text "The old pilot steered the ship through the lock, and the lake lifted her to the mountain."

# picture NAME WIDTH,HEIGHT HIDDEN STYLE SCRIPT
picture() {
    { cat "$work/page.html"; echo "<style>.top, .end, #glossary, $3 { display: none !important }</style>"
        echo "<style>body { padding: 8px 10px; max-width: none } #head { margin: 0 } $4</style><script>$5</script>"; } >"$work/$1.html"
    "${CHROMIUM:-chromium}" --headless=new --no-sandbox --disable-gpu --hide-scrollbars --force-color-profile=srgb \
        --run-all-compositor-stages-before-draw --user-data-dir="$work/profile" --window-size="$2" --virtual-time-budget=10000 \
        --screenshot="native-notes/pictures/$1.png" "file://$work/$1.html" 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
}

choose='const choose = (id, value) => {
    const control = document.getElementById(id); control.value = value; control.dispatchEvent(new Event("input")); };'
head='gatun.page.open(gatun.page.data.heads.findIndex(({ head }) => head.join() === "3,8"), false);'

picture heads 600,512 '#head, #text, #overview h2, #overview .hint, #overview .see a, .controls label, .tile-name' \
    '.see { font-size: 13px } .tiles { grid-template-columns: repeat(12, 1fr) !important; gap: 7px }
    .tile { font-size: 9.5px; padding: 2px }' \
    "$choose choose('sort', 'model')"
picture regimes 1000,396 '#overview, #head > :not(.part), .part > :not(.maps), figcaption a, .enlarge, .map:not([data-regime=attention],
    [data-regime=diffusion], [data-regime=magnetic], [data-regime=bistochastic])' '.maps { grid-template-columns: repeat(4, 1fr) }' "$head"
