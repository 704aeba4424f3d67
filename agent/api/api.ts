import type { Documents } from "../machine/documents.ts";
import type { SeatManager } from "../seats/manager.ts";
import type { Sockets } from "../sockets.ts";
import { openChangeEvents } from "./change-events.ts";
import { changesApi } from "./changes.ts";
import { connectionsApi } from "./connections.ts";
import { openDegraded } from "./degraded.ts";
import { openExec } from "./exec.ts";
import { openapi } from "./openapi.ts";
import type { ApiHandlers } from "./rows.ts";
import { sdks, systemInfo } from "./system.ts";
import { warningsApi } from "./warnings.ts";
import { type ProjectFiles, workshopsApi } from "./workshops.ts";

export interface ApiParts {
  /** The machine's. */
  directory: string;
  documents: Documents;
  seats: SeatManager;
  sockets: Pick<Sockets, "viewers">;
  /** Where the seats are a project's. */
  project?: ProjectFiles | undefined;
}

/** `/v1`: what people, the gateway and programs ask of the machine's seats. */
export function openApi({ directory, documents, seats, sockets, project }: ApiParts): ApiHandlers {
  const degraded = openDegraded(directory, seats.runtime, seats.warnings);
  const warnings = warningsApi(seats.warnings);
  const changes = changesApi(seats);
  const workshops = workshopsApi({ documents, seats, sockets, degraded, project });
  const connections = connectionsApi({ documents, seats, degraded });
  const events = openChangeEvents(seats);
  return {
    openapi: () => Response.json(openapi()),
    projects: workshops.projects,
    read: workshops.read,
    workshops: workshops.list,
    workshop: workshops.one,
    ask: workshops.ask,
    changes: changes.list,
    change: changes.one,
    wait: changes.wait,
    act: workshops.act,
    log: ({ params }) => seats.taskLog(params.change ?? "", params.task ?? ""),
    events: events.open,
    exec: openExec(seats).open,
    sdks,
    warnings: warnings.list,
    acknowledge: warnings.acknowledge,
    connections: connections.list,
    connect: connections.change,
    plan: connections.plan,
    systemInfo: systemInfo({ documents, seats, degraded }),
  };
}
