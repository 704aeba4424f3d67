import { DEFINITION_ARCHIVE_LIMIT } from "../../agent/contract/files.ts";
import type { ArchivedDefinition } from "../../views/workshop.ts";
import type { DefinitionFile } from "./definition-file.ts";
import { KeptFiles } from "./kept-files.ts";

/** As people read it. */
export const ARCHIVE_SHOWN = `${DEFINITION_ARCHIVE_LIMIT / 1024 ** 2} MB`;

export const ARCHIVE_TOO_LARGE = `A definition’s archive may have ${ARCHIVE_SHOWN}. Pack only the workshop.yaml and its own SDKs.`;

/** Of a file's name on a page. */
const NAME_SHOWN = 100;

/** Archives of definitions, for machines. */
export class Definitions extends KeptFiles {
  constructor(directory: string) {
    super(directory, DEFINITION_ARCHIVE_LIMIT, ARCHIVE_TOO_LARGE);
  }

  /** One that was found good. */
  async keep({ path, name }: DefinitionFile): Promise<ArchivedDefinition> {
    return this.take(Bun.file(path).stream(), async () => ({ name: name.replace(/\p{C}+/gu, "").slice(-NAME_SHOWN) }));
  }
}
