"""Which Locust worker gets which users."""

from collections.abc import Iterator

from locust.dispatch import UsersDispatcher


class ClassByClass(UsersDispatcher):
    """All users of a class, then those of the next one, dealt out to the workers in turn.

    Locust alternates between the classes. With two workers and an even number of classes each
    class would be on one worker, and sides would be compared that different processes ask.
    """

    def _user_gen(self) -> Iterator[str | None]:
        while True:
            missing = list(self._missing())
            for name, count in missing:
                yield from [name] * count
            if not missing:
                yield None

    def _missing(self) -> Iterator[tuple[str, int]]:
        """All classes are to have the same number, the first ones what is left over."""
        share, over = divmod(self._target_user_count, len(self._user_classes))
        for place, one in enumerate(self._user_classes):
            wanted = share + (place < over)
            count = wanted - self._get_user_current_count(one.__name__)
            if count > 0:
                yield one.__name__, count
