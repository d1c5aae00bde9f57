// The transcript: slices come as one scrolls, and any turn can be brought into view and lit.
import { $, $$ } from "./lib.js";

const box = $("#transcript");
const slices = box ? $$(".slice", box) : [];
const coming = new Map();
const canMark = typeof Highlight === "function" && "highlights" in CSS;

/** Fill a slice; the same promise for the same slice. */
function fill(slice) {
  if (!slice.classList.contains("waiting")) return Promise.resolve(slice);
  if (!coming.has(slice)) {
    const { start, end } = slice.dataset;
    const got = fetch(`/calls/${box.dataset.call}/turns?start=${start}&end=${end}`, { credentials: "same-origin" })
      .then((answer) => {
        if (!answer.ok) throw new Error(String(answer.status));
        return answer.text();
      })
      .then((html) => {
        slice.innerHTML = html;
        slice.classList.remove("waiting");
        return slice;
      })
      .catch(() => {
        coming.delete(slice);
        slice.textContent = "These turns could not be loaded. Scroll away and back to try again.";
        return slice;
      });
    coming.set(slice, got);
  }
  return coming.get(slice);
}

/** The element of a turn, loaded where it has to be; null where there is none. */
export async function turn(index) {
  const there = document.getElementById(`t${index}`);
  if (there || !box) return there;
  const slice = slices.find((s) => Number(s.dataset.start) <= index && index < Number(s.dataset.end));
  if (!slice) return null;
  await fill(slice);
  return document.getElementById(`t${index}`);
}

/** The turn that is spoken at a time in seconds; the last that began by then. */
export async function turnAt(seconds) {
  let last = null;
  for (const slice of slices) if (slice.dataset.at !== undefined && Number(slice.dataset.at) <= seconds) last = slice;
  if (!last) return null;
  await fill(last);
  let found = null;
  for (const line of last.children) if (line.dataset.at !== undefined && Number(line.dataset.at) <= seconds) found = line;
  return found;
}

/** Scroll to a line: gently where it is near, at once where it is far, and again while slices between grow. */
export async function reveal(line) {
  const far = Math.abs(line.getBoundingClientRect().top) > 2 * innerHeight;
  line.scrollIntoView({ block: "center", behavior: far || calm() ? "instant" : "smooth" });
  for (let again = 0; far && again < 6; again += 1) {
    await new Promise((done) => setTimeout(done, 60));
    line.scrollIntoView({ block: "center", behavior: "instant" });
  }
}

/** Light a turn with its quote marked, and bring it into view where that moves nothing else away. */
export async function light(index, quote = "", go = apart()) {
  const line = await turn(index);
  for (const old of $$(".turn.lit")) old.classList.remove("lit");
  if (!line) return null;
  line.classList.add("lit");
  if (go) reveal(line);
  if (canMark) {
    CSS.highlights.delete("evidence");
    const text = $(".said", line).firstChild;
    const at = quote && text ? text.data.indexOf(quote) : -1;
    if (at >= 0) {
      const range = new Range();
      range.setStart(text, at);
      range.setEnd(text, at + quote.length);
      CSS.highlights.set("evidence", new Highlight(range));
    }
  }
  return line;
}

/** Whether the transcript scrolls by itself, so that following it moves nothing else away. */
export const apart = () => !$("#review") || matchMedia("(min-width: 60.01rem)").matches;

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

if (box) {
  for (const slice of slices) slice.hidden = false;
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) if (entry.isIntersecting) fill(entry.target).then(() => seen.unobserve(entry.target));
    },
    { rootMargin: "800px 0px" },
  );
  for (const slice of slices) if (slice.classList.contains("waiting")) seen.observe(slice);
}
