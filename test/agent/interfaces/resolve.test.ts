import { describe, expect, test } from "bun:test";
import { CATALOGUE } from "../../../agent/definition/catalogue.ts";
import { readDefinition } from "../../../agent/definition/definition.ts";
import type { Interface } from "../../../agent/definition/interfaces.ts";
import { endsOf } from "../../../agent/interfaces/ends.ts";
import { type ByHand, NOTHING_BY_HAND, resolve, whyNotConnected } from "../../../agent/interfaces/resolve.ts";

/** SDKs of the catalogue with these plugs and slots added, as a workshop.yaml says them. */
function seat(sdks: object, connections: object[] = []) {
  const list = Object.entries(sdks).map(([name, ends]) => ({ name, ...ends }));
  const text = JSON.stringify({ name: "a", base: "debian@12", sdks: list, ...(connections.length > 0 && { connections }) });
  const read = readDefinition(text, CATALOGUE);
  if (read.problems) throw new Error(read.problems.map(({ message }) => message).join("\n"));
  const { definition } = read.value;
  return { definition, ends: endsOf(definition, ({ name, source }) => CATALOGUE[source]?.get(name)) };
}

function resolved(sdks: object, more: { connections?: object[]; byHand?: Partial<ByHand>; allowed?: Interface[] } = {}) {
  const { definition, ends } = seat(sdks, more.connections);
  const byHand = { ...NOTHING_BY_HAND, ...more.byHand };
  const { connections, undesired, warnings } = resolve(definition, ends, byHand, new Set(more.allowed));
  const made = connections.map(({ plug, slot, auto }) => `${plug} → ${slot}${auto ? "" : " by hand"}`);
  return { made, undesired: undesired.map(({ plug, slot }) => `${plug} → ${slot}`), warnings };
}

const cache = { interface: "mount", "workshop-target": "/home/learner/.npm" };
const tunnel = (endpoint?: string | number) => ({ interface: "tunnel", ...(endpoint !== undefined && { endpoint }) });

describe("what a seat gets by itself", () => {
  test("a mount gets a place of the machine's", () => {
    expect(resolved({ node: { plugs: { cache } } }).made).toEqual(["node:cache → system:mount"]);
  });

  test("a mount that is listed gets what is listed instead", () => {
    const python = { slots: { wheels: { interface: "mount", "workshop-source": "/opt/wheels" } } };
    const connections = [{ plug: "node:cache", slot: "python:wheels" }];
    expect(resolved({ node: { plugs: { cache } }, python }, { connections }).made).toEqual(["node:cache → python:wheels"]);
  });

  test("a mount with two of them gets none, and it is said which would do", () => {
    const python = { slots: { wheels: { interface: "mount", "workshop-source": "/opt/wheels" } } };
    const connections = [
      { plug: "node:cache", slot: "python:wheels" },
      { plug: "node:cache", slot: ":mount" },
    ];
    const { made, warnings } = resolved({ node: { plugs: { cache } }, python }, { connections });
    expect(made).toEqual([]);
    expect(warnings).toEqual(["node:cache isn't connected: python:wheels and system:mount would do. Connect one of them."]);
  });

  test("a bound plug has nothing of its own", () => {
    const sdks = { node: { plugs: { cache } }, python: { plugs: { cache: { bind: "node:cache" } } } };
    expect(resolved(sdks).made).toEqual(["node:cache → system:mount"]);
  });

  test("a graphics card", () => {
    expect(resolved({ node: { plugs: { gpu: null } } }).made).toEqual(["node:gpu → system:gpu"]);
  });

  test("a tunnel of the machine's to the slot of its name", () => {
    const sdks = { system: { plugs: { web: tunnel(8080) } }, node: { slots: { web: tunnel(3000), other: tunnel(3001) } } };
    expect(resolved(sdks).made).toEqual(["system:web → node:web"]);
  });

  test("a tunnel to two slots of its name is nobody's, unless one is listed", () => {
    const sdks = {
      system: { plugs: { web: tunnel(8080) } },
      node: { slots: { web: tunnel(3000) } },
      python: { slots: { web: tunnel(4000) } },
    };
    expect(resolved(sdks)).toMatchObject({ made: [], warnings: [expect.stringContaining("node:web and python:web would do")] });
    const connections = [{ plug: "system:web", slot: "python:web" }];
    expect(resolved(sdks, { connections }).made).toEqual(["system:web → python:web"]);
  });

  test("no tunnel that others than this machine could open, listed or not", () => {
    const sdks = { system: { plugs: { web: tunnel("0.0.0.0:8080") } }, node: { slots: { web: tunnel(3000) } } };
    for (const connections of [[], [{ plug: "system:web", slot: "node:web" }]])
      expect(resolved(sdks, { connections })).toMatchObject({
        made: [],
        warnings: [expect.stringContaining("open to others than this machine (0.0.0.0:8080/tcp)")],
      });
  });

  test("no tunnel that begins at a name of the machine's without a file, unless somebody connects it", () => {
    const sdks = { system: { plugs: { web: tunnel("@web") } }, node: { slots: { web: tunnel(3000) } } };
    const pair = { plug: "system:web", slot: "node:web" };
    for (const connections of [[], [pair]])
      expect(resolved(sdks, { connections })).toMatchObject({
        made: [],
        warnings: [
          expect.stringContaining("open to whoever knows its name (@web), for no permission guards it; connect it by hand"),
        ],
      });
    expect(resolved(sdks, { byHand: { connected: [pair] } }).made).toEqual(["system:web → node:web by hand"]);
  });

  test("no tunnel out of the seat", () => {
    const sdks = { node: { plugs: { database: tunnel(5432) } }, system: { slots: { database: tunnel(5432) } } };
    expect(resolved(sdks).made).toEqual([]);
    const connections = [{ plug: "node:database", slot: ":database" }];
    expect(resolved(sdks, { connections })).toMatchObject({
      made: [],
      warnings: [expect.stringContaining("lead out of the seat")],
    });
  });

  for (const kind of ["ssh-agent", "camera", "audio", "custom-device"] as const) {
    test(`no ${kind}, though a definition lists it, unless this agent's settings allow it`, () => {
      const plug = kind === "custom-device" ? { interface: kind, subsystem: "tty" } : { interface: kind };
      const connections = [{ plug: "node:thing", slot: `:${kind}` }];
      const refused = resolved({ node: { plugs: { thing: plug } } }, { connections });
      expect(refused).toMatchObject({ made: [], warnings: [expect.stringContaining("Connect it by hand")] });
      const allowed = resolved({ node: { plugs: { thing: plug } } }, { allowed: [kind] });
      expect(allowed).toMatchObject({ made: [`node:thing → system:${kind}`], warnings: [] });
    });
  }
});

describe("what people changed", () => {
  const pair = { plug: "node:cache", slot: "system:mount" };

  test("stays away when it was disconnected, and is told of", () => {
    const sdks = { node: { plugs: { cache } } };
    expect(resolved(sdks, { byHand: { disconnected: [pair] } })).toMatchObject({
      made: [],
      undesired: ["node:cache → system:mount"],
    });
  });

  test("is there when it was connected, while both ends are", () => {
    const key = { plug: "node:key", slot: "system:ssh-agent" };
    const sdks = { node: { plugs: { key: "ssh-agent" } } };
    expect(resolved(sdks, { byHand: { connected: [key] } }).made).toEqual(["node:key → system:ssh-agent by hand"]);
    expect(resolved({ node: {} }, { byHand: { connected: [key] } }).made).toEqual([]);
  });

  test("takes the place of what a mount had by itself", () => {
    const python = { slots: { wheels: { interface: "mount", "workshop-source": "/opt/wheels" } } };
    const byHand = { connected: [{ plug: "node:cache", slot: "python:wheels" }] };
    expect(resolved({ node: { plugs: { cache } }, python }, { byHand }).made).toEqual(["node:cache → python:wheels by hand"]);
  });
});

describe("what nobody can connect", () => {
  const { ends } = seat({
    system: {
      plugs: { web: tunnel(8080), dns: tunnel("127.0.0.1:53000/udp") },
      slots: { database: tunnel(5432), socket: tunnel("/srv/db.sock") },
    },
    node: {
      plugs: { cache, gpu: null, out: tunnel(5432), file: tunnel("/home/learner/db.sock"), open: tunnel() },
      slots: { web: tunnel(3000), open: tunnel() },
    },
    python: { plugs: { cache: { bind: "node:cache" } } },
  });
  const CASES: [plug: string, slot: string, why: string][] = [
    ["node:nothing", "system:mount", "There is no plug node:nothing. There are"],
    ["node:cache", "node:nothing", "There is no slot node:nothing"],
    ["python:cache", "system:mount", "python:cache is bound to node:cache"],
    ["node:cache", "system:gpu", "node:cache is a mount and system:gpu a gpu"],
    ["system:web", "system:database", "on the same side"],
    ["node:out", "node:web", "on the same side"],
    ["system:dns", "node:web", "system:dns is udp and node:web tcp"],
    ["node:open", "system:socket", "Neither node:open nor system:socket says its port"],
    ["node:file", "system:socket", ""],
    ["node:out", "system:socket", ""],
    ["node:open", "system:database", ""],
    ["system:web", "node:open", ""],
  ];
  for (const [plug, slot, why] of CASES) {
    test(`${plug} to ${slot}: ${why || "but this"}`, () => {
      const said = whyNotConnected({ plug, slot }, ends);
      if (why === "") expect(said).toBeUndefined();
      else expect(said).toContain(why);
    });
  }
});
