import { randomBytes } from "node:crypto";

const NAME = /^\.clarateach-[0-9a-f]{16}\.tmp$/;

/** A name for what isn't there yet or not any more: a file being saved, a folder being deleted. */
export const temporaryName = (): Buffer => Buffer.from(`.clarateach-${randomBytes(8).toString("hex")}.tmp`);

/** Such names are shown in no listing, archive or watch. */
export const isTemporary = (name: Uint8Array | string): boolean =>
  NAME.test(typeof name === "string" ? name : Buffer.from(name).toString("latin1"));
