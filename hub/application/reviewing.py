"""List the open identity reviews for a data steward: what each record says, what agrees and what contradicts.

A read like any other: who a record is about is shown where the policy permits it, and the look is recorded.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from hub.application.asking import Asked
from hub.application.candidates import CandidateSearch
from hub.application.linking import REVIEWS, STEWARDS
from hub.application.links import REVIEW_TAG, open_reviews
from hub.application.reading import Reading
from hub.application.seeing import Look
from hub.application.telling import Seen, names_and_birth
from hub.errors import RefusedError
from hub.events.identity import IdentityReviewRaised, LinkEvidence
from hub.identity.comparison import Agreement
from hub.identity.evidence import FIELD_NAMES

_NAMES: Final = {field.value: name for field, name in FIELD_NAMES.items()}
_TOLD: Final = (("agrees", Agreement.AGREES), ("agrees_in_part", Agreement.PARTLY), ("contradicts", Agreement.DIFFERS))


class ReviewList:
    """Answers what is to be reviewed; raises `RefusedError` for all but a data steward or MASH manager."""

    def __init__(self, reading: Reading, candidates: CandidateSearch) -> None:
        self._reading = reading
        self._candidates = candidates

    def open(self, asked: Asked) -> list[dict[str, Any]]:
        """Return the open reviews, in the documented shape of `mash identity reviews --json`."""
        with self._reading.leaving.at_boundary():
            return self._open(asked)

    def _open(self, asked: Asked) -> list[dict[str, Any]]:
        question: dict[str, Any] = {}
        user, directory, outcome = self._reading.viewer(asked, REVIEWS, question)
        if STEWARDS.isdisjoint(user.roles):
            refused = RefusedError("This is for a data steward or a MASH manager.", code="not-a-steward")
            self._reading.refuse(asked, directory, outcome, refused)
        found = open_reviews(self._reading.log.read([REVIEW_TAG], upto=outcome.decided_at))
        question["reviews"] = [str(review.review) for review in found]
        subjects = {subject for review in found for subject in review.subjects}
        persons = outcome.candidates = self._candidates.among(subjects)
        look = Look(self._reading, asked, user, directory, outcome)
        seen = {each.subject: each for each in look.see_records(subjects)}
        outcome.others = sorted(set(persons.values()))
        self._reading.record(asked, directory, outcome)
        # A record that is as absent for this viewer takes along the reviews that compare with it.
        return [_review_json(review, persons, seen) for review in found if seen.keys() >= set(review.subjects)]


def _review_json(
    review: IdentityReviewRaised, persons: Mapping[UUID, UUID], seen: Mapping[UUID, Seen]
) -> dict[str, Any]:
    return {
        "id": str(review.review),
        "reasons": review.reasons,
        "sentence": review.reason,
        "person": _text(persons.get(review.subject)),
        "may_be": [str(person) for person in review.persons],
        "evidence": [each.model_dump(mode="json") for each in review.evidence],
        "record": _record_json(seen[review.subject]),
        "compared": [_compared_json(each, persons, seen) for each in review.evidence],
    }


def _compared_json(evidence: LinkEvidence, persons: Mapping[UUID, UUID], seen: Mapping[UUID, Seen]) -> dict[str, Any]:
    return {
        "person": _text(persons.get(evidence.against)),
        "record": _record_json(seen[evidence.against]),
        "percent": evidence.percent,
        **{name: _fields(evidence.fields.items(), how) for name, how in _TOLD},
    }


def _fields(compared: Iterable[tuple[str, str]], wanted: Agreement) -> list[str]:
    return [_NAMES.get(name, name) for name, how in compared if how == wanted.value]


def _record_json(seen: Seen) -> dict[str, Any]:
    """Return whose record it is."""
    profile = seen.profile
    return {"agency": profile.agency, "reference": profile.reference, **names_and_birth([profile])}


def _text(person: UUID | None) -> str | None:
    return None if person is None else str(person)
