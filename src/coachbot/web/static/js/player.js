// The recording: seek, follow along, 0.5 to 3 times the speed, links to a moment (#t=761).
import { $, $$ } from "./lib.js";
import { apart, light, reveal, turn, turnAt } from "./transcript.js";

const audio = $("[data-player] audio");
const speed = $("#speed");
const follow = $("#follow");
let playing = null;

export const hasAudio = () => audio !== null;

/** Go to a time in seconds and play from there. */
export function seek(seconds, play = true) {
  if (!audio) return;
  audio.currentTime = Math.max(0, seconds);
  if (play) audio.play().catch(() => {});
}

export function toggle() {
  if (!audio) return;
  if (audio.paused) audio.play().catch(() => {});
  else audio.pause();
}

async function lightMoment() {
  const found = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash);
  const named = /^#t(\d+)$/.exec(location.hash);
  if (found) {
    const line = await turnAt(Number(found[1]));
    if (line) await light(Number(line.id.slice(1)));
    seek(Number(found[1]), false);
  } else if (named) {
    await turn(Number(named[1]));
    await light(Number(named[1]));
  }
}

if (audio) {
  speed?.addEventListener("change", () => {
    audio.playbackRate = Number(speed.value);
    localStorage.setItem("coachbot-speed", speed.value);
  });
  const kept = localStorage.getItem("coachbot-speed");
  if (kept && speed && $$("option", speed).some((o) => o.value === kept)) {
    speed.value = kept;
    audio.playbackRate = Number(kept);
  }
  audio.addEventListener("play", () => (audio.playbackRate = Number(speed?.value || 1)));
  audio.addEventListener("timeupdate", async () => {
    const line = await turnAt(audio.currentTime);
    if (line === playing) return;
    playing?.classList.remove("playing");
    playing = line;
    line?.classList.add("playing");
    if (line && follow?.checked && !audio.paused && apart()) reveal(line);
  });
}

// A click on a line's time plays from there; the address then links to that moment.
$("#transcript")?.addEventListener("click", (event) => {
  const link = event.target.closest("a.tm");
  if (!link) return;
  const line = link.closest(".turn");
  if (line.dataset.at === undefined) return;
  event.preventDefault();
  history.replaceState(null, "", `#t=${Math.floor(Number(line.dataset.at))}`);
  light(Number(line.id.slice(1)));
  seek(Number(line.dataset.at));
});

addEventListener("hashchange", lightMoment);
lightMoment();
