"""Settings: defaults, files, refusals that help, and a page that says the same."""

from __future__ import annotations

import re
from dataclasses import fields
from ipaddress import ip_network
from pathlib import Path

import pytest

from router.settings import OF_THE_CLIENT, SETTINGS, Settings, SettingsError, load_settings

PAGE = (Path(__file__).parent.parent / "docs" / "settings.md").read_text()


def test_an_empty_environment_gives_an_embedded_server_on_loopback() -> None:
    settings = load_settings({})

    assert settings.database_path == Path("pingparrot.db")
    assert (settings.host, settings.port, settings.broker_url, settings.rules) == (
        "127.0.0.1",
        8080,
        "",
        None,
    )
    assert (settings.secret_keys, settings.warnings) == ((), ())


def test_every_field_has_a_setting() -> None:
    named = {setting.field or setting.name.lower() for setting in SETTINGS}

    assert named | {"warnings"} == {field.name for field in fields(Settings)}


def test_values_are_parsed() -> None:
    settings = load_settings(
        {
            "PINGPARROT_DATABASE_URL": "postgresql://u:p@db/pp",
            "PINGPARROT_RULES": "/etc/pingparrot",
            "PINGPARROT_PUBLIC_URL": "https://pager.example.com/",
            "PINGPARROT_TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.7,::1",
            "PINGPARROT_LOG_LEVEL": "WARNING",
            "PINGPARROT_SECRET_KEY": f"{'n' * 32},{'o' * 32}",
        }
    )

    assert settings.database_path is None
    assert settings.rules == Path("/etc/pingparrot")
    assert settings.public_url == "https://pager.example.com"
    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("192.0.2.7"), ip_network("::1"))
    assert settings.log_level == "warning"
    assert settings.secret_keys == ("n" * 32, "o" * 32)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_can_stand_in_a_file(setting: object, tmp_path: Path) -> None:
    values = {
        "PORT": "9",
        "SECRET_KEY": "k" * 32,
        "HOST": "::1",
        "RULES": "/r",
        "PUBLIC_URL": "https://a",
    }
    values |= {
        "PEER_URL": "https://a/api/heartbeats/b",
        "PEER_KEY": "pp_live_x",
        "BOOTSTRAP": "/b",
        "ROSTER": "/o",
    }
    values |= {"OIDC_ISSUER": "https://a", "OIDC_CLIENT_ID": "pp", "OIDC_CLIENT_SECRET": "s"}
    values |= {"OIDC_ADMIN_GROUP": "admins", "OIDC_USER_GROUP": "staff"}
    values |= {"EMERGENCY_CONTACTS": "json://ops.example.com/a"}
    name = setting.name  # type: ignore[attr-defined]
    value = values.get(name) or setting.default or {"BROKER_URL": "redis://r", "TRUSTED_PROXIES": "::1"}[name]  # type: ignore[attr-defined]
    (tmp_path / "value").write_text(f"{value}\n")

    from_file = load_settings({f"PINGPARROT_{name}_FILE": str(tmp_path / "value")})

    assert from_file == load_settings({f"PINGPARROT_{name}": value})


def test_emergency_contacts_are_cut_where_the_next_url_begins() -> None:
    given = "json://a.example.com/x, mailto://u:p@mail?to=b@c,d@e\nntfys://ntfy.sh/topic,"

    settings = load_settings({"PINGPARROT_EMERGENCY_CONTACTS": given})

    assert settings.emergency_contacts == (
        "json://a.example.com/x",
        "mailto://u:p@mail?to=b@c,d@e",
        "ntfys://ntfy.sh/topic",
    )
    assert "ntfy" not in repr(settings)


def test_an_empty_variable_counts_as_not_given() -> None:
    assert load_settings({"PINGPARROT_PORT": "", "PINGPARROT_HOST_FILE": ""}) == load_settings({})


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("PINGPARROT_PORT", "80a", "PINGPARROT_PORT is '80a': give a whole number from 0 to 65535."),
        ("PINGPARROT_PORT", "9" * 5000, "give a whole number"),
        ("PINGPARROT_PORT", "²", "give a whole number"),
        ("PINGPARROT_LOG_FORMAT", "xml", "PINGPARROT_LOG_FORMAT is 'xml': give one of json, console."),
        ("PINGPARROT_PUBLIC_URL", "pager.example.com", "such as https://pager.example.com"),
        ("PINGPARROT_TRUSTED_PROXIES", "10.0.0.0/99", "such as 10.0.0.0/8"),
        ("PINGPARROT_OIDC_ISSUER", "http://sso.example.com", "such as https://sso.example.com/realms/staff"),
        ("PINGPARROT_OIDC_ISSUER", "https://sso.example.com/?a=b", "give the provider's issuer"),
        ("PINGPARROT_DATABASE_URL", "mysql://u:hunter2@h/d", "give sqlite:///pingparrot.db"),
        ("PINGPARROT_DATABASE_URL", "sqlite://", "give sqlite:///pingparrot.db"),
        ("PINGPARROT_BROKER_URL", "kafka://u:hunter2@h", "give redis://"),
        ("PINGPARROT_SECRET_KEY", "hunter2", "a key has fewer than 8 characters"),
        (
            "PINGPARROT_HOST_FILE",
            "/no/such/file",
            "PINGPARROT_HOST: the file '/no/such/file' of PINGPARROT_HOST_FILE",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_what_to_write(variable: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({variable: value})

    assert says in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"PINGPARROT_PORT": "x", "PINGPARROT_LOG_LEVEL": "loud"})

    assert len(str(caught.value).splitlines()) == 2


def test_a_setting_given_both_ways_is_refused(tmp_path: Path) -> None:
    (tmp_path / "host").write_text("::1")

    with pytest.raises(SettingsError, match="PINGPARROT_HOST_FILE is set as well: keep one of the two"):
        load_settings({"PINGPARROT_HOST": "::1", "PINGPARROT_HOST_FILE": str(tmp_path / "host")})


def test_an_unknown_variable_is_warned_of_with_what_was_meant() -> None:
    settings = load_settings(
        {"PINGPARROT_DATABSE_URL": "x", "PINGPARROT_NOSUCH": "", "PINGPARROT_URL": "y", "HOME": "/"}
    )

    assert settings.warnings == (
        "PINGPARROT_DATABSE_URL is not a setting: did you mean PINGPARROT_DATABASE_URL?",
        "PINGPARROT_NOSUCH is not a setting: docs/settings.md has those that are.",
    )


def test_what_kubernetes_sets_for_a_service_is_passed_over() -> None:
    settings = load_settings(
        {
            "PINGPARROT_PORT": "tcp://10.3.2.1:8080",
            "PINGPARROT_PORT_8080_TCP_ADDR": "10.3.2.1",
            "PINGPARROT_SERVICE_HOST": "10.3.2.1",
        }
    )

    assert settings.port == 8080
    assert len(settings.warnings) == 1


def test_no_secret_is_in_the_repr() -> None:
    secret = "hunter2-hunter2-hunter2-hunter2-hunter2"
    settings = load_settings(
        {
            "PINGPARROT_SECRET_KEY": secret,
            "PINGPARROT_DATABASE_URL": f"postgresql://u:{secret}@h/d",
            "PINGPARROT_BROKER_URL": f"redis://:{secret}@h",
        }
    )

    assert secret not in repr(settings)


def test_the_page_has_every_setting_word_for_word() -> None:
    for setting in SETTINGS:
        default = f"`{setting.default}`" if setting.default else "none"
        assert f"| `{setting.variable}` | {default} | {setting.help} |" in PAGE


def test_the_page_names_nothing_else() -> None:
    known = {setting.variable for setting in SETTINGS} | {
        name.removesuffix("_FILE") for name in OF_THE_CLIENT
    }

    named = {name.removesuffix("_FILE") for name in re.findall(r"PINGPARROT_[A-Z_]*[A-Z]", PAGE)}

    assert named <= known
