import { one } from "../shared/dom.ts";
import type { Findings } from "./findings.ts";

/** Tells the instructor, one after the other: the last has it all. @param at undefined: there is nobody to tell */
export function openNote(at: string | undefined, findings: Findings): { send(): void } {
  let sending = Promise.resolve();
  const form = document.querySelector<HTMLFormElement>("#who");
  const name = () => form?.querySelector<HTMLInputElement>("#name")?.value ?? "";
  const send = () => {
    if (at !== undefined) sending = sending.then(() => post(at, { name: name(), findings }).then(tell));
  };
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  return { send };
}

interface Note {
  name: string;
  findings: Findings;
}

const tell = (words: string): void => {
  one("#noted").textContent = words;
};

/** On a class's network a call gets lost now and then, and whoever had her result in it may not be looking any more. */
const TRIES = 4;
const AGAIN_MS = 2000;

/** @returns what to say of it in the end */
async function post(at: string, body: Note): Promise<string> {
  for (let tried = 1; tried < TRIES; tried++) {
    const said = await posted(at, body);
    if (said !== undefined) return said;
    tell("The server didn’t answer. Your instructor is told again in a moment.");
    await new Promise((later) => setTimeout(later, AGAIN_MS));
  }
  return (
    (await posted(at, body)) ?? "Your instructor could not be told: the server didn’t answer. Press the button to try again."
  );
}

/** @returns what to say of it; undefined: it wasn't heard */
async function posted(at: string, body: Note): Promise<string | undefined> {
  try {
    const headers = { "content-type": "application/json" };
    const response = await fetch(at, { method: "POST", headers, body: JSON.stringify(body) });
    if (response.status === 204)
      return body.name.trim() ? `Your instructor sees it as ${body.name.trim()}’s.` : "Your instructor sees it.";
    return response.headers.get("content-type")?.startsWith("text/plain") ? await response.text() : undefined;
  } catch {
    return undefined;
  }
}
