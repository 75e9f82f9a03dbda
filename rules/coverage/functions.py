"""The functions of PromQL by what they do to labels."""

from __future__ import annotations

_KEEP = """
    abs acos acosh asin asinh atan atanh avg_over_time ceil changes clamp clamp_max clamp_min cos cosh
    count_over_time day_of_month day_of_week day_of_year days_in_month deg delta deriv
    double_exponential_smoothing exp floor histogram_avg histogram_count histogram_stddev
    histogram_stdvar histogram_sum holt_winters hour idelta increase irate last_over_time ln log10 log2
    mad_over_time max_over_time min_over_time minute month predict_linear present_over_time
    quantile_over_time rad rate resets round sgn sin sinh sort sort_by_label sort_by_label_desc
    sort_desc sqrt stddev_over_time stdvar_over_time sum_over_time tan tanh timestamp year
"""

KEEPING = frozenset(_KEEP.split())
"""Those whose results have the labels of their vector, but for the metric's name."""

AGGREGATIONS = frozenset(
    (
        "avg",
        "bottomk",
        "count",
        "count_values",
        "group",
        "limit_ratio",
        "limitk",
        "max",
        "min",
        "quantile",
        "stddev",
        "stdvar",
        "sum",
        "topk",
    )
)
"""Those that may be followed by `by` or `without`."""

CHOOSING = frozenset(("bottomk", "limit_ratio", "limitk", "topk"))
"""Aggregations that leave elements as they are."""

BARE = frozenset(("vector",))
"""Those whose results have no labels."""

SCALARS = frozenset(("pi", "scalar", "time"))
"""Those whose results are numbers."""
