import { CATALOGUE, type Shelf } from "../../../agent/definition/catalogue.ts";
import { readSdk, type Sdk } from "../../../agent/definition/sdk.ts";

const EXAMPLE = new URL("../../../agent/definition/example/", import.meta.url).pathname;

export const exampleText = await Bun.file(`${EXAMPLE}workshop.yaml`).text();
export const exampleSdkText = await Bun.file(`${EXAMPLE}project-notes/sdk.yaml`).text();

/** The catalogue with SDKs of one's own beside it. @param texts their sdk.yaml by name */
export function shelfWith(texts: Record<string, string>): Shelf {
  return { ...CATALOGUE, project: new Map(Object.entries(texts).map(([name, text]) => [name, sdkOf(name, text)])) };
}

function sdkOf(name: string, text: string): Sdk {
  const read = readSdk(text, name);
  if (read.problems) throw new Error(JSON.stringify(read.problems));
  return read.value;
}
