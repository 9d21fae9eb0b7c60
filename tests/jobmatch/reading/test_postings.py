"""What other sites say of a job, in the application's words."""

from typing import Any

import pytest

from jobmatch.postings import (
    Posting,
    arrangement_of,
    level_of,
    posting_of,
    postings_of,
    salary_of,
    skills_in,
    type_of,
)


@pytest.mark.parametrize(
    ("text", "salary"),
    [
        ("50k-80k", (50_000, 80_000)),
        ("50-80k", (50_000, 80_000)),
        ("$50,000 - $80,000", (50_000, 80_000)),
        ("€75.000 – €95.000 a year", (75_000, 95_000)),
        ("50 000 – 60 000 €", (50_000, 60_000)),
        ("$120k", (120_000, 120_000)),
        ("$80,000 - $50,000", (50_000, 80_000)),
        ("$1,234.56", (1_235, 1_235)),
        ("Competitive", (0, 0)),
        ("", (0, 0)),
        ("9" * 400, (0, 0)),
    ],
)
def test_a_salary_is_read(text: str, salary: tuple[int, int]) -> None:
    assert salary_of(text) == salary


def test_skills_are_words_of_their_own() -> None:
    assert skills_in("C++ and JavaScript, R&D, going to Reacting.") == ["JavaScript", "C++"]


def test_names_of_one_letter_or_a_word_are_told_by_their_case() -> None:
    assert skills_in("Go, R") == ["Go", "R"]
    assert skills_in("we go far, or r") == []


def test_no_more_than_ten_skills() -> None:
    assert len(skills_in("Python Java C# Rust Ruby PHP Kotlin Swift Scala SQL React Vue")) == 10


@pytest.mark.parametrize(
    ("said", "described", "arrangement"),
    [
        ("Hybrid", "fully remote", "Hybrid"),
        ("", "You work fully remote", "Remote"),
        ("On-site", "", "On-site"),
        ("", "onsite in Leeds", "On-site"),
        ("Leeds", "a nice team", "Unknown"),
    ],
)
def test_how_the_work_is_arranged(said: str, described: str, arrangement: str) -> None:
    assert arrangement_of(said, described) == arrangement


def test_levels_and_types_are_those_that_the_table_takes() -> None:
    told = ("Mid-Senior level", "Internship", "Director", "Wizard")

    assert [level_of(one) for one in told] == ["mid", "entry", "executive", None]
    assert [type_of(one) for one in ("Full time", "Gig")] == ["full-time", None]


def posting(**item: Any) -> Posting:
    return posting_of("indeed", {"positionName": "Dev", "companyName": "A & B", **item})


def test_either_name_of_a_member_will_do() -> None:
    made = posting(link="https://x.example/1", postedAt="2026-01-14")

    assert (made.title, made.company, made.posted) == ("Dev", "A & B", "2026-01-14")


def test_the_hash_is_the_same_wherever_a_job_was_found() -> None:
    assert posting(location="Köln").hash == "a___b_dev_k_ln"


def test_an_address_that_is_none_of_the_web_is_left_out() -> None:
    assert posting(url="javascript:alert(1)").url == ""


def test_values_of_other_types_are_as_good_as_none() -> None:
    made = posting(salary=5, location=["x"], description=None)

    assert (made.salary, made.location, made.description) == ((0, 0), "", "")


def test_items_without_title_or_company_are_left_out() -> None:
    assert list(postings_of("linkedin", [{"title": "x"}, {"company": "y"}, {}])) == []
