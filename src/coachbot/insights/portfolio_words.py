"""What people in a made-up portfolio are called, and what they say when the playbook gives no example."""

from __future__ import annotations

FIRST = (
    "Ada", "Bruno", "Chiara", "Dmitri", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kofi", "Lena",
    "Mateo", "Nadia", "Oskar", "Priya", "Quentin", "Rosa", "Samir", "Tilda", "Umar", "Vera", "Wanda", "Yusuf",
)  # fmt: skip
LAST = (
    "Abel", "Brandt", "Costa", "Dahl", "Evers", "Fischer", "Gallo", "Haas", "Ivanov", "Jansen", "Keller",
    "Lund", "Moreau", "Novak", "Okafor", "Petrov", "Quist", "Rossi", "Silva", "Thorne", "Urban", "Vogel",
)  # fmt: skip
COMPANY = (
    "Alder", "Birch", "Cedar", "Dune", "Ember", "Fjord", "Grove", "Harbor", "Iris", "Juniper", "Kestrel",
    "Lark", "Meadow", "North", "Orchard", "Pine", "Quarry", "River", "Summit", "Tidal", "Umber", "Vale",
)  # fmt: skip
TRADE = (
    "Foods",
    "Logistics",
    "Clinics",
    "Tools",
    "Print",
    "Travel",
    "Schools",
    "Energy",
    "Homes",
    "Textiles",
)
TITLES = ("Operations manager", "Head of finance", "IT architect", "Team lead", "Managing director", "Buyer")
SEGMENTS = ("smb", "mid_market", "enterprise")
PRODUCTS = ("Core", "Plus", "Suite")
SOURCES = ("inbound", "outbound", "partner")
RIVALS = ("Ledgerly", "Stackwise", "Quillbase")

APPROACHES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "compare",
        (
            "What does it cost you today when you change nothing, say in hours a month?",
            "Compared with what, and what does staying as you are cost you in a year?",
            "Let us put a number on what the present way costs you every month.",
            "If nothing changes, what does another year of that cost you?",
        ),
    ),
    (
        "reference",
        (
            "Another customer of your size had the same worry, shall I put you in touch?",
            "I can introduce you to a customer who asked exactly that before they started.",
            "Another customer in your trade had that worry too, I can put you in touch.",
            "I can put you in touch with another customer nearby who asked the same.",
        ),
    ),
    (
        "reassure",
        (
            "That is nothing you need to worry about, our people take care of it.",
            "Do not worry about it, it usually sorts itself out during the roll-out.",
            "Honestly, you need not worry about that, it sorts itself out.",
            "You need not worry, our people will take care of all of it.",
        ),
    ),
)
"""Ways to answer an objection, each with some wordings. The first one is the one that may save deals."""
