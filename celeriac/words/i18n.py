"""Words that people see, in their language. `gettext` alone looks for catalogues on the disk at every call."""

from __future__ import annotations

from functools import cache
from gettext import gettext

#: Called with the text of the source only, so what it keeps is bounded.
_ = cache(gettext)
