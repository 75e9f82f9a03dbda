"""Every code that a finding of the rules can have, in one sentence; docs/rules-tools.md explains them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CODES: Mapping[str, str] = MappingProxyType(
    {
        "bad-contact": "A contact is not a URL.",
        "bad-duration": "A value is not a duration.",
        "bad-heartbeat": "A heartbeat would take any alert.",
        "bad-interval": "A time interval is not one that Alertmanager would take.",
        "bad-matcher": "A matcher cannot be read, or Alertmanager's two parsers disagree on it.",
        "bad-name": "A name is reserved, or is not one line without a slash.",
        "bad-steps": "A chain's steps are missing, too many, or out of order.",
        "bad-suppress": "A route with suppress has what only a paging route may have.",
        "bad-target": "A step's target is not a group or a user.",
        "bad-template": "A template does not compile.",
        "bad-time": "A case's time is not a time with a zone.",
        "bad-value": "A value is not one of those allowed.",
        "bad-yaml": "A file is not YAML as the rules read it.",
        "dead-interval": "A time interval never holds, or never again.",
        "default-reaches-nobody": "The groups of defaults.chain have no members.",
        "duplicate-name": "A name is given twice.",
        "empty-expect": "A case expects nothing.",
        "empty-group": "A step pages a group without members.",
        "idle-flap-limit": "A flap_limit has no effect, since reopen_within is 0s.",
        "late-step": "A step comes after its page has expired.",
        "missing-key": "A required key is missing.",
        "namespace-kept": "A namespace keeps its last good version.",
        "never-pages": "A route's hours never come.",
        "no-contact": "A person has no contact in the roster.",
        "no-rules": "There are no rule files.",
        "nothing-changed": "Nothing is changed until other errors are corrected.",
        "out-of-bounds": "A duration or a number is too small or too large.",
        "priority-label": "A priority is looked up by a label that no route guarantees.",
        "shadowed-heartbeat": "An earlier heartbeat takes all the alerts of this one.",
        "shadowed-route": "An earlier route, or a heartbeat, takes all that this one could take.",
        "shared-only": "A section that stands in shared files only is in a namespace's.",
        "short-heartbeat": "A heartbeat is sooner missed than Alertmanager repeats an alert.",
        "too-long": "A text or a list is longer than allowed.",
        "unknown-chain": "A chain is not known.",
        "unknown-group": "A group is not in the roster.",
        "unknown-key": "A key is not known.",
        "unknown-receiver": "A route of alertmanager.yml names a receiver that is not there.",
        "unknown-schedule": "A schedule is not known.",
        "unknown-time-interval": "A time interval is not known.",
        "unknown-user": "A person is not in the roster.",
        "unknown-zone": "A location is not an IANA time zone.",
        "unlisted-namespace": "A file's namespace is not listed in a shared file.",
        "unreadable": "A file cannot be read.",
        "unset-secret": "A contact's secret is not set, so the contact is skipped.",
        "unused-chain": "No route or heartbeat uses a chain.",
        "unused-interval": "No route uses a time interval.",
        "wrong-type": "A value is of the wrong kind.",
    }
)
