import { Elysia } from "elysia";
import { Problem } from "../../agent/contract/errors.ts";
import type { DefinitionView } from "../../views/definition.ts";
import type { DefinitionWish, Services } from "../services.ts";
import { DefinitionFile } from "../workshops/definition-file.ts";
import { json, optionalField, readJson } from "./answers.ts";
import { WISH_LIMIT } from "./definition-form.ts";
import type { DefinitionAnswer, PlanAnswer } from "./schemas.ts";
import { readUploadForm } from "./upload.ts";

/** `/api/workshops/:id/definition` and `…/plan`: what seats are made from, and what a refresh would do. */
export function definitionRoutes({ definitions, people }: Services) {
  return new Elysia({ name: "definition", prefix: "/api/workshops" })
    .get("/:id/definition", async ({ request, params }) => {
      const { id: owner } = await people.instructor(request);
      return json(answerOf(await definitions.find(owner, params.id)));
    })
    .put("/:id/definition", ({ request, params }) => replace({ definitions, people }, request, params.id), { parse: "none" })
    .get("/:id/plan", async ({ request, params }) => {
      const { id: owner } = await people.instructor(request);
      return json((await definitions.plan(owner, params.id)) satisfies PlanAnswer);
    });
}

/** JSON, or a form where the definition is a file. */
async function replace(
  { definitions, people }: Pick<Services, "definitions" | "people">,
  request: Request,
  id: string,
): Promise<Response> {
  const { id: owner } = await people.instructor(request);
  if (!request.headers.get("content-type")?.startsWith("multipart/form-data"))
    return json(answerOf(await definitions.replace(owner, id, wishOf(await readJson(request, WISH_LIMIT)))));
  await using form = await readUploadForm(request);
  const file = form.files.get("definition");
  const wish = wishOf({
    ...Object.fromEntries(form.fields),
    ...(file && { definition: new DefinitionFile(file.path, file.name) }),
  });
  return json(answerOf(await definitions.replace(owner, id, wish)));
}

/** @throws INVALID_INPUT for any other field: its writer meant something by it */
function wishOf(body: Record<string, unknown>): DefinitionWish {
  const other = Object.keys(body).find((field) => field !== "definition" && field !== "from");
  if (other !== undefined)
    throw new Problem("INVALID_INPUT", `“${other.slice(0, 40)}” is nothing of a definition; send definition and from.`);
  return { definition: body.definition as DefinitionWish["definition"], from: optionalField(body, "from", "string") };
}

const answerOf = ({ text: definition, digest, environment }: DefinitionView): DefinitionAnswer => ({
  ...{ definition, digest, environment },
});
