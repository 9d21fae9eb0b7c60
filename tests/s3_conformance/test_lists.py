"""The two lists in themselves; the suite they are about is run by `make s3-tests`."""

from tests.s3_conformance.lists import Lists, means, read_lists


def test_no_test_is_listed_twice_and_every_reason_has_its_tests() -> None:
    lists = read_lists()  # refuses a name that it has met before

    assert lists.expected
    assert all(reason.endswith(".") for reason in lists.refused.values())


def test_only_parameters_are_listed_by_a_star() -> None:
    lists = read_lists()

    names = [name.split("[")[0] for name in (*lists.expected, *lists.refused)]

    assert not [name for name in names if "*" in name]


def test_a_star_means_any_parameters_of_that_test() -> None:
    assert means("test_copy[a-*]", "test_copy[a-b-1]")
    assert not means("test_copy[a-*]", "test_copy[b-a-1]")
    assert not means("test_copy[a-*]", "test_copy_part[a-b-1]")


def test_a_test_that_two_entries_mean_is_found_in_both() -> None:
    lists = Lists(frozenset({"test_copy[a-*]"}), {"test_copy[*-b]": "Why."}, {})

    assert lists.find("test_copy[a-b]") == (["test_copy[a-*]"], ["test_copy[*-b]"])
