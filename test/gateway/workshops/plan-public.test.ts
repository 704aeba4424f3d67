/** Names and certificates of machines, while classes begin and end. */
import { expect, test } from "bun:test";
import { Model } from "./model.ts";
import { ModelDriver, scattered, settle } from "./model-driver.ts";

function lose(model: Model): void {
  model.machine = undefined;
}

test("a certificate that nobody gives undoes the start and says why; a workshop runs only with it", () => {
  const model = new Model(false, "class.example.org");
  const drivers = [new ModelDriver(model), new ModelDriver(model)] as const;
  model.refused = true;
  model.start();
  settle(model, drivers);
  expect([model.held.workshop.state, model.held.workshop.failure]).toEqual(["failed", "nobody gives one"]);
  expect([model.machine, model.certificate]).toEqual([undefined, undefined]);
  model.refused = false;
  model.start();
  for (let i = 0; model.held.workshop.state === "provisioning"; i++) scattered(model, drivers[0], i);
  expect(model.held.workshop.state).toBe("running");
  expect(model.row({ kind: "certificate", idx: 1 })).toMatchObject({ observed: "running", name: "ws-abc123.class.example.org" });
  model.stop(false);
  settle(model, drivers);
  expect([model.held.workshop.state, model.certificate, model.violations]).toEqual(["stopped", undefined, []]);
});

test("a certificate of a start before, when there was a domain, holds up neither the next start nor its end", () => {
  const model = new Model(false, "class.example.org");
  const drivers = [new ModelDriver(model), new ModelDriver(model)] as const;
  model.refused = true;
  model.start();
  settle(model, drivers);
  expect(model.row({ kind: "certificate", idx: 1 })).toMatchObject({ wanted: "absent", observed: "absent" });
  model.domain = undefined;
  model.start();
  settle(model, drivers);
  expect([model.held.workshop.state, model.held.workshop.failure]).toEqual(["running", null]);
  model.stop(false);
  settle(model, drivers);
  expect(model.held.workshop.state).toBe("stopped");
});

test("a certificate outlives its machine: learners are told by https that it is over", () => {
  const model = new Model(false, "class.example.org");
  const drivers = [new ModelDriver(model), new ModelDriver(model)] as const;
  model.start();
  const isThere = () => model.row({ kind: "certificate", idx: 1 })?.observed === "running";
  for (let i = 0; i < 1000 && !isThere(); i++) scattered(model, drivers[0], i);
  expect([isThere(), model.machine === undefined]).toEqual([true, false]);
  model.stop(false);
  for (let i = 0; i < 1000 && model.machine; i++) {
    scattered(model, drivers[0], i);
    if (model.machine) expect(model.certificate, `step ${i}`).toBeDefined();
  }
  settle(model, drivers);
  expect([model.certificate, model.violations]).toEqual([undefined, []]);
});

test("a machine's own request is signed while its seats are made, its door shows the chain before the class begins; a new machine's, too", () => {
  const model = new Model(false, "class.example.org");
  model.ownKeys = true;
  const drivers = [new ModelDriver(model), new ModelDriver(model)] as const;
  model.start();
  for (let i = 0; model.held.workshop.state === "provisioning"; i++) scattered(model, drivers[0], i);
  expect(model.held.workshop.failure).toBeNull();
  expect(model.machine?.shown).toBe(`fingerprint csr ${model.machine?.nonce}`);
  const first = model.machine?.shown;
  lose(model);
  settle(model, drivers);
  expect(model.machine?.shown).toBe(`fingerprint csr ${model.machine?.nonce}`);
  expect(model.machine?.shown).not.toBe(first);
});

test("a name points at its machine, at the next one when that is lost, and goes as soon as nobody is told anything there any more", () => {
  const model = new Model(false, "class.example.org");
  const drivers = [new ModelDriver(model), new ModelDriver(model)] as const;
  model.start();
  for (let i = 0; model.held.workshop.state === "provisioning"; i++) scattered(model, drivers[0], i);
  expect(model.row({ kind: "name", idx: 1 })).toMatchObject({ observed: "running", name: "ws-abc123.class.example.org" });
  const first = model.name?.ip;
  expect(first).toBe(model.address as string);
  lose(model);
  settle(model, drivers);
  expect(model.name?.ip).toBe(model.address as string);
  expect(model.name?.ip).not.toBe(first);
  model.stop(false);
  for (let i = 0; i < 1000 && model.name; i++) {
    const left = model.machine?.ready ?? 0;
    scattered(model, drivers[0], i);
    if (left > 0) expect(model.name, `step ${i}, ${left} seats`).toBeDefined();
  }
  settle(model, drivers);
  expect([model.name, model.held.workshop.state, model.violations]).toEqual([undefined, "stopped", []]);
  expect(model.held.workshop.receipt?.items).toContainEqual({ kind: "name", count: 1, name: "ws-abc123.class.example.org" });
});
