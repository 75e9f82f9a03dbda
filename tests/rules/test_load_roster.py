"""People and groups in git, and the secrets in their contacts."""

from __future__ import annotations

import pytest

from rules.load import Loaded, load
from tests.rules.writing import faults_of, loaded, written

SECRETS = {
    "JANE": "ntfy://token@host/jane",
    "file:/run/secrets/joe": "json://host/joe\n",
    "BAD": "no url: s3cret",
}


def rostered(text: str) -> Loaded:
    return load(written(roster=text), SECRETS.get)


def contacts_of(contact: str) -> tuple[tuple[str, ...], list[str]]:
    outcome = rostered(f"users: [{{email: jane@example.com, contacts: ['{contact}']}}]")
    users = outcome.ruleset.users if outcome.ruleset else ()
    return (users[0].contacts if users else ()), faults_of(outcome)


def test_people_and_groups_are_read() -> None:
    outcome = rostered(
        """
        users:
          - {email: Jane@Example.com, name: Jane Smith, admin: true, contacts: ["${JANE}"]}
          - {email: joe@example.com}
        groups:
          payments: {description: Payments on-call, members: [JANE@example.com, joe@example.com]}
          nobody: {}
        """
    )

    assert outcome.findings == ()
    assert outcome.ruleset is not None
    jane, joe = outcome.ruleset.users
    assert (jane.email, jane.name, jane.admin, jane.contacts) == (
        "jane@example.com",
        "Jane Smith",
        True,
        ("ntfy://token@host/jane",),
    )
    assert (joe.name, joe.admin, joe.contacts) == ("joe@example.com", False, ())
    assert [(group.name, group.description, group.members) for group in outcome.ruleset.groups] == [
        ("payments", "Payments on-call", ("jane@example.com", "joe@example.com")),
        ("nobody", "", ()),
    ]


@pytest.mark.parametrize(
    ("contact", "url"),
    [
        ("${JANE}", "ntfy://token@host/jane"),
        ("${file:/run/secrets/joe}", "json://host/joe"),
        ("json://host/${JANE}", "json://host/ntfy://token@host/jane"),
        ("mailto://jane@example.com", "mailto://jane@example.com"),
    ],
)
def test_a_contact_is_expanded(contact: str, url: str) -> None:
    assert contacts_of(contact) == ((url,), [])


def test_a_contact_whose_secret_is_unset_is_skipped_with_a_warning() -> None:
    assert contacts_of("json://host/${MISSING}") == (
        (),
        [
            "roster.yml:1:46: a contact of jane@example.com is skipped because ${MISSING} is not set: "
            "set it, or remove it here."
        ],
    )


@pytest.mark.parametrize(
    "contact", ["${BAD}", "s3cret", "json://s3cret/${open", "json://host /s3cret", "${a b}s3cret"]
)
def test_no_message_shows_a_contact(contact: str) -> None:
    contacts, faults = contacts_of(contact)

    assert contacts == ()
    assert len(faults) == 1
    assert "s3cret" not in faults[0]


def test_a_mistyped_contact_is_in_no_message() -> None:
    outcome = rostered("users: [{email: jane@example.com, contacts: {json://s3cret: x}}]")

    assert "s3cret" not in str(faults_of(outcome))


def test_contacts_are_in_no_representation() -> None:
    outcome = rostered("users: [{email: jane@example.com, contacts: ['${JANE}']}]")

    assert outcome.ruleset is not None
    assert "token" not in repr(outcome)
    assert outcome.sources is not None
    assert "token" not in outcome.sources.to_json()


def test_people_stand_in_shared_files_only() -> None:
    assert faults_of(loaded(a="namespace: x\nusers: []"))[0] == (
        "a.yml:2:1: users stands in shared files only: move it to one."
    )


def test_an_email_given_twice_names_both_places() -> None:
    outcome = rostered("users: [{email: jane@example.com}, {email: Jane@example.com}]")

    assert faults_of(outcome) == [
        'roster.yml:1:36: user "jane@example.com" is already given at roster.yml:1:9: rename one of them.'
    ]
