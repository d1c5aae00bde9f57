"""How quick the review page is with 200 items and 1,000 turns, in headless Chromium.

python benchmarks/pages.py

Key presses are real ones. Their latency is the browser's own (Event Timing: from the press until what it
changed was painted); presses quicker than the 16 ms that Event Timing reports count as 16. Handler time is
what the page's own scripts took.
"""

from __future__ import annotations

import gzip
import json
import statistics
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "web"))

from web_world import Noted, lay_out, serving, workspace

from coachbot.web import create_app

TURNS, ITEMS = 1000, 200
WATCH = """() => {
  window.told = []; window.handled = [];
  new PerformanceObserver((list) => window.told.push(...list.getEntries().filter((e) => e.name === "keydown")
    .map((e) => e.duration))).observe({ type: "event", durationThreshold: 16, buffered: false });
  addEventListener("keydown", () => { window.began = performance.now(); }, { capture: true });
  addEventListener("keydown", () => window.handled.push(performance.now() - window.began));
}"""
LOADED = """() => {
  const nav = performance.getEntriesByType("navigation")[0];
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  const shift = performance.getEntriesByType("layout-shift").reduce((sum, e) => sum + e.value, 0);
  return { first_paint_ms: paint?.startTime, interactive_ms: nav.domInteractive, loaded_ms: nav.loadEventEnd,
    elements: document.getElementsByTagName("*").length, layout_shift: shift,
    transferred: performance.getEntriesByType("resource")
      .reduce((sum, r) => sum + r.transferSize, nav.transferSize) };
}"""


def p95(values: list[float]) -> float:
    """The value that 95 of 100 do not pass."""
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else values[0]


def press(page: Page, keys: str) -> dict[str, float]:
    """Press the keys one after another; what they took, in milliseconds."""
    page.evaluate("() => { window.told.length = 0; window.handled.length = 0; }")
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(30)
    page.wait_for_timeout(300)
    handled = page.evaluate("window.handled")
    told = page.evaluate("window.told")
    painted = told + [16.0] * max(0, len(keys) - len(told))
    return {
        "handler_p95": p95(handled),
        "painted_p50": statistics.median(painted),
        "painted_p95": p95(painted),
    }


def measure(address: str, call_id: str) -> dict[str, Any]:
    """Size, loading and key presses of the review page."""
    url = f"{address}/calls/{call_id}/review"
    html = urllib.request.urlopen(url).read()
    found: dict[str, Any] = {"html_bytes": len(html), "html_gzip_bytes": len(gzip.compress(html))}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1360, "height": 860})
        page.goto(url)
        page.wait_for_timeout(500)
        found["load"] = page.evaluate(LOADED)
        page.evaluate(WATCH)
        page.keyboard.press("j")
        found["keys"] = {
            "move (j, k)": press(page, "j" * 60 + "k" * 40),
            "accept (a)": press(page, "a" * 60),
            "undo (u)": press(page, "u" * 20),
            "words (o)": press(page, "ojojojojojojojojojoj"),
        }
        browser.close()
    return found


def main() -> None:
    """Print the figures as JSON."""
    with tempfile.TemporaryDirectory() as folder, workspace(Path(folder)) as store:
        call = lay_out(store, turns=TURNS, items=ITEMS)
        with serving(create_app(store, work=Noted())) as address:
            print(json.dumps(measure(address, call.id), indent=1))


if __name__ == "__main__":
    main()
