"""A key lands in the partition that Kafka's own clients choose."""

from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner.default import murmur2 as kafka_murmur2

from hub.broker.partitioner import murmur2, partition_for


@given(st.binary(max_size=70))
def test_the_hash_is_that_of_kafka_python(key: bytes) -> None:
    assert murmur2(key) == kafka_murmur2(key)


def test_the_hash_is_that_of_the_java_client() -> None:
    # From org.apache.kafka.common.utils.UtilsTest.testMurmur2, as unsigned numbers.
    assert murmur2(b"21") == -973932308 & 0xFFFFFFFF
    assert murmur2(b"foobar") == -790332482 & 0xFFFFFFFF
    assert murmur2(b"a-little-bit-long-string") == -985981536 & 0xFFFFFFFF
    assert murmur2(b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8") == -58897971 & 0xFFFFFFFF


@given(st.binary(max_size=70), st.integers(1, 50))
def test_the_partition_exists(key: bytes, partitions: int) -> None:
    assert 0 <= partition_for(key, partitions) < partitions
