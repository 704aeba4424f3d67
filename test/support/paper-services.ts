import { Problem } from "../../agent/contract/errors.ts";
import type { Again, Asked, CheckedClass, Services, Waiting } from "../../gateway/services.ts";
import { InputProblem, keyProblem } from "../../gateway/workshops/input.ts";
import { checkedPatch } from "../../gateway/workshops/llm/input.ts";
import type { DefinitionView, RefreshPlanView } from "../../views/definition.ts";
import type { KeyTrial } from "../../views/llm.ts";
import type { WorkshopView } from "../../views/workshop.ts";
import { definitionView, paperDefinition } from "./paper-definition.ts";
import { llmView, READY_SEAT } from "./views.tsx";

/** The session cookie that is taken. */
export const SESSION = "session=teacher";

export interface PaperServices {
  services: Services;
  /** Each call as `noun.verb(JSON of arguments)`, for what a page asked. */
  calls: string[];
  workshops: Map<string, WorkshopView>;
  /** Tells every watcher. */
  changed(): void;
  watchers(): number;
  /** What `enter` does next: throws, or answers. */
  enter: (wish: { code: string; odehash?: string; name?: string }, browser: string | undefined) => Promise<string>;
  waiting: Waiting | undefined;
  again: Again | undefined;
  /** The class of a code, for whoever checks a network. */
  checked: (code: string) => CheckedClass | undefined;
  secret: string;
  /** What is answered to whoever asks something of seats: throws, or answers. */
  asked: () => Asked;
  /** What a key's trial finds. */
  trial: KeyTrial;
  definition: DefinitionView;
  plan: RefreshPlanView;
}

/**
 * Services without a database or machines: the pages are tried against everything that may be answered, also what real ones rarely do.
 * The real one is behind the same pages in test/integration and test/e2e.
 */
export function paperServices(): PaperServices {
  const paper: PaperServices = {
    calls: [],
    workshops: new Map(),
    changed: () => {
      for (const wake of wakes) wake();
    },
    watchers: () => wakes.size,
    enter: async () => "http://localhost:4101/?token=abc",
    waiting: undefined,
    again: undefined,
    checked: () => undefined,
    secret: "k7-secret",
    asked: () => ({ changes: ["1-7"], left: [], problems: [] }),
    trial: { is: "good", at: new Date().toISOString(), said: "api.anthropic.com answered 200" },
    definition: paperDefinition(),
    plan: { told: true, sdks: [], seats: [], problems: [] },
    services: undefined as unknown as Services,
  };
  const wakes = new Set<() => void>();
  const note = (call: string, ...values: unknown[]) =>
    paper.calls.push(`${call}(${values.map((v) => JSON.stringify(v)).join(",")})`);
  const find = (id: string): WorkshopView => {
    const view = paper.workshops.get(id);
    if (!view) throw new Problem("NOT_FOUND", `There is no workshop ${id}.`);
    return view;
  };
  const isTeacher = (request: Request) => (request.headers.get("cookie") ?? "").includes(SESSION);
  const teacher = { id: "teacher", name: "Ada" };
  const ownOrigin = (request: Request) => {
    const origin = request.headers.get("origin");
    if (origin && new URL(origin).host !== new URL(request.url).host)
      throw new Problem("FORBIDDEN", `A page of ${origin} may not ask this.`);
  };
  paper.services = {
    workshops: {
      list: async () => [...paper.workshops.values()],
      find: async (_, id) => find(id),
      create: async (_, wish) => {
        note("create", wish);
        const view = paperWorkshop({ id: "ws-new001", name: wish.name });
        paper.workshops.set(view.id, view);
        return view;
      },
      fit: async () => ({ verdict: "good" }),
      cost: () => undefined,
      start: async (_, id) => {
        note("start", id);
        find(id).state = "provisioning";
        return "provisioning";
      },
      schedule: async (_, id, times) => {
        note("schedule", id, times);
        return find(id);
      },
      extend: async (_, id, endsAt) => {
        note("extend", id, endsAt);
        return find(id);
      },
      stop: async (_, id, choice) => {
        note("stop", id, choice);
        find(id).state = "stopping";
        return "stopping";
      },
      freeSeat: async (_, id, seat) => void note("freeSeat", id, seat),
      freeSeatsTakenFrom: async (_, id, address) => void note("freeSeatsTakenFrom", id, address),
      putStarter: async (_, id, file) => {
        note("putStarter", id, file.name, (await new Response(file.body).arrayBuffer()).byteLength);
        return { name: file.name, bytes: 1, digest: "0".repeat(64) };
      },
      taskLog: async (_, id, log) => {
        note("taskLog", id, log);
        find(id);
        return new Blob(["<script>alert(1)</script>\n"]);
      },
      archive: async () => {
        throw new Problem("NOT_FOUND", "No archive is kept.");
      },
      removeArchive: async (_, id) => void note("removeArchive", id),
      async *watch(_, id, signal) {
        yield find(id);
        while (!signal.aborted) {
          await new Promise<void>((wake) => {
            wakes.add(wake);
            const done = () => {
              wakes.delete(wake);
              wake();
            };
            signal.addEventListener("abort", done, { once: true });
          });
          wakes.clear();
          if (!signal.aborted) yield find(id);
        }
      },
    },
    definitions: {
      find: async (_, id) => {
        find(id);
        return paper.definition;
      },
      look: async (_, id, definition) => {
        find(id);
        return (await definitionView(definition)).environment;
      },
      replace: async (_, id, wish) => {
        note("replace", id, wish);
        find(id);
        paper.definition = await definitionView(wish.definition);
        return paper.definition;
      },
      plan: async () => paper.plan,
    },
    llm: {
      find: async (_, id) => find(id).llm,
      change: async (_, id, body) => {
        note("change", id, body);
        checkedPatch(body, find(id).seats.length);
        return find(id).llm;
      },
      topUp: async (_, id, seat) => void note("topUp", id, seat),
      replaceKey: async (_, id, apiKey) => {
        const problem = keyProblem(apiKey);
        if (problem) throw new InputProblem({ apiKey: problem });
        note("replaceKey", id, apiKey);
      },
      try: async (apiKey) => {
        const problem = keyProblem(apiKey);
        return problem ? { problem } : paper.trial;
      },
    },
    renewals: {
      ask: async (_, id, seat, wish) => {
        note("ask", id, seat, wish);
        return paper.asked();
      },
      act: async (_, id, change, action) => {
        note("act", id, change, action);
        paper.asked();
        return {
          ...{ id: change, kind: "restore", summary: "Restore seat 01", is: "doing", seats: [1] },
          ...{ startedAt: new Date().toISOString(), steps: [] },
        };
      },
      changes: async (_, id) => find(id).changes,
      connections: async () => ({ established: [], undesired: [], plugs: [], slots: [], warnings: [] }),
      connect: async (_, id, seat, wish) => {
        note("connect", id, seat, wish);
        return paper.asked();
      },
    },
    seating: {
      enter: async (wish, caller) => {
        note("enter", wish, caller.browser);
        const url = await paper.enter(wish, caller.browser);
        return { token: "abc", endpoint: "localhost:4101", url, odehash: "7k3fp", seat: 1 };
      },
      waiting: async () => paper.waiting,
      again: async () => paper.again,
      ended: async () => (paper.waiting?.door === "over" ? "CLARA-7K3M" : undefined),
      newBrowser: () => crypto.randomUUID().replaceAll("-", ""),
    },
    checks: {
      find: async (code) => paper.checked(code),
      note: async (code, body, caller) => void note("note", code, body, caller.browser),
      forget: async (_, id) => void note("forget", id),
      line: () => () => {},
    },
    people: {
      instructor: async (request) => {
        if (!isTeacher(request)) throw new Problem("UNAUTHORIZED", "Sign in first.");
        if (request.method !== "GET") ownOrigin(request);
        return teacher;
      },
      maybeInstructor: async (request) => (isTeacher(request) ? teacher : undefined),
      signIn: async (secret) => {
        if (secret !== paper.secret)
          throw new Problem("UNAUTHORIZED", "That link was already used. Each link signs in one browser, once.");
        return { cookie: `${SESSION}; HttpOnly; SameSite=Lax; Path=/`, instructor: teacher };
      },
      signOut: async () => "session=; Max-Age=0; Path=/",
      requireOwnOrigin: ownOrigin,
      browserOf: (request) => /ct_browser=([0-9a-f]{32})/.exec(request.headers.get("cookie") ?? "")?.[1],
      browserCookie: (browser) => `ct_browser=${browser}; HttpOnly; SameSite=Lax; Path=/`,
    },
  };
  return paper;
}

/** As the gateway sees one: two seats, one learner. */
export function paperWorkshop(more: Partial<WorkshopView> = {}): WorkshopView {
  const created = new Date(Date.now() - 3_600_000).toISOString();
  return {
    id: "ws-k4m9p2",
    name: "First steps",
    code: "CLARA-7K3M",
    state: "running",
    hours: 4,
    createdAt: created,
    startedAt: created,
    endsAt: new Date(Date.now() + 6_120_000).toISOString(),
    machines: [{ name: "clarateach-ws-k4m9p2", status: "running", seats: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], answers: true }],
    seats: [
      { seat: 1, session: "connected", build: "ready", fraction: 1, wiping: false, ...READY_SEAT },
      { seat: 2, session: "free", build: "ready", fraction: 1, wiping: false, ...READY_SEAT },
    ],
    learners: [{ seat: 1, name: "Mira", session: "connected", since: created, viewers: 1, odehash: "7k3fp" }],
    progress: { ready: 2, total: 2, fraction: 1 },
    steps: [],
    changes: [],
    keepWork: false,
    llm: llmView(2),
    isolation: "none",
    ...more,
  };
}
