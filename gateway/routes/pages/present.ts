import { daysOld, OLD_AFTER_DAYS } from "../../../agent/contract/image.ts";
import type { ShownWorkshop, WorkshopView } from "../../../views/workshop.ts";

/** A workshop as it is rendered. @param url the public address; `now`: ISO 8601 */
export function present(view: WorkshopView, url: string, now: string): ShownWorkshop {
  const joinLink = `${url}/join?code=${encodeURIComponent(view.code)}`;
  const imageDays = view.image ? daysOld(view.image.madeAt, Date.parse(now)) : 0;
  const old = imageDays >= OLD_AFTER_DAYS ? { imageDays } : {};
  const checkLink = `${url}/check/${encodeURIComponent(view.code)}`;
  return { ...view, now, joinAddress: joinAddress(url), joinLink, checkLink, ...old };
}

/** `class.example.org/join`: what is read out, without the scheme. */
export const joinAddress = (url: string): string => `${url.replace(/^https?:\/\//, "")}/join`;
