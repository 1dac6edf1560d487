"""The dense form of an ended execution: its states, events and data in one compressed text. Pure."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from celeriac.engine.store.keys import Field

#: What is written about the output of a step: it stays beside the dense form, as late lines may still change it.
LOOSE = (Field.PROGRESS.encode(), Field.LINES.encode())
#: Dense forms that a process keeps unpacked: a page reads the parts of one execution one after the other.
KEPT = 16


@dataclass(frozen=True, slots=True)
class Contents:
    """What lies beside an execution's own hash: states by unit, events in order, data by name, all as stored."""

    states: Mapping[bytes, bytes]
    log: Sequence[bytes]
    data: Mapping[bytes, bytes]

    @property
    def words(self) -> list[bytes | int]:
        """The same for a script: the number of words of the states, that of the events, then states, events and data."""
        states = _flat(self.states)
        return [len(states), len(self.log), *states, *self.log, *_flat(self.data)]


def pack(contents: Contents) -> bytes:
    """The dense form. Data about output is left out."""
    data = {name: text for name, text in contents.data.items() if not name.startswith(LOOSE)}
    texts = [_texts(_flat(contents.states)), _texts(contents.log), _texts(_flat(data))]
    # Every byte as the character of its number: results may have any bytes, and come back as they were.
    return zlib.compress(json.dumps(texts, separators=(",", ":"), ensure_ascii=False).encode("latin-1"))


@lru_cache(maxsize=KEPT)
def unpack(packed: bytes) -> Contents:
    """The contents of a dense form."""
    states, log, data = (_bytes(each) for each in json.loads(zlib.decompress(packed).decode("latin-1")))
    return Contents(_pairs(states), log, _pairs(data))


def _flat(mapping: Mapping[bytes, bytes]) -> list[bytes]:
    return [part for pair in mapping.items() for part in pair]


def _pairs(flat: Sequence[bytes]) -> dict[bytes, bytes]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _texts(raws: Iterable[bytes]) -> list[str]:
    return [raw.decode("latin-1") for raw in raws]


def _bytes(texts: Iterable[str]) -> list[bytes]:
    return [text.encode("latin-1") for text in texts]
