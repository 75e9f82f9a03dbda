"""One real message by one contact, to see whether it arrives."""

from __future__ import annotations

from datetime import datetime

from router.delivery.channel import ContactAddress, Message, Result
from router.delivery.channels import registry
from router.delivery.wording import line

_TEXT = "This message tries out one of your contacts. Nothing is wrong, and there is nothing to acknowledge."


def send_trial(url: str, recipient: str, now: datetime, *, trusted: bool) -> Result:
    """Send a message that belongs to no page (its ids are 0) and return how it went; it is not tried again.

    Parameters:
      url: the contact's, decrypted.
      recipient: the person's name.
      now: UTC.
      trusted: the contact was given by an admin or by git.
    """
    message = Message(
        notification_id=0,
        page_id=0,
        kind="test",
        subject="Test message from PingParrot",
        text=_TEXT,
        priority="normal",
        status="active",
        created_at=now,
        recipient=line(recipient, 200),
    )
    return registry.channel_for(url).send(ContactAddress(url, trusted), message)
