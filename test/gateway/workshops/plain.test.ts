import { afterAll, beforeAll, expect, test } from "bun:test";
import { AGENT_COMMAND } from "../../support/agent.ts";
import { type Desk, openDesk } from "../support.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk(AGENT_COMMAND);
});
afterAll(() => desk.end());

const WISH = { name: "First steps", seats: 2, apiKey: "sk-ant-0123456789-0123456789-0123456789" };
const make = (definition: string) => desk.ask("POST", "/api/workshops", { ...WISH, definition });

test("a definition that plain processes can't have is refused before anything is made, beside its field", async () => {
  const { status, body } = await make("python");
  expect([status, body.error.code]).toEqual([400, "INVALID_INPUT"]);
  expect(body.error.message).toStartWith("This definition has python. Seats are plain processes on this computer");
  expect((await desk.ask("GET", "/api/workshops")).body.workshops).toEqual([]);
  expect((await make("claude")).status).toBe(201);
});
