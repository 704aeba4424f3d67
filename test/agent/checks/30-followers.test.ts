import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ChangeEvent, ChangesMade } from "../../../agent/contract/api.ts";
import type { ChangeView, TaskStatus } from "../../../agent/contract/changes.ts";
import { SEATS_PER_MACHINE } from "../../../agent/contract/seats.ts";
import { type DockerApi, startDockerApi } from "../../support/docker-api.ts";
import { canRunDocker, type PrivateDocker, startDocker } from "../../support/dockerd.ts";
import { until } from "../../support/until.ts";

const seats = Array.from({ length: SEATS_PER_MACHINE }, (_, i) => i + 1);
/** Another one each time: a layer that was built for the last run would be taken, and say nothing. */
const NEW = `b ${Bun.randomUUIDv7()}`;
const sdks = (b: string) => ({
  a: { "hooks/setup-base": "echo a >/opt/a\n" },
  b: { "hooks/setup-base": `echo ${b} | tee /opt/b\n` },
});

/** What a task goes through when nothing fails. */
const GOOD: readonly TaskStatus[] = ["do", "doing", "done"];

describe.skipIf(!canRunDocker)("check 30: who waits and who follows (needs root, dockerd, iptables)", () => {
  let docker: PrivateDocker;
  let machine: DockerApi;
  beforeAll(async () => {
    docker = await startDocker();
    machine = await startDockerApi(docker, { env: { CLARATEACH_SEAT_MEMORY: "256M" } });
    await machine.want(seats, sdks("b1"));
    await machine.agent.ready();
  });
  afterAll(async () => {
    await machine?.end();
    await docker?.stop();
  });

  test("a refresh of ten seats is seen whole and in order, and ends alike for both", async () => {
    const { api } = machine;
    await machine.want(seats, sdks(NEW));
    const all = await api.follow();
    const answer = await api.post("/v1/workshops", { action: "refresh" });
    expect(answer.status).toBe(202);
    const [id = ""] = (answer.body as ChangesMade).changes;
    const late = await api.follow(`?change=${id}`);
    const waited = (await api.ask(`/v1/changes/${id}/wait`)).body as ChangeView;
    expect(waited.status).toBe("done");
    expect(waited.tasks.filter(({ kind }) => kind === "seat/record")).toHaveLength(seats.length);

    for (const { events, close } of [all, late]) {
      await until("the last event", () => last(events)?.endedAt !== undefined);
      expect(last(events)).toEqual(waited);
      close();
    }
    const seen = ofTasks(all.events, id);
    expect([...seen.keys()].sort()).toEqual(waited.tasks.map((task) => task.id).sort());
    for (const [task, statuses] of seen) expect(`${task} ${statuses.join(" ")}`).toBe(`${task} ${GOOD.join(" ")}`);
    expect(orderOf(all.events)).toEqual(orderOf(all.events).toSorted((a, b) => a.at.localeCompare(b.at)));
    expect(all.events.flatMap((event) => (event.type === "task" ? event.task.log : []))).toContain(NEW);
  });

  test("whoever waits for what takes longer hears that it isn't over", async () => {
    const { api } = machine;
    const answer = await api.post("/v1/workshops", { action: "restore", seats: [3] });
    const [id = ""] = (answer.body as ChangesMade).changes;
    const soon = await api.ask(`/v1/changes/${id}/wait?timeout=0`);
    expect(soon.status).toBe(504);
    expect(soon.body).toMatchObject({ error: { code: "TIMEOUT", message: "The change hasn't ended within 0 s: ask again." } });
    expect((await api.ask(`/v1/changes/${id}/wait`)).status).toBe(200);
  });
});

const last = (events: readonly ChangeEvent[]): ChangeView | undefined =>
  events.flatMap((event) => (event.type === "change" ? [event.change] : [])).at(-1);

/** Each task's statuses in the order in which they came, a status once. */
function ofTasks(events: readonly ChangeEvent[], id: string): Map<string, TaskStatus[]> {
  const found = new Map<string, TaskStatus[]>();
  const note = (task: string, status: TaskStatus) => {
    const known = found.get(task) ?? [];
    if (known.at(-1) !== status) found.set(task, [...known, status]);
  };
  for (const event of events) {
    if (event.type === "task" && event.change === id) note(event.task.id, event.task.status);
    if (event.type === "change" && event.change.id === id) for (const task of event.change.tasks) note(task.id, task.status);
  }
  return found;
}

/** When each task began and ended, as the events came; what it said meanwhile is another event. */
function orderOf(events: readonly ChangeEvent[]): { task: string; at: string }[] {
  const seen = new Set<string>();
  return events.flatMap((event) => {
    if (event.type !== "task") return [];
    const { id, status, startedAt, endedAt } = event.task;
    const at = status === "doing" ? startedAt : endedAt;
    if (at === undefined || seen.has(`${id} ${status}`)) return [];
    seen.add(`${id} ${status}`);
    return [{ task: id, at }];
  });
}
