import { resolve } from "node:path";
import { type Command, command } from "../contract/command-line.ts";

/** @param take gives Docker the tar file of a root file system as the image that seats are made from */
export const imageCommand = (take: (tar: string) => Promise<void>): Command =>
  command(
    {
      name: "image",
      group: "This computer",
      about: "gives Docker the image that seats are made from, where no registry has it",
      options: { tar: { value: "FILE", required: true, about: "what ./scripts/build-image --tar-only made" } },
    },
    ({ tar }) => take(resolve(tar)),
  );
