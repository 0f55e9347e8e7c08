"""What the policy service is asked and answers, in JSON. Items that are alike are said once and named by number."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

MOST_ITEMS = 100_000
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Numbers = Annotated[list[Annotated[int, Field(ge=0)]], Field(max_length=MOST_ITEMS)]
Records = Annotated[list[dict[str, Any]], Field(max_length=MOST_ITEMS)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class Question(_Strict):
    """A request in its canonical form, different facts, and for each item the number of its facts."""

    version: Hash
    request: dict[str, Any]
    facts: Records
    items: Numbers


class Answer(_Strict):
    """Different verdicts, and for each item the number of its verdict, in the order asked."""

    version: Hash
    verdicts: Records
    items: Numbers


class Health(_Strict):
    """Whether the service can decide at all."""

    status: str


class Versions(_Strict):
    """The release of the service, and the policy versions that it holds and has verified."""

    release: str
    versions: list[Hash]


class Problem(_Strict):
    """What stopped an answer (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
