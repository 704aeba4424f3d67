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

/** On the line of a class one call in some gets lost; who has closed her laptop by then isn't told of it. */
const TRIES = 4;
const AGAIN_MS = 2000;

/** @returns what to say of it */
async function post(at: string, body: Note): Promise<string> {
  for (let left = TRIES - 1; ; left--) {
    const said = await posted(at, body);
    if (said !== UNHEARD || left === 0) return said;
    await new Promise((later) => setTimeout(later, AGAIN_MS));
  }
}

async function posted(at: string, body: Note): Promise<string> {
  try {
    const headers = { "content-type": "application/json" };
    const response = await fetch(at, { method: "POST", headers, body: JSON.stringify(body) });
    if (response.status === 204)
      return body.name.trim() ? `Your instructor sees it as ${body.name.trim()}’s.` : "Your instructor sees it.";
    return response.headers.get("content-type")?.startsWith("text/plain") ? await response.text() : UNHEARD;
  } catch {
    return UNHEARD;
  }
}

const UNHEARD = "Your instructor could not be told: the server didn’t answer. Press the button to try again.";
