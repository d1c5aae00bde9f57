// What one thinks of a prompt is noted without loading the page anew; printing by a button.
import { $, $$, parse, post, toast } from "./lib.js";

async function judge(form, data) {
  const answer = await post(form.action, data);
  if (!answer.ok) {
    toast(answer.body.text ?? "It was not noted. Try again.", { bad: true });
    return;
  }
  const foot = form.closest("[data-opinions]");
  const now = parse(answer.body.html);
  foot.replaceWith(now);
  (now.querySelector("button, summary") ?? now).focus();
  toast("Noted. Thank you.");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.closest("[data-opinions]")) return;
  event.preventDefault();
  const data = new FormData(form, event.submitter);
  for (const button of $$("button", form)) button.disabled = true;
  judge(form, data).finally(() => {
    for (const button of $$("button", form)) button.disabled = false;
  });
});

const print = $("[data-print]");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
