#!/bin/sh
# Sets up what `make` needs: Python 3.11 or later with venv, and the system libraries of WeasyPrint.
# On Debian and Ubuntu, installs what is missing as root or with sudo; elsewhere, says the one command to run.
set -eu

packages="python3-venv libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz0b libharfbuzz-subset0 libfontconfig1"
python="${PYTHON:-python3}"

fail() {
    printf '%s\n' "$@" >&2
    exit 3
}

command -v "$python" >/dev/null 2>&1 || fail "Python est introuvable." "piste : installez Python 3.11 ou plus récent."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "Python 3.11 ou plus récent est nécessaire ($("$python" --version 2>&1) trouvé)." "piste : make PYTHON=python3.12"

missing() {
    "$python" - <<'PYTHON'
import ctypes, ctypes.util, importlib.util, sys

names = ('pango-1.0', 'pangoft2-1.0', 'harfbuzz', 'harfbuzz-subset', 'fontconfig')
folders = ('', '/opt/homebrew/lib/', '/usr/local/lib/')

def loads(name):
    found = ctypes.util.find_library(name)
    files = [found] if found else []
    files += [f'{folder}lib{name}.{end}' for folder in folders for end in ('so.0', 'so.1', 'dylib', '0.dylib')]
    for file in files:
        try:
            ctypes.CDLL(file)
        except OSError:
            continue
        return True
    return False

absent = [f'lib{name}' for name in names if not loads(name)]
if importlib.util.find_spec('ensurepip') is None:
    absent.append('python3-venv')
print(' '.join(absent))
PYTHON
}

absent=$(missing)
[ -n "$absent" ] || exit 0

if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then as_root=""; elif command -v sudo >/dev/null 2>&1; then as_root="sudo"; else
        fail "Il manque : $absent." "piste : en administrateur, apt-get install -y $packages"
    fi
    printf 'Installation des bibliothèques manquantes (%s)…\n' "$absent"
    $as_root apt-get update -qq
    # shellcheck disable=SC2086  # a list of packages, and an optional prefix
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
elif [ "$(uname)" = Darwin ]; then
    fail "Il manque : $absent." "piste : brew install pango" \
        "puis, si Python ne vient pas de Homebrew : export DYLD_FALLBACK_LIBRARY_PATH=/opt/homebrew/lib"
else
    fail "Il manque : $absent." "piste : installez Pango, HarfBuzz (avec harfbuzz-subset) et Fontconfig avec le gestionnaire de paquets du système."
fi

absent=$(missing)
[ -z "$absent" ] || fail "Il manque encore : $absent." "piste : apt-get install -y $packages"
