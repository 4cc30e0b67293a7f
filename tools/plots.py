"""The plots of docs/performance.md, from its tables, in light and dark colors: `python -m tools.tables` writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "performance.md"
FOLDER = ROOT / "docs" / "plots"
COLORS = {
    "light": {"text": "#1f2430", "grid": "#c9cfdb", "bars": ("#1a56db", "#b45309")},
    "dark": {"text": "#e6e9f2", "grid": "#4a5268", "bars": ("#7aa2ff", "#fbbf24")},
}
_WIDTH, _LABELS, _VALUES, _BAR, _GAP = 640, 190, 60, 16, 10


@dataclass(frozen=True)
class Plot:
    """Horizontal bars: one group for each label, one bar in it for each series."""

    title: str
    series: Sequence[str]
    groups: Sequence[tuple[str, Sequence[float]]]
    unit: str

    def svg(self, colors: str) -> str:
        """Draw the plot. Text is text, so that it can be searched and enlarged."""
        chosen = COLORS[colors]
        most = max(value for _, values in self.groups for value in values)
        scale = (_WIDTH - _LABELS - _VALUES) / most
        lines = [f'<text x="0" y="16" font-weight="bold">{escape(self.title)}</text>']
        if len(self.series) > 1:
            for at, name in enumerate(self.series):
                lines.append(f'<rect x="{at * 200}" y="28" width="12" height="12" fill="{chosen["bars"][at]}"/>')
                lines.append(f'<text x="{at * 200 + 18}" y="39">{escape(name)}</text>')
        y = 56
        for label, values in self.groups:
            middle = y + (len(values) * _BAR) / 2 + 5
            lines.append(f'<text x="{_LABELS - 12}" y="{middle:g}" text-anchor="end">{escape(label)}</text>')
            for at, value in enumerate(values):
                top, length = y + at * _BAR, value * scale
                lines.append(
                    f'<rect x="{_LABELS}" y="{top}" width="{length:.1f}" height="{_BAR - 3}" rx="2" '
                    f'fill="{chosen["bars"][at]}"/>'
                )
                lines.append(f'<text x="{_LABELS + length + 6:.1f}" y="{top + 11}">{value:g} {self.unit}</text>')
            y += len(values) * _BAR + _GAP
        axis = f'<line x1="{_LABELS}" y1="50" x2="{_LABELS}" y2="{y - _GAP}" stroke="{chosen["grid"]}"/>'
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" width="{_WIDTH}" height="{y}" '
            f'role="img" font-family="system-ui, sans-serif" font-size="13" fill="{chosen["text"]}">'
        )
        return "\n".join((head, f"<title>{escape(self.title)}</title>", axis, *lines, "</svg>\n"))


def plots() -> dict[str, Plot]:
    """Return the plots by name, with the numbers of the tables of the page."""
    readers: dict[str, dict[str, float]] = {}
    for quota, latency, reader, used, *_ in _rows("Quota", "Latency", "Reader", "Used"):
        readers.setdefault(f"{quota}/min, latency {latency}", {}).setdefault(reader, _number(used))
    both = {label: values for label, values in readers.items() if len(values) > 1}
    memory = {(orders, latency): _number(peak) for orders, latency, peak, *_ in _rows("Orders", "Latency", "Peak")}
    return {
        "quota": Plot(
            "Share of the quota that a read of orders uses",
            ("windows", "one page at a time"),
            [(label, (values["windows"], values["one page at a time"])) for label, values in both.items()],
            "%",
        ),
        "memory": Plot(
            "Peak memory of tap-wix",
            ("MiB",),
            [(f"{orders} orders", (peak,)) for (orders, latency), peak in memory.items() if latency == "0 ms"],
            "MiB",
        ),
    }


def drawn() -> dict[str, str]:
    """Return the text of each file by its name."""
    return {f"{name}-{colors}.svg": plot.svg(colors) for name, plot in plots().items() for colors in COLORS}


def write() -> None:
    """Write the files."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in drawn().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def _rows(*heads: str) -> Iterator[list[str]]:
    """Yield the cells of all tables of the page that begin with these heads."""
    inside = False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if tuple(cells[: len(heads)]) == heads:
            inside = True
        elif inside and cells and not re.fullmatch(r":?-+:?", cells[0]):
            yield cells
        elif not cells:
            inside = False


def _number(cell: str) -> float:
    return float(re.sub(r"[^\d.]", "", cell))
