"""Reading a bootstrap file: strict, all faults at once, each with its place and without any secret."""

from __future__ import annotations

import contextlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.bootstrap import read_bootstrap
from router.store.bootstrap import BootstrapError, Declared
from tests.bootstrap.house import NEW, OLD, OTHER, PASSWORD, SIGNING, TEXT, Mounted

ONE = "integrations: {a: {kind: generic, key_files: [key]}}\n"
BAD_VALUES = {
    "an unknown key": ("admn: {}\n", 'no key "admn". Did you mean "admin"?'),
    "an unknown key of a sender": (ONE.replace("key_files", "key_file"), 'Did you mean "key_files"?'),
    "another kind": (ONE.replace("generic", "nagios"), "generic, alertmanager, grafana"),
    "no kind": ("integrations: {a: {key_files: [key]}}\n", "has no kind"),
    "a name with a line break": ('integrations: {"a\\nb": {kind: generic}}\n', "control characters"),
    "a name with spaces": ('integrations: {"a ": {kind: generic}}\n', "spaces around it"),
    "no network": (ONE.replace("]", "], allow_ip: [10.0.0.0/99]"), "allow_ip: '10.0.0.0/99'"),
    "no e-mail": ("admin: {email: ops, password_file: password}\n", "is not an e-mail address"),
    "no password file": ("admin: {email: ops@example.org}\n", "admin has no password_file"),
    "a file that is not there": (ONE.replace("[key]", "[nowhere]"), "No such file or directory"),
    "nothing at all": ("# integrations:\n", "says nothing"),
    "integrations left empty": ("integrations:\n", "integrations is empty"),
    "a list": ("- a\n", "must be a mapping"),
    "no YAML": ("integrations: [\n", "is not YAML"),
    "a key twice": (ONE + ONE, "stands here twice"),
    "a shared key": (ONE.replace("}}", "}, b: {kind: generic, key_files: [key]}}"), "share a key"),
    "too many files": (ONE.replace("[key]", str(["key"] * 11)), "more than 10 files"),
}


def refused(mounted: Mounted) -> str:
    with pytest.raises(BootstrapError) as refusal:
        read_bootstrap(mounted.file)
    return str(refusal.value)


def keys_of(declared: Declared) -> dict[str, list[str]]:
    return {sender.name: [key.text for key in sender.keys] for sender in declared.senders}


def test_a_whole_file_is_read_with_its_secrets(mounted: Mounted) -> None:
    declared = read_bootstrap(mounted.file)
    assert declared.admin is not None
    assert (declared.admin.email, declared.admin.password) == ("ops@example.org", PASSWORD)
    assert keys_of(declared) == {"prometheus-eu": [OLD], "grafana": [OTHER]}
    assert declared.senders[0].allow_ips == ("10.0.0.0/8", "127.0.0.1/32")
    assert [sender.hmac_secret for sender in declared.senders] == [None, SIGNING]


@pytest.mark.parametrize("case", BAD_VALUES)
def test_what_is_wrong_is_said_with_its_place(mounted: Mounted, case: str) -> None:
    text, said = BAD_VALUES[case]
    mounted.write(declared=text)
    sentence = refused(mounted)
    assert said in sentence
    assert sentence.startswith(f"{mounted.file}:")


def test_every_fault_is_said_at_once(mounted: Mounted) -> None:
    mounted.write(key="short", signing="short")
    mounted.write(declared=TEXT.replace("email", "mail").replace("kind", "sort"))
    lines = refused(mounted).splitlines()
    assert len(lines) == 8
    assert all(line.startswith(f"{mounted.file}:") for line in lines)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("changeme", "fewer than 32 characters"),
        ("x" * 201, "more than 200 characters"),
        ("x" * 40, "can be guessed"),
        ("a key with spaces in it, long enough", "which not every sender can send"),
        ("schlüssel" * 5, "which not every sender can send"),
        ("", "must hold one line"),
        (f"{OLD}\n{NEW}", "must hold one line"),
        ("x" * 2000, "must hold one line"),
    ],
)
def test_a_key_that_can_be_guessed_or_sent_by_nobody_is_refused(
    mounted: Mounted, key: str, said: str
) -> None:
    mounted.write(key=key)
    sentence = refused(mounted)
    assert said in sentence
    assert "bootstrap.yaml:3:51: integrations.prometheus-eu.key_files: " in sentence
    assert not key or key not in sentence


def test_no_fault_and_no_repr_shows_a_secret(mounted: Mounted) -> None:
    declared = read_bootstrap(mounted.file)
    mounted.write(grafana_key=OLD, password="hunter2", signing="hunter3")
    said = refused(mounted) + repr(declared)
    assert "share a key" in said
    assert not [secret for secret in (OLD, OTHER, PASSWORD, SIGNING, "hunter") if secret in said]


def test_two_files_with_the_same_key_of_one_sender_are_one_key(mounted: Mounted) -> None:
    mounted.write(declared=ONE.replace("[key]", "[key, next-key]"), next_key=OLD)
    assert keys_of(read_bootstrap(mounted.file)) == {"a": [OLD]}


def test_a_file_may_declare_nothing_if_it_says_so(mounted: Mounted) -> None:
    mounted.write(declared="{}\n")
    assert read_bootstrap(mounted.file) == Declared(None, ())


@pytest.mark.parametrize("name", ["nowhere.yaml", "."])
def test_a_file_that_cannot_be_read_says_which_setting_names_it(mounted: Mounted, name: str) -> None:
    with pytest.raises(BootstrapError, match="PINGPARROT_BOOTSTRAP"):
        read_bootstrap(mounted.folder / name)


@given(st.text(alphabet=string.ascii_letters + "{}[]:,&*!|>'\"\n -#%@`0", max_size=200))
def test_no_text_raises_anything_else(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("hostile") / "bootstrap.yaml"
    path.write_text(text)
    with contextlib.suppress(BootstrapError):
        read_bootstrap(path)
