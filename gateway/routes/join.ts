import { Elysia } from "elysia";
import { Problem } from "../../agent/contract/errors.ts";
import type { Services } from "../services.ts";
import { callerOf, json, optionalField, readJson } from "./answers.ts";

/** `POST /api/join`: anyone who knows a code. */
export function joinRoutes({ seating, people }: Services, behindFront: boolean) {
  return new Elysia({ name: "join" }).post(
    "/api/join",
    async ({ request, server }) => {
      people.requireOwnOrigin(request);
      const body = await readJson(request);
      const code = optionalField(body, "code", "string");
      if (code === undefined) throw new Problem("INVALID_INPUT", "“code” is missing: the code that the instructor gives out.");
      const [odehash, name] = [optionalField(body, "odehash", "string"), optionalField(body, "name", "string")];
      const wish = { code, ...(odehash !== undefined && { odehash }), ...(name !== undefined && { name }) };
      return json(await seating.enter(wish, callerOf({ request, server }, people, behindFront)));
    },
    { parse: "none" },
  );
}
