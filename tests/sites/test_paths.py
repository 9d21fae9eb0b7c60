"""Which file a path means, for each way of handling HTML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.sites.paths import (
    File,
    HtmlHandling,
    Moved,
    NotFoundHandling,
    not_found,
    resolve,
)

FILES = {
    "/index.html",
    "/file.html",
    "/folder/index.html",
    "/both.html",
    "/both/index.html",
    "/style.css",
    "/404.html",
    "/folder/404.html",
}
AUTO, FORCE, DROP, NONE = HtmlHandling


def found(path: str, handling: HtmlHandling) -> str | None:
    """`file` as it is, `> path` where it leads."""
    answer = resolve(path, FILES.__contains__, handling)
    if isinstance(answer, Moved):
        return f"> {answer.path}"
    return None if answer is None else answer.path


@pytest.mark.parametrize(
    ("path", "auto", "force", "drop", "none"),
    [
        ("/", "/index.html", "/index.html", "/index.html", None),
        ("/index.html", "> /", "> /", "> /", "/index.html"),
        ("/index", "> /", "> /", "> /", None),
        ("/file", "/file.html", "> /file/", "/file.html", None),
        ("/file/", "> /file", "/file.html", "> /file", None),
        ("/file.html", "> /file", "> /file/", "> /file", "/file.html"),
        ("/file/index", "> /file", "> /file/", "> /file", None),
        ("/folder", "> /folder/", "> /folder/", "/folder/index.html", None),
        ("/folder/", "/folder/index.html", "/folder/index.html", "> /folder", None),
        ("/folder/index", "> /folder/", "> /folder/", "> /folder", None),
        ("/folder/index.html", "> /folder/", "> /folder/", "> /folder", "/folder/index.html"),
        ("/folder.html", "> /folder/", "> /folder/", "> /folder", None),
        ("/both", "/both.html", "> /both/", "/both.html", None),
        ("/both/", "/both/index.html", "/both/index.html", "> /both", None),
        ("/style.css", "/style.css", "/style.css", "/style.css", "/style.css"),
        ("/nothing", None, None, None, None),
        ("/nothing/", None, None, None, None),
    ],
)
def test_a_path_means(
    path: str, auto: str | None, force: str | None, drop: str | None, none: str | None
) -> None:
    assert [found(path, handling) for handling in (AUTO, FORCE, DROP, NONE)] == [
        auto,
        force,
        drop,
        none,
    ]


@given(
    st.lists(st.sampled_from(["/", "a", "index", ".html", "b"]), max_size=6).map("".join),
    st.sets(st.sampled_from(["/a.html", "/a/index.html", "/index.html", "/a/b.html", "/b"])),
    st.sampled_from(list(HtmlHandling)),
)
def test_where_a_path_leads_a_file_is_shown(
    path: str, files: set[str], handling: HtmlHandling
) -> None:
    answer = resolve(f"/{path}", files.__contains__, handling)

    if isinstance(answer, Moved):
        assert isinstance(resolve(answer.path, files.__contains__, handling), File)


@pytest.mark.parametrize(
    ("path", "handling", "expected"),
    [
        ("/folder/x", NotFoundHandling.PAGE, File("/folder/404.html", 404)),
        ("/other/deep/x", NotFoundHandling.PAGE, File("/404.html", 404)),
        ("/x", NotFoundHandling.SPA, File("/index.html")),
        ("/x", NotFoundHandling.NONE, None),
    ],
)
def test_where_there_is_nothing(
    path: str, handling: NotFoundHandling, expected: File | None
) -> None:
    assert not_found(path, FILES.__contains__, handling) == expected
