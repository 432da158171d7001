#!/usr/bin/env bash
# Installs the package and the single file into a clean Debian and tries them: linux-check.sh DEB RUN, as root.
#
# The program runs there as an ordinary user, in name spaces of its own: without any network, on a file system that
# can only be read but for /home and /tmp.  Afterwards the package is removed, and nothing of it may be left.
# SUITE names another Debian than bookworm, ROOT a bootstrapped folder to copy instead (it saves a minute), SCREENS a
# folder for pictures of the windows.
# shellcheck disable=SC2016 # what stands in single quotes is for the shells inside
set -euo pipefail
deb=$(realpath "$1") single=$(realpath "$2")
screens=$(realpath -m "${SCREENS:-dist/screens}")
samples=$(realpath "$(dirname "$0")/../samples")
[[ $(id -u) == 0 ]] || { echo "linux-check.sh must be run as root"; exit 1; }
missing=()
for tool in debootstrap:debootstrap Xvfb:xvfb xdotool:xdotool import:imagemagick; do
    command -v "${tool%:*}" >/dev/null || missing+=("${tool#*:}")
done
if ((${#missing[@]})); then
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

work=$(mktemp -d)
root=$work/root
trap 'jobs -p | xargs -r kill 2>/dev/null; wait; rm -rf --one-file-system "$work"' EXIT
say() { printf -- '-- %s (%s s)\n' "$1" "$SECONDS"; }
in_root() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
quietly() { "$@" >"$work/log" 2>&1 || { tail -30 "$work/log"; return 1; }; }

say "a clean Debian"
if [[ -n ${ROOT-} ]]; then cp -a "$ROOT" "$root"; else quietly debootstrap --variant=minbase "${SUITE:-bookworm}" "$root"; fi

say "what the package depends on, and nothing else"
# shellcheck disable=SC2046 # one word a package
quietly in_root apt-get install -y --no-install-recommends \
    $(dpkg-deb -f "$deb" Depends | tr ',' '\n' | sed 's/(.*)//; s/|.*//')
mkdir -p "$work/opened"
dpkg-deb -x "$deb" "$work/opened"
cp -a "$work/opened/usr/lib/facemend" "$root/opt/facemend"
# GTK's theme plugin is for those who have GTK.
lost=$(in_root sh -c 'cd /opt/facemend && find . -type f \( -name "*.so*" -o -perm -100 \) ! -name libqgtk3.so |
    while read -r file; do LD_LIBRARY_PATH=/opt/facemend/_internal ldd "$file" 2>/dev/null | sed "s|^|$file|"; done |
    grep "not found"' || true)
rm -rf "$root/opt/facemend" "$work/opened"
[[ -z $lost ]] || { echo "libraries are missing:"; echo "$lost"; exit 1; }
quietly in_root apt-get install -y --no-install-recommends desktop-file-utils shared-mime-info hicolor-icon-theme \
    xz-utils

say "install"
files() { (cd "$root" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./tmp \) -prune -o -print | sort); }
files >"$work/before"
cp "$deb" "$root/tmp/"
quietly in_root dpkg -i "/tmp/$(basename "$deb")"
rm "$root/tmp/$(basename "$deb")"
grep -q 'application/x-facemend:\*.facemend' "$root/usr/share/mime/globs2"
grep -q '^application/x-facemend=facemend.desktop' "$root/usr/share/applications/mimeinfo.cache"

say "a screen"
Xvfb -ac -nolisten tcp -screen 0 1280x800x24 -displayfd 3 3>"$work/display" 2>/dev/null &
until [[ -s $work/display ]]; do sleep 0.1; done
display=:$(<"$work/display")
export DISPLAY=$display
mkdir -p "$work/home" "$screens" "$root/tmp/.X11-unix"
cp "$samples/portrait.png" "$work/home/grandmother 1950.png"
cp "$single" "$work/home/FaceMend.run"
chown -R 1000:1000 "$work/home"

# Run a command as a user who has neither network nor a place to write but /home/me and /tmp.
as_user() {
    unshare --mount --net --pid --fork --kill-child bash -euc '
        root=$1 home=$2 display=$3; shift 3
        mount --bind "$root" "$root"
        mount -t proc proc "$root/proc"
        mount -t tmpfs tmpfs "$root/tmp"
        mount -t tmpfs tmpfs "$root/home"
        mkdir -p "$root/tmp/.X11-unix" "$root/home/me"
        mount --bind "$home" "$root/home/me"
        mount --bind /tmp/.X11-unix "$root/tmp/.X11-unix"
        mount -o remount,ro,bind "$root"
        exec chroot --userspec=1000:1000 "$root" env -i HOME=/home/me PATH=/usr/bin:/bin LANG=C.UTF-8 \
            DISPLAY="$display" sh -c "cd /home/me && exec \"\$@\"" sh "$@"
    ' - "$root" "$work/home" "$display" "$@"
}

# Wait for a window of this title and give it the keyboard: no window manager is there to do it.
focus() {
    local found
    found=$(timeout 60 xdotool search --sync --onlyvisible --name "$1" | head -1)
    sleep 2 # until it is painted
    xdotool windowfocus --sync "$found"
}
picture() { import -window root "$screens/$1.png"; }
quit() { xdotool key ctrl+q && wait "$1"; }

say "the user can write nowhere else, and reaches nobody"
as_user sh -c 'if touch /usr/lib/facemend/x 2>/dev/null; then exit 1; fi
    if [ "$(cut -d: -f1 /proc/net/dev | tail -n +3 | tr -d " ")" != lo ]; then exit 1; fi'
say "facemend --version, doctor, demo"
as_user facemend --version
as_user facemend doctor
as_user facemend demo
[[ $(find "$work/home/facemend-demo" -name '*.png' | wc -l) == 5 ]]

say "the window opens a photo, finds the damage and restores it"
as_user timeout 120 /usr/lib/facemend/FaceMend "grandmother 1950.png" &
program=$!
focus '^grandmother 1950.png - FaceMend$'
picture opened
xdotool key ctrl+d && sleep 4
xdotool key ctrl+Return && sleep 8
picture restored
say "and saves a project"
xdotool key ctrl+k ctrl+shift+p
focus '^Save project$'
picture saving
xdotool key ctrl+a
xdotool type --delay 30 /home/me/grandmother.facemend
xdotool key Return && sleep 3
[[ -s $work/home/grandmother.facemend ]]
focus ' - FaceMend$'
quit "$program"

say "which a double click opens again"
command=$(in_root sed -n 's/^Exec="\(.*\)" %F/\1/p' /usr/share/applications/facemend.desktop)
as_user timeout 120 "$command" /home/me/grandmother.facemend &
program=$!
focus '^grandmother.* - FaceMend$'
picture project
quit "$program"

say "remove"
quietly in_root dpkg --purge facemend
files >"$work/after"
left=$(diff "$work/before" "$work/after" | grep -Ev '^[0-9,acd]+$| \./var/(log|lib/dpkg|cache)/' || true)
[[ -z $left ]] || { echo "left behind:"; echo "$left"; exit 1; }

say "the single file: runs, installs, runs, removes itself"
list_home() { (cd "$work/home" && find . -path ./.cache -prune -o -print | sort); }
list_home >"$work/home-before"
as_user sh FaceMend.run --version
as_user sh FaceMend.run --install
as_user .local/bin/facemend --version
as_user timeout 120 .local/lib/facemend/FaceMend grandmother.facemend &
program=$!
focus '^grandmother.* - FaceMend$'
picture single
quit "$program"
grep -q 'x-facemend' "$work/home/.local/share/mime/globs2"
as_user sh FaceMend.run --uninstall
list_home | diff "$work/home-before" - || { echo "left behind by --uninstall"; exit 1; }
head -c -1 "$work/home/FaceMend.run" >"$work/home/damaged.run"
if as_user sh damaged.run --version 2>"$work/log"; then exit 1; fi
grep damaged "$work/log"
say "all is well; pictures in $screens"
