"""What grounding costs beside a plain search for the same strings.

    python benchmarks/ground.py [words]

Prints, for a made-up call of 10,000 words and 100 quotes of each kind, the milliseconds of a `str.find` over
every turn, those of building the aligner, locating and verifying, and their ratio. The kinds are quotes as
said, quotes with a letter changed in one long word, and quotes nobody said (the worst case: every stage
runs). Quotes as said that begin behind a made-up 'not' or 'if' are rightly refused.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable

from coachbot.ground.lexicon import listed
from coachbot.ground.prove import Prover
from coachbot.model.claims import Quote
from coachbot.model.transcript import Participant, Side, Source, Transcript, Turn

COMMON = listed(
    "the a we you it that and to of in is for on have not but so this what they at with just do are be was if"
)
SYLLABLES = listed("ka lo mi ter ven dar shi pol gra nes tor bel rum sad fin cor wes lan mon til")


def made_up_call(words: int, rng: random.Random) -> Transcript:
    """Turns of 5 to 60 words; half of them common words, the others from 1,500 by a skewed draw."""
    rare = ["".join(rng.choices(SYLLABLES, k=rng.randint(2, 4))) for _ in range(1500)]
    turns: list[Turn] = []
    while words > 0:
        size = rng.randint(5, 60)
        said = [
            rng.choice(COMMON) if rng.random() < 0.5 else rare[int(1500 * rng.random() ** 2)]
            for _ in range(size)
        ]
        text = ", ".join(" ".join(said[at : at + 9]) for at in range(0, size, 9)) + "."
        turns.append(Turn(index=len(turns), speaker=("Ann", "Bob")[len(turns) % 2], text=text))
        words -= size
    people = (Participant(name="Ann", side=Side.SELLER), Participant(name="Bob", side=Side.BUYER))
    source = Source(format="made up", sha256="0" * 64)
    return Transcript(id="bench", title="bench", participants=people, turns=tuple(turns), source=source)


def as_said(call: Transcript, rng: random.Random) -> Quote:
    turn = rng.choice([t for t in call.turns if len(t.text.split()) > 25])
    return Quote(turn=turn.index, text=" ".join(turn.text.split()[3:23]))


def misheard(call: Transcript, rng: random.Random) -> Quote:
    quote = as_said(call, rng)
    words = quote.text.split()
    at = max(range(len(words)), key=lambda at: len(words[at]))
    words[at] = words[at][:4] + rng.choice("aeiou") + words[at][5:]
    return Quote(turn=quote.turn, text=" ".join(words))


def never_said(call: Transcript, rng: random.Random) -> Quote:
    words = [word for turn in rng.sample(call.turns, 8) for word in turn.text.split()]
    return Quote(turn=rng.randrange(len(call.turns)), text=" ".join(rng.sample(words, min(20, len(words)))))


def scan(call: Transcript, quotes: list[Quote]) -> int:
    return sum(any(turn.text.find(quote.text) >= 0 for turn in call.turns) for quote in quotes)


def prove(call: Transcript, quotes: list[Quote]) -> int:
    prover = Prover(call)
    return sum(bool(prover.prove((quote,), "either", "").evidence) for quote in quotes)


def best_ms(
    work: Callable[[Transcript, list[Quote]], int], call: Transcript, quotes: list[Quote]
) -> tuple[float, int]:
    times, found = [], 0
    for _ in range(3):
        begun = time.perf_counter()
        found = work(call, quotes)
        times.append(1000 * (time.perf_counter() - begun))
    return min(times), found


def main() -> None:
    rng = random.Random(7)
    call = made_up_call(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, rng)
    print(f"{call.words} words, {len(call.turns)} turns, 100 quotes of each kind, best of 3")
    for kind in (as_said, misheard, never_said):
        quotes = [kind(call, rng) for _ in range(100)]
        (plain, there), (proving, proven) = best_ms(scan, call, quotes), best_ms(prove, call, quotes)
        name = kind.__name__.replace("_", " ")
        print(f"{name:>10}: str.find {plain:6.1f} ms ({there:3} found), grounding {proving:6.1f} ms", end="")
        print(f" ({proven:3} proven), ratio {proving / plain:.0f}")


if __name__ == "__main__":
    main()
