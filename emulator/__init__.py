"""Cloudflare Twin: a small Cloudflare account on your machine."""

from emulator.core.settings import Settings
from emulator.twin import Account, Twin

__version__ = "0.1.0"

__all__ = ["Account", "Settings", "Twin", "__version__"]
