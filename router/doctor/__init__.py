"""`pingparrot doctor`: looks at everything that a page needs on its way, and changes nothing."""

from __future__ import annotations

from router.doctor.examination import examine, unreadable
from router.doctor.remark import Remark

__all__ = ["Remark", "examine", "unreadable"]
