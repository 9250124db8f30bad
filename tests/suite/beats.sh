#!/bin/sh
# Makes 112 songs whose beats are known (steady, swung, with a moving tempo, without drums), has them heard by figment, aubio and
# qm-dsp, and prints the tables of docs/measured.md.
#
#   tests/suite/beats.sh [-p PROGRAMS] [-o FOLDER]
#     -p  folder that holds figment and figment-hear   (build/release)
#     -o  where the songs go; those already there are kept   (a new folder in ${TMPDIR:-/tmp}, removed at the end)
# The seeds are other ones than those that the beat network learned from.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
programs=$root/build/release out=
while getopts p:o: option; do
  case $option in
    p) programs=$OPTARG ;;
    o) out=$OPTARG ;;
    *) exit 2 ;;
  esac
done
if [ -z "$out" ]; then
  out=$(mktemp -d "${TMPDIR:-/tmp}/figment-beats.XXXXXX") || exit 1
  trap 'rm -rf "$out"' EXIT
fi
mkdir -p "$out" || exit 1
make() { # name, bend, seed, prompt
  [ -f "$out/$1/export/master.wav" ] && return
  rm -rf "${out:?}/$1"
  "$programs/figment" midi "$4" --seed "$3" -o "$out/$1" -q >"$out/$1.log" 2>&1 || { echo "NOT MADE $1" >&2; cat "$out/$1.log" >&2; return; }
  [ "$2" = none ] || "$programs/figment-hear" --bend "$2" "$out/$1"
  "$programs/figment" build "$out/$1" -q >>"$out/$1.log" 2>&1 || { echo "NOT BUILT $1" >&2; tail -2 "$out/$1.log" >&2; }
}
n=0
for style in pop rock house techno trance trap "drum and bass" dubstep funk disco reggae latin metal folk country synthwave edm "hip hop" garage blues electro punk soul ballad indie "6/8 ballad" waltz "5/4 jazz"; do
  n=$((n + 1))
  make "steady-$n" none $((9000 + n)) "$style, 20 bars"
  make "moving-$n" "$(printf 'ramp\nstep\nbreath\n' | sed -n $((n % 3 + 1))p)" $((9100 + n)) "$style, 20 bars"
done
n=0
for style in jazz swing "boom bap, swung" "lo-fi, swung" "shuffle blues" "house, swung" "garage, swung" "funk, swung" "neo soul, swung" "jazz, 7/4, swung" "jazz waltz" "trap, swung" "rock shuffle" "hip hop, 80 % swing"; do
  n=$((n + 1))
  make "swung-$n" none $((9200 + n)) "$style, 20 bars"
  make "swung-$((n + 14))" none $((9300 + n)) "$style, 24 bars"
done
n=0
for style in "solo piano" "string quartet" "ambient" "classical piano" "folk, no drums" "pop ballad, no drums" "orchestral, no drums" "jazz piano solo" "house, no drums" "trance, no drums" "acoustic guitar, no drums" "synthwave, no drums" "soul, no drums" "bossa nova, no drums"; do
  n=$((n + 1))
  make "drumless-$n" none $((9400 + n)) "$style, 20 bars"
  make "drumless-$((n + 14))" none $((9500 + n)) "$style, 24 bars"
done
"$programs/figment-hear" "$out"/steady-*/ "$out"/moving-*/ "$out"/swung-*/ "$out"/drumless-*/
