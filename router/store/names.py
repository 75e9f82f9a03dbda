"""What may stand in the database as an e-mail or a name."""

from __future__ import annotations

import unicodedata


class NotAcceptedError(ValueError):
    """A value that cannot be stored, or that somebody else has; nothing was changed.

    Parameters:
      field: which one, as the API names it.
      sentence: what is wrong and what to do.
    """

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def email_of(text: str) -> str:
    """Return an e-mail address in the form in which it is stored and found: lower case.

    Raises NotAcceptedError for what cannot be one.
    """
    email = text.strip().lower()
    local, at, domain = email.rpartition("@")
    if (
        not (at and local and domain)
        or len(email) > 254
        or "@" in local
        or not _is_plain(email, spaces=False)
    ):
        raise NotAcceptedError("email", f"{text[:254]!r} is not an e-mail address, such as jane@example.com.")
    return email


def name_of(text: str, field: str = "name") -> str:
    """Return a name without white space around it.

    Raises NotAcceptedError when it is empty, longer than 200 characters, or holds control characters.
    """
    name = text.strip()
    if not name or len(name) > 200 or not _is_plain(name, spaces=True):
        raise NotAcceptedError(field, f"The {field} must have 1 to 200 characters and no control characters.")
    return name


def _is_plain(text: str, *, spaces: bool) -> bool:
    return all(
        unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
        and (spaces or not character.isspace())
        for character in text
    )
