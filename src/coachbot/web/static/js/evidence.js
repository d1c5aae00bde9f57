// A chip unfolds the words in place and lights the line; pressed again it plays them; a third time it closes.
import { $, $$ } from "./lib.js";
import { light } from "./transcript.js";
import { hasAudio, seek } from "./player.js";

export function press(chip) {
  const fold = chip.parentElement;
  if (chip.dataset.turn === undefined) {
    fold.open = !fold.open;
    return;
  }
  if (!fold.open) {
    fold.open = true;
    chip.dataset.pressed = "1";
    light(Number(chip.dataset.turn), quoteOf(fold));
  } else if (chip.dataset.pressed !== "2" && chip.dataset.at !== undefined && hasAudio()) {
    chip.dataset.pressed = "2";
    light(Number(chip.dataset.turn), quoteOf(fold));
    seek(Number(chip.dataset.at));
  } else {
    fold.open = false;
    delete chip.dataset.pressed;
  }
}

const quoteOf = (fold) => $("blockquote", fold)?.firstChild?.textContent ?? "";

/** Press the first chip of an item, or the next one where the first is done. */
export function pressOf(item) {
  const chips = $$("summary.chip[data-turn]", item);
  const chip = chips.find((c) => c.parentElement.open && c.dataset.pressed !== "2") ?? chips[0];
  if (chip) press(chip);
}

document.addEventListener("click", (event) => {
  const chip = event.target.closest("summary.chip");
  if (chip) {
    event.preventDefault();
    press(chip);
    return;
  }
  const link = event.target.closest(".ev blockquote a");
  if (link && $("#transcript")) {
    event.preventDefault();
    const own = $("summary", link.closest(".ev"));
    light(Number(own.dataset.turn), quoteOf(own.parentElement), true);
  }
});
