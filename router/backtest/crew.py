"""Who the targets of a simulated page are: the roster in git, else the people of the history, else names."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

from router.lifecycle.model import Contact, Person, Target
from rules.history import People
from rules.model import RuleSet

_EVERYBODY = "All"


class Crew:
    """The people of a simulation, by numbers; the same at every moment.

    Parameters:
      ruleset: its roster says who is in its groups.
      people: who there was when the history was exported.
      named: the e-mails of `people` are real; where they are hashed, the roster is passed over.
    """

    def __init__(self, ruleset: RuleSet, people: People, *, named: bool = True) -> None:
        self._numbers = count(1)
        self._persons: dict[str, Person] = {}
        self._names: dict[int, str] = {}
        contacts = {user.email: user.contacts for user in people.users}
        roster = [user.email for user in ruleset.users] if named else []
        for email in dict.fromkeys([*contacts, *roster]):
            self._add(email, contacts.get(email, 1))
        self._groups = dict(people.groups)
        if named:
            self._groups |= {group.name: list(group.members) for group in ruleset.groups}
        self._groups[_EVERYBODY] = [*self._persons]
        self._by_name = not self._persons
        self._found: dict[Target, tuple[Person, ...]] = {}

    @property
    def are_names(self) -> bool:
        """Whether nobody is known, and groups and e-mails stand for people."""
        return self._by_name

    def reach(self, target: Target) -> tuple[Person, ...]:
        """Return who a target is."""
        found = self._found.get(target)
        if found is None:
            found = self._found[target] = self._find(target)
        return found

    def contacts_of(self, user_id: int) -> tuple[Contact, ...]:
        """Return how a person can be reached; empty when nobody can."""
        return self._persons[self._names[user_id]].contacts

    def name_of(self, user_id: int) -> str:
        """Return a person's e-mail, or the name that stands for them."""
        return self._names[user_id]

    def number_of(self, email: str) -> int:
        """Return a person's number; one who is not known is added, as somebody who can be reached."""
        return (self._persons.get(email) or self._add(email, 1)).user_id

    def _find(self, target: Target) -> tuple[Person, ...]:
        if target.kind == "user":
            email = target.name.strip().lower()
            known = self._persons.get(email) or (self._add(email, 1) if self._by_name else None)
            return (known,) if known is not None else ()
        if self._by_name:
            name = f"group {target.name}"
            return (self._persons.get(name) or self._add(name, 1),)
        return self._members(self._groups.get(target.name, ()))

    def _members(self, emails: Iterable[str]) -> tuple[Person, ...]:
        known = {
            self._persons[email].user_id: self._persons[email] for email in emails if email in self._persons
        }
        return tuple(known[number] for number in sorted(known))

    def _add(self, email: str, contacts: int) -> Person:
        number = next(self._numbers)
        person = Person(number, email, (Contact(number, email),) if contacts else ())
        self._persons[email], self._names[number] = person, email
        return person
