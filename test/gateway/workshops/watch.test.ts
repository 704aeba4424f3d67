import { afterEach, expect, setSystemTime, test } from "bun:test";
import { type Desk, KEY, openDesk } from "../support.ts";

let desk: Desk;
afterEach(async () => {
  setSystemTime();
  await desk.end();
});

test("who watches a workshop that doesn't change is shown it again after a minute: what it costs goes up by itself", async () => {
  desk = await openDesk();
  const { body } = await desk.ask("POST", "/api/workshops", { name: "First steps", seats: 3, apiKey: KEY });
  const row = await desk.gateway.db.selectFrom("workshops").selectAll().executeTakeFirstOrThrow();
  const gone = new AbortController();
  const views = desk.gateway.services.workshops.watch(row.owner, body.workshopId, gone.signal);
  // Of itself only the trial of its key changes it.
  for (let view = (await views.next()).value; !view?.llm.trial; ) view = (await views.next()).value;
  // One more may be on its way; three are told because of the time.
  for (let minutes = 1; minutes <= 3; minutes++) {
    setSystemTime(new Date(Date.now() + 61_000));
    expect((await views.next()).value?.id).toBe(body.workshopId);
  }
  gone.abort();
});
