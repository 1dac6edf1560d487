"""Translation of visible texts. `gettext` alone searches the disk for catalogues at every call."""

from __future__ import annotations

from functools import cache
from gettext import gettext

#: Called only with literals of the source, so the cache is limited.
_ = cache(gettext)
