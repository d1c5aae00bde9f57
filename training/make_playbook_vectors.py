"""Writes the vectors of the bundled playbooks that come with coachbot.

    python training/make_playbook_vectors.py

Run it after larger edits of a playbook; until then what was edited is encoded at the first search.
"""

from __future__ import annotations

from coachbot.embed import SentenceEncoder
from coachbot.retrieval.build import texts_of
from coachbot.retrieval.prebuilt import FOLDER, write
from coachbot.retrieval.sources import locate, read_origin
from coachbot.settings import settings

PLAYBOOKS = ("b2b-saas", "plg-self-serve")


def main() -> None:
    """Encode every text of each playbook in float32 and write it down."""
    encoder = SentenceEncoder(settings().home)
    for name in PLAYBOOKS:
        texts = texts_of(read_origin(locate(name, home=None)))
        path = FOLDER / f"{name}.npz"
        write(path, texts, encoder.encode(texts))
        print(f"{path.name}: {len(texts)} texts, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
