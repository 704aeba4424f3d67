import { type Command, command } from "../contract/command-line.ts";

export const versionCommand = (version: string): Command =>
  command({ name: "version", about: "prints the version", options: {} }, () => console.log(version));
