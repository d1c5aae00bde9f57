// Many files at once, each with its progress; one that fails does not stop the others.
import { $, token } from "./lib.js";

const form = $("#upload");
const drop = $(".drop", form);
const input = $("#files");
const list = $("#sent");
const together = 2;
const waiting = [];
let running = 0;
let wrong = false;

function row(file) {
  const line = document.createElement("li");
  const words = document.createElement("div");
  words.className = "grow";
  const title = document.createElement("span");
  title.className = "title";
  title.textContent = file.name;
  const state = document.createElement("span");
  state.className = "dim small";
  state.textContent = "waiting";
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", `Sending ${file.name}`);
  words.append(title, bar, state);
  line.append(words);
  list.append(line);
  list.parentElement.hidden = false;
  return { line, title, state, bar };
}

function send({ file, shown }) {
  return new Promise((resolve) => {
    const data = new FormData(form);
    data.delete("files");
    data.append("files", file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("X-CSRF", token());
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      shown.bar.value = event.loaded / event.total;
      shown.state.textContent = event.loaded < event.total ? `${Math.round((100 * event.loaded) / event.total)} %` : "checking";
    });
    request.addEventListener("loadend", () => {
      shown.bar.remove();
      const told = request.response?.files?.[0];
      if (request.status < 300 && told?.href) {
        const link = document.createElement("a");
        link.className = "title";
        link.href = told.href;
        link.textContent = file.name;
        shown.title.replaceWith(link);
        shown.state.textContent = told.text;
      } else {
        wrong = true;
        shown.state.className = "wrong small";
        shown.state.textContent = told?.text ?? request.response?.text ?? "It could not be sent. Drop it again to retry.";
      }
      resolve();
    });
    request.send(data);
  });
}

async function next() {
  if (running >= together || !waiting.length) return;
  running += 1;
  await send(waiting.shift());
  running -= 1;
  // Where the page lists what was sent, it is shown anew; not over a message that nobody has read.
  if (!running && !waiting.length && !wrong && form.dataset.then === "reload") location.reload();
  next();
}

function take(files) {
  for (const file of files) waiting.push({ file, shown: row(file) });
  for (let n = 0; n < together; n += 1) next();
}

$("[type=submit]", form).hidden = true;
input.addEventListener("change", () => {
  take(input.files);
  input.value = "";
});
for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  take(event.dataTransfer.files);
});
