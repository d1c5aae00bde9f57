// What the server tells while a page is open. The browser connects again by itself.

/** Call the function of each event's name with what it holds; returns the source, null without support. */
export function watch(call, told) {
  if (!("EventSource" in window)) return null;
  const source = new EventSource(`/calls/${call}/events`);
  for (const [name, act] of Object.entries(told)) {
    source.addEventListener(name, (event) => act(JSON.parse(event.data)));
  }
  addEventListener("pagehide", () => source.close());
  return source;
}
