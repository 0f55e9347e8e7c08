"""What is mended of kafka-python, seen without a broker."""

import socket

from kafka.net.selector import NetworkSelector
from kafka.net.transport import KafkaTCPTransport

from hub.broker.kafka_mending import mend


def test_a_socket_with_something_left_to_send_is_closed_with_its_client() -> None:
    mend()
    ours, theirs = socket.socketpair()
    net = NetworkSelector()
    transport = KafkaTCPTransport(net, ours, host="broker")
    # A client's thread that has ended sends nothing more: what is asked for last stays in the buffer.
    transport.write(b"left to send")
    transport.close()
    net.close()
    with theirs:
        assert ours.fileno() == -1
