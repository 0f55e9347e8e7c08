"""Which partition a key belongs to: murmur2 as Kafka's own clients compute it, so keys land alike on every broker.

The same key is always in the same partition of a topic, hence one child's messages of one agency stay in order.
"""

import struct

_MASK = 0xFFFFFFFF
_SEED = 0x9747B28C
_MIX = 0x5BD1E995


def partition_for(key: bytes, partitions: int) -> int:
    """Return the number of the partition, below `partitions`, that the key belongs to."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """Return the 32-bit MurmurHash2 of the bytes with Kafka's seed."""
    length = len(data)
    hashed = _SEED ^ length
    for word in struct.unpack_from(f"<{length // 4}I", data):
        mixed = (word * _MIX) & _MASK
        mixed = ((mixed ^ (mixed >> 24)) * _MIX) & _MASK
        hashed = ((hashed * _MIX) & _MASK) ^ mixed
    if tail := data[length & ~3 :]:
        hashed = ((hashed ^ int.from_bytes(tail, "little")) * _MIX) & _MASK
    hashed = ((hashed ^ (hashed >> 13)) * _MIX) & _MASK
    return hashed ^ (hashed >> 15)
