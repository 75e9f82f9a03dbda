"""YAML written as people never should and sometimes do, with comments that say what they are about."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

_WORDS = (
    "a",
    "b: c",
    "x #y",
    "- z",
    "it's",
    'say "x"',
    "a\\b",
    "09:00",
    "null",
    "yes",
    "5",
    "{x}",
    "é",
    "",
    " pad ",
)
_PLAIN = ("a", "b-c", "5", "true", "null", "~", "09:00", "on", "a,b", 'k="v"', "x y")


@dataclass
class Scribble:
    """A text that is being written; `count` numbers the things in it, so that comments can name them."""

    draw: st.DrawFn
    count: int = 0
    text: str = ""

    def name(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}z"

    def chance(self, one_in: int = 4) -> bool:
        return self.draw(st.integers(1, one_in)) == one_in

    def above(self, name: str, indent: int) -> None:
        """Write blank lines and comments of their own lines."""
        while self.chance():
            blank = "\n" * self.draw(st.integers(0, 3))
            self.text += (
                f"{blank}{' ' * indent}# above {name}{self.draw(st.sampled_from(['', ' ', ' # x']))}\n"
            )
        self.text += "\n" * self.draw(st.sampled_from([0, 0, 0, 1, 2]))

    def beside(self, name: str) -> None:
        """End the line, perhaps with a comment."""
        self.text += f"{self.draw(st.sampled_from([' ', '   ']))}# beside {name}" if self.chance() else ""
        self.text += "\n"

    def scalar(self, name: str, indent: int, *, flow: bool) -> None:
        """Write a scalar that holds the name, or a short one."""
        form = self.draw(
            st.sampled_from(["plain", "single", "double", "bare", "block" if not flow else "plain"])
        )
        word = self.draw(st.sampled_from(_WORDS))
        if form == "bare" and not flow:
            self.text += " " + self.draw(st.sampled_from([*_PLAIN, ""]))
        elif form == "single":
            self.text += " '" + f"{name} {word}".replace("'", "''") + "'"
        elif form == "double":
            fold = "\n" + " " * (indent + 3) if self.chance() else " "
            escaped = word.replace("\\", "\\\\").replace('"', '\\"')
            escape = self.draw(st.sampled_from(["", "\\t", "\\u2028"]))
            self.text += f' "{name}{fold}{escaped}{escape}"'
        elif form == "block":
            self.block(name, indent)
            return
        else:
            fold = "\n" + " " * (indent + 4) if self.chance(8) and not flow else " "
            self.text += f" {name}" + (f"{fold}more " * self.draw(st.integers(0, 12))).rstrip()
        if not flow:
            self.beside(name)

    def block(self, name: str, indent: int) -> None:
        """Write a block scalar."""
        margin = self.draw(st.integers(1, 5))
        space = " " * (max(indent, 0) + margin)
        head = self.draw(st.sampled_from("|>")) + self.draw(
            st.sampled_from(["", "-", "+", str(margin), f"{margin}-"])
        )
        self.text += f" {head}"
        self.beside(name)
        lines = self.draw(
            st.lists(
                st.sampled_from([name, "# no comment", "", " deeper", "\ttab", "x: y ", "- a"]), max_size=5
            )
        )
        first = (
            name
            if not any(sign.isdigit() for sign in head)
            else self.draw(st.sampled_from([name, f"  {name}"]))
        )
        self.text += "".join(f"{space}{line}\n" if line else "\n" for line in [first, *lines])

    def value(self, name: str, indent: int, depth: int) -> None:
        """Write what comes after a key's colon or a dash."""
        kind = self.draw(st.sampled_from(["scalar", "scalar", "flow", "map", "list"])) if depth else "scalar"
        if kind == "scalar":
            self.scalar(name, indent, flow=False)
        elif kind == "flow":
            self.text += " "
            self.flow(name, indent, depth)
            self.beside(name)
        else:
            self.beside(name)
            self.inside(kind, indent, depth)

    def inside(self, kind: str, indent: int, depth: int) -> None:
        """Write a block list or mapping, with comments at its end."""
        deeper = indent + self.draw(st.integers(1, 4))
        last = ""
        for _ in range(self.draw(st.integers(1, 3))):
            last = self.name("k" if kind == "map" else "i")
            self.above(last, deeper)
            self.text += " " * deeper + (self.key(last) if kind == "map" else "-")
            if kind == "list" and depth > 1 and self.chance(2):
                self.compact(last, deeper, depth - 1)
            else:
                self.value(last, deeper, depth - 1)
        while self.chance(6):
            self.text += f"{' ' * deeper}# at the end of {last}\n"

    def compact(self, name: str, indent: int, depth: int) -> None:
        """Write a mapping that begins beside its dash."""
        for number in range(self.draw(st.integers(1, 3))):
            key = name if number == 0 else self.name("k")
            if number:
                self.above(key, indent + 2)
            self.text += f"{' ' if number == 0 else ' ' * (indent + 2)}{self.key(key)}"
            self.value(key, indent + 2, depth - 1)

    def key(self, name: str) -> str:
        return self.draw(st.sampled_from([f"{name}:", f'"{name}":', f"'{name} ':"]))

    def flow(self, name: str, indent: int, depth: int) -> None:
        """Write a list or mapping in brackets, over lines and with comments in it."""
        is_map = self.draw(st.booleans())
        self.text += "{" if is_map else "["
        for number in range(self.draw(st.integers(0, 3))):
            inner = self.name("k" if is_map else "i")
            if number:
                self.text += ","
            if self.chance(6):
                self.text += f" # beside\n{' ' * (indent + 2)}"
                if self.chance():
                    self.text += f"# above {inner}\n{' ' * (indent + 3)}"
            self.text += f"{inner}:" if is_map else ""
            if depth > 1 and self.chance():
                self.text += " "
                self.flow(inner, indent, depth - 1)
            else:
                self.scalar(inner, indent, flow=True)
        if self.chance(6):
            self.text += f" # the last of {name}\n{' ' * (indent + 1)}"
        self.text += "}" if is_map else "]"


@st.composite
def scribbles(draw: st.DrawFn) -> str:
    """Return a text that YAML reads, as a rule."""
    scribble = Scribble(draw)
    if scribble.chance(8):
        scribble.text += "# before the marker\n---\n"
    for _ in range(draw(st.integers(0, 4))):
        name = scribble.name("k")
        scribble.above(name, 0)
        scribble.text += scribble.key(name)
        scribble.value(name, 0, 3)
    while scribble.chance():
        scribble.text += f"{' ' * draw(st.integers(0, 5))}# at the end of all\n"
    return scribble.text
