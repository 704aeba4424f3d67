import { Problem } from "../contract/errors.ts";
import { NAME_LIMIT, PATH_LIMIT, WORKSPACE } from "../contract/files.ts";

/** A path below `/workspace` that can't lead out of it; `/workspace` itself has no names. */
export interface WorkspacePath {
  /** As people write it, from `/workspace`. */
  readonly text: string;
  readonly names: readonly Buffer[];
  /** The same where `\xE9` stands for a byte that isn't UTF-8, as listings show it. Undefined when nothing is escaped. */
  readonly escaped: readonly Buffer[] | undefined;
}

const ESCAPE = /\\x([89A-F][0-9A-F])/;
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @throws Problem FORBIDDEN outside `/workspace`, INVALID_INPUT for what no file can be called */
export function parsePath(text: string): WorkspacePath {
  const shown = JSON.stringify(text.slice(0, 200));
  if (text.includes("\0") || !text.isWellFormed())
    throw new Problem("INVALID_INPUT", `The path ${shown} holds characters no file name can have.`);
  if (Buffer.byteLength(text) > PATH_LIMIT)
    throw new Problem("INVALID_INPUT", `The path ${shown} is longer than ${PATH_LIMIT} bytes.`);
  const [empty, first, ...rest] = text.split("/");
  if (empty !== "" || `/${first}` !== WORKSPACE || rest.includes(".."))
    throw new Problem("FORBIDDEN", `The path ${shown} is outside ${WORKSPACE}: only files in it can be reached here.`);
  const names = rest.filter((name) => name !== "" && name !== ".");
  for (const name of names) refuseLong(name);
  const escaped = names.some((name) => ESCAPE.test(name)) ? names.map(unescapeName) : undefined;
  return { text: [WORKSPACE, ...names].join("/"), names: names.map((name) => Buffer.from(name)), escaped };
}

function refuseLong(name: string): void {
  if (Buffer.byteLength(name) > NAME_LIMIT)
    throw new Problem(
      "INVALID_INPUT",
      `The name "${name.slice(0, 40)}…" is longer than ${NAME_LIMIT} bytes: choose a shorter one.`,
    );
}

/** What stands in an address, still percent-encoded. @throws Problem INVALID_INPUT where it isn't percent-encoded UTF-8 */
export function decodeAddress(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new Problem("INVALID_INPUT", `The path "${encoded.slice(0, 200)}" isn't percent-encoded UTF-8.`);
  }
}

/** A name on the disk as text; a byte that isn't UTF-8 becomes `\xE9`. */
export function showName(name: Uint8Array): string {
  try {
    return strictUtf8.decode(name);
  } catch {
    return showBroken(name);
  }
}

function showBroken(name: Uint8Array): string {
  let text = "";
  for (let i = 0; i < name.length; ) {
    const length = characterLength(name, i);
    text += length ? strictUtf8.decode(name.subarray(i, i + length)) : `\\x${(name[i] ?? 0).toString(16).toUpperCase()}`;
    i += length || 1;
  }
  return text;
}

/** Bytes of the UTF-8 character that begins here; 0 where none does. */
function characterLength(bytes: Uint8Array, start: number): number {
  for (let length = 1; length <= 4 && start + length <= bytes.length; length++) {
    try {
      strictUtf8.decode(bytes.subarray(start, start + length));
      return length;
    } catch {}
  }
  return 0;
}

function unescapeName(name: string): Buffer {
  const parts = name.split(new RegExp(ESCAPE, "g"));
  return Buffer.concat(parts.map((part, i) => Buffer.from(part, i % 2 ? "hex" : "utf-8")));
}
