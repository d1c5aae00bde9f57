// The transcript's own page.
import "./player.js";
import "./evidence.js";
import { toggle } from "./player.js";
import { typing } from "./lib.js";

document.addEventListener("keydown", (event) => {
  if (event.key !== " " || typing(event) || event.target.closest("a, button, summary, audio")) return;
  event.preventDefault();
  toggle();
});
