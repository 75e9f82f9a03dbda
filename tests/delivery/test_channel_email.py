"""E-mail: what is in a mail, how the server's answers count, and that nothing goes unencrypted unasked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from router.delivery.channels.email import Email
from router.delivery.http import Timeouts
from tests.delivery.conftest import NOW, MakeMessage, trusted, untrusted
from tests.sinks import Certificate, smtp_sink

BODIES = Path(__file__).parents[1] / "fixtures" / "alertmanager"


@pytest.fixture
def channel() -> Email:
    return Email(Timeouts(), clock=lambda: NOW)


def plain(port: int, options: str = "to=jane@example.com&from=pager@example.org", user: str = "") -> str:
    return f"smtp://{user}127.0.0.1:{port}/?mode=insecure&{options}"


def test_a_mail_says_what_the_page_says(channel: Email, message: MakeMessage) -> None:
    with smtp_sink() as (mailbox, port):
        result = channel.send(trusted(plain(port)), message())

    mail = mailbox.mails[0]
    assert result.outcome == "ok"
    assert mailbox.envelopes[0].mail_from == "pager@example.org"
    assert mailbox.envelopes[0].rcpt_tos == ["jane@example.com"]
    assert mail["Subject"] == "StripeDown on web-01"
    assert mail["To"] == "jane@example.com"
    assert mail["From"] == "PingParrot <pager@example.org>"
    assert mail["Date"] == "Tue, 23 Jun 2026 14:05:09 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content_charset() == "utf-8"
    assert mail.get_content().replace("\r\n", "\n") == message().text + "\n"


def test_a_critical_page_is_marked_and_others_are_not(channel: Email, message: MakeMessage) -> None:
    with smtp_sink() as (mailbox, port):
        channel.send(trusted(plain(port)), message(priority="critical"))
        channel.send(trusted(plain(port)), message(priority="high"))
        channel.send(trusted(plain(port)), message("resolved", priority="critical"))

    assert [mail["X-Priority"] for mail in mailbox.mails] == ["1", None, None]


def test_repeats_thread_and_a_mail_sent_twice_is_seen_as_one(channel: Email, message: MakeMessage) -> None:
    with smtp_sink() as (mailbox, port):
        results = [
            channel.send(trusted(plain(port)), message(kind, notification_id=number))
            for kind, number in (("page", 7), ("page", 7), ("repeat", 8))
        ]

    first, again, repeat = mailbox.mails
    assert first["Message-ID"] == again["Message-ID"] != repeat["Message-ID"]
    assert first["References"] == repeat["References"] == repeat["In-Reply-To"]
    assert results[0].provider_id == first["Message-ID"]


@pytest.mark.parametrize(
    "subject",
    ["Down\r\nBcc: eve@example.com", "Down\nX-Injected: yes\n\nbody", "Down\x0b\x85\u2028X-Injected: yes"],
)
def test_a_subject_injects_no_header(channel: Email, message: MakeMessage, subject: str) -> None:
    with smtp_sink() as (mailbox, port):
        channel.send(trusted(plain(port)), message(subject=subject))

    mail = mailbox.mails[0]
    assert (mail["Bcc"], mail["X-Injected"]) == (None, None)
    assert mail["Subject"].startswith("Down ")
    assert mailbox.envelopes[0].rcpt_tos == ["jane@example.com"]


def test_a_line_with_a_dot_does_not_end_the_mail(channel: Email, message: MakeMessage) -> None:
    with smtp_sink() as (mailbox, port):
        channel.send(trusted(plain(port)), message(message="before\n.\r\nMAIL FROM:<eve@example.com>\nafter"))

    assert "after" in mailbox.mails[0].get_content()
    assert len(mailbox.mails) == 1


def test_hostile_unicode_arrives_as_it_was(channel: Email, message: MakeMessage) -> None:
    alert = json.loads((BODIES / "14_unicode_bidi.json").read_text())["alerts"][0]
    sent = message(
        subject="Сервис недоступен 🔥 " + "é" * 150, message="\n".join(alert["annotations"].values())
    )
    with smtp_sink() as (mailbox, port):
        channel.send(trusted(plain(port)), sent)

    assert mailbox.mails[0]["Subject"] == sent.subject
    assert mailbox.mails[0].get_content().replace("\r\n", "\n") == sent.text + "\n"


@pytest.mark.parametrize("login", ["j%C3%A4ne:pw", "jane:p%C3%A4ss", "jane:a%00b", "ja%0d%0ane:pw"])
def test_a_log_in_that_smtp_cannot_send_is_refused(channel: Email, login: str) -> None:
    assert channel.check(trusted(f"smtp://{login}@mail.example/?to=jane@example.com"))


def test_an_address_that_the_server_cannot_take_is_permanent(channel: Email, message: MakeMessage) -> None:
    with smtp_sink() as (mailbox, port):
        result = channel.send(trusted(plain(port, "to=j%C3%A4ne@example.com")), message())

    assert (result.outcome, mailbox.mails) == ("permanent", [])


def test_an_international_domain_is_taken(channel: Email, message: MakeMessage) -> None:
    with smtp_sink() as (mailbox, port):
        result = channel.send(
            trusted(plain(port, "to=jane@example.com&from=pager@b%C3%BCcher.example")), message()
        )

    assert result.outcome == "ok"
    assert mailbox.envelopes[0].mail_from == "pager@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "option",
    [
        "to=jane@example.com%0d%0aRCPT%20TO:<eve@example.com>",
        "to=jane@example.com&from=a@b.c%0d%0aDATA",
        "to=jane@example.com>",
        "to=jane",
        "to=@example.com",
        "to=jane@",
        "to=jane@example.com&mode=none",
        "to=jane@example.com&cc=joe@example.com",
        "to=jane@example.com&smtp=host:99999",
        "to=" + ",".join(f"a{number}@example.com" for number in range(11)),
        "from=pager@example.org",
    ],
)
def test_an_address_or_option_that_cannot_be_used_is_refused(channel: Email, option: str) -> None:
    assert channel.check(trusted(f"smtp://mail.example/?{option}"))


def test_a_name_with_a_line_break_injects_nothing(channel: Email, message: MakeMessage) -> None:
    with smtp_sink() as (mailbox, port):
        channel.send(
            trusted(plain(port, "to=jane@example.com&name=Night%0d%0aBcc:%20eve@example.com")), message()
        )

    assert mailbox.mails[0]["Bcc"] is None


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("450 4.2.1 Mailbox busy", "retryable"),
        ("451 4.7.1 Greylisted", "retryable"),
        ("550 5.1.1 No such user", "permanent"),
        ("552 5.2.2 Mailbox full", "permanent"),
    ],
)
@pytest.mark.parametrize("stage", ["recipient", "data"])
def test_4xx_is_retryable_and_5xx_is_permanent(
    channel: Email, message: MakeMessage, stage: str, answer: str, outcome: str
) -> None:
    with smtp_sink() as (mailbox, port):
        if stage == "recipient":
            mailbox.rcpt_answers["jane@example.com"] = answer
        else:
            mailbox.data_answer = answer
        result = channel.send(trusted(plain(port)), message())

    assert result.outcome == outcome
    assert answer[:3] in result.detail


def test_a_mail_taken_for_one_of_two_is_delivered(channel: Email, message: MakeMessage) -> None:
    with smtp_sink() as (mailbox, port):
        mailbox.rcpt_answers["gone@example.com"] = "550 5.1.1 No such user"
        result = channel.send(trusted(plain(port, "to=jane@example.com,gone@example.com")), message())

    assert (result.outcome, result.detail) == ("ok", "accepted; refused for 1 of 2")


def test_of_two_refused_recipients_one_who_may_be_taken_later_decides(
    channel: Email, message: MakeMessage
) -> None:
    with smtp_sink() as (mailbox, port):
        mailbox.rcpt_answers = {"gone@example.com": "550 gone", "busy@example.com": "450 busy"}
        result = channel.send(trusted(plain(port, "to=gone@example.com,busy@example.com")), message())

    assert result.outcome == "retryable"


def test_a_log_in_is_used_and_a_wrong_one_is_permanent_without_the_password(
    channel: Email, message: MakeMessage
) -> None:
    with smtp_sink(login=True) as (mailbox, port):
        good = channel.send(trusted(plain(port, user="jane:right@")), message())
        bad = channel.send(trusted(plain(port, user="jane:Wr0ng%21@")), message())

    assert mailbox.logins[0] == ("jane", "right")
    assert (good.outcome, bad.outcome) == ("ok", "permanent")
    assert "535" in bad.detail
    assert "Wr0ng" not in bad.detail


def test_a_server_without_starttls_gets_no_mail(channel: Email, message: MakeMessage) -> None:
    with smtp_sink() as (mailbox, port):
        result = channel.send(trusted(f"smtp://127.0.0.1:{port}/?to=jane@example.com"), message())

    assert (result.outcome, mailbox.mails) == ("permanent", [])
    assert "mode=insecure" in result.detail


def test_starttls_is_used_when_offered(certificate: Certificate, message: MakeMessage) -> None:
    channel = Email(context=certificate.client())
    with smtp_sink(starttls=certificate.server()) as (mailbox, port):
        result = channel.send(trusted(f"mailto://127.0.0.1:{port}/?to=jane@example.com"), message())

    assert (result.outcome, len(mailbox.mails)) == ("ok", 1)


def test_tls_from_the_start_is_used_by_smtps(certificate: Certificate, message: MakeMessage) -> None:
    channel = Email(context=certificate.client())
    with smtp_sink(implicit=certificate.server()) as (mailbox, port):
        result = channel.send(trusted(f"smtps://127.0.0.1:{port}/?to=jane@example.com"), message())

    assert (result.outcome, len(mailbox.mails)) == ("ok", 1)


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_that_nobody_vouches_for_gets_no_mail(
    certificate: Certificate, channel: Email, message: MakeMessage, scheme: str
) -> None:
    tls = {"starttls" if scheme == "smtp" else "implicit": certificate.server()}
    with smtp_sink(**tls) as (mailbox, port):
        result = channel.send(trusted(f"{scheme}://127.0.0.1:{port}/?to=jane@example.com"), message())

    assert (result.outcome, mailbox.mails) == ("permanent", [])
    assert "certificate" in result.detail


def test_an_untrusted_contact_reaches_no_mail_server_within(channel: Email, message: MakeMessage) -> None:
    with smtp_sink() as (mailbox, port):
        contact = untrusted(f"smtp://127.1:{port}/?mode=insecure&to=jane@example.com")
        result = channel.send(contact, message())

    assert (result.outcome, mailbox.mails) == ("permanent", [])


@pytest.mark.parametrize(
    ("url", "destination", "label"),
    [
        (
            "mailto://jane:pw@gmail.com",
            "email smtp.gmail.com:587",
            "mailto://smtp.gmail.com to jane@gmail.com",
        ),
        (
            "mailto://jane:pw@example.com?smtp=mx.example.com&to=a@b.org",
            "email mx.example.com:587",
            "mailto://mx.example.com to a@b.org",
        ),
        (
            "mailtos://jane:pw@example.com:2525/a@b.org/c@d.org",
            "email example.com:2525",
            "mailtos://example.com to a@b.org, c@d.org",
        ),
        (
            "smtps://jane%40example.com:pw@mx.example.com/?to=a@b.org",
            "email mx.example.com:465",
            "smtps://mx.example.com to a@b.org",
        ),
        ("smtp://[2001:db8::5]/?to=a@b.org", "email [2001:db8::5]:587", "smtp://[2001:db8::5] to a@b.org"),
    ],
)
def test_forms_of_the_url(channel: Email, url: str, destination: str, label: str) -> None:
    contact = trusted(url)

    assert channel.check(contact) is None
    assert channel.destination(contact) == destination
    assert channel.label(contact) == label
