// The coaching queue: what is still being looked at comes by itself; what is marked leaves.
import { $, $$, parse, piece, post, toast } from "./lib.js";

const every = 1500;

const ids = (queue) => $$("li", queue).map((line) => line.id).join();
const places = (line) => $$("a, button", line);

/** Show the fresh queue. Lines that stay are left alone, and whoever is on one stays there. */
function take(fresh) {
  const now = $("#queue");
  const held = document.activeElement?.closest("#queue li");
  if (held && ids(now) === ids(fresh)) {
    now.dataset.waiting = fresh.dataset.waiting;
    now.ariaBusy = fresh.ariaBusy;
    for (const old of [...now.children]) if (old.tagName !== "UL") old.remove();
    for (const part of [...fresh.children]) if (part.tagName !== "UL") now.append(part);
    return;
  }
  const at = held ? places(held).indexOf(document.activeElement) : -1;
  now.replaceWith(fresh);
  if (held) places(document.getElementById(held.id) ?? fresh)[at]?.focus();
}

async function look() {
  const fresh = await piece("/team/queue");
  if (fresh) take(fresh);
  if (Number($("#queue").dataset.waiting)) setTimeout(look, every);
}

if ($("#queue") && Number($("#queue").dataset.waiting)) setTimeout(look, every);

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-queued]");
  if (!form) return;
  event.preventDefault();
  const data = new FormData(form, event.submitter);
  const answer = await post(form.action, data);
  if (!answer.ok) {
    toast(answer.body.text ?? "It was not noted. Try again.", { bad: true });
    return;
  }
  const rows = $$("#queue li");
  const at = rows.indexOf(form.closest("li"));
  toast("Noted. Thank you.");
  const fresh = await piece("/team/queue");
  if (fresh) take(fresh);
  const left = $$("#queue li a.title");
  (left[Math.min(at, left.length - 1)] ?? $("#coaching-title"))?.focus();
});
