"""Which part a person plays in the decision, from their title and from what is said of them or by them.

Every cue belongs to a concept, such as money or law. A concept is tied to that influence role of the playbook
whose own words (label, description, titles, example utterances) speak of it most; a playbook without such a
role simply has no use for the concept's cues. So roles may be named, dropped and added freely.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from coachbot.extract.people_cues import CONCEPTS, Concept
from coachbot.extract.people_words import rx
from coachbot.model.playbook import InfluenceRole

_TITLE = 1.8  # for a word of the playbook in a job title
_HEARD = 1.5  # for an utterance like one of the playbook's examples


class Influence:
    """The influence roles of a playbook, ready to weigh what is known of a person."""

    def __init__(self, roles: Sequence[InfluenceRole]) -> None:
        self._roles = roles
        self._role_of = {n: role for n, c in enumerate(CONCEPTS) if (role := _most_alike(c, roles))}
        self._titles = {r.id: _any_of(r.title_words) for r in roles}
        self._heard = {r.id: [_content(u) for u in r.listen_for] for r in roles}

    def weigh(self, title: str | None, said_of: Sequence[str], said_by: Sequence[str]) -> dict[str, float]:
        """Points for each role's id.

        `said_of` holds what is said about the person, `said_by` the turns they speak. Who comes to the call
        and shows no other part is mostly the one that wants it (a prior on that concept).
        """
        points: dict[str, float] = defaultdict(float)
        for role in self._roles:
            words = self._titles[role.id]
            if title and words and words.search(title):
                points[role.id] += _TITLE
            likes = sum(_alike(u, s) for s in (*said_of, *said_by) for u in self._heard[role.id])
            points[role.id] += min(2, likes) * _HEARD
        for n, role_id in self._role_of.items():
            concept = CONCEPTS[n]
            if title and concept.titles and concept.titles.search(title):
                points[role_id] = max(points[role_id], concept.title_worth)
            elif not title and concept.titles and any(concept.titles.search(_no_pronoun(s)) for s in said_of):
                points[role_id] += 1.4
            points[role_id] += (
                min(2, sum(bool(concept.of_others.search(s)) for s in said_of)) * concept.others_worth
            )
            points[role_id] += (
                min(3, sum(bool(concept.of_self.search(s)) for s in said_by)) * concept.self_worth
            )
            if said_by:
                points[role_id] += concept.prior * 1.0
        return points


def _no_pronoun(text: str) -> str:
    return re.sub(r"\b[iI]t\b", " ", text)


def _most_alike(concept: Concept, roles: Sequence[InfluenceRole]) -> str | None:
    def speaks(role: InfluenceRole) -> float:
        name = f"{role.id.replace('_', ' ')} {role.label}"
        rest = " ".join((role.description, *role.title_words, *role.listen_for))
        return 3 * bool(concept.speaks_of.search(name)) + min(2, len(concept.speaks_of.findall(rest)))

    best = max(roles, key=speaks, default=None)
    return best.id if best and speaks(best) > 0 else None


def _any_of(words: Sequence[str]) -> re.Pattern[str] | None:
    return (
        rx(r"\b(?:" + "|".join(re.escape(w).replace(r"\ ", " ") for w in words) + r")\b") if words else None
    )


def _content(text: str) -> frozenset[str]:
    return frozenset(w for w in re.findall(r"[\w']+", text.lower()) if len(w) > 3)


def _alike(utterance: frozenset[str], said: str) -> bool:
    return len(utterance) > 1 and len(utterance & _content(said)) >= max(2, 0.7 * len(utterance))
