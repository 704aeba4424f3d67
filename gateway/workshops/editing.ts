import { existsSync } from "node:fs";
import { Problem } from "../../agent/contract/errors.ts";
import { whyNotPlain } from "../../agent/definition/plain.ts";
import type { Machines } from "../../provision/cloud.ts";
import type { DefinitionView, RefreshPlanView } from "../../views/definition.ts";
import type { EnvironmentView } from "../../views/workshop.ts";
import type { AgentClient } from "../agents/client.ts";
import type { DefinitionService, DefinitionWish } from "../services.ts";
import { DEFAULT_TEXT } from "./default-definition.ts";
import { type CheckedDefinition, checkedDefinition, environmentOfText } from "./definition.ts";
import { DefinitionFile } from "./definition-file.ts";
import type { Definitions } from "./definitions.ts";
import type { Driver } from "./drive.ts";
import { InputProblem } from "./input.ts";
import { ownedWorkshop } from "./owned.ts";
import type { Whole, Workshop } from "./record.ts";
import { definitionDigest, redefined, writtenText } from "./redefine.ts";
import { refreshPlan } from "./refresh-plan.ts";
import type { Reports } from "./reports.ts";
import type { Store } from "./store.ts";
import { taken } from "./taken.ts";
import type { Watching } from "./watch.ts";

export interface EditingTools {
  store: Store;
  agents: AgentClient;
  machines: Pick<Machines, "fit">;
  driver: Driver;
  reports: Reports;
  watching: Watching;
  definitions: Definitions;
}

/** The definition of a workshop that was made: looked at, edited, and what a refresh would make of it. */
export class Editing implements DefinitionService {
  constructor(private readonly tools: EditingTools) {}

  async find(owner: string, id: string): Promise<DefinitionView> {
    return shown((await ownedWorkshop(this.tools.store, owner, id)).workshop);
  }

  async look(owner: string, id: string, definition: DefinitionWish["definition"]): Promise<EnvironmentView> {
    return (await this.#checked(await ownedWorkshop(this.tools.store, owner, id), definition)).environment;
  }

  async replace(owner: string, id: string, { definition, from }: DefinitionWish): Promise<DefinitionView> {
    const whole = await ownedWorkshop(this.tools.store, owner, id);
    const { text = null, written = null, environment, archive: file } = await this.#checked(whole, definition);
    const archive = file && (await this.#kept(whole, file));
    const next = { definition: text, written, environment: { ...environment, ...(archive && { archive }) }, from };
    const held = await this.tools.store.change(id, (now) => redefined(now, next));
    this.tools.driver.wake(id);
    this.tools.watching.hint(id);
    if (held) await taken(this.tools.store, id, held.workshop.document);
    return this.find(owner, id);
  }

  async plan(owner: string, id: string): Promise<RefreshPlanView> {
    const whole = await ownedWorkshop(this.tools.store, owner, id);
    const { name, state } = whole.workshop;
    if (state !== "running")
      throw new Problem("NOT_RUNNING", `“${name}” is ${state}: there are no seats to refresh. Ask again while it runs.`);
    await this.tools.reports.refresh(whole);
    return refreshPlan(this.tools.agents, whole, this.tools.reports.seen(whole));
  }

  /** @throws InputProblem with every problem and its place */
  async #checked({ workshop }: Whole, definition: unknown): Promise<CheckedDefinition> {
    const check = await checkedDefinition(definition ?? "", this.#fileOf(workshop));
    if (check.problems) throw new InputProblem({ definition: check.problem }, check.problems);
    const runtime = (await this.tools.machines.fit?.(workshop.seats))?.runtime;
    const unfit = runtime === "process" ? whyNotPlain(check.value.text) : undefined;
    if (unfit) throw new InputProblem({ definition: unfit });
    return check.value;
  }

  /** Where its own SDKs are, unless they were lost. */
  #fileOf({ environment }: Workshop): DefinitionFile | undefined {
    const archive = environment?.archive;
    const path = archive && this.tools.definitions.path(archive.digest);
    return path !== undefined && existsSync(path) ? new DefinitionFile(path, archive?.name ?? "") : undefined;
  }

  /** Its own SDKs stay in the archive that they came in, under its name. */
  async #kept({ workshop: { environment } }: Whole, file: DefinitionFile) {
    const before = environment?.archive;
    if (before && file.path === this.tools.definitions.path(before.digest)) return before;
    return this.tools.definitions.keep(file);
  }
}

function shown(workshop: Workshop): DefinitionView {
  const { definition, environment } = workshop;
  return {
    ...{ text: writtenText(workshop), digest: definitionDigest(workshop) },
    environment: environment ?? environmentOfText(definition ?? DEFAULT_TEXT),
  };
}
