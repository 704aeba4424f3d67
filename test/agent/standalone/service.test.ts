/** A project's agent where systemd runs. */
import { expect, test } from "bun:test";
import { boot } from "../../support/booted.ts";
import { canBoot } from "../../support/system.ts";

test.skipIf(!canBoot)(
  "a project's agent is a unit that is started again, until its last workshop goes (needs root, systemd and Docker)",
  async () => {
    const booted = await boot();
    try {
      // In a directory that both see.
      const said = "/opt/clarateach/.cache/project-inside.log";
      const line = `/opt/clarateach/test/fixtures/project-inside.sh 2>&1 | tr -d '\\r' >${said}; code=$?; cat ${said}; exit $code`;
      expect(await booted.run(["bash", "-o", "pipefail", "-c", line])).toBe(0);
      const text = await Bun.file(new URL("../../../.cache/project-inside.log", import.meta.url)).text();
      expect(text).toMatch(/^unit clarateach-p-[0-9a-f]{12}\.service active$/m);
      expect(text).toMatch(/^uid 1234$/m);
      expect(text).toMatch(/^still kept$/m);
      expect(text).toMatch(/^started again$/m);
      expect(text).toMatch(/^left: $/m);
    } finally {
      await booted.end();
    }
  },
);
