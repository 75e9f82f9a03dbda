"""Who last changed a route, in repositories that git made, and held to git's own blame."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from rules.blame import LONGEST_AUTHOR, last_changes
from rules.places import LastChange, Place
from rules.sources import SourcesError, read_sources
from tests.rules.repository import Repository, run_git

ALWAYS: Callable[[], bool] = lambda: True  # noqa: E731
TWO = """\
routes:
  - name: one
    chain: a
    # between
    matchers: [x="1"]
  - name: two
    chain: a
    routes:
      - name: three
        chain: b
"""
ONE, SECOND, THIRD = (Place("r.yml", line, column) for line, column in ((2, 5), (6, 5), (9, 9)))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "checkout")
    made.commit({"rules/r.yml": TWO}, at="2026-01-01T12:00:00Z", author="First")
    return made


def changes(
    path: Path, *places: Place, goes_on: Callable[[], bool] = ALWAYS
) -> list[LastChange | str | None]:
    """Return what is known of places, in order; a word for nothing."""
    found = last_changes(path, read_sources(path), places, goes_on)
    return [found.get(place, "nothing") for place in places]


def authors(path: Path, *places: Place) -> list[str]:
    return [
        one.author + " (file)" * one.whole_file if isinstance(one, LastChange) else str(one)
        for one in changes(path, *places)
    ]


def edited(
    repository: Repository, old: str, new: str, *, author: str, at: str = "", file: str = "r.yml"
) -> str:
    text = (repository.root / "rules" / file).read_text()
    assert old in text
    return repository.commit({f"rules/{file}": text.replace(old, new, 1)}, author=author, at=at)


def test_a_change_of_any_line_of_a_route_is_its_last(repository: Repository) -> None:
    commit = edited(repository, 'x="1"', 'x="2"', author="Jane Smith", at="2026-03-01T23:30:00-0500")

    one, two = changes(repository.root / "rules", ONE, SECOND)

    assert isinstance(one, LastChange)
    assert (one.author, one.at.isoformat(), one.commit, one.whole_file) == (
        "Jane Smith",
        "2026-03-02T04:30:00+00:00",
        commit,
        False,
    )
    assert isinstance(two, LastChange)
    assert two.author == "First"


def test_a_change_of_a_child_is_one_of_its_parent(repository: Repository) -> None:
    edited(repository, "chain: b", "chain: c", author="Child")

    assert authors(repository.root / "rules", ONE, SECOND, THIRD) == ["First", "Child", "Child"]


@pytest.mark.parametrize(
    ("removed", "expected"),
    [
        ("    chain: a\n    # between\n", ["Remover", "First"]),
        ('    # between\n    matchers: [x="1"]\n', ["Remover", "First"]),
        ("        chain: b\n", ["First", "Remover"]),
    ],
)
def test_a_line_that_was_taken_away_is_a_change(
    repository: Repository, removed: str, expected: list[str]
) -> None:
    edited(repository, removed, "", author="Remover")
    second = next(
        place for place in (SECOND, Place("r.yml", 5, 5), Place("r.yml", 4, 5)) if _is_two(repository, place)
    )

    assert authors(repository.root / "rules", ONE, second) == expected


def _is_two(repository: Repository, place: Place) -> bool:
    return (repository.root / "rules/r.yml").read_text().split("\n")[place.line - 1] == "  - name: two"


def test_a_route_that_was_added_before_moves_others_and_changes_none(repository: Repository) -> None:
    edited(repository, "routes:\n", "routes:\n  - name: zero\n    chain: z\n", author="Adder")

    moved = [Place("r.yml", place.line + 2, place.column) for place in (ONE, SECOND)]
    assert authors(repository.root / "rules", ONE, *moved) == ["Adder", "First", "First"]


def test_lines_that_are_not_committed_say_so(repository: Repository) -> None:
    text = TWO.replace("- name: one", "- name: other")
    repository.put({"rules/r.yml": text, "rules/new.yml": TWO})

    assert authors(repository.root / "rules", ONE, SECOND) == ["None", "First"]
    assert changes(repository.root / "rules", Place("new.yml", 2, 5)) == [None]


def test_a_merge_is_gone_through_on_both_sides(repository: Repository) -> None:
    repository.git("checkout", "-qb", "side")
    edited(repository, 'x="1"', 'x="2"', author="Side", at="2026-02-01T12:00:00Z")
    repository.git("checkout", "-q", "main")
    edited(repository, "chain: b", "chain: c", author="Main", at="2026-02-02T12:00:00Z")
    repository.git(
        "merge", "-q", "--no-ff", "-m", "merge", "side", at="2026-02-03T12:00:00Z", author="Merger"
    )

    assert authors(repository.root / "rules", ONE, SECOND, THIRD) == ["Side", "Main", "Main"]


def test_a_renamed_file_keeps_its_history(repository: Repository) -> None:
    (repository.root / "config/deep").mkdir(parents=True)
    repository.git("mv", "rules/r.yml", "config/deep/new.yml")
    repository.commit({}, author="Mover")
    text = (repository.root / "config/deep/new.yml").read_text()
    repository.git("mv", "config", "rules")
    repository.commit({"rules/deep/new.yml": text.replace("chain: b", "chain: c")}, author="Mover and editor")

    at = [Place("deep/new.yml", place.line, place.column) for place in (ONE, SECOND, THIRD)]
    assert authors(repository.root / "rules", *at) == ["First", "Mover and editor", "Mover and editor"]


def test_a_file_alone_is_asked_of_by_its_name(repository: Repository) -> None:
    edited(repository, 'x="1"', 'x="2"', author="Jane")

    assert authors(repository.root / "rules/r.yml", ONE, SECOND) == ["Jane", "First"]


def test_a_worktree_and_packed_objects_are_read(repository: Repository, tmp_path: Path) -> None:
    edited(repository, 'x="1"', 'x="2"', author="Jane")
    repository.git("gc", "-q", "--prune=now")
    repository.git("worktree", "add", "-q", str(tmp_path / "tree"), "main~1")

    assert authors(repository.root / "rules", ONE) == ["Jane"]
    assert authors(tmp_path / "tree/rules", ONE) == ["First"]


def test_a_shallow_clone_knows_what_it_has_and_guesses_nothing(
    repository: Repository, tmp_path: Path
) -> None:
    edited(repository, 'x="1"', 'x="2"', author="Jane")
    edited(repository, "chain: b", "chain: c", author="Joe")
    for depth, expected in ((1, ["nothing", "nothing"]), (2, ["Joe (file)", "Joe"]), (3, ["Jane", "Joe"])):
        run_git(tmp_path, "clone", "-q", f"--depth={depth}", f"file://{repository.root}", f"depth{depth}")

        assert authors(tmp_path / f"depth{depth}/rules", ONE, THIRD) == expected


def test_what_stops_early_falls_back_to_the_file_and_says_so(repository: Repository) -> None:
    edited(repository, "chain: b", "chain: c", author="Joe")
    steps = iter([True, True, False])

    one, three = changes(repository.root / "rules", ONE, THIRD, goes_on=lambda: next(steps))

    assert isinstance(one, LastChange)
    assert isinstance(three, LastChange)
    assert (one.author, one.whole_file, three.author, three.whole_file) == ("Joe", True, "Joe", False)


def test_nothing_is_known_when_there_was_no_time_at_all(repository: Repository) -> None:
    assert changes(repository.root / "rules", ONE, goes_on=lambda: False) == ["nothing"]


def test_rules_of_no_checkout_have_no_author(tmp_path: Path) -> None:
    (tmp_path / "r.yml").write_text(TWO)

    assert changes(tmp_path, ONE) == ["nothing"]


def test_a_file_and_a_place_that_are_not_there_are_left_out(repository: Repository) -> None:
    found = last_changes(
        repository.root / "rules",
        read_sources(repository.root / "rules"),
        [Place("gone.yml", 1), Place("(built in)", 0), Place("r.yml", 900)],
    )

    assert Place("gone.yml", 1) not in found
    assert Place("(built in)", 0) not in found


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Jane\x1b[31m\x07Smith", "Jane [31m Smith"),
        ("x" * 500, "x" * LONGEST_AUTHOR),
        ("\u202eenaJ\u2028", "enaJ"),
        ("Zoë 🦜", "Zoë 🦜"),
    ],
)
def test_a_name_is_one_short_printable_line(repository: Repository, name: str, shown: str) -> None:
    edited(repository, 'x="1"', 'x="2"', author=name)

    assert authors(repository.root / "rules", ONE) == [shown]


def test_a_commit_that_is_gone_is_a_sentence(repository: Repository) -> None:
    path = repository.root / "rules"
    sources = read_sources(path)
    edited(repository, 'x="1"', 'x="2"', author="Jane")
    for file in (repository.root / ".git/objects").glob("??/*"):
        file.unlink()

    with pytest.raises(SourcesError, match=r"git object [0-9a-f]{40} is not here"):
        last_changes(path, sources, [ONE])


def test_many_equal_lines_are_compared_before_the_test_is_stopped(repository: Repository) -> None:
    same = "routes:\n" + "  - name: x\n    chain: a\n" * 5_000
    repository.commit({"rules/r.yml": same}, author="Same")
    repository.commit({"rules/r.yml": same.replace("chain: a", "chain: b", 2_000)}, author="Other")

    found = last_changes(
        repository.root / "rules",
        read_sources(repository.root / "rules"),
        [Place("r.yml", 2, 5), Place("r.yml", 10_000, 5)],
    )

    assert [one.author for one in found.values() if one] == ["Other", "Same"]


@pytest.mark.parametrize("seed", range(6))
def test_it_agrees_with_git_blame(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    repository = Repository(tmp_path / "checkout")
    lines = {f"rules/f{n}.yml": ["routes:"] for n in range(2)}
    clock = iter(range(1_700_000_000, 1_800_000_000, 60))
    fresh = iter(range(10_000))

    def commit() -> None:
        for name in lines:
            text = lines[name]
            for _ in range(chance.randrange(3)):
                if len(text) > 3 and chance.random() < 0.5:
                    text[chance.randrange(1, len(text))] = f"    key{next(fresh)}: x"
                else:
                    added = [f"  - name: n{next(fresh)}", *(f"    key{next(fresh)}: x" for _ in range(2))]
                    at = chance.choice([1, len(text)])
                    text[at:at] = added
        content = {name: "\n".join(text) + "\n" for name, text in lines.items()}
        repository.commit(content, at=f"{next(clock)} +0000", author=f"Author {chance.randrange(4)}")

    commit()
    for _ in range(4):
        for _ in range(chance.randrange(4)):
            commit()
        if chance.random() < 0.5:
            kept = {name: list(text) for name, text in lines.items()}
            repository.git("checkout", "-qb", f"side{next(fresh)}")
            lines["rules/f0.yml"].append(f"    side{next(fresh)}: x")
            commit_of_side = repository.commit(
                {name: "\n".join(text) + "\n" for name, text in lines.items()}, at=f"{next(clock)} +0000"
            )
            repository.git("checkout", "-q", "main")
            lines.update(kept)
            lines["rules/f1.yml"].append(f"    main{next(fresh)}: x")
            commit()
            repository.git("merge", "-q", "-X", "ours", "-m", "m", commit_of_side, at=f"{next(clock)} +0000")
            lines.update({name: (repository.root / name).read_text().split("\n")[:-1] for name in lines})
    if chance.random() < 0.5:
        repository.git("gc", "-q")

    for name in lines:
        blamed = repository.git("blame", "--line-porcelain", name).split("\n")
        commits = [line.split()[0] for line in blamed if len(line.split(" ")[0]) == 40]
        at = [int(line.split()[1]) for line in blamed if line.startswith("committer-time ")]
        places = [
            Place(name.removeprefix("rules/"), number + 1, 5)
            for number, line in enumerate(lines[name])
            if line.startswith("  - name")
        ]
        found = last_changes(repository.root / "rules", read_sources(repository.root / "rules"), places)
        bounds = [*(place.line - 1 for place in places), len(lines[name])]
        for place, first, last in zip(places, bounds, bounds[1:], strict=False):
            newest = max(range(first, last), key=lambda number: at[number])
            change = found[place]
            assert change is not None
            assert change.commit == commits[newest], (name, place)
