import type { TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { Elysia } from "elysia";
import { Problem } from "../../agent/contract/errors.ts";
import { type Asked, RENEWAL_ACTIONS, type RenewalWish, type Services } from "../services.ts";
import { json, readJson, seatOf } from "./answers.ts";
import { ChangeBody, ConnectionBody, RenewalBody } from "./schemas.ts";

/** `/api/workshops/:id/seats/:seat/…` and `…/changes`: what is done with seats in mid-class, for its instructor. */
export function renewalRoutes({ renewals, people }: Services) {
  return new Elysia({ name: "renewals", prefix: "/api/workshops" })
    .get("/:id/changes", async ({ request, params }) => {
      const { id: owner } = await people.instructor(request);
      return json({ changes: await renewals.changes(owner, params.id) });
    })
    .post(
      "/:id/changes/:change",
      async ({ request, params }) => {
        const { id: owner } = await people.instructor(request);
        const { action } = bodyOf(ChangeBody, await readJson(request), '{"action": "continue"} or {"action": "abort"}');
        return json(await renewals.act(owner, params.id, params.change, action));
      },
      { parse: "none" },
    )
    .get("/:id/seats/:seat/connections", async ({ request, params }) => {
      const { id: owner } = await people.instructor(request);
      return json(await renewals.connections(owner, params.id, seatOf(params.seat)));
    })
    .post(
      "/:id/seats/:seat/connections",
      async ({ request, params }) => {
        const { id: owner } = await people.instructor(request);
        const wish = bodyOf(ConnectionBody, await readJson(request), CONNECTION_LIKE);
        return asked(await renewals.connect(owner, params.id, seatOf(params.seat), wish));
      },
      { parse: "none" },
    )
    .post(
      "/:id/seats/:seat/:action",
      async ({ request, params }) => {
        const { id: owner } = await people.instructor(request);
        const seat = params.seat === "all" ? "all" : seatOf(params.seat);
        const { mode } = bodyOf(RenewalBody, await readJson(request), '{"mode": "wait-on-error"}, or nothing');
        const wish = { action: actionIn(params.action), ...(mode && { mode }) };
        return asked(await renewals.ask(owner, params.id, seat, wish));
      },
      { parse: "none" },
    );
}

const CONNECTION_LIKE = '{"action": "connect", "plug": "notes:cache", "slot": "system:mount"}, or "disconnect"';

const asked = (answer: Asked): Response => json(answer, answer.changes.length > 0 ? 202 : 200);

/** @throws Problem NOT_FOUND */
function actionIn(text: string): RenewalWish["action"] {
  const action = RENEWAL_ACTIONS.find((one) => one === text);
  if (action) return action;
  throw new Problem(
    "NOT_FOUND",
    `Seats can’t be told to “${text.slice(0, 20)}”: ${RENEWAL_ACTIONS.join(", ")} are what can be asked.`,
  );
}

/** @param like what it should be @throws Problem INVALID_INPUT */
function bodyOf<T extends TSchema>(schema: T, body: unknown, like: string) {
  if (Value.Check(schema, body)) return body;
  const { path, message } = Value.Errors(schema, body).First() ?? { path: "", message: "" };
  throw new Problem("INVALID_INPUT", `The body isn’t right${path && ` at “${path.slice(1, 40)}”`}: ${message}. Send ${like}.`);
}
