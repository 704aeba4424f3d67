import { startDocker } from "../dockerd.ts";
import { haveNekoImage } from "./image.ts";

/** Before the tests, one of which would wait for it while others wait for the daemon. */
const docker = await startDocker();
try {
  await haveNekoImage(docker);
} finally {
  await docker.stop();
}
