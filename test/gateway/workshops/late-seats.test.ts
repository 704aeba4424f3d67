import { expect, test } from "bun:test";
import { Model } from "./model.ts";
import { ModelDriver, run, settle } from "./model-driver.ts";

test("a seat that fails doesn't fail the class: it runs without it, and offers it once it healed", () => {
  const model = new Model(false);
  const drivers = [new ModelDriver(model), new ModelDriver(model)] as const;
  model.failing = "second";
  model.start();
  settle(model, drivers);
  expect([model.held.workshop.state, model.seatsReady]).toEqual(["running", false]);
  expect(model.plan().actions).toContainEqual({ kind: "ask", resource: "machine", idx: 1, pauseMs: 2000 });
  model.failing = "none";
  settle(model, drivers);
  expect([model.held.workshop.state, model.seatsReady]).toEqual(["running", true]);
});

test("as long as another seat is being made, one that failed neither fails the start nor begins the class", () => {
  const model = new Model(false);
  const drivers = [new ModelDriver(model), new ModelDriver(model)] as const;
  model.failing = "second";
  model.stuckAt = 1;
  model.start();
  run(model, drivers[0], 3000);
  expect([model.held.workshop.state, model.held.workshop.failure]).toEqual(["provisioning", null]);
});

test("a start that moves may take long; ten minutes after its last move it fails, and says so", () => {
  const model = new Model(false);
  const drivers = [new ModelDriver(model), new ModelDriver(model)] as const;
  model.stuckAt = 0;
  model.start();
  const minutes = (count: number, each: () => void) => {
    for (let i = 0; i < count; i++) {
      each();
      run(model, drivers[0], 30);
      model.now += 59_000;
    }
  };
  minutes(25, () => model.built++);
  expect([model.held.workshop.state, model.held.workshop.failure]).toEqual(["provisioning", null]);
  minutes(9, () => {});
  expect(model.held.workshop.failure).toBeNull();
  minutes(3, () => {});
  expect(model.held.workshop.failure).toBe("Nothing moved for 10 minutes, last at “Install node”.");
});

test("a seat that waits for a person doesn't hold the class up", () => {
  const model = new Model(false);
  const drivers = [new ModelDriver(model), new ModelDriver(model)] as const;
  model.waiting = "second";
  model.start();
  settle(model, drivers);
  expect([model.held.workshop.state, model.seatsReady]).toEqual(["running", false]);
});

test("while all seats wait for a person the start isn't late, and its ten minutes begin anew when they go on", () => {
  const model = new Model(false);
  const drivers = [new ModelDriver(model), new ModelDriver(model)] as const;
  model.waiting = "all";
  model.stuckAt = 0;
  model.start();
  const minutes = (count: number) => {
    for (let i = 0; i < count; i++) {
      run(model, drivers[0], 30);
      model.now += 59_000;
    }
  };
  minutes(60);
  expect([model.held.workshop.state, model.held.workshop.failure]).toEqual(["provisioning", null]);
  model.waiting = "none";
  minutes(8);
  expect(model.held.workshop.failure).toBeNull();
  minutes(4);
  expect(model.held.workshop.failure).toStartWith("Nothing moved for 10 minutes");
});
