/**
 * The seat's service worker. A machine vanishes with its workshop, and its address with it: whoever loads that again, by the browser's
 * own button too, is led to the gateway's page, which tells of the end, or back to the seat when that is still there.
 */

/** The worker's own event, which the library for pages doesn't have. */
interface Loading extends Event {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}

/** The front's answer for names that it doesn't have (RFC 9110 §15.5.20). */
const NOT_HERE = 421;

const elsewhere = new URL(location.href).searchParams.get("elsewhere") ?? "";

addEventListener("fetch", (event) => {
  const { request } = event as Loading;
  if (request.mode === "navigate") (event as Loading).respondWith(load(request));
});

async function load(request: Request): Promise<Response> {
  try {
    const answer = await fetch(request);
    return answer.status === NOT_HERE ? Response.redirect(elsewhere) : answer;
  } catch (error) {
    // Without any network nothing is known of the machine: the browser says so, and loading again later is right.
    if (!navigator.onLine) throw error;
    return Response.redirect(elsewhere);
  }
}
