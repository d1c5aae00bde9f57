// The review by keyboard: j/k move, a accept, e edit, r reject, u undo, o words, space play, n add, f finish.
// A decision shows at once; what the server does not take is put back, with the reason.
import { $, $$, parse, piece, post, toast, typing } from "./lib.js";
import { pressOf } from "./evidence.js";
import { toggle } from "./player.js";
import { watch } from "./live.js";
import { startSelecting } from "./select.js";

const root = $("#review");
const call = root.dataset.call;
const done = [];
let queue = Promise.resolve();
const pending = new Map(); // decisions on an item that the server has not answered yet, by its id
let waiting = 0;
let decided = Number($("#decided").textContent);

const items = () => $$(".item[data-v]", root);
const idOf = (item) => item.id.slice(2);
const current = () => $('.item[aria-current="true"]', root);
const byId = (id) => document.getElementById(`i-${id}`);
const isOpen = (item) => item.classList.contains("draft");
const drafts = (id) => `coachbot-edit-${id}`;

function go(item, { focus = true } = {}) {
  if (!item) return;
  current()?.removeAttribute("aria-current");
  item.setAttribute("aria-current", "true");
  if (focus) item.focus({ preventScroll: true });
  item.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = items();
  const at = all.indexOf(current());
  go(all[Math.max(0, Math.min(all.length - 1, at + by))] ?? all[0]);
}

/** The next item that waits, from here on and then from the top. */
function nextOpen(from) {
  const all = items();
  const at = all.indexOf(from);
  return [...all.slice(at + 1), ...all.slice(0, at)].find(isOpen) ?? null;
}

function count(change) {
  decided += change;
  show(decided, Number($("#total").textContent));
}

function show(now, total) {
  decided = now;
  $("#decided").textContent = now;
  $("#total").textContent = total;
  $(".review-bar .bar rect").setAttribute("width", total ? (100 * now) / total : 100);
  $("#finish").classList.toggle("primary", now === total);
}

/** Put the server's card in place of the one shown; keeps the place of the keys. */
function replace(item, html) {
  const fresh = parse(html);
  const here = item.getAttribute("aria-current") === "true";
  const hadFocus = item.contains(document.activeElement);
  item.replaceWith(fresh);
  if (here) go(fresh, { focus: hadFocus });
  return fresh;
}

/** Send a decision. `look` is how the card looks meanwhile (a status), or null where nothing is foreseen. */
function send(id, url, data, look, after) {
  const item = byId(id);
  const before = item.cloneNode(true);
  const wasOpen = isOpen(item);
  if (look) {
    item.classList.remove("draft", "accepted", "edited", "rejected");
    item.classList.add(look, "saving");
    count((look !== "draft") - !wasOpen);
  }
  pending.set(id, (pending.get(id) ?? 0) + 1);
  waiting += 1;
  queue = queue.then(async () => {
    const answer = await post(url, data(byId(id).dataset.v));
    pending.set(id, pending.get(id) - 1);
    waiting -= 1;
    if (answer.ok && pending.get(id)) {
      // Decided anew meanwhile: what is shown is newer than this answer.
      byId(id).dataset.v = answer.body.version;
      return;
    }
    if (answer.body.html) replace(byId(id), answer.body.html);
    if (answer.body.total !== undefined && !waiting) show(answer.body.decided, answer.body.total);
    if (answer.ok) {
      after?.(byId(id));
      return;
    }
    if (!answer.body.html) {
      replace(byId(id), before.outerHTML);
      if (look) count(!wasOpen - (look !== "draft"));
    }
    toast(answer.body.text ?? "That was not saved. Try again.", { bad: true });
    go(byId(id));
  });
}

function decide(item, action, why = "") {
  if (!item) return;
  if (action !== "undo" && !isOpen(item)) {
    toast("Decided already. Press u to undo.");
    return;
  }
  if (action === "undo" && isOpen(item)) {
    toast("There is nothing to undo here.");
    return;
  }
  const id = idOf(item);
  const look = { accept: "accepted", reject: "rejected", undo: "draft" }[action];
  if (action !== "undo") done.push(id);
  send(id, `/calls/${call}/decide`, (version) => ({ [action]: `${id}:${version}`, why }), look);
  if (action === "undo") go(item);
  else move(item);
}

function move(from) {
  const next = nextOpen(from);
  if (next) go(next);
  else {
    go(from);
    toast("All decided.", { act: ["Finish", () => $("#finish").click()] });
  }
}

function undo() {
  const last = done.pop();
  const item = last ? byId(last) : current();
  if (item) decide(item, "undo");
}

/* ---- reject with a reason: r, then a number, or r again for none */
function askWhy(item) {
  if (!item || !isOpen(item)) return decide(item, "reject");
  const there = $(".reasons", item);
  if (there) return decide(item, "reject");
  closeEditors();
  const box = $("#reasons").content.firstElementChild.cloneNode(true);
  item.append(box);
  box.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    event.stopPropagation(); // the keys are at the next item then: the click must not bring them back here
    decide(item, "reject", button.value);
  });
  $("button", box).focus();
}

/* ---- edit in place; what was typed is kept until it is saved */
async function edit(item) {
  if (!item || $(".item-edit", item)) return;
  closeEditors();
  go(item);
  const form = await piece(`/calls/${call}/items/${idOf(item)}/edit`);
  if (!form) {
    toast("The form could not be loaded. Try again.", { bad: true });
    return;
  }
  item.append(form);
  const kept = JSON.parse(localStorage.getItem(drafts(idOf(item))) ?? "null");
  if (kept) for (const [name, value] of kept) if (form.elements[name] && name !== "csrf") form.elements[name].value = value;
  const first = $("textarea, input:not([type=hidden]), select", form);
  first?.focus();
  first?.select?.();
}

function closeEditors(forget = false) {
  for (const form of $$(".item-edit, .reasons", root)) {
    const item = form.closest(".item");
    if (forget) localStorage.removeItem(drafts(idOf(item)));
    form.remove();
    item.focus({ preventScroll: true });
  }
}

root.addEventListener("input", (event) => {
  const form = event.target.closest(".item-edit");
  if (!form) return;
  const kept = [...new FormData(form)].filter(([name]) => !["csrf", "version"].includes(name));
  localStorage.setItem(drafts(idOf(form.closest(".item"))), JSON.stringify(kept));
});

root.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches(".item-edit")) {
    event.preventDefault();
    const item = form.closest(".item");
    const data = new FormData(form);
    const wasOpen = isOpen(item);
    form.remove();
    if (wasOpen) done.push(idOf(item));
    send(
      idOf(item),
      form.action,
      (version) => {
        data.set("version", version);
        return data;
      },
      "edited",
      (saved) => localStorage.removeItem(drafts(idOf(saved))),
    );
    if (wasOpen) move(item);
    else go(item);
  } else if (form.id === "add-form") {
    event.preventDefault();
    addItem(form);
  }
});

async function addItem(form) {
  const answer = await post(form.action, new FormData(form));
  if (!answer.ok) {
    toast(answer.body.text ?? "That was not added. Try again.", { bad: true });
    return;
  }
  const fresh = parse(answer.body.html);
  const group = $(`#g-${answer.body.group}`)?.closest(".group");
  if (!group) {
    location.reload();
    return;
  }
  group.append(fresh);
  show(answer.body.decided, answer.body.total);
  form.reset();
  $("#add").open = false;
  go(fresh);
  toast("Added.");
}

/* ---- mouse: the same buttons as without scripts */
root.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do], button[form=decide], [data-add]");
  const item = event.target.closest(".item[data-v]");
  if (item && item !== current()) go(item, { focus: false });
  if (!button) return;
  event.preventDefault();
  const what = button.dataset.do ?? button.name;
  if (button.dataset.add !== undefined) openAdd({ key: button.dataset.add });
  else if (what === "cancel") closeEditors(true);
  else if (what === "edit") edit(item);
  else if (what === "reject") askWhy(item);
  else decide(item, what);
});

export function openAdd({ key = "", quote = "", turn = "" } = {}) {
  $("#add").open = true;
  if (key) $("#add-key").value = key;
  if (quote) $("#add-quote").value = quote;
  $("#add-turn").value = turn;
  $("#add").scrollIntoView({ block: "center" });
  $(key || !quote ? "#add-value" : "#add-key").focus();
}

/* What was typed stays in the form, for the next time. */
function leaveAdd() {
  $("#add").open = false;
  if (current()) go(current());
  else $("#add summary").focus();
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  a: () => decide(current(), "accept"),
  e: () => edit(current()),
  r: () => askWhy(current()),
  u: undo,
  o: () => current() && pressOf(current()),
  n: () => openAdd(),
  f: () => $("#finish").click(),
  " ": toggle,
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !$("dialog[open]")) {
    if (event.target.closest?.("#add")) leaveAdd();
    else closeEditors(true);
  }
  if (event.ctrlKey && event.key === "Enter") event.target.closest?.(".item-edit, #add-form")?.requestSubmit();
  if (typing(event)) return;
  const reasons = event.target.closest?.(".reasons");
  if (reasons && /^[1-9]$/.test(event.key)) {
    $$("button", reasons)[Number(event.key) - 1]?.click();
    return;
  }
  const act = KEYS[event.key];
  if (!act || (event.key === " " && event.target.closest("a, button, summary, audio"))) return;
  if (event.key.startsWith("Arrow") && !event.target.closest(".item, body > :not(*)")) return;
  event.preventDefault();
  act();
});

/* ---- another person's decision appears */
async function refresh(id, version) {
  const item = byId(id);
  if (!item || Number(item.dataset.v) >= version || pending.get(id)) return false;
  const fresh = await piece(`/calls/${call}/items/${id}`);
  const shown = byId(id);
  if (!fresh || Number(shown.dataset.v) >= Number(fresh.dataset.v)) return false;
  replace(shown, fresh.outerHTML);
  return true;
}

watch(call, {
  async all({ versions }) {
    let changed = false;
    for (const [id, version] of Object.entries(versions)) changed = (await refresh(id, version)) || changed;
    if (changed) show(items().filter((i) => !isOpen(i)).length, Number($("#total").textContent));
  },
  async item(told) {
    if (!(await refresh(told.id, told.version))) return;
    if (!waiting) show(told.decided, told.total);
    toast(`${told.by || "Somebody else"} changed “${told.label}”.`);
  },
});

startSelecting({
  add: (chosen) => openAdd({ quote: chosen.quote, turn: chosen.turn }),
  prove: ({ turn, start, end }) => {
    const item = current();
    if (!item) return;
    send(idOf(item), `/calls/${call}/items/${idOf(item)}/evidence`, (version) => ({ turn, start, end, version }), null, () =>
      toast("The words are its evidence now."),
    );
  },
  label: () => $(".label", current() ?? root)?.textContent ?? "",
});

show(decided, Number($("#total").textContent));
const asked = byId(location.hash.slice(3)) ?? items().find(isOpen) ?? items()[0];
if (asked && !/^#t/.test(location.hash)) go(asked, { focus: !document.activeElement?.closest("form") });
else asked?.setAttribute("aria-current", "true");
