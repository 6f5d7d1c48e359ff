"""``python -m pasbuild``."""

from pasbuild.cli import main

main()
