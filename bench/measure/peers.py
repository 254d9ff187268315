"""What aiops is measured beside: where it is, or that it is missing."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "peers"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "aiops" / "bench"

missing = []  # what was looked for in vain: told at the end


def python_with(*modules, about=""):
    """A Python that has all modules, or None."""
    for python in (shutil.which("python3"), "/usr/bin/python3", str(CACHE / "python" / "bin" / "python")):
        if python and os.path.exists(python) and not subprocess.run(
                [python, "-c", f"import {', '.join(modules)}"], stderr=subprocess.DEVNULL).returncode:
            return python
    skip(about or f"a python3 with {', '.join(modules)}")
    return None


def program(name):
    """Its path, or None."""
    path = shutil.which(name)
    if not path:
        skip(name)
    return path


def skip(what):
    if what not in missing:
        missing.append(what)
        print(f"bench: left out, for it is not here: {what} (scripts/bootstrap bench installs the peers)", file=sys.stderr)
