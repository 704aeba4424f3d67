import { renderPage } from "../../views/layout.tsx";
import { TimesPage, type TimesProps } from "../../views/pages/times.tsx";
import { Waiting } from "../../views/pages/waiting.tsx";
import { WorkshopPage } from "../../views/pages/workshop.tsx";
import type { ShownWorkshop } from "../../views/workshop.ts";
import { STOPPING } from "./steps.ts";
import { at, NOW, seats, workshopView } from "./views.tsx";

const page = (more: Partial<ShownWorkshop>) => renderPage(<WorkshopPage workshop={workshopView(more)} />);
const times = (more: Partial<ShownWorkshop>, typed: Partial<TimesProps["typed"]> = {}, problems: TimesProps["problems"] = {}) =>
  renderPage(
    <TimesPage workshop={workshopView(more)} typed={{ startsAt: "", endsAt: "", zone: "UTC", ...typed }} problems={problems} />,
  );

const PLANNED: Partial<ShownWorkshop> = {
  ...{ state: "created", learners: [], startsAt: at(60 * 23), machinesFrom: at(60 * 23 - 10), endsAt: at(60 * 25) },
};
const CEILING = { endsAt: at(102), latestEnd: at(327), machinesEnd: at(342) };

/** When classes begin and end, on every page that says so. */
export const TIMES_STATES: Record<string, () => string> = {
  "created-planned": () => page(PLANNED),
  "created-missed": () => page({ ...PLANNED, startsAt: at(-180), machinesFrom: at(-190), endsAt: at(-60) }),
  "provisioning-planned": () =>
    page({ state: "provisioning", startsAt: at(8), learners: [], progress: { ready: 0, total: 10, fraction: 0.1 } }),
  "running-ceiling": () => page(CEILING),
  "running-at-ceiling": () => page({ ...CEILING, endsAt: CEILING.latestEnd }),
  "times-created": () => times({ state: "created" }),
  "times-planned": () => times(PLANNED, { startsAt: "2026-11-23T13:48", endsAt: "2026-11-23T15:48" }),
  "times-problem": () =>
    times(
      PLANNED,
      { startsAt: "2026-11-23T13:48", endsAt: "2026-11-23T12:00", zone: "Europe/Berlin" },
      {
        endsAt: "Monday 23 November at 12:00 is before its start. Choose a time after Monday 23 November at 13:48.",
      },
    ),
  "times-running": () => times(CEILING, { endsAt: "2026-11-22T16:30" }),
  "times-too-late": () =>
    times(
      CEILING,
      { endsAt: "2026-11-22T22:00", zone: "Europe/Berlin" },
      {
        endsAt:
          "Sunday 22 November at 22:00 is too late: its machines were made for a class that goes on until Sunday 22 November at 21:15 at most.",
      },
    ),
  "stopping-choice": () =>
    page({
      ...CEILING,
      state: "stopping",
      steps: STOPPING,
      archiveProblem: "The machine clarateach-ws-k4m9p2 doesn’t answer.",
      chooseUntil: at(337),
    }),
  "stopped-alone": () =>
    page({
      ...{ state: "stopped", keepWork: false, unpacked: true },
      receipt: {
        ...{ removedAt: at(400), checkedAt: at(400), learners: 8, seconds: 4 * 3600 },
        removed: { processes: 0, directories: 0, bytes: 0, sockets: 0, machines: 0, secrets: 1 },
        items: [
          { kind: "machine", count: 1, name: "clarateach-ws-k4m9p2", alone: true },
          { kind: "name", count: 1, name: "ws-k4m9p2.ws.example.com" },
          { kind: "secret", count: 1, name: "ws-k4m9p2-llm-key" },
        ],
      },
    }),
  "join-planned": () =>
    renderPage(
      <Waiting
        workshop="First steps with the Claude CLI"
        code="CLARA-7K3M"
        name="Mira Okafor"
        odehash=""
        door="soon"
        full={false}
        startsAt={at(23)}
        now={NOW}
        seats={seats("waiting waiting waiting waiting waiting").map(({ seat, build }) => ({ seat, is: build }))}
      />,
    ),
};
