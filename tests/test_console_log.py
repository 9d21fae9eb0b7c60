"""What Workers log: kept for each script, and shown so that no terminal is steered by it."""

import io

from emulator.console_log import MAX_LINES, ConsoleLog, printer, shown
from emulator.core.clock import ManualClock

ACCOUNT = "a" * 32


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def quiet() -> ConsoleLog:
    return ConsoleLog(ManualClock(), lambda *_: None)


def test_the_newest_lines_of_each_script_are_kept() -> None:
    log = quiet()
    log(ACCOUNT, "rare", "log", "once")
    for number in range(MAX_LINES + 1):
        log(ACCOUNT, "busy", "log", str(number))

    assert [line.text for line in log.recent(2, script="busy")] == ["999", "1000"]
    assert len(log.recent(10_000)) == MAX_LINES + 1


def test_lines_are_found_by_account_and_level() -> None:
    log = quiet()
    log(ACCOUNT, "shop", "error", "broken")
    log("b" * 32, "shop", "log", "fine")

    assert [line.text for line in log.recent(9, level="error")] == ["broken"]
    assert [line.text for line in log.recent(9, account_id="b" * 32)] == ["fine"]


def test_a_forgotten_account_has_said_nothing() -> None:
    log = quiet()
    log(ACCOUNT, "shop", "log", "secret")

    log.forget(ACCOUNT)

    assert log.recent(9) == []


def test_a_line_is_coloured_on_a_terminal_alone() -> None:
    terminal, pipe = Terminal(), io.StringIO()
    printer(terminal, {})(ACCOUNT, "shop", "error", "broken")
    printer(pipe, {})(ACCOUNT, "shop", "error", "broken")

    assert "\x1b[31m" in terminal.getvalue()
    assert pipe.getvalue() == "[shop] error: broken\n"


def test_no_color_is_honoured() -> None:
    terminal = Terminal()
    printer(terminal, {"NO_COLOR": "1"})(ACCOUNT, "shop", "log", "fine")

    assert terminal.getvalue() == "[shop] fine\n"


def test_control_characters_of_a_worker_are_spelled_out() -> None:
    assert shown("shop", "log", "a\x1b[2Jb\r\x9b") == "[shop] a\\x1b[2Jb\\x0d\\x9b"
