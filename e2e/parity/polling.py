"""A case's answers in an order that does not hang on how fast the target was.

What was asked again until the answer suited counts once, with its last answer. What was asked
side by side is put in a fixed order, and so are the lists of what it has made; what was read while
something was written says only its type.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from e2e.exchanges import Exchange
from e2e.parity.answers import Answer, answer_of
from e2e.parity.masks import Json, Masker, type_of

Answered = tuple[Exchange, Answer]
# Reads besides GET and HEAD: to ask again changes nothing.
READS = ("POST /api/jobs/search",)
# A round of polling may ask for several things.
LONGEST_ROUND = 3


def answers_of(exchanges: Sequence[Exchange], masker: Masker) -> list[Answer]:
    kept: list[Answered] = []
    is_orderly = True
    for group in side_by_side(exchanges):
        is_orderly &= len(group) == 1
        answered = [(one, answer_of(one, masker)) for one in group]
        if not is_orderly:
            answered = sorted(without_races(answered), key=by_answer)
        for pair in answered:
            kept.append(pair)
            drop_earlier_round(kept)
    return [answer for _, answer in kept]


def without_races(group: Sequence[Answered]) -> Iterator[Answered]:
    is_writing = not all(is_read(one) for one, _ in group)
    for exchange, answer in group:
        is_racing = is_writing and is_read(exchange) and answer.kind == "json"
        body = f"<{type_of(answer.body)}>" if is_racing else with_lists_sorted(answer.body)
        yield exchange, replace(answer, body=body)


def by_answer(answered: Answered) -> str:
    return repr(answered[1])


def with_lists_sorted(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: with_lists_sorted(one) for name, one in value.items()}
    if isinstance(value, list):
        return sorted(map(with_lists_sorted, value), key=repr)
    return value


def side_by_side(exchanges: Sequence[Exchange]) -> Iterator[list[Exchange]]:
    """Groups of requests each of which began before another one was over."""
    group: list[Exchange] = []
    over = 0.0
    for exchange in sorted(exchanges, key=lambda one: one.at):
        if group and exchange.at >= over:
            yield group
            group = []
        group.append(exchange)
        over = max(over, exchange.at + exchange.seconds)
    if group:
        yield group


def drop_earlier_round(kept: list[Answered]) -> None:
    for length in range(1, LONGEST_ROUND + 1):
        last, before = kept[-length:], kept[-2 * length : -length]
        is_again = [asked(one) for one in last] == [asked(one) for one in before]
        if is_again and all(is_read(one) for one, _ in last):
            del kept[-2 * length : -length]
            return


def is_read(exchange: Exchange) -> bool:
    return exchange.method in ("GET", "HEAD") or exchange.route in READS


def asked(answered: Answered) -> tuple[str, str, str, bytes]:
    exchange = answered[0]
    return exchange.person, exchange.method, exchange.url, exchange.request_body
