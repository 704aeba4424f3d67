/** htmx's own events carry these. */
interface StreamError extends Event {
  detail: { status?: number };
}

interface ResponseError extends Event {
  detail: { ctx: { response: { status: number } } };
}

/**
 * The page's stream tells when it can't come back by itself: signed out, gone. Loading the page again then says which.
 * While it is away, the live part says so, and stays readable.
 */
export function streamGuard(): void {
  document.addEventListener("htmx:response:error", (event) => {
    if ((event as ResponseError).detail.ctx.response.status === 401) location.reload();
  });
  document.addEventListener("htmx:sse:error", (event) => {
    const status = (event as StreamError).detail.status ?? 0;
    if (status === 401 || status === 404) location.reload();
    else mark(true);
  });
  document.addEventListener("htmx:sse:after:connection", () => mark(false));
  document.addEventListener("htmx:sse:after:message", () => mark(false));
}

function mark(away: boolean): void {
  for (const part of document.querySelectorAll<HTMLElement>("[hx-sse\\:connect]")) part.classList.toggle("away", away);
  const notice = document.getElementById("away");
  if (notice) notice.hidden = !away;
}
