import type { GoogleCloud } from "./google-cloud/google-cloud.ts";

/** What a gateway has for itself, and stays. */
const OWN = /signing-key|acme-account/;

/** What is left in the cloud of classes: kind and name. */
export const leftIn = ({ world: { history } }: GoogleCloud): string[] =>
  history
    .left()
    .filter(({ kind, name }) => kind !== "managedZone" && !OWN.test(name))
    .map(({ kind, name }) => `${kind} ${name}`);
