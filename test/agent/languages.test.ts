import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { languageIn, openLanguages } from "../../agent/languages.ts";

const directory = mkdtempSync(join(tmpdir(), "ct-languages-"));
afterAll(() => rmSync(directory, { recursive: true }));

describe("the language of a learner's page", () => {
  test("its first one, by name; English and what has no name are none", () => {
    expect(languageIn("de,en;q=0.9")).toBe("German");
    expect(languageIn("pt-BR")).toBe("Portuguese (Brazil)");
    expect(languageIn("zh-TW,zh;q=0.9,en;q=0.8")).toBe("Chinese (Taiwan)");
    for (const none of [null, "", "*", "en", "en-GB,de;q=0.5", "xx", "de German\n", `${"a".repeat(1000)}`, 'de"}', "a-b-c-d"])
      expect(languageIn(none)).toBeUndefined();
  });

  test("it is the generation's: a stranger's next one begins without; and it outlives the agent", () => {
    const languages = openLanguages(directory);
    expect(languages.hear(1, 1, "de")).toBe(true);
    expect(languages.hear(1, 1, "de")).toBe(false);
    expect(openLanguages(directory).of(1, 1)).toBe("German");
    expect(languages.of(1, 2)).toBeUndefined();
    expect(languages.hear(1, 1, "en")).toBe(true);
    expect(openLanguages(directory).of(1, 1)).toBeUndefined();
    writeFileSync(join(directory, "languages.json"), '{"1":');
    expect(openLanguages(directory).of(1, 1)).toBeUndefined();
  });
});
