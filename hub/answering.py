"""The parts of an open hub that answer questions and keep their record; each is made when it is first used."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from psycopg_pool import ConnectionPool

from hub.application.alert_list import AlertList
from hub.application.asking_owners import AskingOwners
from hub.application.audit_report import AuditReport
from hub.application.bundling import Bundling
from hub.application.calling import Calling
from hub.application.candidates import Candidates
from hub.application.changes import Changes
from hub.application.chronologies import ChronologyReader
from hub.application.decision_desk import DecisionDesk
from hub.application.decisions import DecisionLog
from hub.application.directory import DirectoryService
from hub.application.episodes import Episodes
from hub.application.erasing import Erasing
from hub.application.feeds import Feeds
from hub.application.finding import ChildFinder
from hub.application.identifying import IDENTITY
from hub.application.leaving import ON_TIME, Leaving
from hub.application.linking import IdentitySteward
from hub.application.misuse import Misuse
from hub.application.policy_in_force import PolicyInForce, RecordedTexts
from hub.application.policy_versions import PolicyVersions
from hub.application.proving import LogTree
from hub.application.reading import Reading
from hub.application.reads import Reads
from hub.application.recorded import RecordedList
from hub.application.recording import Recorder
from hub.application.replaying import Replayer
from hub.application.review_desk import ReviewDesk
from hub.application.review_log import ReviewLog
from hub.application.reviewing import ReviewList
from hub.application.sampling import Sampling
from hub.application.shown_to import ShownTo
from hub.application.silence import Silence
from hub.application.training_notices import TrainingNotices
from hub.application.verifications import Verifications
from hub.application.who_knew import WhoKnew
from hub.clock import Clock
from hub.settings import Settings
from hub.store.blind_index import BlindIndex
from hub.store.follower import Follower
from hub.store.identity_index import IdentityIndex
from hub.store.kept_pages import KeptPages
from hub.store.log import EventLog
from hub.store.postgres_vault import PostgresVault
from hub.store.vault import BLIND_INDEX, PAGES, VIEWER_IDS
from policies.client import DecisionClient, DecisionService, InProcessService, Shelf

_IDENTIFIED_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Urls:
    """How the hub's roles reach its database."""

    owner: str
    app: str
    keys: str


@dataclass
class Answering:
    """What a hub answers with: its log, directory and policy, and the use cases on them."""

    settings: Settings
    urls: Urls
    clock: Clock
    pool: ConnectionPool[Any]
    log: EventLog
    vault: PostgresVault
    tree: LogTree
    leaving: Leaving = ON_TIME

    @cached_property
    def directory(self) -> DirectoryService:
        """The partnership's directory."""
        return DirectoryService(self.log, self.vault, self.clock)

    @cached_property
    def blind_index(self) -> BlindIndex:
        """The keyed hashes by which subjects are found."""
        return BlindIndex(self.pool, self.vault.purpose_key(BLIND_INDEX))

    @cached_property
    def identity_index(self) -> IdentityIndex:
        """Which person each subject is linked to."""
        return IdentityIndex(self.pool)

    @cached_property
    def decisions(self) -> DecisionLog:
        """The record of every answer."""
        return DecisionLog(self.log, self.vault)

    @cached_property
    def reading(self) -> Reading:
        """What the read side's use cases share."""
        viewer_key = self.vault.purpose_key(VIEWER_IDS)
        reading = Reading(self.log, self.directory, self.policy, self.calling, self.clock, viewer_key)
        reading.leaving = self.leaving
        reading.checkpoint = self.tree.latest
        return reading

    @cached_property
    def review_log(self) -> ReviewLog:
        """The tasks of the log."""
        return ReviewLog(self.log, self.vault.purpose_key(VIEWER_IDS))

    @cached_property
    def calling(self) -> Calling:
        """Records answers, with the tasks that they call for."""
        return Calling(self.decisions, self.review_log)

    @cached_property
    def policy_texts(self) -> RecordedTexts:
        """The texts of the policy versions, from the log."""
        return RecordedTexts(self.log)

    @cached_property
    def policy(self) -> DecisionClient:
        """Decides by the version in force: in this process, or by the service that the settings name."""
        return PolicyInForce(self.policy_texts, _decision_service(self.settings, self.policy_texts))

    @cached_property
    def policy_versions(self) -> PolicyVersions:
        """Proposes policy versions, and puts them in force."""
        return PolicyVersions(self.log, self.vault, self.directory, self.policy_texts, self.clock)

    @cached_property
    def chronologies(self) -> ChronologyReader:
        """Answers chronologies."""
        return ChronologyReader(self.reading)

    @cached_property
    def finder(self) -> ChildFinder:
        """Finds children."""
        return ChildFinder(self.reading, Candidates(self.blind_index, self.identity_index))

    @cached_property
    def replayer(self) -> Replayer:
        """Takes decisions again."""
        return Replayer(self.log, self.policy, self.vault.purpose_key(VIEWER_IDS))

    @cached_property
    def bundling(self) -> Bundling:
        """Makes evidence bundles."""
        return Bundling(self.reading, self.log, self.decisions, self.replayer, self.tree, self.vault)

    @cached_property
    def who_knew(self) -> WhoKnew:
        """Answers who knew what, when."""
        return WhoKnew(self.reading, self.decisions)

    @cached_property
    def shown_to(self) -> ShownTo:
        """Answers the MASH which agencies were shown what it sees."""
        return ShownTo(self.reading, self.decisions, self.chronologies)

    @cached_property
    def reads(self) -> Reads:
        """Lists who read what, and why."""
        return Reads(self.reading, self.decisions)

    @cached_property
    def decision_desk(self) -> DecisionDesk:
        """Shows auditors the record of decisions."""
        return DecisionDesk(self.reading, self.decisions)

    @cached_property
    def audit_report(self) -> AuditReport:
        """Counts what was read, decided, refused and changed in a period."""
        return AuditReport(self.reading, self.reads, self.review_log, self.verifications)

    @cached_property
    def verifications(self) -> Verifications:
        """Keeps what each verification of the log found."""
        return Verifications(self.log, self.clock)

    @cached_property
    def misuse(self) -> Misuse:
        """Finds reads that somebody should look into."""
        return Misuse(self.reading, self.reads, self.log)

    @cached_property
    def steward(self) -> IdentitySteward:
        """Records a person's decisions on identity."""
        turn = self.identity_follower.alone
        parts = (self.reading, self.log, self.decisions, self.vault, self.identity_index)
        return IdentitySteward(*parts, turn, self.review_log)

    @cached_property
    def reviews(self) -> ReviewList:
        """Lists what a data steward has to review."""
        return ReviewList(self.reading, Candidates(self.blind_index, self.identity_index))

    @cached_property
    def alerts(self) -> AlertList:
        """Lists the alerts of those who protect children."""
        return AlertList(self.reading)

    @cached_property
    def review_desk(self) -> ReviewDesk:
        """Shows the tasks that wait for somebody, takes their answers, and escalates."""
        return ReviewDesk(self.reading, self.decisions, self.log, self.review_log)

    @cached_property
    def recorder(self) -> Recorder:
        """Records what bears on a child beside the records."""
        return Recorder(self.log, self.reading, self.vault)

    @cached_property
    def recorded(self) -> RecordedList:
        """Lists what stands on a child beside the records."""
        return RecordedList(self.reading, self.chronologies)

    @cached_property
    def erasing(self) -> Erasing:
        """Takes what people decide on erasures and legal holds."""
        return Erasing(self.log, self.vault, self.reading)

    @cached_property
    def sampling(self) -> Sampling:
        """Draws samples of decisions for audit."""
        return Sampling(self.log, self.reading, self.decisions, self.vault)

    @cached_property
    def asking_owners(self) -> AskingOwners:
        """Asks the agencies that hold records to share more, or to look again."""
        return AskingOwners(self.reading, self.decisions, self.review_log, self.chronologies)

    @cached_property
    def silence(self) -> Silence:
        """Tells the MASH since when it waits for an answer."""
        return Silence(self.reading, self.review_log)

    @cached_property
    def changes(self) -> Changes:
        """Tells what is new since somebody last read."""
        return Changes(self.reading, self.decisions, self.chronologies)

    @cached_property
    def feeds(self) -> Feeds:
        """Tells when each agency's feed last brought anything."""
        return Feeds(self.log, self.directory, self.clock)

    @cached_property
    def training_notices(self) -> TrainingNotices:
        """Tells managers of lapsed training."""
        return TrainingNotices(self.reading, self.decisions)

    @cached_property
    def episodes(self) -> Episodes:
        """Keeps what people have in hand on the pages."""
        return Episodes(KeptPages(self.pool), self.vault.purpose_key(PAGES))

    @cached_property
    def identity_follower(self) -> Follower:
        """Follows the log for the identifier."""
        return Follower(self.log, self.urls.app, IDENTITY, batch=_IDENTIFIED_AT_ONCE)


def _decision_service(settings: Settings, texts: RecordedTexts) -> DecisionService:
    if settings.policy_url is None:
        return InProcessService(Shelf(texts))
    from policies.remote import RemoteService  # noqa: PLC0415 - most hubs decide in process, and start without it

    return RemoteService(settings.policy_url)
