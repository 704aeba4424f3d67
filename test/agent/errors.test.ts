import { expect, test } from "bun:test";
import { Replaced } from "../../agent/access.ts";
import { Problem } from "../../agent/contract/errors.ts";
import { problemResponse } from "../../agent/errors.ts";

const JOIN = "https://class.example.org/join";
const page = async (problem: Problem) => {
  const request = new Request("http://localhost/vm/01/", { headers: { "sec-fetch-mode": "navigate" } });
  return (await problemResponse(problem, request, JOIN).text()).replace(/<style>[^§]*<\/style>/, "");
};

test("after the end the page leads to the one that knows until when work is kept", async () => {
  const ended = await page(new Problem("WORKSHOP_ENDED", "“<b>” has ended."));
  expect(ended).toContain("<h1>Workshop ended</h1><p>“&lt;b&gt;” has ended.</p>");
  expect(ended).toContain(`<a href="${JOIN}/ended">Go to the join page</a>`);
});

test("whose seat was freed is told so, and isn't sent back with a reconnect code that has ended", async () => {
  const freed = await page(new Replaced(2));
  expect(freed).toContain("<h1>This seat is no longer yours</h1>");
  expect(freed).toContain(`<a href="${JOIN}">Join with a code</a>`);
  expect(freed).not.toContain("reconnect code");
});
