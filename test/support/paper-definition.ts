import { DEFAULT_TEXT, DEFAULT_WRITTEN } from "../../gateway/workshops/default-definition.ts";
import { checkedDefinition, environmentOfText } from "../../gateway/workshops/definition.ts";
import { InputProblem } from "../../gateway/workshops/input.ts";
import type { DefinitionView } from "../../views/definition.ts";

/** As the gateway keeps one. @throws InputProblem */
export async function definitionView(wish: unknown, digest = "b".repeat(64)): Promise<DefinitionView> {
  const check = await checkedDefinition(wish);
  if (check.problems) throw new InputProblem({ definition: check.problem }, check.problems);
  const { text = DEFAULT_TEXT, written = DEFAULT_WRITTEN } = check.value;
  return { text: written, digest, environment: environmentOfText(text) };
}

/** The one that a workshop of paper begins with. */
export const paperDefinition = (): DefinitionView => ({
  text: DEFAULT_WRITTEN,
  digest: "a".repeat(64),
  environment: environmentOfText(DEFAULT_TEXT),
});
