"""A real Apache Kafka on this machine, of one node or three, for trials and tests: no Docker, loopback only.

Locked down as a partnership's own must be: who signs in does so by SCRAM, and may do what an ACL gives them. Ends only
the processes that it started, known by the folder that each was told to serve. A node that is started again keeps its
ports, its data and its users.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

import psutil

from hub.broker.kafka_connection import SCRAM
from hub.broker.kafka_programs import java, libraries
from hub.broker.kafka_topology import MAX_MESSAGE_BYTES
from hub.broker.kafka_users import SecretFolder
from hub.errors import HubError

ADMIN: Final = "admin"
# Compiled lightly, a node serves after 4 s instead of 6 and takes half the processor until then.
_LIGHTLY: Final = "-XX:TieredStopAtLevel=1"
_OPTIONS: Final = ("-Xmx384m", "-XX:+UseSerialGC", _LIGHTLY, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
_HOST: Final = "127.0.0.1"
_PORTS: Final = range(20_000, 32_000)
_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Node:
    """One broker, which is a controller too."""

    number: int
    folder: Path
    clients: int
    brokers: int
    controllers: int

    @property
    def address(self) -> str:
        """Where clients reach the node."""
        return f"{_HOST}:{self.clients}"

    @property
    def properties(self) -> Path:
        """The file that the node is configured by."""
        return self.folder / "server.properties"

    def process(self) -> psutil.Process | None:
        """Return the process that serves this folder, if it runs."""
        try:
            process = psutil.Process(int((self.folder / "pid").read_text()))
            return process if str(self.properties) in process.cmdline() and _lives(process) else None
        except (OSError, ValueError, psutil.Error):
            return None

    def start(self) -> None:
        """Start the node if it does not run, without waiting for it."""
        if self.process() is not None:
            return
        command = [java(), *_OPTIONS, "-cp", _classes(), "kafka.Kafka", str(self.properties)]
        output = os.open(self.folder / "output", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            files = (
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, output, 1),
                (os.POSIX_SPAWN_DUP2, output, 2),
            )
            started = os.posix_spawn(command[0], command, os.environ, file_actions=files, setsid=True)
        finally:
            os.close(output)
        (self.folder / "pid").write_text(str(started))

    def wait(self, seconds: float = _START_SECONDS) -> None:
        """Wait until the node serves clients; raises HubError with the last line that it printed."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if not self._began():
                break
            with socket.socket() as probe:
                probe.settimeout(1.0)
                if probe.connect_ex((_HOST, self.clients)) == 0:
                    return
            time.sleep(0.05)
        raise HubError(f"Kafka did not start: {_last_line(self.folder / 'output')}", code="kafka-not-started")

    def _began(self) -> bool:
        """Say whether the process that was started lives, which at first is still called as its parent is."""
        try:
            return _lives(psutil.Process(int((self.folder / "pid").read_text())))
        except (OSError, ValueError, psutil.Error):
            return False

    def stop(self) -> bool:
        """Stop the node in good order; say whether it ran."""
        return _stop([self])

    def kill(self) -> None:
        """End the node at once, as a power cut would."""
        process = self.process()
        if process is not None:
            process.kill()
            psutil.wait_procs([process], timeout=_STOP_SECONDS)

    def pause(self, *, paused: bool) -> None:
        """Stop the node's clock, or let it go on: it is there and does not answer."""
        process = self.process()
        if process is not None:
            process.send_signal(signal.SIGSTOP if paused else signal.SIGCONT)


@dataclass(frozen=True, slots=True)
class LocalKafka:
    """A cluster in one folder."""

    folder: Path
    nodes: tuple[Node, ...]

    @property
    def bootstrap(self) -> str:
        """Where clients reach the cluster."""
        return ",".join(node.address for node in self.nodes)

    @property
    def admin_secret(self) -> Path:
        """The file of the administrator's user and password, as `--secrets` writes them."""
        return SecretFolder(self.folder).file(ADMIN)

    def settings(self, secret: Path) -> dict[str, str]:
        """Return the settings with which a process signs in to the cluster as the user of a secret file."""
        return {
            "MASH_BROKER": "kafka",
            "MASH_KAFKA_BOOTSTRAP": self.bootstrap,
            "MASH_KAFKA_SECURITY": "SASL_PLAINTEXT",
            "MASH_KAFKA_SECRET_FILE": str(secret),
        }

    def start(self) -> None:
        """Start every node that does not run, and wait until all serve."""
        for node in self.nodes:
            node.start()
        for node in self.nodes:
            node.wait()

    def stop(self) -> bool:
        """Stop every node in good order; say whether one ran."""
        return _stop(self.nodes)


def local_kafka(folder: Path, nodes: int = 1) -> LocalKafka:
    """Return the cluster of a folder, made and formatted where there is none yet; starts nothing. Raises HubError."""
    described = folder / "cluster.json"
    if not described.exists():
        _make(folder, nodes)
    listed = json.loads(described.read_text())
    return LocalKafka(folder, tuple(Node(**{**each, "folder": folder / each["folder"]}) for each in listed))


def _make(folder: Path, count: int) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ports = _free_ports(3 * count)
    nodes = [Node(n, folder / f"node-{n}", next(ports), next(ports), next(ports)) for n in range(1, count + 1)]
    password, between = SecretFolder(folder).made(ADMIN), secrets.token_urlsafe(32)
    cluster = str(uuid4())
    for node in nodes:
        node.folder.mkdir(mode=0o700, exist_ok=True)
        node.properties.touch(mode=0o600)
        node.properties.write_text(_properties(node, nodes, between))
        _format(node, cluster, password)
    fields = ("number", "clients", "brokers", "controllers")
    listed = [{"folder": node.folder.name, **{name: getattr(node, name) for name in fields}} for node in nodes]
    (folder / "cluster.json").write_text(json.dumps(listed))


def _format(node: Node, cluster: str, password: str) -> None:
    user = f"{SCRAM}=[name={ADMIN},password={password}]"
    command = [java(), _LIGHTLY, "-cp", _classes(), "kafka.tools.StorageTool", "format", "--ignore-formatted"]
    done = subprocess.run(
        [*command, "-t", cluster, "-c", str(node.properties), "--add-scram", user],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise HubError(f"Kafka's disk could not be formatted: {said[-1] if said else ''}", code="kafka-not-started")


def _properties(node: Node, nodes: list[Node], between: str) -> str:
    """Return a node's configuration: clients sign in by SCRAM, nodes among themselves by a password of their own."""
    plain = (
        "org.apache.kafka.common.security.plain.PlainLoginModule required "
        f'username="node" password="{between}" user_node="{between}";'
    )
    replicas, least = (3, 2) if len(nodes) >= 3 else (1, 1)
    values = {
        "process.roles": "broker,controller",
        "node.id": node.number,
        "controller.quorum.voters": ",".join(f"{each.number}@{_HOST}:{each.controllers}" for each in nodes),
        "listeners": f"CLIENT://{node.address},BROKER://{_HOST}:{node.brokers},CONTROLLER://{_HOST}:{node.controllers}",
        "advertised.listeners": f"CLIENT://{node.address},BROKER://{_HOST}:{node.brokers}",
        "listener.security.protocol.map": "CLIENT:SASL_PLAINTEXT,BROKER:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
        "inter.broker.listener.name": "BROKER",
        "controller.listener.names": "CONTROLLER",
        "sasl.enabled.mechanisms": "PLAIN",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.client.sasl.enabled.mechanisms": SCRAM,
        "listener.name.client.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        "listener.name.broker.plain.sasl.jaas.config": plain,
        "listener.name.controller.plain.sasl.jaas.config": plain,
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{ADMIN};User:node",
        "allow.everyone.if.no.acl.found": "false",
        "auto.create.topics.enable": "false",
        "log.dirs": node.folder / "data",
        "offsets.topic.replication.factor": replicas,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": replicas,
        "transaction.state.log.min.isr": least,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": replicas,
        "share.coordinator.state.topic.min.isr": least,
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 1000,
        "message.max.bytes": MAX_MESSAGE_BYTES,
    }
    return "".join(f"{name}={value}\n" for name, value in values.items())


def _stop(nodes: Sequence[Node]) -> bool:
    """Stop nodes all at once: one that waits for others to take over from it would wait in vain."""
    processes = [process for node in nodes if (process := node.process()) is not None]
    for process in processes:
        process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=_STOP_SECONDS)
    for process in alive:
        process.kill()
    psutil.wait_procs(alive, timeout=_STOP_SECONDS)
    return bool(processes)


def _classes() -> str:
    return f"{libraries()}/*"


def _free_ports(count: int) -> Iterator[int]:
    """Yield ports that nobody listens on, each another one; a node keeps its own for good.

    So they are none of those that a system gives to outgoing connections, which may hold one when a node starts again.
    """
    sockets: list[socket.socket] = []
    try:
        while len(sockets) < count:
            sockets.append(socket.socket())
            try:
                sockets[-1].bind((_HOST, secrets.choice(_PORTS)))
            except OSError:
                sockets.pop().close()
        ports = [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
    return iter(ports)


def _lives(process: psutil.Process) -> bool:
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)


def _last_line(output: Path) -> str:
    lines = output.read_text(errors="replace").strip().splitlines() if output.exists() else []
    return lines[-1] if lines else "it said nothing"
