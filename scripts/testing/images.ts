import type { Images } from "./lanes.ts";

const canRunDocker = process.getuid?.() === 0 && Bun.which("dockerd") !== null;

/** The images that tests need, beside the first tests: their hooks have a limit of time, and this takes minutes. @param onFailure what the tests can't do without could not be made */
export function makeImages(onFailure: (error: Error) => void): Images {
  const seats = makeSeats().catch(onFailure);
  return { seats, live: seats.then(makeLive) };
}

async function makeSeats(): Promise<void> {
  if (canRunDocker && !(await succeeds(["./scripts/build-image", "--tar-only", "--if-missing"])))
    throw new Error("scripts/build-image failed; what it said stands above.");
}

async function makeLive(): Promise<void> {
  if (canRunDocker && !(await succeeds([process.execPath, "test/support/neko/make-image.ts"])))
    console.error("The image of the stand-in for neko could not be made; its one test tries again, and says why.");
}

async function succeeds(argv: string[]): Promise<boolean> {
  return (await Bun.spawn(argv, { stdin: "ignore", stdout: "inherit", stderr: "inherit" }).exited) === 0;
}
