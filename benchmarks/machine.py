"""What the benchmark ran on and with: machine, tools, versions."""

from __future__ import annotations

import datetime
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ('weasyprint', 'typst', 'pypandoc_binary')
COMMANDS = ('pandoc', 'chromium', 'soffice')


def tools() -> dict[str, str]:
    """Return the command of each peer ("typst": the name of its package), '' for one that is absent."""
    return {
        'typst': 'typst' if importlib.util.find_spec('typst') else '',
        'pandoc': _pandoc(),
        'chromium': _first('chromium', 'chromium-browser', 'google-chrome'),
        'soffice': _first('soffice', 'libreoffice'),
    }


def _pandoc() -> str:
    if importlib.util.find_spec('pypandoc') is None:
        return _first('pandoc')
    import pypandoc

    return str(pypandoc.get_pandoc_path())


def _first(*names: str) -> str:
    return next((path for name in names if (path := shutil.which(name))), '')


def pages(pdf: Path) -> int:
    """Return the number of pages of a PDF, read in another process: a child's peak memory begins at its parent's."""
    count = 'import sys; from pypdf import PdfReader; print(len(PdfReader(sys.argv[1]).pages))'
    return int(_output([sys.executable, '-c', count, str(pdf)]))


def description(runs: int, note: str = '') -> str:
    """Return date, machine and versions as sentences."""
    day = datetime.datetime.now(tz=datetime.UTC).date()
    versions = [f'Python {platform.python_version()}', *filter(None, map(_package, PACKAGES)), *_commands()]
    return ' '.join(filter(None, [
        f'{day:%-d %B %Y}, {_system()}, {_cpu()}, {os.cpu_count()} cores, {_memory()};',
        f'{", ".join(versions)}.',
        f'Medians of {runs}.',
        note,
    ]))  # fmt: skip


def _package(name: str) -> str:
    try:
        return f'{name} {version(name)}'
    except PackageNotFoundError:
        return ''


def _commands() -> list[str]:
    found = tools()
    lines = [_output([found[name], '--version']) for name in COMMANDS if found[name]]
    return [match[1] for line in lines if (match := re.match(r'(\D+\d+(\.\d+)+)', line))]


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120).stdout.strip()


def _system() -> str:
    try:
        return platform.freedesktop_os_release()['PRETTY_NAME']
    except (OSError, KeyError):
        return platform.platform(terse=True)


def _cpu() -> str:
    found = re.search(r'model name\s*: (.+)', _read('/proc/cpuinfo'))
    return found[1] if found else platform.processor() or platform.machine()


def _memory() -> str:
    found = re.search(r'MemTotal:\s*(\d+) kB', _read('/proc/meminfo'))
    return f'{int(found[1]) * 1024 / 1e9:.0f} GB' if found else 'memory unknown'


def _read(path: str) -> str:
    return Path(path).read_text(encoding='utf-8') if Path(path).is_file() else ''
