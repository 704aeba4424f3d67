import { tidy } from "../../agent/definition/tree.ts";
import { OWN } from "../../views/parts/environment-field.tsx";
import type { WorkshopWish } from "../services.ts";
import { DefinitionFile } from "../workshops/definition-file.ts";
import { InputProblem } from "../workshops/input.ts";
import type { UploadForm } from "./upload.ts";

/** A field that holds a file's text: its lines stay where they are, but for empty ones before the first, which a browser may take away. */
export function fileText(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value.replace(/^(?:[ \t]*\r?\n)+/, "").trimEnd() : "";
}

/** Which environment is chosen; a text without a choice is one of one's own. */
export function environmentIn({ fields, files }: UploadForm): string | undefined {
  const chosen = fields.get("environment");
  if (typeof chosen === "string" && chosen !== "") return chosen;
  return fileText(fields, "definition") || files.has("definitionFile") ? OWN : undefined;
}

/** What a form says of the definition; undefined: nothing. @throws InputProblem for two at once, or none where one is due */
export function definitionIn(form: UploadForm): string | DefinitionFile | undefined {
  const chosen = environmentIn(form);
  if (chosen !== OWN) return chosen;
  const text = fileText(form.fields, "definition");
  const file = form.files.get("definitionFile");
  if (text && file)
    throw new InputProblem({ definition: `There is a text, and ${file.name} besides. Empty the text, or take the file away.` });
  if (file) return new DefinitionFile(file.path, file.name);
  if (text) return text;
  throw new InputProblem({ definition: "Paste the text of a workshop.yaml, or choose a file." });
}

/**
 * What a form says that edits the definition `kept`. An archive brings a workshop.yaml of its own: the text beside it counts where it was
 * changed, and then nobody knows which is meant.
 * @throws InputProblem for two at once, or none
 */
export function editedIn({ fields, files }: UploadForm, kept: string): string | DefinitionFile {
  const text = fileText(fields, "definition");
  const file = files.get("definitionFile");
  // Browsers end lines in their own way.
  const isTyped = text !== "" && tidy(text) !== kept.trimEnd();
  if (file && isTyped)
    throw new InputProblem({
      definition: `The text was changed, and there is ${file.name} besides. Empty the text, or take the file away.`,
    });
  if (file) return new DefinitionFile(file.path, file.name);
  if (text) return text;
  throw new InputProblem({ definition: "Paste the text of a workshop.yaml, or choose a file." });
}

/** A definition's file has 256 KiB at most, each sign of which JSON may write as two. */
export const WISH_LIMIT = 640 * 1024;

/** The API's wish as a form: the same fields as in JSON, and `definition` may be a file. @throws InputProblem for files besides */
export function wishIn({ fields, files }: UploadForm): WorkshopWish {
  const file = files.get("definition");
  const other = [...files.keys()].find((name) => name !== "definition");
  if (other !== undefined)
    throw new InputProblem({
      [other]: `“${other}” came as a file; only the definition may be one. Starter files are put afterwards.`,
    });
  const entries = [...fields].map(([name, value]) => [name, typed(name, String(value))] as const);
  return {
    ...Object.fromEntries(entries),
    ...(file && { definition: new DefinitionFile(file.path, file.name) }),
  } as unknown as WorkshopWish;
}

/** What isn't a number or a switch stays text, so that the sentence about it can quote it. */
function typed(name: string, value: string): unknown {
  if (name === "seats" || name === "hours") return /^\d{1,6}$/.test(value) ? Number(value) : value;
  return name === "smallSeats" && /^(?:true|false)$/.test(value) ? value === "true" : value;
}
