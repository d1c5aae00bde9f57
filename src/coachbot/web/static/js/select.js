// Words selected in the transcript can become an item, or the evidence of the current one.
import { $ } from "./lib.js";

/** The selected words of one turn: {turn, start, end, quote}; null where nothing usable is selected. */
function chosen() {
  const selection = getSelection();
  if (!selection || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const from = range.startContainer.parentElement?.closest(".turn");
  const said = from && $(".said", from);
  if (!said || !$("#transcript").contains(from)) return null;
  const text = said.textContent;
  const start = said.contains(range.startContainer) ? range.startOffset : 0;
  const sameTurn = said.contains(range.endContainer);
  const end = sameTurn ? range.endOffset : text.length;
  const quote = text.slice(start, end).trim();
  return quote ? { turn: Number(from.id.slice(1)), start, end, quote, at: range.getBoundingClientRect() } : null;
}

export function startSelecting({ add, prove, label }) {
  const transcript = $("#transcript");
  if (!transcript) return;
  const box = document.createElement("div");
  box.className = "pick card";
  box.hidden = true;
  box.innerHTML = '<button class="btn small primary" type="button">Add an item</button><button class="btn small" type="button"></button>';
  const [make, proves] = box.children;
  document.body.append(box);
  let now = null;

  const close = () => (box.hidden = true);
  const open = () => {
    now = chosen();
    if (!now) return close();
    const of = label();
    proves.hidden = !of;
    proves.textContent = `Evidence of “${of}”`;
    box.hidden = false;
    const { left, bottom } = now.at;
    box.style.left = `${Math.max(8, Math.min(left, innerWidth - box.offsetWidth - 8)) + scrollX}px`;
    box.style.top = `${Math.min(bottom + 6, innerHeight - box.offsetHeight - 8) + scrollY}px`;
  };

  const finish = (act) => () => {
    close();
    getSelection()?.removeAllRanges();
    act(now);
  };
  make.addEventListener("click", finish((picked) => add(picked)));
  proves.addEventListener("click", finish((picked) => prove(picked)));
  transcript.addEventListener("pointerup", () => setTimeout(open));
  transcript.addEventListener("keyup", (event) => event.shiftKey && open());
  document.addEventListener("pointerdown", (event) => !box.contains(event.target) && close());
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
}
