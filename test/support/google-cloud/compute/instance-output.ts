import type { Call, Route } from "../call.ts";
import { invalid, notFound } from "../refusal.ts";
import { linkTo } from "./addresses.ts";
import { foundMachine, pathOf } from "./found.ts";

/** A negative start counts from the end. */
function serialPort(call: Call): unknown {
  const machine = foundMachine(call);
  const { serial, serialStart } = machine;
  const port = call.query.get("port") ?? "1";
  if (!/^[1-4]$/.test(port)) throw invalid(`Invalid value for field 'port': '${port}'. Values must be within the range: [1, 4]`);
  const wanted = Number(call.query.get("start") ?? 0);
  if (!Number.isInteger(wanted)) throw invalid(`Invalid value for field 'start': '${call.query.get("start")}'.`);
  const end = serialStart + serial.length;
  const start = Math.max(serialStart, wanted < 0 ? end + wanted : Math.min(wanted, end));
  const contents = port === "1" ? serial.slice(start - serialStart) : "";
  const selfLink = linkTo(call.world, `${pathOf(machine)}/serialPort`);
  return { kind: "compute#serialPortOutput", contents, start: String(start), next: String(start + contents.length), selfLink };
}

/** Nothing written yet is 404: not ready, no failure. */
function guestAttributes(call: Call): unknown {
  const machine = foundMachine(call);
  const queryPath = call.query.get("queryPath") ?? "";
  const items = [...machine.guest].flatMap(([path, value]) => {
    const [namespace = "", key = ""] = path.split("/");
    const fits = queryPath === "" || queryPath === path || (queryPath.endsWith("/") && path.startsWith(queryPath));
    return fits ? [{ namespace, key, value }] : [];
  });
  if (items.length === 0) throw notFound(`The resource '${queryPath}' of type 'Guest Attribute' was not found.`);
  const selfLink = linkTo(call.world, `${pathOf(machine)}/guestAttributes`);
  return { kind: "compute#guestAttributes", queryPath, queryValue: { items }, selfLink };
}

const ONE = "/compute/v1/projects/{project}/zones/{zone}/instances/{instance}";

export const outputRoutes: Route[] = [
  ["GET", `${ONE}/serialPort`, serialPort],
  ["GET", `${ONE}/getGuestAttributes`, guestAttributes],
];
