import type { ShownWorkshop, WorkshopView } from "../../../views/workshop.ts";

/** A workshop as it is rendered. @param url the public address; `now`: ISO 8601 */
export function present(view: WorkshopView, url: string, now: string): ShownWorkshop {
  const joinLink = `${url}/join?code=${encodeURIComponent(view.code)}`;
  return { ...view, now, joinAddress: joinAddress(url), joinLink };
}

/** `class.example.org/join`: what is read out, without the scheme. */
export const joinAddress = (url: string): string => `${url.replace(/^https?:\/\//, "")}/join`;
