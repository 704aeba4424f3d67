import { BUILT_IN } from "../../gateway/workshops/definition.ts";
import { renderPage } from "../../views/layout.tsx";
import { BoardPage } from "../../views/pages/board.tsx";
import { InternalError, NotFound, Refusal, Unavailable } from "../../views/pages/error.tsx";
import { Ended, Join, type JoinProps } from "../../views/pages/join.tsx";
import { NewWorkshop, type NewWorkshopProps } from "../../views/pages/new-workshop.tsx";
import { Portal } from "../../views/pages/portal.tsx";
import { QuestionPage } from "../../views/pages/question.tsx";
import { SignIn } from "../../views/pages/sign-in.tsx";
import { Waiting } from "../../views/pages/waiting.tsx";
import { WorkshopPage } from "../../views/pages/workshop.tsx";
import { ArchiveQuestion, FreeAllQuestion, FreeQuestion, StopQuestion } from "../../views/parts/questions.tsx";
import type { LearnerView, Receipt, ShownWorkshop } from "../../views/workshop.ts";
import { CHECK_STATES } from "./check-states.tsx";
import { CLAUDE_STATES } from "./claude-states.tsx";
import { costStates } from "./cost-states.tsx";
import { DEFINITION_STATES } from "./definition-states.tsx";
import { MANY_STATES } from "./many-states.tsx";
import { RENEW_STATES } from "./renew-states.tsx";
import { BUILDING, FAILED, HOOK_FAILED, INSTALLING, NO_CERTIFICATE, STOPPING, UNCERTIFIED } from "./steps.ts";
import { TIMES_STATES } from "./times-states.tsx";
import { at, LEARNERS, NOW, seats, workshopView } from "./views.tsx";

const FAILURE =
  "Seat 07 could not unpack the starter files: the disk of the machine is full (0 bytes free of 9.6 GB). Free at least 600 MB and start again, or make the workshop smaller.";
const RECEIPT: Receipt = {
  removedAt: at(93),
  checkedAt: at(93.02),
  removed: { processes: 41, directories: 10, bytes: 184_000_000, sockets: 12, machines: 1, secrets: 1 },
  items: [
    { kind: "processes", count: 41 },
    { kind: "directories", count: 10, bytes: 184_000_000 },
    { kind: "sockets", count: 12 },
    { kind: "machine", count: 1, name: "clarateach-ws-k4m9p2" },
    { kind: "secret", count: 1, name: "ws-k4m9p2-llm-key" },
  ],
  learners: 8,
  seconds: 110 * 60,
};
const ARCHIVE = { bytes: 18_400_000, folders: 8, madeAt: at(93), keptUntil: at(7 * 24 * 60 + 93) };

const progress = { ready: 6, total: 10, fraction: 0.71 };
const page = (more: Partial<ShownWorkshop> = {}) => renderPage(<WorkshopPage workshop={workshopView(more)} />);

const NEW: NewWorkshopProps = {
  typed: {
    name: "First steps with the Claude CLI",
    seats: "10",
    hours: "4",
    environment: "claude",
    definition: "",
    smallSeats: false,
    ...{ startsAt: "", endsAt: "", zone: "UTC" },
  },
  problems: {},
  lines: [],
  builtIn: BUILT_IN,
  limits: { name: 80, seats: 99, seatsPerMachine: 10, hours: { least: 1, most: 12 }, starter: "200 MB", archive: "64 MB" },
};
const join = (more: Partial<JoinProps> = {}) =>
  renderPage(<Join mode="enter" typed={{ code: "", name: "", odehash: "" }} limits={{ name: 60 }} {...more} />);
const KEEP = { size: 18_000_000, until: at(7 * 24 * 60), days: 7 };
const LINES = [
  workshopView(),
  workshopView({
    id: "ws-000002",
    name: "Build a website in an afternoon",
    code: "MAPLE-Q2XD",
    state: "provisioning",
    seats: seats("ready ready ready ready ready ready working working waiting waiting"),
  }),
  workshopView({
    id: "ws-000003",
    name: "Python for librarians",
    code: "OTTER-9FHW",
    state: "stopping",
    progress,
    steps: STOPPING,
  }),
  workshopView({
    id: "ws-000004",
    name: "Data by hand",
    code: "RIVER-4TTA",
    state: "failed",
    failure: "Seat 07 could not unpack the starter files: the disk is full.",
  }),
  workshopView({
    id: "ws-000005",
    name: "Agents that use a browser",
    code: "CEDAR-8ZPK",
    state: "created",
    starter: { name: "a.zip", bytes: 2_100_000, digest: "d".repeat(64) },
  }),
  workshopView({ id: "ws-000006", state: "stopped", stoppedAt: at(-3 * 24 * 60), archive: ARCHIVE }),
  workshopView({
    id: "ws-000007",
    name: "Refactoring with a partner",
    state: "stopped",
    stoppedAt: at(-13 * 24 * 60),
    learners: [],
  }),
];

const OVER = {
  ...{ workshop: "First steps with the Claude CLI", now: NOW },
  ...{ endedAt: at(-30), keptUntil: at(6 * 24 * 60) },
};

/** Every state of every page of the gateway, by name. */
export const STATES: Record<string, () => string> = {
  ...CHECK_STATES,
  ...CLAUDE_STATES,
  ...MANY_STATES,
  ...costStates(NEW, RECEIPT),
  ...RENEW_STATES,
  ...TIMES_STATES,
  ...DEFINITION_STATES,
  list: () => renderPage(<Portal workshops={LINES} joinAddress="class.example.org/join" now={NOW} />),
  "list-empty": () => renderPage(<Portal workshops={[]} joinAddress="class.example.org/join" now={NOW} />),
  "list-one": () => renderPage(<Portal workshops={LINES.slice(4, 5)} joinAddress="localhost:3000/join" now={NOW} />),
  new: () => renderPage(<NewWorkshop {...NEW} />),
  "new-problem": () =>
    renderPage(
      <NewWorkshop
        {...NEW}
        typed={{
          ...NEW.typed,
          seats: "240",
          startsAt: "2026-11-01T14:00",
          environment: "own",
          definition: "name: first\nbase: ubuntu@24.04\nsdks:\n  - name: ndoe",
        }}
        problems={{
          startsAt: "Sunday 1 November at 14:00 has passed. Choose a later time, or none to start it by hand.",
          seats: "240 seats are too many: use 1 to 99.",
          apiKey: "This key has a space or a line break in it. Copy it again from where you made it.",
          starter: "notes.rar is no .zip, .tar or .tar.gz: pack the files again as one of these.",
          definition: "The definition has 3 problems, the first in line 2: …",
        }}
        lines={[
          { path: "workshop.yaml", line: 2, column: 7, message: "“base” is “ubuntu@24.04”. It has to be debian@12." },
          {
            path: "workshop.yaml",
            line: 4,
            column: 11,
            message: "There is no SDK “ndoe”. Known are system, node, python, claude-code, browser.",
          },
          {
            path: "project-notes/hooks/setup-base",
            line: 12,
            column: 5,
            message: "This line ends as on Windows (CR LF), which bash can't run. Save the file with Unix line ends (LF).",
          },
        ]}
      />,
    ),
  running: () => page(),
  "running-long": () =>
    page({
      name: "A class with a very long name that nobody could write on a board without taking up two whole lines of it, at",
      code: "DRAGONFL-7K3M",
      machines: [{ name: "m", status: "running", seats: [1], answers: false, note: "not for 20 s; it is being started again" }],
    }),
  "running-old-image": () => page({ isolation: "container", imageDays: 23 }),
  "running-old-image-cloud": () =>
    page({
      isolation: "container",
      imageDays: 23,
      machines: [{ name: "m", place: "europe-west4-a", status: "running", seats: [1], answers: true }],
    }),
  "running-short": () =>
    page({ code: "FOX-7K3M", joinAddress: "localhost:3000/join", seats: seats("connected"), learners: LEARNERS.slice(0, 1) }),
  provisioning: () =>
    page({
      state: "provisioning",
      seats: seats("ready ready ready ready ready ready working working waiting waiting"),
      learners: [],
      progress,
      steps: BUILDING,
    }),
  "provisioning-sdks": () =>
    page({
      state: "provisioning",
      seats: seats("waiting waiting waiting waiting waiting waiting waiting waiting waiting waiting"),
      learners: [],
      progress: { ready: 0, total: 10, fraction: 0.31 },
      steps: INSTALLING,
    }),
  "failed-hook": () =>
    page({
      state: "failed",
      failure: "Seat 01 and 9 more could not be made: Install project-notes: the hook setup-base ended with 100",
      learners: [],
      progress: { ready: 0, total: 10, fraction: 0 },
      steps: HOOK_FAILED,
    }),
  "running-late": () =>
    page({
      learners: LEARNERS.slice(0, 2),
      seats: seats("connected connected free free free free failed free free free").map((seat) =>
        seat.build === "failed"
          ? { ...seat, wiping: true, late: true, problem: "Make the disk of seat 07: no space left on device" }
          : seat,
      ),
    }),
  "failed-certificate": () => page({ state: "failed", failure: NO_CERTIFICATE, learners: [], progress, steps: UNCERTIFIED }),
  undoing: () => page({ state: "provisioning", failure: FAILURE, learners: [], progress, steps: FAILED }),
  nobody: () => page({ seats: seats("free free free free free free free free free free"), learners: [] }),
  created: () => page({ state: "created", learners: [] }),
  failed: () => page({ state: "failed", failure: FAILURE, learners: [], progress, steps: FAILED }),
  stopping: () => page({ state: "stopping", progress, steps: STOPPING }),
  "stopping-unpacked": () =>
    page({
      state: "stopping",
      progress,
      steps: STOPPING,
      archiveProblem: "The disk of this computer is full: 0 bytes free of 9.6 GB.",
    }),
  stopped: () => page({ state: "stopped", receipt: RECEIPT, archive: ARCHIVE }),
  "stopped-nothing-kept": () => page({ state: "stopped", receipt: RECEIPT }),
  wall: () => renderPage(<BoardPage workshop={workshopView()} />),
  stop: () =>
    renderPage(
      <QuestionPage workshop={workshopView()}>
        <StopQuestion workshop={workshopView()} keep={KEEP} as="panel" />
      </QuestionPage>,
    ),
  "stop-dialog": () =>
    page().replace(
      '<div id="asked"></div>',
      renderPage(<StopQuestion workshop={workshopView()} keep={KEEP} as="dialog" />).replace(/^.*\n/, ""),
    ),
  "stop-created": () =>
    renderPage(
      <QuestionPage workshop={workshopView()}>
        <StopQuestion workshop={workshopView({ state: "created", learners: [] })} as="panel" />
      </QuestionPage>,
    ),
  guessing: () =>
    page({
      guessing: { wrong: 1204, since: at(-12), addresses: ["203.0.113.7", "2001:db8:17:a0::/64", "198.51.100.23", "192.0.2.9"] },
      learners: LEARNERS.map((one) => ({ ...one, address: one.seat < 3 ? "2001:db8:17:a0::/64" : "203.0.113.7" })),
    }),
  "free-all": () =>
    renderPage(
      <QuestionPage workshop={workshopView()}>
        <FreeAllQuestion workshop={workshopView()} address="203.0.113.7" learners={LEARNERS.slice(0, 5)} as="panel" />
      </QuestionPage>,
    ),
  free: () =>
    renderPage(
      <QuestionPage workshop={workshopView()}>
        <FreeQuestion workshop={workshopView()} learner={LEARNERS.find(({ seat }) => seat === 4) as LearnerView} as="panel" />
      </QuestionPage>,
    ),
  "archive-delete": () =>
    renderPage(
      <QuestionPage workshop={workshopView()}>
        <ArchiveQuestion workshop={workshopView({ archive: ARCHIVE })} as="panel" />
      </QuestionPage>,
    ),
  "join-enter": () => join(),
  "join-with-code": () => join({ typed: { code: "CLARA-7K3M", name: "", odehash: "" } }),
  "join-wrong": () =>
    join({
      typed: { code: "CLARA-7K3N", name: "Mira Okafor", odehash: "" },
      problem: { code: "No workshop has the code CLARA-7K3N. Compare it with the board, letter by letter." },
    }),
  "join-full": () =>
    join({
      typed: { code: "CLARA-7K3M", name: "Mira", odehash: "" },
      problem: {
        banner: {
          bold: "All 10 seats of “First steps with the Claude CLI” are taken.",
          rest: "Ask your instructor to free one, then press Join again.",
        },
      },
    }),
  "join-slow": () =>
    join({
      typed: { code: "CLARA-7K3N", name: "Mira", odehash: "" },
      problem: { wait: { bold: "Too many wrong codes from this browser.", seconds: 38 } },
    }),
  "join-reconnect": () => join({ mode: "reconnect" }),
  "join-reconnect-wrong": () =>
    join({
      mode: "reconnect",
      typed: { code: "CLARA-7K3M", name: "", odehash: "7k3fp" },
      problem: {
        odehash: "No seat of CLARA-7K3M has the reconnect code 7k3fp. If it is lost, your instructor can let you back in.",
      },
    }),
  "join-continue": () =>
    join({
      again: {
        workshop: "First steps with the Claude CLI",
        code: "CLARA-7K3M",
        seat: 4,
        name: "Mira Okafor",
        odehash: "7k3f4",
        now: NOW,
        endsAt: at(102),
      },
      otherBrowser: "0".repeat(32),
    }),
  "join-waiting": () =>
    renderPage(
      <Waiting
        now={NOW}
        workshop="First steps with the Claude CLI"
        code="CLARA-7K3M"
        name="Mira Okafor"
        odehash=""
        door="soon"
        full={false}
        seats={seats("ready ready ready ready ready ready working working waiting waiting").map(({ seat, build }) => ({
          seat,
          is: build,
        }))}
      />,
    ),
  "join-late": () =>
    renderPage(
      <Waiting
        now={NOW}
        workshop="First steps with the Claude CLI"
        code="CLARA-7K3M"
        name="Mira Okafor"
        odehash=""
        door="soon"
        full
        seats={seats("ready ready failed").map(({ seat, build }) => ({ seat, is: build }))}
      />,
    ),
  "join-open": () =>
    renderPage(
      <Waiting
        now={NOW}
        workshop="First steps"
        code="CLARA-7K3M"
        name=""
        odehash="7k3fp"
        door="open"
        full={false}
        seats={[{ seat: 1, is: "ready" }]}
      />,
    ),
  "join-ended": () => renderPage(<Ended {...OVER} mine={{ seat: 4, name: "Mira Okafor", freed: false }} />),
  "join-ended-freed": () => renderPage(<Ended {...OVER} mine={{ seat: 4, name: "Mira Okafor", freed: true }} />),
  "join-ended-plain": () => renderPage(<Ended workshop="First steps with the Claude CLI" now={NOW} />),
  "signed-out": () => renderPage(<SignIn linkStart="http://localhost:3000/sign-in" />),
  "sign-in-used": () =>
    renderPage(
      <SignIn
        linkStart="http://localhost:3000/sign-in"
        refused={{
          bold: "That link was already used.",
          rest: "Each link signs in one browser, once. The next start prints a new one.",
        }}
      />,
    ),
  "not-found": () => renderPage(<NotFound what="workshop ws-k4m9p3" instructor />),
  "not-found-learner": () => renderPage(<NotFound instructor={false} />),
  internal: () => renderPage(<InternalError number="9f31-c2aa" at={NOW} instructor />),
  unavailable: () =>
    renderPage(
      <Unavailable
        title="The machine doesn’t answer"
        message="Workshop “First steps with the Claude CLI” runs, but its machine has not answered for 20 seconds. It is being started again; files and shells are kept."
        retrySeconds={4}
        instructor
      />,
    ),
  refusal: () =>
    renderPage(
      <Refusal
        title="Seat 04 is free already"
        message="Nobody sits there, so there is nothing to free."
        next={{ href: "/workshops/ws-k4m9p2", word: "Back to the workshop" }}
        instructor
      />,
    ),
};
