import { type Command, command } from "../contract/command-line.ts";

export const versionCommand = (version: string): Command =>
  command({ name: "version", group: "This program", about: "prints the version", options: {} }, () => console.log(version));
