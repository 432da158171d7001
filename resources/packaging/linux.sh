#!/usr/bin/env bash
# Makes what people install on Linux, in one command: resources/packaging/linux.sh [--check]
#
#   dist/FaceMend                      PyInstaller's folder, from a fresh environment without torch
#   dist/facemend_VERSION_ARCH.deb     for Debian and Ubuntu
#   dist/FaceMend-VERSION-ARCH.run     one file that installs itself, or runs without (linux-single.sh)
#
# --check, as root on Debian, installs them into a clean system and tries them (linux-check.sh).
# PYTHON names the Python to build with.  The result needs the C library of this system or a newer one.
set -euo pipefail
cd "$(dirname "$0")/../.."
packaging=resources/packaging
[[ $# == 0 || $* == --check ]] || { sed -n '2,11s/^# \{0,1\}//p' "$packaging/linux.sh"; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' faceapp/__init__.py)
debian_arch=$(dpkg --print-architecture)
deb=dist/facemend_${version}_$debian_arch.deb
single=dist/FaceMend-$version-$(uname -m).run

say() { printf '\n== %s (%s s)\n' "$1" "$SECONDS"; }

make_environment() {
    "${PYTHON:-python3}" -m venv "$work/venv"
    # What pyproject.toml asks for, with the two exchanges that build.spec tells of.
    sed -n '/^dependencies = \[/,/^\]/s/^ *"\([^"]*\)".*/\1/p' pyproject.toml >"$work/wanted"
    sed -e '/^onnxruntime-gpu/d; s/^opencv-python/&-headless/; s/^\(onnxruntime[^;]*\);.*/\1/' \
        "$work/wanted" >"$work/requirements"
    local pip=("$work/venv/bin/pip" install --quiet --disable-pip-version-check)
    "${pip[@]}" -r "$work/requirements" pyinstaller
}

make_bundle() {
    PYTHONDONTWRITEBYTECODE=1 "$work/venv/bin/pyinstaller" --noconfirm --log-level ERROR --workpath "$work/build" \
        --distpath "$work" build.spec
    bundle=$work/FaceMend
    local library
    for library in cursor icccm image keysyms render-util shape util xkb; do
        compgen -G "$bundle/_internal/libxcb-$library.so.*" >/dev/null ||
            { echo "libxcb-$library, which the bundle carries, is missing here; .ci/run lists the packages"; exit 1; }
    done
    # A Python that was compiled here holds symbols for debuggers; what comes from wheels is stripped already.
    find "$bundle"/_internal/libpython* "$bundle"/_internal/python3*/lib-dynload -type f -exec strip --strip-debug {} +
    rm -rf dist/FaceMend
    mkdir -p dist
    cp -a "$bundle" dist/
}

tell_sizes() {
    find dist/FaceMend -type f -printf '%s %P\n' | awk '
        { part = "Python" }
        /PySide6|pyside6|shiboken6|libQt6|libicu/ { part = "Qt, PySide6" }
        /libicudata/ { part = "ICU data of Qt" }
        /cv2|opencv/ { part = "OpenCV" }
        /opencv_python_headless.libs/ { part = "FFmpeg and OpenBLAS of OpenCV" }
        /onnxruntime/ { part = "onnxruntime" }
        /numpy/ { part = "numpy and its OpenBLAS" }
        /PIL|pillow/ { part = "Pillow and its codecs" }
        /jpeglib/ { part = "jpeglib" }
        /resources\// { part = "networks, sample, icons" }
        /^(FaceMend|facemend)$/ { part = "the two programs" }
        { size[part] += $1; all += $1 }
        END { for (part in size) printf "%8.1f MB  %s\n", size[part] / 1e6, part; printf "%8.1f MB  total\n", all / 1e6 }
    ' | sort -rn
}

# Lay out the files as they are installed, under $1/usr.
make_tree() {
    local share=$1/usr/share size
    mkdir -p "$1"/usr/{bin,lib} "$share"/{applications,mime/packages,doc/facemend}
    cp -a dist/FaceMend "$1/usr/lib/facemend"
    ln -s ../lib/facemend/facemend "$1/usr/bin/facemend"
    install -m 644 "$packaging/facemend.desktop" "$share/applications/facemend.desktop"
    install -m 644 "$packaging/facemend-mime.xml" "$share/mime/packages/facemend.xml"
    install -m 644 LICENSE "$share/doc/facemend/copyright"
    cat >>"$share/doc/facemend/copyright" <<'TEXT'

The libraries in /usr/lib/facemend/_internal have licences of their own, which lie beside them in *.dist-info and
cv2/LICENSE-3RD-PARTY.txt: among them Qt and PySide6 (LGPL 3), FFmpeg (LGPL 2.1), OpenCV (Apache 2.0).
TEXT
    install -D -m 644 resources/icons/facemend.svg "$share/icons/hicolor/scalable/apps/facemend.svg"
    install -D -m 644 resources/icons/facemend.svg "$share/icons/hicolor/scalable/mimetypes/application-x-facemend.svg"
    for size in 48 128 256; do
        mkdir -p "$share/icons/hicolor/${size}x$size/apps"
        "$work/venv/bin/python" -c 'import sys; from PIL import Image; side = int(sys.argv[1])
Image.open(sys.argv[2]).resize((side, side), Image.Resampling.LANCZOS).save(sys.argv[3])' \
            "$size" "$packaging/facemend.png" "$share/icons/hicolor/${size}x$size/apps/facemend.png"
    done
    chmod -R u=rwX,go=rX "$1"
}

make_deb() {
    local tree=$1 glibc
    glibc=$( (find dist/FaceMend -type f -exec objdump -T {} + 2>/dev/null || true) |
        grep -o 'GLIBC_2\.[0-9.]*' | sort -Vu | tail -1)
    mkdir "$tree/DEBIAN"
    # The libraries that the window needs and the bundle leaves to the system (CARRIED in build.spec).  No maintainer
    # script: the menu, the MIME types and the icons have dpkg triggers of their own.
    cat >"$tree/DEBIAN/control" <<TEXT
Package: facemend
Version: $version
Architecture: $debian_arch
Maintainer: FaceMend <facemend@localhost>
Section: graphics
Priority: optional
Installed-Size: $(du -sk "$tree/usr" | cut -f1)
Depends: libc6 (>= ${glibc#GLIBC_}), libgcc-s1, libstdc++6, zlib1g, libzstd1, liblzma5,
 libgl1, libegl1, libglib2.0-0 | libglib2.0-0t64, libfontconfig1, libfreetype6, libdbus-1-3,
 libx11-6, libx11-xcb1, libxcb1, libxcb-glx0, libxcb-randr0, libxcb-render0, libxcb-shm0, libxcb-sync1,
 libxcb-xfixes0, libwayland-client0, libwayland-cursor0, libwayland-egl1
Recommends: desktop-file-utils, hicolor-icon-theme, shared-mime-info
Suggests: fonts-noto-cjk, libgtk-3-0 | libgtk-3-0t64
Description: restore damaged photographs of people
 Scratched, torn, stained or painted-over faces are filled in by two networks that come with the program. It runs on
 the computer's own processor, offline; no photo leaves the machine.
TEXT
    (cd "$tree" && find usr -type f -exec md5sum {} +) >"$tree/DEBIAN/md5sums"
    dpkg-deb --root-owner-group -Zxz --build "$tree" "$deb"
}

# The archive inside the package, behind a script that unpacks it.
make_single() {
    local header=$packaging/linux-single.sh payload=$work/data.tar.xz
    ar p "$deb" data.tar.xz >"$payload"
    sed -e "s/@VERSION@/$version/; s/@LENGTH@/$(wc -l <"$header")/; s/@SHA256@/$(sha256sum <"$payload" | cut -c1-64)/" \
        "$header" | cat - "$payload" >"$single.new"
    chmod 755 "$single.new"
    mv "$single.new" "$single"
}

say "a fresh environment"
make_environment
say "the bundle"
make_bundle
tell_sizes
say "the package"
make_tree "$work/tree"
make_deb "$work/tree"
say "the single file"
make_single
ls -l "$deb" "$single"
if [[ $* == --check ]]; then
    say "installed on a clean system"
    "$packaging/linux-check.sh" "$deb" "$single"
fi
say "done"
