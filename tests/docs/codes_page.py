"""What docs/rules-codes.md says: every code. `python -m tests.docs.codes_page` writes the page anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.codes import Code, every_code
from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "rules-codes.md"

_HEAD = """# What `rules check` finds

Every finding has a code, which stands in brackets behind it. Codes are stable: scripts may rely on them.
`pingparrot rules explain-code CODE` prints what stands here, and `pingparrot rules explain-code` the list.
Those about alerting rules and senders are found by [`rules coverage`](rules-coverage.md).

- An **error** keeps the rules from loading, or names people who do not exist. The check fails.
- A **warning** is about rules that load but can hardly be meant. The check fails with `--strict`.
- An **info** is about rules that do what they say, and could say it better.

What a code counts as can be chosen, unless it says *always*: in a shared file for everybody who works on the
rules, and on the command line, which wins. `off` leaves its findings out. No server asks: what loads is
the same.

```yaml
# 00-shared.yml
lint: {unused-chain: off, late-step: error}
```

```
pingparrot rules check rules/ --severity unset-secret=off
```

[From amlint](rules-amlint.md) says, check by check, where what amlint finds is found here.

"""


def page() -> str:
    """Return the whole page."""
    codes = every_code()
    return "".join([_HEAD, *_table(codes), *_sections(codes)])


def _table(codes: Mapping[str, Code]) -> Iterator[str]:
    yield "| code | is | means |\n|---|---|---|\n"
    for name, code in codes.items():
        yield f"| [`{name}`](#{name}) | {code.said} | {code.summary} |\n"


def _sections(codes: Mapping[str, Code]) -> Iterator[str]:
    for name, code in codes.items():
        yield f"\n## {name}\n\n*{code.said.capitalize()}.* {code.summary}\n\n{code.why}\n\n"
        yield f"**What to do:** {code.remedy}\n"
        if code.bad:
            yield f"\nThis has it:\n\n```yaml\n{code.bad}```\n\nThis has not:\n\n```yaml\n{code.good}```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
