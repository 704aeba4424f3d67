import type { Access, Learner } from "./access.ts";
import { Problem } from "./contract/errors.ts";
import type { MachineDocument } from "./contract/machine.ts";
import { type SeatStatus, seatName } from "./contract/seats.ts";
import type { SessionInfo } from "./contract/session.ts";

/** `GET /?token=…`: the token becomes a cookie and leaves the address bar. */
export async function enter(url: URL, access: Access, secure: boolean): Promise<Response> {
  const token = url.searchParams.get("token");
  if (!token)
    throw new Problem("UNAUTHORIZED", "This is the machine of a workshop. Join it with the code that your instructor gave you.");
  const learner = await access.enter(token);
  return new Response(null, {
    status: 303,
    headers: {
      location: `/vm/${seatName(learner.seat)}/`,
      "set-cookie": await access.cookie(learner, secure),
      "cache-control": "no-store",
    },
  });
}

/** `GET /vm/NN/session`: who and where I am. */
export function sessionInfo(
  learner: Learner,
  document: MachineDocument,
  status: SeatStatus,
  features: SessionInfo["features"],
): SessionInfo {
  return {
    workshop: document.workshop,
    seat: learner.seat,
    odehash: learner.odehash,
    name: learner.name,
    endsAt: document.endsAt,
    now: new Date().toISOString(),
    status: status === "ready" || status === "error" ? status : "pending",
    features,
    joinUrl: joinUrl(document),
  };
}

export const joinUrl = (document: MachineDocument): string => `${document.gateway}/join`;
