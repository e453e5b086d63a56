#!/usr/bin/env bash
# Builds mediasoup-worker from the npm package's own sources against Debian's
# libraries, for machines that cannot download the upstream prebuilt binary.
#
#   build.sh MEDIASOUP_PACKAGE_DIR OUTPUT_BINARY
#
# Takes about 7 minutes on two cores. Needs, from Debian, what install.mjs lists.
# OpenSSL and libsrtp are built here from Debian's source packages; README.md says
# why. Lines that begin with ▸ are steps for the progress shown.
set -euo pipefail

package=$(realpath "$1")
output=$(realpath -m "$2")
overlay=$(dirname "$(realpath "$0")")/overlay
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Upstream tarballs through apt's source index, kept apart from the machine's own
# apt state. The distribution's own lists only, in either format.
mkdir -p "$work/apt/sources" "$work/apt/lists/partial" "$work/apt/cache/archives/partial" "$work/tarballs"
for list in debian ubuntu; do
  file=/etc/apt/sources.list.d/$list.sources
  if [ -f "$file" ]; then sed 's/^Types: .*/Types: deb-src/' "$file" > "$work/apt/sources/$list.sources"; fi
done
if [ -f /etc/apt/sources.list ]; then
  sed -n 's/^deb /deb-src /p' /etc/apt/sources.list > "$work/apt/sources/main.list"
fi
apt_options=(-qq -o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$work/apt/sources"
  -o "Dir::State::lists=$work/apt/lists" -o "Dir::Cache=$work/apt/cache" -o "APT::Sandbox::User=root")
upstream_source() { # NAME DIRECTORY: unpacks NAME's upstream tarball as DIRECTORY
  # A failed download of Debian's packaging files does not matter: only the tarball is used.
  (cd "$work/tarballs" && apt-get "${apt_options[@]}" source --download-only "$1") || true
  mkdir -p "$2"
  tar xf "$(ls "$work/tarballs/$1"_*.orig.tar.* | grep -v '\.asc$' | head -1)" -C "$2" --strip-components=1
}

echo "▸ fetching the sources of OpenSSL and libsrtp"
apt-get "${apt_options[@]}" update
upstream_source openssl "$work/openssl"
upstream_source libsrtp2 "$work/libsrtp2"

echo "▸ compiling OpenSSL (about 3 minutes)"
(
  cd "$work/openssl"
  ./config --prefix="$work/prefix" --libdir=lib no-shared no-tests no-legacy > /dev/null
  make -s -j"$(nproc)" build_libs
  make -s install_dev
) > "$work/openssl.log" 2>&1 || { tail -30 "$work/openssl.log" >&2; exit 1; }

echo "▸ compiling mediasoup-worker (about 4 minutes)"
cp -r "$package/worker" "$work/worker"
cd "$work/worker"
rm -f subprojects/*.wrap
cp -r "$overlay"/. subprojects/
mv "$work/libsrtp2" subprojects/libsrtp2
# Debian 12 has meson 1.0.1; nothing newer is used.
sed -i "s/meson_version: '>= 1.1.0'/meson_version: '>= 1.0.0'/" meson.build

export PKG_CONFIG_PATH="$work/prefix/lib/pkgconfig"
# Static where Debian has it, so that the cached binary also starts on a machine without these libraries.
meson setup --buildtype release -Db_ndebug=true -Dprefer_static=true "$work/build" .
ninja -C "$work/build" mediasoup-worker
mkdir -p "$(dirname "$output")"
strip -o "$output" "$work/build/mediasoup-worker"

# Without its environment the binary refuses to run, with status 41: so it starts.
status=0
env -i "$output" 2>/dev/null || status=$?
[ "$status" -eq 41 ] || { echo "mediasoup-worker was built but does not start (status $status)" >&2; exit 1; }
