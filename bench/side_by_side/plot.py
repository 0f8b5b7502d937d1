"""The results as an SVG of bars on logarithmic axes, legible on light and on dark pages."""

import math
from xml.sax.saxutils import escape

from bench.side_by_side import report

WIDTH, LEFT, RIGHT = 780, 190, 110
BAR, GAP = 14, 4

STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #57606a; }
  .title { font-size: 14px; font-weight: 600; fill: #1f2328; }
  .ours { fill: #0969da; } .peer { fill: #8c959f; } .grid { stroke: #d0d7de; }
  .strong { fill: #1f2328; font-weight: 600; }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1; } .title, .strong { fill: #f0f6fc; }
    .ours { fill: #4493f8; } .peer { fill: #656c76; } .grid { stroke: #3d444d; }
  }
"""


def _panels(results: dict):
    """Title, form of a value, and a value for each system that has one."""
    systems = results["systems"]
    names = [name for name in report.COLUMNS if name in systems]

    def ingest(batch):
        for name in names:
            for row in systems[name].get("ingest", []):
                if (row["batch"], row["loop"], row.get("prefilled", 0)) == (batch, "closed", 0):
                    yield name, row["stored_per_second"]

    def asked(question):
        for name in names:
            told = systems[name].get("questions", {}).get("answers", {}).get(question)
            if told:
                yield name, told["first_ms"]

    batches = {row["batch"] for name in names for row in systems[name].get("ingest", [])}
    for batch, what in ((1, "Single events"), (1000, "Batches of 1,000")):
        if batch in batches:
            yield (f"{what}: durable and stored, events a second (more is better)", report.count,
                   list(ingest(batch)))
    some = next((systems[name]["questions"] for name in names if "questions" in systems[name]), {})
    events = f"{some.get('events', 0):,} events"
    for question, what in (("dau", "Daily users of 30 days"),
                           ("top events with users", "Top events with their users"),
                           ("mau", "Trailing monthly users"),
                           ("retention x 30, active", "Retention, 30 × 30")):
        values = list(asked(question))
        if values:
            yield (f"{what}, {events}: milliseconds, first time (less is better)",
                   report.rounded, values)


def _power(value: float) -> str:
    if value >= 1:
        return f"{round(value):,}"
    return f"{value:.{-round(math.log10(value))}f}"


def _panel(title: str, form, values: list[tuple[str, float]], titles: dict[str, str],
           top: int) -> tuple[list[str], int]:
    low = math.floor(math.log10(min(value for _, value in values)))
    high = math.ceil(math.log10(max(value for _, value in values)))
    low, high = (low - 1 if 10**low == min(v for _, v in values) else low), max(high, low + 1)
    height = len(values) * (BAR + GAP)

    def x(value: float) -> float:
        return LEFT + (math.log10(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    out = [f'<text class="title" x="8" y="{top + 14}">{escape(title)}</text>']
    body = top + 24
    for power in range(low, high + 1):
        at = x(10.0**power)
        out.append(f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{body}" '
                   f'y2="{body + height}"/>')
        out.append(f'<text x="{at:.1f}" y="{body + height + 13}" text-anchor="middle">'
                   f'{_power(10.0**power)}</text>')
    for number, (name, value) in enumerate(values):
        y = body + number * (BAR + GAP)
        kind, strong = ("ours", ' class="strong"') if name in report.OURS else ("peer", "")
        out.append(f'<text{strong} x="{LEFT - 8}" y="{y + 12}" text-anchor="end">'
                   f'{escape(titles[name])}</text>')
        out.append(f'<rect class="{kind}" x="{LEFT}" y="{y + 1}" rx="2" '
                   f'width="{x(value) - LEFT:.1f}" height="{BAR}"/>')
        out.append(f'<text{strong} x="{x(value) + 5:.1f}" y="{y + 12}">{form(value)}</text>')
    return out, body + height + 26


def svg(results: dict) -> str:
    titles = {name: system["title"] for name, system in results["systems"].items()}
    top, body = 8, []
    for title, form, values in _panels(results):
        values = [(name, value) for name, value in values if value and value > 0]
        if values:
            drawn, top = _panel(title, form, values, titles, top)
            body += drawn
    machine = results["machine"]
    body.append(f'<text x="8" y="{top + 8}">{machine["cores"]} cores of {escape(machine["cpu"])}, '
                f'load generator included; logarithmic axes; {results["taken"]}</text>')
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top + 18}" '
        f'width="{WIDTH}" height="{top + 18}" role="img" '
        'aria-label="Tidemark beside its peers">',
        f"<style>{STYLE}</style>", *body, "</svg>", ""])
