"""What a person reads when the twin is ready."""

from emulator.ready import Ready


def test_a_worker_and_a_site_of_one_name_are_both_in_the_table() -> None:
    ready = Ready(
        *("http://api", "http://edge", "http://s3", "account", 1),
        scripts={"shop": "http://worker"},
        sites={"shop": "http://site"},
        sign_in=("ada@example.com", "secret"),
    )

    lines = [line.split(maxsplit=2) for line in ready.table().splitlines()]
    assert ["Worker", "shop", "http://worker"] in lines
    assert ["site", "shop", "http://site"] in lines
    assert "ada@example.com / secret" in ready.table()
