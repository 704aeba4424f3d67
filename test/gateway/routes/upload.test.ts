import { expect, test } from "bun:test";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readUploadForm } from "../../../gateway/routes/upload.ts";

const BOUNDARY = "clarateach-test";
const part = (head: string, body: string) => `--${BOUNDARY}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}\r\n`;
const FILE_HEAD = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="starter"; filename="../../é work.zip"\r\nContent-Type: application/zip\r\n\r\n`;

const request = (body: string | FormData) =>
  new Request("http://x/workshops", {
    method: "POST",
    body: body as unknown as BodyInit,
    ...(body instanceof FormData ? {} : { headers: { "content-type": `multipart/form-data; boundary=${BOUNDARY}` } }),
  });
const directories = () => fs.readdirSync(tmpdir()).filter((name) => name.startsWith("clarateach-form-"));

test("a file of 300 MB goes to the disk as it comes: the memory doesn't hold it", async () => {
  const others = directories();
  // In a process of its own: here it would be measured with what other tests left to be collected.
  const program = join(import.meta.dir, "../../fixtures/large-upload.ts");
  const child = Bun.spawn([process.execPath, program], { stdout: "pipe", stderr: "inherit" });
  const { grew, ...form } = await new Response(child.stdout).json();
  const bytes = 300 * 2 ** 20;
  expect(form).toEqual({ fields: ["a class", "3"], name: "é work.zip", bytes, stored: bytes });
  expect(grew / 2 ** 20).toBeLessThan(150);
  expect(directories().filter((one) => !others.includes(one))).toEqual([]);
});

test("a form without a chosen file has none", async () => {
  const form = new FormData();
  form.append("name", "x");
  form.append("starter", new File([], ""));
  await using received = await readUploadForm(request(form));
  expect([received.fields.get("name"), received.files.size]).toEqual(["x", 0]);
});

test("what is cut off or no form is a sentence, and nothing stays on the disk", async () => {
  const others = directories();
  for (const body of [part('name="name"', "x"), `${FILE_HEAD}half`, "no form"])
    expect(await readUploadForm(request(body)).catch(({ code }) => code)).toBe("INVALID_INPUT");
  const whole = `${part('name="name"', "x")}${FILE_HEAD}work\r\n--${BOUNDARY}--`;
  for (let length = 0; length < whole.length; length++)
    expect(await readUploadForm(request(whole.slice(0, length))).catch(({ code }) => code)).toBe("INVALID_INPUT");
  const other = new Request("http://x/", { method: "POST", body: "{}", headers: { "content-type": "application/json" } });
  expect(await readUploadForm(other).catch(({ code }) => code)).toBe("INVALID_INPUT");
  expect(directories().filter((one) => !others.includes(one))).toEqual([]);
});
