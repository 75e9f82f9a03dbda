"""What the cluster keeps: objects by address, with a log of changes for those who watch."""

from __future__ import annotations

import copy
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.helm.cluster import kinds
from tests.helm.cluster.admission import RefusalError, admit
from tests.helm.cluster.controllers import replica_set, status
from tests.helm.cluster.kinds import Kind
from tests.helm.references import Reference

Object = dict[str, Any]
Change = Callable[[Object], Object]

_CREATED = "2026-01-01T00:00:00Z"
_OF_THE_CLUSTER = ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields")


@dataclass(frozen=True, slots=True)
class Address:
    """Where an object is."""

    kind: Kind
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Event:
    """One change: `type` is ADDED, MODIFIED or DELETED, as Kubernetes calls them."""

    version: int
    type: str
    address: Address
    object: Object


class Store:
    """The objects of a cluster.

    Parameters:
      version: of Kubernetes, whose schemas hold.
    """

    def __init__(self, version: str) -> None:
        self.version = version
        self.changed = threading.Condition(threading.RLock())
        self._objects: dict[Address, Object] = {}
        self._events: list[Event] = []

    @property
    def newest(self) -> int:
        """The version of the last change."""
        with self.changed:
            return self._events[-1].version if self._events else 1

    def events(self, after: int) -> list[Event]:
        """Return the changes after a version."""
        with self.changed:
            return [event for event in self._events if event.version > after]

    def get(self, address: Address) -> Object:
        """Return an object.

        Raises RefusalError when there is none.
        """
        with self.changed:
            if address not in self._objects:
                raise RefusalError(404, "NotFound", f'{address.kind.plural} "{address.name}" not found')
            return copy.deepcopy(self._objects[address])

    def all(self) -> Mapping[Address, Object]:
        """Return every object."""
        with self.changed:
            return copy.deepcopy(self._objects)

    def create(self, address: Address, thing: Object, *, dry: bool = False) -> Object:
        """Keep a new object.

        Parameters:
          dry: say what would come of it, and keep nothing.

        Raises RefusalError.
        """
        with self.changed:
            if address in self._objects:
                raise RefusalError(
                    409, "AlreadyExists", f'{address.kind.plural} "{address.name}" already exists'
                )
            if address.namespace:
                self.get(Address(kinds.NAMESPACE, "", address.namespace))
            return self._keep(address, thing, None, dry=dry)

    def change(self, address: Address, change: Change, *, dry: bool = False) -> Object:
        """Replace an object by what a function makes of it; one that stays the same keeps its version.

        Raises RefusalError.
        """
        with self.changed:
            old = self.get(address)
            return self._keep(address, change(copy.deepcopy(old)), old, dry=dry)

    def delete(self, address: Address) -> Object:
        """Take an object away.

        Raises RefusalError when there is none.
        """
        with self.changed:
            gone = self.get(address)
            del self._objects[address]
            self._log("DELETED", address, gone)
            if address.kind.name == "Deployment":
                self.delete(replace(address, kind=kinds.REPLICA_SET))
            return gone

    def _keep(self, address: Address, thing: Object, old: Object | None, *, dry: bool) -> Object:
        given = {key: value for key, value in thing["metadata"].items() if key not in _OF_THE_CLUSTER}
        kept = admit({**thing, "metadata": given}, old, self.version)
        before: Object = old["metadata"] if old else {"uid": str(uuid.uuid4()), "creationTimestamp": _CREATED}
        spec_changed = old is not None and kept.get("spec") != old.get("spec")
        meta = {
            **given,
            **({"namespace": address.namespace} if address.namespace else {}),
            "uid": before["uid"],
            "creationTimestamp": before["creationTimestamp"],
            "generation": before.get("generation", 1) + spec_changed,
        }
        new = {**kept, "metadata": meta}
        self._settle(new, address)
        if old is not None:
            meta["resourceVersion"] = before["resourceVersion"]
            if new == old:
                return new
        if not dry:
            self._objects[address] = new
            self._log("MODIFIED" if old else "ADDED", address, new)
            if address.kind.name == "Deployment":
                owned = replace(address, kind=kinds.REPLICA_SET)
                self._objects[owned] = replica_set(new)
                self._log("MODIFIED" if old else "ADDED", owned, self._objects[owned])
        return copy.deepcopy(new)

    def _settle(self, thing: Object, address: Address) -> None:
        found = status(thing, lambda need: self._exists(need, address.namespace))
        if found is not None:
            thing["status"] = found

    def _exists(self, need: Reference, namespace: str) -> bool:
        if need == Reference("ServiceAccount", "default"):
            return True
        kind = kinds.of_object({"apiVersion": "v1", "kind": need.kind})
        held = self._objects.get(Address(kind, namespace, need.name))
        return held is not None and (not need.key or need.key in held.get("data", {}))

    def _log(self, what: str, address: Address, thing: Object) -> None:
        version = self.newest + 1
        thing["metadata"]["resourceVersion"] = str(version)
        self._events.append(Event(version, what, address, copy.deepcopy(thing)))
        self.changed.notify_all()
