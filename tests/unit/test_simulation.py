"""Small sales with a crowd, and controls that do not keep what ours keeps."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench.simulate.controls import Blind, Control, Full, Steered
from bench.simulate.line import Line
from bench.simulate.plan import jobs, run, run_all
from bench.simulate.sale import Sale
from bench.simulate.scenes import scenes
from bench.simulate.table import broken, table
from bench.simulate.world import World
from tixapp.waiting.rules.control import Counts, History
from tixapp.waiting.rules.draw import KEYS, Cut

ROOT = Path(__file__).parents[2]
SMALL = World(people=30_000, places=600, a_max=150, rate=600, late=5, blind_rate=150)
SCENES = {scene.name: scene for scene in scenes(SMALL)}


@pytest.mark.parametrize("control", ["strict", "hybrid"])
@pytest.mark.parametrize("name", SCENES)
def test_nobody_is_let_in_to_find_it_sold_out(name: str, control: str) -> None:
    """S1, F3, A1 and A2 are asserted inside, at each event and each tick."""
    (job,) = [j for j in jobs([SCENES[name]], seeds=1, faulty_seeds=1) if j.control == control]
    found = run(job)
    assert found.broken == ""
    assert found.outcome is not None
    assert found.outcome.turned_away == 0
    assert found.outcome.most_active <= 150


def test_when_there_is_enough_everyone_gets_their_turn_however_late() -> None:
    found = run(jobs([SCENES["fewer people than places"]], seeds=1, faulty_seeds=1)[0]).outcome
    assert found is not None
    assert found.called == 30 + 2 * 180
    assert found.in_vain == 0


def test_blind_waves_and_a_full_shop_send_people_to_a_sold_out_page() -> None:
    blind, full = (Sale(SMALL, control, seed=1).run() for control in (Blind(SMALL), Full(SMALL)))
    assert blind.turned_away > SMALL.places
    assert full.turned_away > SMALL.places / 2
    assert full.most_active == 150


class Claims(Blind):
    """Says of itself that it keeps what ours keeps."""

    def __init__(self, world: World, keeps: str) -> None:
        super().__init__(world)
        self.keeps = keeps


class Forgets(Steered):
    """Lets people in without a look at what is left."""

    def admit(self, counts: Counts, *, paused: bool) -> int | None:
        return None if counts.active >= self.limits.a_max else 4


class Sleeps(Steered):
    def tick(
        self, counts: Counts, history: History, people: int, cut: Cut, now: float, *, paused: bool
    ) -> int:
        return history.called


class TurnsBack(Steered):
    def tick(
        self, counts: Counts, history: History, people: int, cut: Cut, now: float, *, paused: bool
    ) -> int:
        called = super().tick(counts, history, people, cut, now, paused=paused)
        return called - 20 if now > 200 else called


class Runs(Steered):
    """Does not hear of the pause."""

    def tick(
        self, counts: Counts, history: History, people: int, cut: Cut, now: float, *, paused: bool
    ) -> int:
        return super().tick(counts, history, people, cut, now, paused=False)


BROKEN: dict[str, tuple[Callable[[World], Control], str, str]] = {
    "blind, held to be strict": (lambda w: Claims(w, "strict"), "as assumed", "A1"),
    "blind, held to be hybrid": (lambda w: Claims(w, "hybrid"), "as assumed", "A1"),
    "more promised than there is": (lambda w: Forgets(w, strict=True), "as assumed", "A1"),
    "nobody is ever called": (lambda w: Sleeps(w, strict=True), "as assumed", "A2"),
    "a cut that goes back": (lambda w: TurnsBack(w, strict=False), "as assumed", "F3"),
    "waves in a pause": (lambda w: Runs(w, strict=False), "paused for 5 minutes", "F3"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_simulation_finds_a_control_out(name: str) -> None:
    make, scene, expected = BROKEN[name]
    world = SCENES[scene].world
    with pytest.raises(AssertionError, match=f"^{expected}: "):
        Sale(world, make(world), seed=1).run()


def test_people_who_wait_make_no_events() -> None:
    few, many = (
        Sale(world, Steered(world, strict=False), seed=3).run()
        for world in (SMALL, replace(SMALL, people=10_000_000))
    )
    assert abs(many.events - few.events) < few.events / 5


def test_a_seed_says_everything() -> None:
    one, other = (Sale(SMALL, Steered(SMALL, strict=True), seed=5).run() for _ in range(2))
    assert one == other


def test_the_keys_of_the_line_are_as_evenly_spread_as_hashes() -> None:
    line = Line(20_000, random.Random(4))  # noqa: S311 - dice with a seed
    places = line.call_about(5_000)
    assert abs(len(places) - 5_000) < 4 * (20_000 * 0.25 * 0.75) ** 0.5
    assert places == sorted(places)
    rest = line.call(20_000)
    assert len(places) + len(rest) == 20_000
    middle = sum(place.key < KEYS // 2 for place in places + rest)
    assert abs(middle - 10_000) < 4 * (20_000 * 0.25) ** 0.5


def test_the_table_has_a_line_for_each_sale_and_control() -> None:
    runs = [run(job) for job in jobs([SCENES["as assumed"]], seeds=1, faulty_seeds=1)]
    lines = table(runs).splitlines()
    assert [re.split(r" \| ", line)[1] for line in lines[2:]] == [
        "strict",
        "hybrid",
        "blind waves",
        "fill to capacity",
    ]
    assert broken(runs) == []
    assert broken([replace(runs[0], broken="S1: so", outcome=None)]) == [
        "as assumed, strict, seed 1: S1: so"
    ]


def test_no_sale_is_begun_when_time_is_up() -> None:
    assert (
        run_all(jobs([SCENES["as assumed"]], seeds=1, faulty_seeds=1), seconds=0, say=print) == []
    )


def test_the_command_prints_the_table_and_keeps_it_as_json(tmp_path: Path) -> None:
    command = ["-m", "bench.simulate", "--only", "do not come", "--faulty-seeds", "1"]
    into = tmp_path / "out" / "simulate.json"
    done = subprocess.run(
        [sys.executable, *command, "--seconds", "0", "--json", str(into)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout.endswith("Time was up after 0 of 2 sales.\n\nNothing was simulated.\n")
    assert '"people": 1000000' in into.read_text()
