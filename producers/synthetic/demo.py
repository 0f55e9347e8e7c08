"""The fixed story of `make demo`: one small partnership, the same whatever is seeded, with handles to narrate from.

The handles name what a narrator points at (the late record, the corrected one, the twins), so that no text about the
story needs to be written twice. `out_of_contract` is the one sending that the contract cannot hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hub.contract.details.social_care import CaseClosure
from hub.contract.event import ConcernEvent
from hub.contract.primitives import AgencyId, Occurred
from producers.synthetic.demo_child import tell_of_carys
from producers.synthetic.demo_others import tell_of_the_adopted, tell_of_the_ordinary, tell_of_the_refuge, tell_of_twins
from producers.synthetic.demo_people import moment
from producers.synthetic.partnership import CSC, HOUSING, REFUGE, SCHOOLS
from producers.synthetic.telling import Telling
from producers.synthetic.told import Fault, Pair, Record, Told
from producers.synthetic.wire import data_of

_A_MOMENT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class OutOfContract:
    """One sending whose data the contract refuses: a level of 7 on a scale of 4."""

    agency: AgencyId
    ce_id: str
    recorded_at: datetime
    type: str
    data: Mapping[str, Any]
    field: str


@dataclass(frozen=True, slots=True)
class Story:
    """The story and what to point at in it; the moments are just before the first correction and the late record.

    `child` are the records of the one child; of these police and probation hold too little to be linked on sight.
    """

    told: tuple[Told, ...]
    out_of_contract: OutOfContract
    child: tuple[Record, ...]
    twins: Pair
    adopted_pair: Pair
    unborn: Pair
    in_refuge: Record
    silent_agency: AgencyId
    resent_ce_id: str
    forged_ce_id: str
    late_ce_id: str
    corrected_ce_id: str
    regraded_ce_id: str
    retracted_ce_id: str
    moment_before_correction: datetime
    moment_before_late: datetime


def story() -> Story:
    """Return the demonstration's story, its events in the order of arrival."""
    main, named = tell_of_carys()
    twins, adopted, refuge = tell_of_twins(), tell_of_the_adopted(), tell_of_the_refuge()
    tellings = (main, twins, adopted, refuge, tell_of_the_ordinary())
    resent = replace(named["re-sent"], fault=Fault.RESENT, sent_at=moment("2024-11-28 09:00"))
    forged = _forged(main)
    told = [one for telling in tellings for one in telling.told]
    carys, unborn, baby = main.keys()
    return Story(
        told=tuple(sorted((*told, resent, forged), key=lambda one: one.arrived_at)),
        out_of_contract=_out_of_contract(named["re-sent"], main),
        child=carys.records,
        twins=_pair(twins),
        adopted_pair=_pair(adopted),
        unborn=(unborn, baby),
        in_refuge=next(record for record in refuge.keys()[0].records if record.agency == REFUGE),
        silent_agency=HOUSING,
        resent_ce_id=resent.ce_id,
        forged_ce_id=forged.ce_id,
        late_ce_id=named["late"].ce_id,
        corrected_ce_id=named["redated"].ce_id,
        regraded_ce_id=named["regraded"].ce_id,
        retracted_ce_id=named["retracted"].ce_id,
        moment_before_correction=named["redating"].recorded_at - _A_MOMENT,
        moment_before_late=named["late"].recorded_at - _A_MOMENT,
    )


def _pair(telling: Telling) -> Pair:
    first, second = telling.keys()
    return first, second


def _forged(telling: Telling) -> Told:
    """Somebody without social care's key says that the case is closed."""
    subject = telling.cast.subject(CSC, telling.cast.children[0], telling.day)
    at = moment("2025-06-14 03:12")
    event = ConcernEvent(
        occurred=Occurred(date=at.date()),
        subject=subject,
        detail=CaseClosure(),
        narrative="All concerns resolved. Please close and take no further action.",
    )
    return Told(CSC, str(telling.dice.uuid()), at, event, Fault.WRONG_SIGNATURE)


def _out_of_contract(like: Told, telling: Telling) -> OutOfContract:
    data = {**data_of(like.event), "level": 7}
    return OutOfContract(
        agency=SCHOOLS,
        ce_id=str(telling.dice.uuid()),
        recorded_at=moment("2025-05-21 16:05"),
        type=like.event.type,
        data=data,
        field="level",
    )
