#!/usr/bin/env bash
# Tries a bundle on this machine: linux-smoke.sh FOLDER, of PyInstaller.  Needs Xvfb and xdotool.
set -euo pipefail
bundle=$(realpath "$1")
work=$(mktemp -d)
trap '[[ -z ${screen-} ]] || kill "$screen"; rm -rf "$work"' EXIT
mkdir "$work/home"
# Nothing of this machine's Python, and nothing left in the person's home.
run() { env -i HOME="$work/home" PATH=/usr/bin:/bin LANG=C.UTF-8 DISPLAY="${display-}" "$@"; }

run "$bundle/facemend" --version
run "$bundle/facemend" doctor
run "$bundle/facemend" demo -o "$work/demo"

Xvfb -ac -nolisten tcp -screen 0 1280x800x24 -displayfd 3 3>"$work/display" 2>/dev/null &
screen=$!
until [[ -s $work/display ]]; do sleep 0.1; done
display=:$(<"$work/display")
run timeout 120 "$bundle/FaceMend" "$work/demo/before.png" &
program=$!
found=$(DISPLAY=$display timeout 60 xdotool search --sync --onlyvisible --name '^before.png - FaceMend$' | head -1)
DISPLAY=$display xdotool windowfocus --sync "$found" key ctrl+q
wait "$program"
echo "the window opened the photo and quit"
