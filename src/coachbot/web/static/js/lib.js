// What the modules share: asking the server, and telling the person.

export const $ = (query, root = document) => root.querySelector(query);
export const $$ = (query, root = document) => [...root.querySelectorAll(query)];

export const token = () => $('meta[name="csrf"]').content;

/** Send a form's data; gives {ok, status, body}, and status 0 where the server was not reached. */
export async function post(url, data) {
  const body = data instanceof FormData ? data : new URLSearchParams(data);
  try {
    const answer = await fetch(url, {
      method: "POST",
      body,
      headers: { Accept: "application/json", "X-CSRF": token() },
      credentials: "same-origin",
    });
    const json = (answer.headers.get("content-type") || "").includes("json");
    return { ok: answer.ok, status: answer.status, body: json ? await answer.json() : {} };
  } catch {
    return { ok: false, status: 0, body: { text: "The server cannot be reached. Nothing was lost: try again." } };
  }
}

/** A piece of a page as an element, or null. */
export async function piece(url) {
  try {
    const answer = await fetch(url, { credentials: "same-origin" });
    return answer.ok ? parse(await answer.text()) : null;
  } catch {
    return null;
  }
}

export function parse(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html.trim();
  return holder.content.firstElementChild;
}

/** A message that goes away; `act` is [words, function]. */
export function toast(text, { bad = false, act = null, lasts = 5000 } = {}) {
  const box = document.createElement("div");
  box.className = bad ? "toast bad" : "toast";
  box.append(text);
  if (act) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = act[0];
    button.addEventListener("click", () => {
      box.remove();
      act[1]();
    });
    box.append(" ", button);
  }
  const all = $("#toasts");
  for (const shown of $$(".toast", all)) if (shown.textContent === box.textContent) shown.remove();
  while (all.children.length > 2) all.firstChild.remove();
  all.append(box);
  setTimeout(() => box.remove(), lasts);
}

/** Whether a key press belongs to something being typed. */
export function typing(event) {
  const at = event.target;
  return (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    at.isContentEditable ||
    /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) ||
    $("dialog[open]") !== null
  );
}
