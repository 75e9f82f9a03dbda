"""The shape of ordinary bodies, for a typed decode at C speed; what does not fit is read leniently instead.

The bounds are those of adapters/text.py, so that whatever decodes here needs no further look. Empty label
values do not fit either: they have to be dropped.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.json import Decoder

from adapters.text import (
    MAX_ALERTS,
    MAX_ANNOTATION,
    MAX_ENTRIES,
    MAX_FINGERPRINT,
    MAX_GROUP_KEY,
    MAX_LABEL,
    MAX_LINK,
    MAX_NAME,
    MAX_RECEIVER,
)

MAX_TRUNCATED = 2**31 - 1

Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
LabelValue = Annotated[str, Meta(min_length=1, max_length=MAX_LABEL)]
Labels = Annotated[dict[Name, LabelValue], Meta(max_length=MAX_ENTRIES)] | None
AnnotationName = Annotated[str, Meta(max_length=MAX_NAME)]
Annotation = Annotated[str, Meta(max_length=MAX_ANNOTATION)]
Annotations = Annotated[dict[AnnotationName, Annotation], Meta(max_length=MAX_ENTRIES)] | None
Link = Annotated[str, Meta(max_length=MAX_LINK)] | None
Moment = Annotated[datetime, Meta(tz=True)] | None


class WireAlert(Struct, gc=False):
    """One alert of Alertmanager's webhook body."""

    status: Literal["firing", "resolved"]
    labels: Labels = None
    annotations: Annotations = None
    startsAt: Moment = None  # noqa: N815 - the sender's names
    endsAt: Moment = None  # noqa: N815
    generatorURL: Link = None  # noqa: N815
    fingerprint: Annotated[str, Meta(max_length=MAX_FINGERPRINT)] | None = None


class WireBody(Struct, gc=False):
    """Alertmanager's webhook body, without what we do not use."""

    alerts: Annotated[list[WireAlert], Meta(max_length=MAX_ALERTS)]
    receiver: Annotated[str, Meta(max_length=MAX_RECEIVER)] | None = None
    groupKey: Annotated[str, Meta(max_length=MAX_GROUP_KEY)] | None = None  # noqa: N815
    groupLabels: Labels = None  # noqa: N815
    commonLabels: Labels = None  # noqa: N815
    commonAnnotations: Annotations = None  # noqa: N815
    externalURL: Link = None  # noqa: N815
    truncatedAlerts: Annotated[int, Meta(ge=0, le=MAX_TRUNCATED)] | None = None  # noqa: N815


class WirePost(Struct, gc=False):
    """One alert as Prometheus and vmalert post it to `/api/v2/alerts`."""

    labels: Annotated[dict[Name, LabelValue], Meta(max_length=MAX_ENTRIES)]
    annotations: Annotations = None
    startsAt: Moment = None  # noqa: N815
    endsAt: Moment = None  # noqa: N815
    generatorURL: Link = None  # noqa: N815


BODY: Decoder[WireBody] = Decoder(WireBody)
POSTS: Decoder[list[WirePost]] = Decoder(Annotated[list[WirePost], Meta(max_length=MAX_ALERTS)])
