import { Elysia } from "elysia";
import type { LlmView } from "../../views/llm.ts";
import type { Services } from "../services.ts";
import { json, readJson } from "./answers.ts";
import type { LlmAnswer } from "./schemas.ts";

/** A list of models and one of seats. */
const PATCH_LIMIT = 32 * 1024;

/** `/api/workshops/:id/llm` and `…/key`: Claude in a class, for its instructor. */
export function llmRoutes({ llm, people }: Services) {
  return new Elysia({ name: "llm", prefix: "/api/workshops" })
    .get("/:id/llm", async ({ request, params }) => {
      const { id: owner } = await people.instructor(request);
      return json(answerOf(await llm.find(owner, params.id)));
    })
    .patch(
      "/:id/llm",
      async ({ request, params }) => {
        const { id: owner } = await people.instructor(request);
        return json(answerOf(await llm.change(owner, params.id, await readJson(request, PATCH_LIMIT))));
      },
      { parse: "none" },
    )
    .put(
      "/:id/key",
      async ({ request, params }) => {
        const { id: owner } = await people.instructor(request);
        await llm.replaceKey(owner, params.id, (await readJson(request)).apiKey);
        return new Response(null, { status: 204 });
      },
      { parse: "none" },
    );
}

/** What pages alone need stays with them. */
function answerOf({ usedUp: _, trial, seats, ...llm }: LlmView): LlmAnswer {
  return { ...llm, seats: seats.map(({ usedUp: __, ...seat }) => seat), ...(trial && { key: trial.is }) };
}
