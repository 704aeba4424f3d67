/** The images that tests need, beside the first tests: their hooks have a limit of time, and this takes minutes. @throws what could not be made, where that matters */
export async function makeImages(): Promise<void> {
  if (process.getuid?.() !== 0 || Bun.which("dockerd") === null) return;
  const seats = await succeeds(["./scripts/build-image", "--tar-only", "--if-missing"]);
  if (!seats) throw new Error("scripts/build-image failed; what it said stands above.");
  if (!(await succeeds([process.execPath, "test/support/neko/make-image.ts"])))
    console.error("The image of the stand-in for neko could not be made; its one test tries again, and says why.");
}

async function succeeds(argv: string[]): Promise<boolean> {
  return (await Bun.spawn(argv, { stdin: "ignore", stdout: "inherit", stderr: "inherit" }).exited) === 0;
}
