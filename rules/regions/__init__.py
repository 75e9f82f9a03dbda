"""Sets of label sets, and how a route tree divides them: exact, as far as a limit allows.

A region says which alerts are meant; it is everything for which some matchers hold, but what lies in certain
boxes (a box: several matchers that all hold). `walk` follows a region through a route tree.
"""

from __future__ import annotations

from rules.regions.box import Box
from rules.regions.cover import Cover, Taker, uncovered
from rules.regions.region import Region
from rules.regions.walk import Node, walk
from rules.regular import Limit, Undecided

__all__ = ["Box", "Cover", "Limit", "Node", "Region", "Taker", "Undecided", "uncovered", "walk"]
