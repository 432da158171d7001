#!/bin/sh
# FaceMend in one file: this script, and behind its last line an archive.  `sh FILE --help` says what it does.
set -eu
version=@VERSION@ length=@LENGTH@ sha256=@SHA256@

usage() {
    cat <<TEXT
FaceMend $version for Linux: restores damaged photographs of people, offline.

  $0 --install [FOLDER]     install for yourself, into FOLDER (~/.local): program, menu entry, icons, file type
  $0 --uninstall [FOLDER]   remove what --install has installed
  $0 --extract FOLDER       unpack the program into FOLDER, and nothing else
  $0 [ARGUMENTS]            run it from a temporary folder, as \`facemend ARGUMENTS\`; no argument opens the window
TEXT
}

die() {
    printf 'facemend: %s\n' "$1" >&2
    exit 1
}

payload() { tail -n "+$((length + 1))" "$0"; }

# Lay lib/facemend, bin and share into the folder $1.
unpack() {
    command -v xz >/dev/null || die 'unpacking needs the program xz (package xz-utils)'
    [ "$(payload | sha256sum | cut -c1-64)" = "$sha256" ] || die "$0 is damaged: please download it again"
    mkdir -p "$1"
    payload | tar -x -J --strip-components=2 --no-same-owner -C "$1" || die "$1: cannot be written"
}

# Tell the desktop of new or removed files in the folder $1/share.
refresh() {
    if command -v update-mime-database >/dev/null && [ -d "$1/share/mime/packages" ]; then
        update-mime-database "$1/share/mime" || true
    fi
    if command -v update-desktop-database >/dev/null && [ -d "$1/share/applications" ]; then
        update-desktop-database "$1/share/applications" || true
    fi
    [ ! -d "$1/share/icons/hicolor" ] || touch "$1/share/icons/hicolor"
}

install_into() {
    mkdir -p "$1/lib"
    prefix=$(cd "$1" && pwd)
    new=$(mktemp -d "$prefix/lib/.facemend-XXXXXX")
    trap 'rm -rf "$new"' EXIT
    trap 'exit 130' INT TERM
    unpack "$new"
    entry=$new/share/applications/facemend.desktop
    sed "s|/usr/lib|$(printf '%s' "$prefix" | sed 's/[&|\\]/\\&/g')/lib|" "$entry" >"$entry.new"
    mv "$entry.new" "$entry"
    (cd "$new" && find bin share -type f -o -type l) >"$new/lib/facemend/installed-files"
    [ ! -d "$prefix/lib/facemend" ] || remove_from "$prefix"
    mkdir -p "$prefix/lib"
    mv "$new/lib/facemend" "$prefix/lib/facemend"
    while read -r file; do
        mkdir -p "$prefix/$(dirname "$file")"
        mv "$new/$file" "$prefix/$file"
    done <"$prefix/lib/facemend/installed-files"
    refresh "$prefix"
    echo "FaceMend $version is installed in $prefix: start $prefix/bin/facemend, or find it in the menu"
}

remove_from() {
    list=$1/lib/facemend/installed-files
    [ -f "$list" ] || die "$1: FaceMend is not installed there by --install"
    while read -r file; do rm -f "$1/$file"; done <"$list"
    refresh "$1"
    # What is made from other files there, and only there, goes when those are gone.
    [ -n "$(ls "$1/share/mime/packages" 2>/dev/null)" ] || rm -rf "$1/share/mime"
    [ "$(ls "$1/share/applications" 2>/dev/null)" != mimeinfo.cache ] || rm "$1/share/applications/mimeinfo.cache"
    while read -r file; do
        (cd "$1" && rmdir -p "$(dirname "$file")" 2>/dev/null) || true
    done <"$list"
    rm -rf "$1/lib/facemend"
    rmdir "$1/lib" 2>/dev/null || true
}

run() {
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    trap 'exit 130' INT TERM
    unpack "$folder"
    "$folder/lib/facemend/facemend" "$@"
}

case ${1-} in
    --help | -h) usage ;;
    --install) install_into "${2-$HOME/.local}" ;;
    --uninstall) remove_from "${2-$HOME/.local}" ;;
    --extract) unpack "${2:?--extract needs a FOLDER}" ;;
    *) run "$@" ;;
esac
exit
