// Every page: colours without loading anew, the help for the keys, menus that close.
import { $, $$, post, typing } from "./lib.js";

document.documentElement.classList.add("js");

for (const form of $$("[data-theme-switch]")) {
  form.addEventListener("submit", (event) => {
    const choice = event.submitter?.value;
    if (!choice) return;
    event.preventDefault();
    if (choice === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    for (const button of $$("button", form)) button.setAttribute("aria-pressed", String(button === event.submitter));
    post("/theme", { theme: choice });
  });
}

const help = $("#keys");
const showHelp = () => help?.showModal();
for (const button of $$("[data-keys]")) {
  button.hidden = false;
  button.addEventListener("click", showHelp);
}
document.addEventListener("keydown", (event) => {
  if (typing(event)) return;
  if (event.key === "?" && help) {
    event.preventDefault();
    showHelp();
  } else if (event.key === "/" && $("#q")) {
    event.preventDefault();
    $("#q").focus();
  }
});

document.addEventListener("click", (event) => {
  for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of $$("details.menu[open]")) {
    menu.open = false;
    $("summary", menu).focus();
  }
});

// Lists that one goes through with j and k: rows with a link.
document.addEventListener("keydown", (event) => {
  if (typing(event) || !["j", "k"].includes(event.key)) return;
  const rows = $$("[data-rows] a.title");
  const at = rows.indexOf(document.activeElement);
  rows[Math.max(0, Math.min(rows.length - 1, at + (event.key === "j" ? 1 : -1)))]?.focus();
});
