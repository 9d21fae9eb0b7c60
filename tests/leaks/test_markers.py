"""Words by which somebody's data is known."""

from emulator.leaks.markers import Markers


def test_the_newest_word_of_each_place_is_what_its_owner_still_has() -> None:
    markers = Markers("seed")
    gone, kept = (markers.new("owner", "POST /notes|body.text").word for _ in "12")
    markers.new("second user", "POST /notes|body.text")
    markers.new("owner", "PUT /profile|body.about", is_open=True)

    assert markers.of("owner") == [kept]
    assert gone != kept
