"""What should not be overlooked in a log is repeated where somebody looks."""

from __future__ import annotations

from pathlib import Path

from sandbox.logs import Watch, last_line

QUIET = "2026-11-20T18:00:00Z [info     ] request path=/ status=200\n"
ALARM = "2026-11-20T18:00:01Z [error    ] mail_failed to=nobody\n"


def test_an_error_is_repeated_once_and_ordinary_lines_are_not(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text(ALARM)
    watch = Watch([log, tmp_path / "clock.log"])
    assert watch.news() == []
    with log.open("a") as file:
        file.write(QUIET + ALARM + QUIET)
    [line] = watch.news()
    assert line.startswith("web reports: 2026-11-20T18:00:01Z [error    ] mail_failed to=nobody")
    assert str(log) in line
    assert watch.news() == []


def test_a_flood_of_errors_makes_one_line(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    watch = Watch([log])
    log.write_text(ALARM * 50 + "Traceback (most recent call last):\nValueError: no\n")
    assert len(watch.news()) == 1
    with log.open("a") as file:
        file.write(ALARM)
    assert watch.news() == []


def test_the_reason_of_a_failure_is_its_last_fatal_line() -> None:
    text = "LOG:  starting\nFATAL:  the folder is empty\nLOG:  bye\n\n"
    assert last_line(text, "PANIC:", "FATAL:") == "the folder is empty"
    assert last_line(text) == "LOG:  bye"
    assert last_line("") == "it gave no reason"
