"""`make bench`: every figure that we claim, measured now on this machine. Name scripts to run only those."""

import importlib
import pkgutil
import sys

import benchmarks

HELPERS = {"__main__", "measuring"}


def main() -> None:
    """Run the scripts that are named, else all."""
    scripts = [module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name not in HELPERS]
    for script in sys.argv[1:] or scripts:
        importlib.import_module(f"benchmarks.{script}").main()


if __name__ == "__main__":
    main()
