"""The dense form gives back what was packed, byte by byte."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from celeriac.engine.store.packing import Contents, pack, unpack

names = st.binary(min_size=1, max_size=12)
texts = st.binary(max_size=60)
contents = st.builds(Contents, st.dictionaries(names, texts), st.lists(texts), st.dictionaries(names, texts))


@given(contents)
def test_contents_come_back_when_they_are_packed(given_contents: Contents) -> None:
    found = unpack(pack(given_contents))

    assert dict(found.states) == dict(given_contents.states)
    assert list(found.log) == list(given_contents.log)
    assert dict(found.data) == {
        name: text for name, text in given_contents.data.items() if not name.startswith((b"p", b"n"))
    }


def test_a_script_gets_lists_with_their_lengths_when_it_needs_the_contents() -> None:
    contents = Contents({b"0": b"s"}, [b"C 0", b"E 1"], {b"r0": b"1", b"input": b"{}"})

    assert contents.words == [2, 2, b"0", b"s", b"C 0", b"E 1", b"r0", b"1", b"input", b"{}"]
