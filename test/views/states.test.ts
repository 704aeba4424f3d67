import { beforeAll, describe, expect, test } from "bun:test";
import { STATES } from "../support/states.tsx";

interface Found {
  ids: string[];
  refs: string[];
  unnamed: string[];
  inline: string[];
  outside: string[];
}

/** What the look and the rules ask of every page, read off its HTML. */
async function inspect(html: string): Promise<Found> {
  const found: Found = { ids: [], refs: [], unnamed: [], inline: [], outside: [] };
  const labelled = new Set([...html.matchAll(/<label for="([^"]+)"/g)].map(([, id]) => id));
  const rewriter = new HTMLRewriter().on("*", {
    element(element) {
      const get = (name: string) => element.getAttribute(name);
      const id = get("id");
      if (id) found.ids.push(id);
      for (const name of ["aria-describedby", "aria-labelledby", "for", "popovertarget"]) {
        const ref = get(name);
        if (ref) found.refs.push(...ref.split(" "));
      }
      for (const [name, value] of element.attributes) {
        if (name === "style" || /^on|^hx-on/.test(name)) found.inline.push(`${element.tagName} ${name}`);
        if (/^(src|href|action)$/.test(name) && /^(https?:)?\/\//.test(value)) found.outside.push(value);
      }
      const field = /^(input|select|textarea)$/.test(element.tagName) && !/^(hidden|checkbox)$/.test(get("type") ?? "");
      if (field && !labelled.has(id ?? "")) found.unnamed.push(`${element.tagName} ${id}`);
    },
  });
  await rewriter.transform(new Response(html)).text();
  return found;
}

describe.each(Object.entries(STATES))("%s", (_, make) => {
  let html: string;
  let found: Found;
  beforeAll(async () => {
    html = make();
    found = await inspect(html);
  });

  test("is a whole document with a title, a skip link and an h1", () => {
    expect(html).toStartWith('<!doctype html>\n<html lang="en">');
    expect(html).toMatch(/<title>[^<]+ – ClaraTeach<\/title>/);
    expect(html).toContain('href="#main"');
    expect(html).toMatch(/<h1[ >]/);
  });

  test("has ids once, labels on every field, and references that exist", () => {
    expect(found.ids.length).toBe(new Set(found.ids).size);
    expect(found.unnamed).toEqual([]);
    expect(found.refs.filter((ref) => !found.ids.includes(ref))).toEqual([]);
  });

  test("needs no script or style written into it, and nothing from elsewhere", () => {
    expect(found.inline).toEqual([]);
    expect(found.outside).toEqual([]);
    expect(html).not.toMatch(/<script(?![^>]* src=)/);
  });

  test("says nothing the look forbids", () => {
    const words = html.replace(/<[^>]+>/g, " ");
    expect(words).not.toMatch(/\b(oops|please|invalid|sorry)\b|undefined|\[object|NaN/i);
    expect(words).not.toMatch(/[a-z]!(\s|$)/);
  });
});

test("how long it will take is guessed of seats, and not of what is fetched and installed", () => {
  expect(STATES["provisioning-sdks"]?.()).not.toContain("left</span>");
  expect(STATES.provisioning?.()).toMatch(/About \d+ seconds? left<\/span>/);
});
