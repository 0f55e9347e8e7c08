"""Families: the table of story kinds, one family from a seed, many as a real area has them, and their stream."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count

from hub.errors import UsageError
from producers.synthetic.dice import Dice
from producers.synthetic.faults import Mishap, with_mishaps
from producers.synthetic.identifiers import BLOCKS, Numbers
from producers.synthetic.people import invent_household
from producers.synthetic.stories_birth import tell_twins, tell_unborn
from producers.synthetic.stories_doubt import tell_malicious_looking, tell_silence
from producers.synthetic.stories_exploitation import tell_exploitation
from producers.synthetic.stories_identity import tell_adoption, tell_moves
from producers.synthetic.stories_neglect import tell_neglect
from producers.synthetic.stories_quiet import tell_quiet
from producers.synthetic.stories_refuge import tell_refuge
from producers.synthetic.stories_violence import tell_domestic_abuse
from producers.synthetic.telling import FIRST_DAY, Telling
from producers.synthetic.told import Family, Pair, StoryKind, Told

RESERVED_BLOCKS = 100
MOST_FAMILIES = BLOCKS - RESERVED_BLOCKS
LAST_START = date(2023, 3, 31)


@dataclass(frozen=True, slots=True)
class Story:
    """How one kind is told: how common it is (in 1,000 families), how many children it has and of what age."""

    tell: Callable[[Telling], Pair | None]
    in_thousand: int
    children: tuple[int, int]
    ages: tuple[int, int]


STORIES: dict[StoryKind, Story] = {
    StoryKind.QUIET: Story(tell_quiet, 400, (1, 3), (0, 12)),
    StoryKind.NEGLECT: Story(tell_neglect, 170, (1, 3), (1, 12)),
    StoryKind.DOMESTIC_ABUSE: Story(tell_domestic_abuse, 170, (1, 2), (1, 13)),
    StoryKind.SILENCE: Story(tell_silence, 70, (1, 1), (1, 14)),
    StoryKind.EXPLOITATION: Story(tell_exploitation, 60, (1, 1), (12, 14)),
    StoryKind.MOVES: Story(tell_moves, 50, (1, 2), (3, 12)),
    StoryKind.UNBORN: Story(tell_unborn, 25, (0, 0), (4, 6)),
    StoryKind.REFUGE: Story(tell_refuge, 20, (1, 2), (3, 11)),
    StoryKind.TWINS: Story(tell_twins, 15, (1, 1), (1, 8)),
    StoryKind.MALICIOUS_LOOKING: Story(tell_malicious_looking, 15, (1, 1), (3, 3)),
    StoryKind.ADOPTION: Story(tell_adoption, 5, (1, 1), (0, 0)),
}
_WEIGHTS = tuple((kind, float(story.in_thousand)) for kind, story in STORIES.items())
_LATEST_DAYS = (LAST_START - FIRST_DAY).days


def family(kind: StoryKind, seed: int) -> Family:
    """Tell one family's story; the same kind and seed tell it in the same bytes."""
    dice = Dice("family", kind, seed)
    starts = FIRST_DAY + timedelta(days=dice.between(0, _LATEST_DAYS))
    return _tell(kind, dice, dice.between(0, MOST_FAMILIES - 1), starts, None)


def families(number: int, seed: int) -> Iterator[Family]:
    """Tell families in the order in which they begin: every kind among the first few, then as common as they are.

    Raises `UsageError` for more families than there are numbers that no two share.
    """
    if not 0 <= number <= MOST_FAMILIES:
        raise UsageError(f"The number of families must be from 0 to {MOST_FAMILIES}.", code="too-many-families")
    return _families(number, seed)


def tell(families: Iterable[Family]) -> Iterator[Told]:
    """Merge the families' events by arrival, holding only families whose stories have begun.

    A sequence is put in order first; an iterator must give families as they begin, else `UsageError` is raised.
    """
    if isinstance(families, Sequence):
        families = sorted(families, key=lambda one: one.begins_at)
    waiting: list[tuple[datetime, int, Told]] = []
    ticket = count()
    begun: datetime | None = None
    for one in families:
        if begun is not None and one.begins_at < begun:
            raise UsageError("The families are not in the order in which they begin.", code="families-not-in-order")
        begun = one.begins_at
        while waiting and waiting[0][0] < begun:
            yield heapq.heappop(waiting)[2]
        for told in one.told:
            heapq.heappush(waiting, (told.arrived_at, next(ticket), told))
    while waiting:
        yield heapq.heappop(waiting)[2]


def _families(number: int, seed: int) -> Iterator[Family]:
    dice = Dice("families", seed)
    first_block = dice.between(0, MOST_FAMILIES - 1)
    first_kinds = dice.shuffled(tuple(StoryKind))
    certain = tuple(Mishap)
    for place in range(number):
        kind = first_kinds[place] if place < len(first_kinds) else dice.weighted(_WEIGHTS)
        starts = FIRST_DAY + timedelta(days=_LATEST_DAYS * place // number)
        mishap = certain[place] if place < len(certain) else None
        block = (first_block + place) % MOST_FAMILIES
        yield _tell(kind, Dice("one of many", seed, place), block, starts, mishap)


def _tell(kind: StoryKind, dice: Dice, block: int, starts: date, certain: Mishap | None) -> Family:
    story = STORIES[kind]
    ages = [dice.between(*story.ages) for _ in range(dice.between(*story.children))]
    numbers = Numbers(block)
    telling = Telling(dice, numbers, starts, invent_household(dice, numbers, starts, max(ages, default=story.ages[1])))
    for age in ages:
        telling.add_child(starts - timedelta(days=int(age * 365.25) + dice.between(30, 364)))
    pair = story.tell(telling)
    told = with_mishaps(telling.told, dice, certain)
    begins_at = datetime(starts.year, starts.month, starts.day, tzinfo=UTC)
    return Family(
        kind,
        begins_at,
        telling.keys(),
        tuple(told),
        twins=pair if kind is StoryKind.TWINS else None,
        adopted=pair if kind is StoryKind.ADOPTION else None,
        unborn=pair if kind is StoryKind.UNBORN else None,
    )
