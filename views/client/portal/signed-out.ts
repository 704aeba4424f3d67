import type { ResponseError, StreamError } from "./htmx-events.ts";

/** What a page asks by itself may be refused for good: signed out, gone. Loading the page again then says which. */
export function reloadRefused(): void {
  document.addEventListener("htmx:response:error", (event) => {
    const { status } = (event as ResponseError).detail.ctx.response;
    if (status === 401 || (status === 404 && isAsker(event.target))) location.reload();
  });
  document.addEventListener("htmx:sse:error", (event) => {
    const { status } = (event as StreamError).detail;
    if (status === 401 || status === 404) location.reload();
  });
}

const isAsker = (target: EventTarget | null): boolean => target instanceof Element && target.matches("[data-asker]");
