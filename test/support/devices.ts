import { chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";

/** A `dev` and a `sys` of the test's own, for a machine that has no devices. Every node is the kernel's /dev/null by another name. */
export interface FakeDevices {
  root: string;
  /** @param path `/dev/video0` */
  node(path: string, mode: number, gid?: number): void;
  /** As the kernel shows one that hangs on USB. @param at where below `sys/devices` */
  plugged(at: string, device: { number: string; name: string; subsystem: string; vendorid?: string; productid?: string }): void;
  end(): void;
}

const NULL = ["c", "1", "3"];

export async function fakeDevices(): Promise<FakeDevices> {
  const root = await mkdtemp(join(tmpdir(), "ct-devices-"));
  mkdirSync(join(root, "dev/snd"), { recursive: true });
  const class_ = (subsystem: string) => join(root, "sys/class", subsystem);
  return {
    root,
    node(path, mode, gid = 0) {
      const full = join(root, path);
      mkdirSync(dirname(full), { recursive: true });
      const made = Bun.spawnSync(["mknod", "-m", mode.toString(8), full, ...NULL]);
      if (made.exitCode !== 0) throw new Error(made.stderr.toString());
      chownSync(full, 0, gid);
    },
    plugged(at, { number, name, subsystem, vendorid, productid }) {
      const directory = join(root, "sys/devices", at);
      const usb = join(root, "sys/devices", at.split("/").slice(0, 3).join("/"));
      for (const one of [directory, usb, class_(subsystem), join(root, "sys/dev/char")]) mkdirSync(one, { recursive: true });
      const [major, minor] = number.split(":");
      writeFileSync(join(directory, "uevent"), `MAJOR=${major}\nMINOR=${minor}\nDEVNAME=${name}\n`);
      symlinkSync(relative(directory, class_(subsystem)), join(directory, "subsystem"));
      symlinkSync(relative(join(root, "sys/dev/char"), directory), join(root, "sys/dev/char", number));
      if (vendorid !== undefined) writeFileSync(join(usb, "idVendor"), `${vendorid}\n`);
      if (productid !== undefined) writeFileSync(join(usb, "idProduct"), `${productid}\n`);
    },
    end: () => rmSync(root, { recursive: true, force: true }),
  };
}
