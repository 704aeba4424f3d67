import { LEARNER } from "../names.ts";

/** `/etc/passwd` and `/etc/group`. */
export interface Accounts {
  passwd: string;
  group: string;
}

/** The image's own, with the seat's learner in place of any that it has. */
export const accountsWith = ({ passwd, group }: Accounts, uid: number): Accounts => ({
  passwd: withLine(passwd, `${LEARNER.name}:x:${uid}:${uid}::${LEARNER.home}:/bin/bash`),
  group: withLine(group, `${LEARNER.name}:x:${uid}:`),
});

const withLine = (text: string, line: string): string =>
  [...text.split("\n").filter((other) => other !== "" && !other.startsWith(`${LEARNER.name}:`)), line, ""].join("\n");
