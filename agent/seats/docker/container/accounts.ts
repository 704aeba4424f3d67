import { LEARNER } from "../names.ts";

/** `/etc/passwd` and `/etc/group`. */
export interface Accounts {
  passwd: string;
  group: string;
}

/** The image's own, with the seat's learner in place of any that it has by her name or number. */
export const accountsWith = ({ passwd, group }: Accounts, uid: number, gid = uid): Accounts => ({
  passwd: withLine(passwd, uid, `${LEARNER.name}:x:${uid}:${gid}::${LEARNER.home}:/bin/bash`),
  group: withLine(group, gid, `${LEARNER.name}:x:${gid}:`),
});

function withLine(text: string, number: number, line: string): string {
  const isOther = (row: string) => {
    const [name, , id] = row.split(":");
    return row !== "" && name !== LEARNER.name && id !== String(number);
  };
  return [...text.split("\n").filter(isOther), line, ""].join("\n");
}
