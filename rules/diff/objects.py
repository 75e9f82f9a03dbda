"""What a change of the rules means, as an object for programs: all of it."""

from __future__ import annotations

from itertools import islice
from typing import Any

from rules.diff.answers import Lookup
from rules.diff.areas import Area
from rules.diff.branches import Branch
from rules.diff.effects import Effect
from rules.diff.joint import Change
from rules.diff.meaning import Meaning, Side
from rules.diff.recorded import Recorded
from rules.diff.wording import Wording, sides
from rules.explain import JSON, minutes, zulu

MAX_EXCEPTIONS = 20


def as_object(meaning: Meaning) -> JSON:
    """Return the object that `rules diff --format json` prints (docs/rules-diff.md)."""
    return {
        "headline": meaning.headline,
        "old": _side(meaning.old),
        "new": _side(meaning.new),
        "effects": [_effect(effect, meaning) for effect in meaning.effects],
        "everywhere": [
            {
                "what": each.what,
                "changes_who": each.of_who,
                "before": each.before,
                "after": each.after,
                "example": None if each.witness is None else dict(each.witness),
                "routes": each.pages,
            }
            for each in meaning.everywhere
        ],
        "undecided": [_area(area) for area in meaning.undecided],
        "renamed": dict(meaning.renamed),
        "notes": list(meaning.notes),
        "history": None if meaning.recorded is None else _recorded(meaning.recorded),
    }


def _side(side: Side) -> JSON:
    return {"name": side.name, "revision": side.revision}


def _effect(effect: Effect, meaning: Meaning) -> JSON:
    said = [sides(each, meaning.old.wording, meaning.new.wording) for each in effect.differences]
    return {
        "changes_who": effect.of_who,
        "differences": [{"before": before, "after": after} for before, after in said],
        "alerts": [_change(change) for change in effect.changes],
    }


def _change(change: Change) -> JSON:
    said = {(each.answer.subject, each.answer.message) for each in (*change.lost, *change.gained)}
    return {
        **_area(change.area),
        "example": dict(change.witness),
        "before": [_branch(each, texts=len(said) > 1) for each in change.lost],
        "after": [_branch(each, texts=len(said) > 1) for each in change.gained],
    }


def _area(area: Area) -> JSON:
    exceptions = list(islice(area.exceptions(), MAX_EXCEPTIONS + 1))
    return {
        "matchers": [str(matcher) for matcher in area.held],
        "but_not": [[str(matcher) for matcher in each] for each in exceptions[:MAX_EXCEPTIONS]],
        "but_not_more": len(exceptions) > MAX_EXCEPTIONS,
        "another_route_takes_it": bool(area.taken),
    }


def _branch(branch: Branch, *, texts: bool) -> JSON:
    answer = branch.answer
    where = {"route": branch.name, "file": branch.place.file, "line": branch.place.line}
    if answer.suppressed is not None:
        return {**where, "suppressed": answer.suppressed}
    return {
        **where,
        "suppressed": None,
        "heartbeat": None if answer.beat is None else {"name": answer.beat[0], "within_s": answer.beat[1]},
        "timeline": [
            {"at_s": step.after_s, kind: name} for step in answer.calls for kind, name in step.targets
        ],
        "hours": None if answer.hours is None else answer.hours.words,
        "priority": _lookup(answer.priority),
        "group_by": None if answer.group_by is None else list(answer.group_by),
        "repeat_interval_s": answer.repeat_interval_s,
        "expires_minutes": minutes(answer.expires_s),
        "acknowledge": answer.acknowledge,
        "acknowledgement_timeout_s": answer.acknowledgement_timeout_s,
        "notify_resolved": answer.notify_resolved,
        "resolve_hold_s": _lookup(answer.resolve_hold_s),
        "reopen_within_s": answer.reopen_within_s,
        "flap_limit": answer.flap_limit,
        **({"subject": answer.subject, "message": answer.message} if texts else {}),
    }


def _lookup(lookup: Lookup[Any]) -> object:
    """Return a value, or as rules write it the label that decides it."""
    if not lookup.label:
        return lookup.otherwise
    return {"label": lookup.label, "values": dict(lookup.values), "otherwise": lookup.otherwise}


def _recorded(recorded: Recorded) -> JSON:
    return {
        "since": zulu(recorded.since),
        "until": zulu(recorded.until),
        "alerts": recorded.alerts,
        "elsewhere": recorded.elsewhere,
        "labels_kept": None if recorded.kept is None else list(recorded.kept),
        "moved": [
            {
                "alerts": moved.count,
                "first": zulu(moved.first),
                "last": zulu(moved.last),
                "differences": [
                    {"before": before, "after": after}
                    for before, after in (sides(each, Wording({}), Wording({})) for each in moved.differences)
                ],
                "examples": [dict(labels) for labels in moved.examples.values()],
            }
            for moved in recorded.moved
        ],
    }
