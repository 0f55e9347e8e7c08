"""The partnership's directory: which agencies there are, what they sign with, who may ask. Rebuilt from its events."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Protocol

from hub.application.agreements import Agreement
from hub.application.checked import checked, checked_start
from hub.application.partnership_facts import PARTNERSHIP, body_of, fact_draft
from hub.clock import Clock
from hub.errors import ConflictError, RefusedError, UsageError
from hub.events.directory import (
    DIRECTORY_EVENTS,
    AgencyRegistered,
    AgreementEnded,
    AgreementMade,
    DirectoryEvent,
    ErasureWaitSet,
    FeedPromise,
    FeedsPromised,
    OpeningKeyRegistered,
    PartnerKind,
    RetentionRule,
    RetentionSet,
    ReviewsArranged,
    SigningKeyRegistered,
    SigningKeyRetired,
    SigningKeyRevoked,
    TrainingRecorded,
    UserLeft,
    UserMoved,
    UserRegistered,
)
from hub.events.reviews import ReviewArrangement
from hub.sharing.routes import STATUTORY
from hub.signing.keys import SigningKey
from hub.store.log import EventLog, LogReader
from hub.store.vault import KeyVault

DIRECTORY_TAG = "directory"
# Long enough to place a hold or to refuse, and within the month of UK GDPR article 12(3).
ERASURE_WAITING_DAYS = 14


@dataclass(frozen=True, slots=True)
class Agency:
    """One agency of the partnership."""

    id: str
    name: str
    kind: PartnerKind


@dataclass(frozen=True, slots=True)
class User:
    """A person of an agency, in their roles; `trained_until` is None where nobody keeps a record of their training."""

    id: str
    name: str
    agency: str
    roles: frozenset[str]
    trained_until: date | None = None
    manager: str | None = None


@dataclass(frozen=True, slots=True)
class OpeningKey:
    """The public key (X25519) that the hub seals to what it sends to an agency."""

    id: str
    public: bytes


@dataclass(slots=True)
class Directory:
    """The directory as of the last event folded in."""

    agencies: dict[str, Agency] = field(default_factory=dict)
    keys: dict[str, SigningKey] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    opening_keys: dict[str, OpeningKey] = field(default_factory=dict)
    agreements: dict[str, Agreement] = field(default_factory=dict)
    reviews: ReviewArrangement = STATUTORY
    erasure_waiting_days: int = ERASURE_WAITING_DAYS
    retention: Sequence[RetentionRule] = ()
    feeds: Sequence[FeedPromise] = ()
    _naming: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)
    _purposes: dict[str, set[str]] = field(default_factory=dict)
    readers: set[str] = field(default_factory=set)

    def apply(self, event: DirectoryEvent) -> None:
        """Fold one fact in."""
        match event:
            case AgencyRegistered():
                self.agencies[event.id] = Agency(event.id, event.name, event.kind)
            case SigningKeyRegistered() | SigningKeyRetired() | SigningKeyRevoked():
                self._apply_key(event)
            case UserRegistered() | TrainingRecorded() | UserMoved() | UserLeft():
                self._apply_user(event)
            case OpeningKeyRegistered():
                self.opening_keys[event.agency] = OpeningKey(event.key_id, bytes.fromhex(event.public))
            case AgreementMade():
                self._apply_agreement(event)
            case AgreementEnded():
                self.agreements[event.id] = replace(self.agreements[event.id], ended=True)
            case ReviewsArranged() | ErasureWaitSet() | RetentionSet() | FeedsPromised():
                self._apply_arrangement(event)

    def _apply_key(self, event: SigningKeyRegistered | SigningKeyRetired | SigningKeyRevoked) -> None:
        match event:
            case SigningKeyRegistered(key_id=key, agency=agency, valid_from=since):
                self.keys[key] = SigningKey(key, agency, bytes.fromhex(event.public), since)
            case SigningKeyRetired(key_id=key, valid_until=until):
                self.keys[key] = replace(self.keys[key], valid_until=until)
            case SigningKeyRevoked(key_id=key, revoked_at=at):
                self.keys[key] = replace(self.keys[key], revoked_at=at)

    def _apply_agreement(self, made: AgreementMade) -> None:
        self.agreements[made.id] = Agreement.of(made)
        self.readers.update(made.readers)
        self._purposes.setdefault(made.recipient, set()).add(made.purpose)
        for item_type in dict.fromkeys(made.types):
            self._naming.setdefault((made.recipient, made.owner, item_type), []).append(made.id)

    def _apply_arrangement(self, event: ReviewsArranged | ErasureWaitSet | RetentionSet | FeedsPromised) -> None:
        match event:
            case ReviewsArranged():
                self.reviews = event.arrangement
            case ErasureWaitSet():
                self.erasure_waiting_days = event.days
            case RetentionSet():
                self.retention = event.rules
            case FeedsPromised():
                self.feeds = event.feeds

    def _apply_user(self, event: UserRegistered | TrainingRecorded | UserMoved | UserLeft) -> None:
        match event:
            case UserRegistered(id=user, name=name, agency=agency, trained_until=until, manager=manager):
                self.users[user] = User(user, name, agency, frozenset(event.roles), until, manager)
            case TrainingRecorded(user=user, until=until) if user in self.users:
                self.users[user] = replace(self.users[user], trained_until=until)
            case UserMoved(user=user, agency=agency, roles=roles) if user in self.users:
                self.users[user] = replace(self.users[user], agency=agency, roles=frozenset(roles))
            case UserLeft(user=user):
                self.users.pop(user, None)
                self.left.add(user)

    def agency(self, agency: str) -> Agency:
        """Return an agency; raises `UsageError` where there is none of that id."""
        found = self.agencies.get(agency)
        if found is None:
            raise UsageError(f"There is no agency {agency!r} in this partnership.", code="unknown-agency")
        return found

    def user(self, user: str) -> User:
        """Return a user; raises `RefusedError` where there is none of that id."""
        found = self.users.get(user)
        if found is None:
            raise RefusedError("There is no such user in this partnership.", code="unknown-user")
        return found

    def refuse_known_key(self, key_id: str) -> None:
        """Raise `ConflictError` where a key was registered before, for whichever agency."""
        if key_id in self.keys:
            raise ConflictError("This key was registered before: a new one is needed.", code="key-registered")

    def agreements_naming(self, recipient: str, owner: str, item_type: str) -> list[Agreement]:
        """Return the agreements that name such an item of an owner for a recipient, ended ones among them."""
        return [self.agreements[name] for name in self._naming.get((recipient, owner, item_type), ())]

    def users_of(self, agency: str) -> set[str]:
        """Return the ids of an agency's users."""
        return {user.id for user in self.users.values() if user.agency == agency}

    def purposes_agreed(self, recipient: str) -> list[str]:
        """Return the purposes for which agreements name a recipient, those of ended ones among them."""
        return sorted(self._purposes.get(recipient, ()))

    def keys_of(self, agency: str) -> list[SigningKey]:
        """Return an agency's signing keys, the oldest first."""
        return sorted(
            (key for key in self.keys.values() if key.agency == agency), key=lambda key: (key.valid_from, key.id)
        )


class DirectoryReader(Protocol):
    """The directory as those meet it who only read."""

    def load(self, upto: int | None = None) -> Directory:
        """Return the directory as it stands, or as it stood at a position; not to be changed."""
        ...


def directory_at(log: LogReader, position: int) -> Directory:
    """Return the directory as it stood at a position of the log."""
    directory = Directory()
    for stored in log.read([DIRECTORY_TAG], upto=position):
        if (body := body_of(stored)) is not None:
            directory.apply(DIRECTORY_EVENTS[stored.type].model_validate(body, strict=False))
    return directory


class DirectoryService:
    """Reads the directory from the log, and adds to it."""

    def __init__(self, log: EventLog, vault: KeyVault, clock: Clock) -> None:
        self._log = log
        self._vault = vault
        self._clock = clock
        self._held: tuple[int, Directory] = (-1, Directory())

    def load(self, upto: int | None = None) -> Directory:
        """Return the directory as it stands, or as it stood at a position; not to be changed.

        Folded anew only where a fact was added since, or where the position is before the last one.
        """
        position = self._log.last_position(DIRECTORY_TAG)
        if upto is not None and upto < position:
            return directory_at(self._log, upto)
        held = self._held
        if held[0] != position:
            held = self._held = (position, directory_at(self._log, position))
        return held[1]

    def record(self, facts: Sequence[DirectoryEvent]) -> None:
        """Append facts in one go."""
        keys = self._vault.make([PARTNERSHIP])
        drafts = [fact_draft(fact, DIRECTORY_TAG) for fact in facts]
        self._log.append(drafts, at=self._clock.now(), keys=keys)

    def register_agency(self, agency: str, name: str, kind: str, *, by: str) -> None:
        """Register an agency; raises `ConflictError` where the id is taken."""
        if agency in self.load().agencies:
            raise ConflictError(f"Agency {agency!r} is registered already.", code="agency-exists")
        self.record([checked(AgencyRegistered, id=agency, name=name, kind=PartnerKind(kind), by=by)])

    def register_user(self, registered: UserRegistered) -> None:
        """Register a user; raises `ConflictError` where the id is taken, `UsageError` for their agency or manager."""
        directory = self.load()
        if registered.id in directory.users or registered.id in directory.left:
            raise ConflictError(f"User {registered.id!r} is registered already, or was.", code="user-exists")
        directory.agency(registered.agency)
        if registered.manager is not None and registered.manager not in directory.users:
            raise UsageError(f"There is no user {registered.manager!r} to be the manager.", code="unknown-manager")
        self.record([registered])

    def record_training(self, user: str, until: date, *, by: str) -> None:
        """Record up to which day a user's safeguarding training is valid; raises `RefusedError` where there is none."""
        self.load().user(user)
        self.record([checked(TrainingRecorded, user=user, until=until, by=by)])

    def move_user(self, user: str, agency: str, roles: Sequence[str], *, by: str) -> None:
        """Record what a user is from now on; raises `RefusedError` where there is none, `UsageError` for the agency.

        Whoever is signed in as them is not any more: they sign in as what they are now.
        """
        directory = self.load()
        directory.user(user)
        directory.agency(agency)
        self.record([checked(UserMoved, user=user, agency=agency, roles=sorted(set(roles)), by=by)])

    def user_leaves(self, user: str, *, reason: str, by: str) -> None:
        """Record that somebody may use the hub no more, at once; raises `RefusedError` where there is no such user."""
        self.load().user(user)
        self.record([checked(UserLeft, user=user, reason=reason, by=by)])

    def register_key(self, agency: str, key_id: str, public: bytes, *, by: str) -> None:
        """Register a signing key; the agency's keys so far verify what was signed before this moment, nothing later.

        Raises `ConflictError` for a key that was ever registered: a revoked one must stay revoked, and one key must
        never speak for two agencies.
        """
        now, directory = self._clock.now(), self.load()
        directory.refuse_known_key(key_id)
        current = [key for key in directory.keys_of(agency) if key.valid_until is None and key.revoked_at is None]
        facts: list[DirectoryEvent] = [
            SigningKeyRetired(agency=agency, key_id=key.id, valid_until=now, by=by) for key in current
        ]
        facts.append(SigningKeyRegistered(agency=agency, key_id=key_id, public=public.hex(), valid_from=now, by=by))
        self.record(facts)

    def register_opening_key(self, agency: str, key_id: str, public: bytes, *, by: str) -> None:
        """Register the key that the hub seals to for an agency from now on."""
        now = self._clock.now()
        self.record([OpeningKeyRegistered(agency=agency, key_id=key_id, public=public.hex(), valid_from=now, by=by)])

    def make_agreements(self, made: Sequence[AgreementMade]) -> None:
        """Record standing agreements; raises `ConflictError` where an id is taken, `UsageError` for what it names."""
        directory = self.load()
        taken = set(directory.agreements)
        for each in made:
            if each.id in taken:
                raise ConflictError(f"There is an agreement {each.id!r} already, or was.", code="agreement-exists")
            for agency in (each.owner, each.recipient):
                directory.agency(agency)
            if not set(each.readers) <= directory.users_of(each.recipient):
                raise UsageError(
                    f"Agreement {each.id!r} names a reader who is no user of its recipient.", code="reader"
                )
            taken.add(each.id)
        self.record(made)

    def end_agreement(self, agreement: str, *, reason: str, by: str) -> None:
        """End an agreement at once; raises `UsageError` where there is none of that id, or it has ended."""
        known = self.load().agreements.get(agreement)
        if known is None or known.ended:
            raise UsageError(f"There is no agreement {agreement!r} that could be ended.", code="unknown-agreement")
        self.record([checked(AgreementEnded, id=agreement, reason=reason, by=by)])

    def revoke_key(self, agency: str, key_id: str, *, reason: str, by: str) -> SigningKey:
        """Revoke a key, named by the start of its id; raises `UsageError` where none or several start so."""
        checked_start(key_id)
        matches = [key for key in self.load().keys_of(agency) if key.id.startswith(key_id)]
        if len(matches) != 1:
            raise UsageError(f"{len(matches)} keys of {agency} have an id that starts so.", code="unknown-key")
        revoked = checked(
            SigningKeyRevoked,
            agency=agency, key_id=matches[0].id, revoked_at=self._clock.now(), reason=reason, by=by,
        )  # fmt: skip
        self.record([revoked])
        return matches[0]


def agency_json(directory: Directory) -> list[dict[str, Any]]:
    """Return the agencies in the documented shape of `mash agency list --json`."""
    return [
        {
            "id": agency.id,
            "name": agency.name,
            "kind": agency.kind.value,
            "keys": [_key(k) for k in directory.keys_of(agency.id)],
            "opening_key": opening.id if (opening := directory.opening_keys.get(agency.id)) else None,
        }
        for agency in directory.agencies.values()
    ]


def user_json(directory: Directory) -> list[dict[str, Any]]:
    """Return the users in the documented shape of `mash user list --json`."""
    return [
        {
            "id": user.id,
            "name": user.name,
            "agency": user.agency,
            "roles": sorted(user.roles),
            "trained_until": user.trained_until.isoformat() if user.trained_until else None,
            "manager": user.manager,
        }
        for user in directory.users.values()
    ]


def _key(key: SigningKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "from": _time(key.valid_from),
        "until": _time(key.valid_until),
        "revoked": _time(key.revoked_at),
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
