"""Small documents of every kind, made here."""

from __future__ import annotations

import io
import zipfile

PDF_PAGE = "Holm Joinery opened a second hall in Aarhus last year and hired nine people."


def a_pdf(text: str) -> bytes:
    """A PDF of one page with a line of text."""
    body = f"BT /F1 12 Tf 40 700 Td ({text}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
        b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(body), body),
    ]
    out, places = b"%PDF-1.4\n", []
    for n, part in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (n, part)
    start = len(out)
    out += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % p for p in places)
    return out + b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start


def a_package(*names: str, mimetype: str | None = None) -> bytes:
    """A zip of empty files of those names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        if mimetype is not None:
            package.writestr("mimetype", mimetype)
        for name in names:
            package.writestr(name, b"")
    return out.getvalue()


WORD = a_package("[Content_Types].xml", "word/document.xml")
