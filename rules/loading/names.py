"""What files name, and how a namespace looks it up: its own first, then what is shared."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Generic, TypeVar

from rules.document import printed
from rules.loading.faults import Faults
from rules.places import Place

Thing = TypeVar("Thing")


def qualify(namespace: str, name: str) -> str:
    """Return how a name is said outside its namespace (`payments/stripe`)."""
    return f"{namespace}/{name}" if namespace else name


class Names(Generic[Thing]):
    """Everything of one kind (`chain`) that the files name.

    Parameters:
      unread: namespaces with files that are no YAML, the empty one for shared files; nobody knows what those
        name.
    """

    def __init__(self, kind: str, unread: Collection[str] = ()) -> None:
        self.kind = kind
        self._unread = unread
        self._things: dict[tuple[str, str], Thing] = {}
        self._places: dict[tuple[str, str], Place] = {}

    def claim(self, name: str, place: Place, faults: Faults) -> bool:
        """Note that a name is given in the namespace; one given twice is a fault that names both places."""
        key = (faults.namespace, name)
        if key in self._places:
            faults.error(
                "duplicate-name",
                place,
                f"{self.kind} {printed(name)} is already given at {self._places[key]}: rename one of them.",
            )
            return False
        self._places[key] = place
        return True

    def add(self, name: str, thing: Thing, faults: Faults) -> None:
        """Keep what a claimed name stands for."""
        self._things[faults.namespace, name] = thing

    def find(self, name: str, place: Place, faults: Faults) -> Thing | None:
        """Return what a name means in the namespace, or note that it is unknown.

        A name whose own definition is faulty is not reported a second time, nor one that may stand in a file
        that cannot be read.
        """
        for namespace in (faults.namespace, ""):
            thing = self._things.get((namespace, name))
            if thing is not None:
                return thing
            if (namespace, name) in self._places:
                return None
        if "" in self._unread or faults.namespace in self._unread:
            return None
        known = faults.hint(name, lambda: self.visible(faults.namespace))
        instead = f" Write it under {self.kind.replace(' ', '_')}s, or correct the name."
        code = f"unknown-{self.kind.replace(' ', '-')}"
        faults.error(code, place, f"{self.kind} {printed(name)} is not known here.{known or instead}")
        return None

    def owner(self, name: str, namespace: str) -> str | None:
        """Return the namespace (or the empty one) that gives a name as seen from `namespace`, else None."""
        return next((n for n in (namespace, "") if (n, name) in self._places), None)

    def visible(self, namespace: str) -> set[str]:
        """Return the names that a namespace sees."""
        return {name for owner, name in self._places if owner in ("", namespace)}

    def items(self) -> Iterable[tuple[str, Thing]]:
        """Return everything by its qualified name."""
        return [(qualify(namespace, name), thing) for (namespace, name), thing in self._things.items()]
