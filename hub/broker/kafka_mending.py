"""Mends faults of kafka-python 3.0.12 that stop a consumer for good, hide why a broker refuses, or leave sockets open.

A join that the end of a poll cut off is not gone on with where the member leads the group, since the new assignment is
noted before it is in force. A join that ended between two polls is begun anew by the next, which disturbs the group:
members that poll briefly, as when they only hold on, never settle. A header whose name is not UTF-8, which the broker
lets pass, is read as a broken batch. What a broker says before it hangs up, as when it refuses a password, is lost
where both arrive at once. A socket that found nobody to connect to, or a wrong certificate, stays open; so does one
that was still to send something as its client was closed.
"""

import socket
import time
from collections.abc import Callable
from typing import Any, Final
from weakref import WeakKeyDictionary, WeakSet

from kafka.net.inet import KafkaNetSocket
from kafka.net.selector import NetworkSelector
from kafka.net.transport import KafkaSSLTransport, KafkaTCPTransport
from kafka.record import memory_records
from kafka.record.default_records import DefaultRecordBatch
from kafka.structs import MemberState

_CONNECT: Final = KafkaNetSocket.sock_connect
_SHAKE_HANDS: Final = KafkaSSLTransport.handshake
_MADE: Final = KafkaTCPTransport.__init__
_CLOSE: Final = NetworkSelector.close
_RECEIVE_PLAIN: Final = KafkaTCPTransport._sock_recv
_RECEIVE_ENCRYPTED: Final = KafkaSSLTransport._sock_recv
_TRANSPORTS: Final[WeakKeyDictionary[NetworkSelector, WeakSet[KafkaTCPTransport]]] = WeakKeyDictionary()


def finish_joins(coordinator: Any, seconds: float) -> None:
    """Let a client's coordinator finish each join; what one brought while nobody polled is kept for some seconds."""
    join = coordinator._do_join_and_sync_async
    kept: list[tuple[object, bytes, float]] = []

    async def joined() -> bytes:
        coordinator.request_rejoin()
        # A join that was waited for leaves the member stable, so what is kept of it is not met here.
        if kept and coordinator.state is MemberState.REBALANCING:
            generation, brought, until = kept.pop()
            if generation is coordinator._generation and time.monotonic() < until:
                return brought
        assignment: bytes = await join()
        kept[:] = [(coordinator._generation, assignment, time.monotonic() + seconds)]
        return assignment

    coordinator._do_join_and_sync_async = joined


def mend() -> None:
    """Mend what is mended once for the whole process."""
    memory_records.DefaultRecordBatch = _TolerantBatch
    KafkaTCPTransport._sock_recv = _heard_out(_RECEIVE_PLAIN)
    KafkaSSLTransport._sock_recv = _heard_out(_RECEIVE_ENCRYPTED)
    KafkaSSLTransport.handshake = _shake_hands_or_close
    KafkaNetSocket.sock_connect = _connect_or_close
    KafkaTCPTransport.__init__ = _make_known
    NetworkSelector.close = _close_transports_too


def _heard_out(receive: Callable[[Any], tuple[bytes, Any]]) -> Callable[[Any], tuple[bytes, Any]]:
    def heard(transport: Any) -> tuple[bytes, Any]:
        data, failure = receive(transport)
        # A connection that is lost is lost at the next reading too.
        return data, None if data else failure

    return heard


async def _connect_or_close(factory: Any, net: Any, sock: socket.socket, *where: Any, **options: Any) -> Any:
    try:
        return await _CONNECT(factory, net, sock, *where, **options)
    except BaseException:
        sock.close()
        raise


async def _shake_hands_or_close(transport: Any) -> None:
    try:
        await _SHAKE_HANDS(transport)
    except BaseException:
        transport._sock.close()
        raise


def _make_known(transport: KafkaTCPTransport, net: NetworkSelector, *parts: Any, **options: Any) -> None:
    _MADE(transport, net, *parts, **options)
    _TRANSPORTS.setdefault(net, WeakSet()).add(transport)


def _close_transports_too(net: NetworkSelector) -> None:
    _CLOSE(net)
    # Closed, nothing runs any more that could send what a transport still waited to send.
    for transport in list(_TRANSPORTS.pop(net, ())):
        if transport._sock is not None:
            transport._sock.close()


class _TolerantBatch(DefaultRecordBatch):  # type: ignore[misc]
    """Reads any header; bytes of a name that are not ASCII become question marks where it is not UTF-8."""

    __slots__ = ()

    def _read_msg(self) -> Any:
        while True:
            try:
                return super()._read_msg()
            except UnicodeDecodeError as error:
                self._mend(bytes(error.object))

    def _mend(self, name: bytes) -> None:
        at = self._buffer.index(name, self._pos)
        self._buffer[at : at + len(name)] = bytes(byte if byte < 0x80 else ord("?") for byte in name)
