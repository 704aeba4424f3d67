import { LEARNER, NEKO } from "../names.ts";

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

/** Those, with who serves beside the seat. @param server uid and gid, nobody's in the seat */
export const accountsBeside = ({ passwd, group }: Accounts, server: number): Accounts => ({
  passwd: withLine(passwd, server, `${NEKO.name}:x:${server}:${server}::${NEKO.home}:/bin/sh`),
  group: withLine(group, server, `${NEKO.name}:x:${server}:`),
});

function withLine(text: string, number: number, line: string): string {
  const [own] = line.split(":");
  const isOther = (row: string) => {
    const [name, , id] = row.split(":");
    return row !== "" && name !== own && id !== String(number);
  };
  return [...text.split("\n").filter(isOther), line, ""].join("\n");
}
