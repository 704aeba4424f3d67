/** SDKs of one's own in seats that are containers: from the form to the seat, and what is told of one that fails. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { definitionFiles, packTar } from "../support/definition.ts";
import { startDockerWorld } from "../support/docker-world.ts";
import { until } from "../support/until.ts";

let world: Awaited<ReturnType<typeof startDockerWorld>>;
beforeAll(async () => {
  world = await startDockerWorld();
});
afterAll(() => world?.end());

const page = async (path: string) =>
  (await fetch(world.url + path, { headers: { authorization: `Bearer ${world.apiToken}` } })).text();

async function started(hooks: Record<string, string>): Promise<{ id: string; code: string }> {
  const own = definitionFiles()
    .filter(({ name }) => !name.includes("/hooks/"))
    .map((file) =>
      file.name === "workshop.yaml" ? { ...file, text: "name: own\nbase: debian@12\nsdks:\n  - name: project-notes\n" } : file,
    );
  const files = [...own, ...Object.entries(hooks).map(([name, text]) => ({ name: `project-notes/hooks/${name}`, text }))];
  const form = new FormData();
  for (const [name, value] of Object.entries({ name: "Own", seats: "2", apiKey: "sk-ant-0123456789", smallSeats: "true" }))
    form.append(name, value);
  form.append("definition", new File([await packTar(files)], "class.tar"));
  const { status, body } = await world.api("/api/workshops", { method: "POST", body: form });
  expect([status, body.error?.message]).toEqual([201, undefined]);
  await world.api(`/api/workshops/${body.workshopId}/start`, { method: "POST" });
  return { id: body.workshopId, code: body.code };
}

const reaches = (id: string, wanted: string) =>
  until(`${id} is ${wanted}`, async () => {
    const { body } = await world.api(`/api/workshops/${id}`);
    if (wanted === "running" && body.failure) throw new Error(body.failure);
    return body.status === wanted && body;
  });

test("an archive's SDK is installed once for all seats, and its second hook ran in each", async () => {
  const { id, code } = await started({
    "setup-base": "echo made by the builder > /usr/local/share/notes\n",
    "setup-project": 'cp /usr/local/share/notes "$SDK/templates/one.md" /workspace/\n',
  });
  await reaches(id, "running");
  for (const seat of [1, 2]) {
    const { token, endpoint } = (await world.api("/api/join", { method: "POST", json: { code }, anonymous: true })).body;
    const read = async (name: string) =>
      (
        await fetch(`http://${endpoint}/vm/0${seat}/files/workspace/${name}`, { headers: { authorization: `Bearer ${token}` } })
      ).json();
    expect(await read("notes")).toMatchObject({ content: "made by the builder\n" });
    expect(await read("one.md")).toMatchObject({ content: "# One\n" });
  }
  expect(await page(`/workshops/${id}`)).toContain("A small server for notes.");
  await world.api(`/api/workshops/${id}/stop`, { method: "POST" });
});

test("of a hook that fails the page has the last lines, and the whole log after its machine has gone", async () => {
  const { id } = await started({ "setup-base": "for i in $(seq 1 300); do echo line $i; done\nfalse\n" });
  const { failure } = await reaches(id, "failed");
  expect(failure).toMatch(/Seat 01 and 1 more could not be made: Install project-notes: /);
  const html = await page(`/workshops/${id}`);
  for (const words of ["Fetch project-notes", "Install project-notes", "line 300"]) expect(html).toContain(words);
  expect(html).not.toContain("line 1\n");
  const [href = ""] = /\/workshops\/[^"]+\/log(?=")/.exec(html) ?? [];
  const log = await page(href);
  expect([log.includes("line 1\n"), log.includes("line 300\n")]).toEqual([true, true]);
  expect((await world.api(`/api/workshops/${id}`)).body.machines[0].status).toBe("gone");
  await world.api(`/api/workshops/${id}/stop`, { method: "POST" });
});
