import { Problem } from "../../agent/contract/errors.ts";
import type { Whole } from "./record.ts";
import type { Store } from "./store.ts";

/** Whoever asks for another's learns no more than of one that never was. @throws Problem NOT_FOUND */
export async function ownedWorkshop(store: Store, owner: string, id: string): Promise<Whole> {
  const whole = await store.whole(id);
  if (whole?.workshop.owner === owner) return whole;
  throw unknown(id);
}

/** The same, where nothing of it is wanted. @throws Problem NOT_FOUND */
export async function requireOwned(store: Store, owner: string, id: string): Promise<void> {
  if (!(await store.isOwner(owner, id))) throw unknown(id);
}

const unknown = (id: string) =>
  new Problem("NOT_FOUND", `There is no workshop “${id.slice(0, 40)}” of yours. Look in the list of workshops.`);
