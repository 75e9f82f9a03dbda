"""Receivers made into chains: whom a page reaches where Alertmanager notified by a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rules.alertmanager.model import Receiver
from rules.importing.naming import Taken, tidy
from rules.loading.faults import hint
from rules.model import Target

SUPPRESS = "suppress"


class ChoiceError(ValueError):
    """A choice for a receiver that cannot be meant; says which and what to write."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """What becomes of a receiver.

    Parameters:
      chain: the name of the chain that its routes page; None where they page nobody.
      targets: whom that chain pages.
      reason: why nobody is paged; empty where somebody is.
    """

    receiver: Receiver
    chain: str | None
    targets: tuple[Target, ...] = ()
    reason: str = ""


def read_choices(texts: Sequence[str]) -> dict[str, tuple[Target, ...]]:
    """Return whom to page for receivers, by their names; nobody stands for `suppress`.

    Parameters:
      texts: each `sre-pager=group:sre`, `sre-pager=group:sre,user:jane@example.com` or `sre-pager=suppress`.

    Raises:
      ChoiceError: when one is written otherwise, or a receiver is named twice.
    """
    choices: dict[str, tuple[Target, ...]] = {}
    for text in texts:
        name, targets = _choice(text)
        if name in choices:
            raise ChoiceError(f"receiver {name!r} is given twice: remove one.")
        choices[name] = targets
    return choices


def _choice(text: str) -> tuple[str, tuple[Target, ...]]:
    name, equals, rest = text.rpartition("=")
    if not equals or not name or not rest:
        raise ChoiceError(f"{text!r} must be NAME=group:GROUP, NAME=user:E-MAIL or NAME=suppress.")
    if rest == SUPPRESS:
        return name, ()
    return name, tuple(_target(part.strip(), text) for part in rest.split(","))


def _target(part: str, text: str) -> Target:
    kind, _, whom = part.partition(":")
    whom = whom.strip()
    if kind == "group" and whom and len(whom) <= 100 and whom.isprintable() and "/" not in whom:
        return Target("group", whom)
    if kind == "user" and "@" in whom and len(whom) <= 254 and whom.isprintable():
        return Target("user", whom.lower())
    raise ChoiceError(f"{text!r}: {part!r} is neither group:NAME nor user:E-MAIL. Correct it.")


def make_recipients(
    receivers: Mapping[str, Receiver], choices: Mapping[str, tuple[Target, ...]]
) -> dict[str, Recipient]:
    """Return what becomes of each receiver, by its name in alertmanager.yml.

    Parameters:
      choices: whom to page instead of a group of the receiver's name; nobody: suppress.

    Raises:
      ChoiceError: when one is for a receiver that is not there.
    """
    for name in choices:
        if name not in receivers:
            raise ChoiceError(f"there is no receiver {name!r}.{hint(name, receivers)}")
    chains, groups = Taken(), Taken(("All",))
    return {
        name: _recipient(receiver, choices.get(name), chains, groups) for name, receiver in receivers.items()
    }


def _recipient(
    receiver: Receiver, choice: tuple[Target, ...] | None, chains: Taken, groups: Taken
) -> Recipient:
    if choice == () or (choice is None and not receiver.kinds):
        reason = "notifies nobody" if not receiver.kinds else "is to page nobody"
        return Recipient(receiver, None, reason=f"receiver {receiver.name[:100]} of Alertmanager {reason}")
    name = tidy(receiver.name)
    chain = chains.claim(name)
    return Recipient(receiver, chain, choice or (Target("group", groups.claim(name, f"{name}-pagers")),))
