import { expect, test } from "bun:test";
import { INTERFACES, type Interface } from "../../agent/definition/interfaces.ts";
import { whyNever } from "../../agent/interfaces/policy.ts";
import { type ConnectionsView, mayFit } from "../../views/connections.ts";
import { renderPart } from "../../views/layout.tsx";
import { Connections } from "../../views/parts/connections.tsx";

const options = (connections: ConnectionsView) =>
  [...renderPart(<Connections address="/there" connections={connections} may />).matchAll(/<option value="([^"]+)"/g)].map(
    ([, pair]) => pair,
  );

test("only what fits and isn't listed already is offered", () => {
  const connections: ConnectionsView = {
    established: [{ plug: "a:lib", slot: "b:tree", interface: "mount", auto: true }],
    undesired: [{ plug: "a:gpu", slot: "system:gpu" }],
    plugs: [
      { name: "a:lib", interface: "mount" },
      // Another one is bound to it.
      { name: "a:lib", interface: "mount" },
      { name: "a:gpu", interface: "gpu" },
      { name: "system:web", interface: "tunnel" },
    ],
    slots: [
      { name: "b:tree", interface: "mount" },
      { name: "system:mount", interface: "mount" },
      { name: "system:gpu", interface: "gpu" },
      { name: "b:web", interface: "tunnel" },
      { name: "system:out", interface: "tunnel" },
    ],
    warnings: [],
  };
  expect(options(connections)).toEqual(["a:lib system:mount", "system:web b:web"]);
  const without = { ...connections, plugs: [{ name: "a:camera", interface: "camera" }] };
  expect(renderPart(<Connections address="/there" connections={without} may />)).not.toContain("<select");
});

test("nothing that a machine allows is kept back, and nothing offered that names and interfaces forbid", () => {
  const attributes = new Map([["endpoint", "127.0.0.1:8080/tcp"]]);
  const pairs = INTERFACES.flatMap((from) => INTERFACES.map((to) => [from, to] as [Interface, Interface]));
  for (const [from, to] of pairs)
    for (const [plug, slot] of [
      ["a:x", "b:x"],
      ["a:x", "system:x"],
      ["system:x", "b:x"],
      ["system:x", "system:x"],
    ] as const) {
      const end = (name: string, of: Interface) => ({ name, end: { interface: of, attributes } });
      const allows = whyNever(end(plug, from), end(slot, to)) === undefined;
      expect(mayFit({ name: plug, interface: from }, { name: slot, interface: to }), `${plug} ${from}, ${slot} ${to}`).toBe(
        allows,
      );
    }
});
