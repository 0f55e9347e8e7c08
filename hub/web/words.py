"""The words that pages have for codes of the contract and the policy, and how they say a moment. No rule."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from hub.application.asking import BASES, ENGLAND, PURPOSES
from hub.views.words import in_words
from hub.web.catalogue import N_, translations

PURPOSE_WORDS: Final[Mapping[str, str]] = {
    "mash-screening": N_("MASH screening of a contact"),
    "lateral-check": N_("Lateral check for the MASH"),
    "s17": N_("Assessment of a child in need (section 17)"),
    "s47": N_("Enquiry into significant harm (section 47)"),
    "strategy-discussion": N_("Strategy discussion"),
    "encompass-notification": N_("Operation Encompass notification"),
    "safety-plan": N_("Safety plan"),
    "early-help": N_("Early help"),
    "looked-after": N_("Care of a looked-after child"),
    "lado": N_("Allegation against somebody who works with children (LADO)"),
    "emergency": N_("Emergency: a child cannot wait"),
    "feedback": N_("Feedback to a referrer"),
    "statutory-request": N_("Statutory request (section 16H)"),
    "child-death-review": N_("Child death review"),
    "practice-review": N_("Child safeguarding practice review"),
    "multi-agency-audit": N_("Multi-agency audit"),
    "inspection": N_("Inspection"),
    "audit": N_("Audit"),
    "subject-access": N_("Subject access request"),
    "court": N_("Order or direction of a court"),
    "performance": N_("Performance figures"),
    "own-service": N_("Your own agency's work with the child"),
}
# An emergency has a page of its own.
OFFERED: Final = tuple(purpose for purpose in PURPOSES if purpose != "emergency")
RISK_WORDS: Final[Mapping[str, str]] = {
    "not-rated": N_("Not rated yet"),
    "blue": N_("Blue"),
    "green": N_("Green"),
    "amber": N_("Amber"),
    "red": N_("Red"),
}
BASIS_WORDS: Final[Mapping[str, str]] = {basis: basis.replace("-", " ") for basis in BASES}
STATEMENT_WORDS: Final[Mapping[str, str]] = {
    "no-consent": N_("Why there is no consent, or why it is not asked for"),
    "detriment": N_("Why sharing is not more detrimental to the child than not sharing"),
    "essential": N_("Why it is essential"),
}
FACET_WORDS: Final[Mapping[str, str]] = {
    "what": N_("what it is"),
    "when": N_("when it was"),
    "detail": N_("its details"),
    "narrative": N_("the account in words"),
    "voice": N_("what the child said"),
    "people": N_("other people in it"),
    "location": N_("places and addresses"),
    "source": N_("which agency holds it"),
}
STATUS_WORDS: Final[Mapping[str, str]] = {
    "corrected": N_("Corrected since"),
    "retracted": N_("Withdrawn by the agency"),
    "erased": N_("Erased"),
}
GRADE_WORDS: Final[Mapping[str, str]] = {
    "A": N_("known directly to the source"),
    "B": N_("known indirectly, but corroborated"),
    "C": N_("known indirectly"),
    "D": N_("not known"),
    "E": N_("suspected to be false"),
}
VERDICT_WORDS: Final[Mapping[str, str]] = {
    "PERMIT": N_("shown"),
    "EXISTENCE": N_("known to exist"),
    "REVIEW": N_("held for review"),
    "DENY": N_("not shown"),
}
ANSWER_WORDS: Final[Mapping[str, str]] = {
    "released": N_("Release what I choose below"),
    "refused": N_("Do not release it"),
    "justified": N_("It was justified"),
    "not-justified": N_("It was not justified"),
    "seen": N_("I have seen this"),
}
_MONTHS: Final = (
    N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"),
    N_("July"), N_("August"), N_("September"), N_("October"), N_("November"), N_("December"),
)  # fmt: skip
_UNCHANGED: Final = {
    "ae": "A&E",
    "cp": "CP",
    "cin": "CIN",
    "lado": "LADO",
    "mash": "MASH",
    "dsl": "DSL",
    "childrens": "children's",
}


def code_words(code: str) -> str:
    """Return a code as people write it: `cp-plan` as "CP plan"."""
    words = in_words(code.replace("-", "_")).split(" ")
    told = " ".join(_UNCHANGED.get(word.lower(), word) for word in words)
    return translations().gettext(told[:1].upper() + told[1:])


def day_words(day: date) -> str:
    """Return a day as it is written in Britain: 3 April 2015."""
    return f"{day.day} {_month_words(day)}"


def _month_words(day: date) -> str:
    return f"{translations().gettext(_MONTHS[day.month - 1])} {day.year}"


def day_text(text: str) -> str:
    """Return a day that is written as a contract writes it, as it is written in Britain."""
    return day_words(date.fromisoformat(text))


def moment_words(moment: datetime | str) -> str:
    """Return a moment in the time of London, whatever zone it came in."""
    told = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    local = told.astimezone(ENGLAND)
    return f"{day_words(local)}, {local.hour:02d}:{local.minute:02d}"


def happened_words(when: Mapping[str, Any]) -> tuple[str, date | None]:
    """Return when something happened, no more exactly than it is known, and the day to place it by."""
    text = when["occurred"]
    if text is None or when["precision"] == "unknown":
        return N_("Date not known"), None
    day, words = _day_and_words(str(text), when["precision"])
    return (f"{N_('about')} {words}" if "E" in when["accuracy"] else words), day


def _day_and_words(text: str, precision: str) -> tuple[date, str]:
    if len(text) > len("2024-01-01"):
        moment = datetime.fromisoformat(text)
        day = moment.astimezone(ENGLAND).date() if moment.tzinfo else moment.date()
        exact = moment_words(moment) if moment.tzinfo else f"{day_words(day)}, {moment:%H:%M}"
    else:
        day = date.fromisoformat(text)
        exact = day_words(day)
    match precision:
        case "year":
            return day, str(day.year)
        case "month":
            return day, _month_words(day)
        case "day":
            return day, day_words(day)
    return day, exact
