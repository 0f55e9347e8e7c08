"""The transparency log: a Merkle tree over the event log's rows, its checkpoints, its proofs and its witnesses."""
