"""Documents that are kept with a deal: what a file is, by its content; its text; keeping and handing out.

    attach(store, deal_id, stream, name, what=None, note=False, by=None) -> Document, attach_path
    kind_of(stream, name) -> Kind                what the content is; refuses what no document is
    pages_of(bytes, name) -> pages               the text of a note
    file_name(document), headers(document)       for handing it out

A note is a document that a brief reads: see coach/notes.py.
"""

from __future__ import annotations

from coachbot.attachments.keep import attach, attach_path, file_name, headers, size_words
from coachbot.attachments.kinds import KINDS, Kind, kind_of
from coachbot.attachments.text import pages_of

__all__ = [
    "KINDS",
    "Kind",
    "attach",
    "attach_path",
    "file_name",
    "headers",
    "kind_of",
    "pages_of",
    "size_words",
]
