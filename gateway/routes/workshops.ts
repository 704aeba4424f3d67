import { Elysia } from "elysia";
import { Problem } from "../../agent/contract/errors.ts";
import type { WorkshopView } from "../../views/workshop.ts";
import type { Services, WorkshopWish } from "../services.ts";
import { json, optionalField, readJson, seatOf, zip } from "./answers.ts";
import { WISH_LIMIT, wishIn } from "./definition-form.ts";
import type { LearnersAnswer, WorkshopAnswer } from "./schemas.ts";
import { readUploadForm } from "./upload.ts";

/** `/api/workshops…`: an instructor's workshops, by session or API token. */
export function workshopRoutes({ workshops, people }: Services) {
  return new Elysia({ name: "workshops", prefix: "/api/workshops" })
    .get("/", async ({ request }) => {
      const { id: owner } = await people.instructor(request);
      return json({ workshops: (await workshops.list(owner)).map(summary) });
    })
    .post("/", ({ request }) => create({ workshops, people }, request), { parse: "none" })
    .get("/:id", async ({ request, params }) => {
      const { id: owner } = await people.instructor(request);
      return json(summary(await workshops.find(owner, params.id)));
    })
    .patch(
      "/:id",
      async ({ request, params }) => {
        const { id: owner } = await people.instructor(request);
        return json(summary(await workshops.schedule(owner, params.id, await timesIn(request, "startsAt", "endsAt"))));
      },
      { parse: "none" },
    )
    .post(
      "/:id/extend",
      async ({ request, params }) => {
        const { id: owner } = await people.instructor(request);
        const { endsAt } = await timesIn(request, "endsAt");
        return json(summary(await workshops.extend(owner, params.id, endsAt)));
      },
      { parse: "none" },
    )
    .post(
      "/:id/start",
      async ({ request, params }) => {
        const { id: owner } = await people.instructor(request);
        return json({ status: await workshops.start(owner, params.id) }, 202);
      },
      { parse: "none" },
    )
    .post(
      "/:id/stop",
      async ({ request, params }) => {
        const { id: owner } = await people.instructor(request);
        const keepWork = optionalField(await readJson(request), "keepWork", "boolean");
        const status = await workshops.stop(owner, params.id, keepWork === undefined ? {} : { keepWork });
        return json({ status }, status === "stopped" ? 200 : 202);
      },
      { parse: "none" },
    )
    .get("/:id/learners", async ({ request, params }) => {
      const { id: owner } = await people.instructor(request);
      return json(roster(await workshops.find(owner, params.id)));
    })
    .post(
      "/:id/seats/:seat/free",
      async ({ request, params }) => {
        const { id: owner } = await people.instructor(request);
        await workshops.freeSeat(owner, params.id, seatOf(params.seat));
        return new Response(null, { status: 204 });
      },
      { parse: "none" },
    )
    .put(
      "/:id/starter",
      async ({ request, params }) => {
        const { id: owner } = await people.instructor(request);
        const body = request.body ?? new Blob([]).stream();
        return json(await workshops.putStarter(owner, params.id, { name: starterName(request), body }));
      },
      { parse: "none" },
    )
    .get("/:id/archive", async ({ request, params }) => {
      const { id: owner } = await people.instructor(request);
      const { body, name } = await workshops.archive(owner, params.id);
      return zip(body, name);
    })
    .delete(
      "/:id/archive",
      async ({ request, params }) => {
        const { id: owner } = await people.instructor(request);
        await workshops.removeArchive(owner, params.id);
        return new Response(null, { status: 204 });
      },
      { parse: "none" },
    );
}

/** JSON, or a form where the definition is a file. */
async function create({ workshops, people }: Pick<Services, "workshops" | "people">, request: Request): Promise<Response> {
  const { id: owner } = await people.instructor(request);
  if (request.headers.get("content-type")?.startsWith("multipart/form-data")) {
    await using form = await readUploadForm(request);
    return made(await workshops.create(owner, wishIn(form)));
  }
  return made(await workshops.create(owner, (await readJson(request, WISH_LIMIT)) as unknown as WorkshopWish));
}

/** @throws INVALID_INPUT for any other field: its writer meant something by it */
async function timesIn(request: Request, ...fields: string[]): Promise<Record<string, unknown>> {
  const body = await readJson(request);
  const other = Object.keys(body).find((field) => !fields.includes(field));
  if (other === undefined) return body;
  throw new Problem("INVALID_INPUT", `“${other.slice(0, 40)}” can’t be changed here; ${fields.join(" and ")} can.`);
}

const made = ({ id, code, state }: WorkshopView): Response => json({ workshopId: id, code, status: state }, 201);

/** What the API says of a workshop. */
function summary(view: WorkshopView): WorkshopAnswer {
  const { id, code, name, seats, state, machines, createdAt, startedAt, stoppedAt, failure, archiveProblem } = view;
  const { startsAt, endsAt, latestEnd } = view;
  return {
    workshopId: id,
    code,
    name,
    seats: seats.length,
    status: state,
    endpoint: view.endpoint ?? null,
    url: view.url ?? null,
    machines: machines.map((machine) => ({ name: machine.name, endpoint: machine.endpoint ?? null, status: machine.status })),
    progress: view.progress,
    createdAt,
    ...(startedAt && { startedAt }),
    ...(startsAt && { startsAt }),
    ...(endsAt && { endsAt }),
    ...(latestEnd && { latestEnd }),
    ...(stoppedAt && { stoppedAt }),
    ...(failure && { failure }),
    ...(archiveProblem && { archiveProblem }),
    ...(view.chooseUntil && { chooseUntil: view.chooseUntil }),
    ...(view.environment && { environment: view.environment }),
    ...(view.starter && { starter: view.starter }),
    ...(view.archive && { archive: view.archive }),
    ...(view.cost && { cost: view.cost }),
    ...(view.receipt && { receipt: view.receipt }),
  };
}

const roster = ({ learners }: WorkshopView): LearnersAnswer => ({
  learners: learners.map(({ seat, name, session, since }) => ({ seat, name, state: session, since })),
});

/** `?name=` or the content type's usual ending; what it is, its bytes decide. */
function starterName(request: Request): string {
  return new URL(request.url).searchParams.get("name") || "starter";
}
