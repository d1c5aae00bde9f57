// A call at work: its steps as they go, and the review as soon as it is there.
import { $, piece } from "./lib.js";
import { watch } from "./live.js";

const box = $("#work");
const { call, state } = box.dataset;
watch(call, {
  async work(told) {
    if (told.state === "draft" || told.state === "reviewed") {
      location.assign(`/calls/${call}`);
    } else if (told.state !== state) {
      location.reload();
    } else {
      const fresh = await piece(`/calls/${call}/steps`);
      if (fresh) box.replaceChildren(fresh);
    }
  },
});
