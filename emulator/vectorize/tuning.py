"""Sizes at which the engine changes what it does. Tests lower them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tuning:
    """`partition_floats` is rows times dimensions; the other sizes are rows."""

    # Of one file, and of one block of memory: what compaction rewrites at a time.
    segment_rows: int = 32_768
    # A segment with this share of dead rows is compacted.
    dead_share: float = 0.2
    # From here on an index is partitioned. An exact search reads every float, 20 ms for each
    # hundred million of them: 100,000 x 768 are searched exactly, 1,000,000 x 384 are not.
    partition_floats: int = 150_000_000
    # Rows behind the partition's last are searched exactly, until there are so many.
    partition_feed_rows: int = 4_096
    # A filter that lets fewer than this share of the rows in is answered exactly.
    partition_least_share: float = 0.05
    # Questions that may wait; more are refused.
    waiting: int = 4_096
    # Questions answered by one search.
    gathered: int = 64
