import type { DockerClient } from "../../agent/seats/docker/client/client.ts";

/** An image that a container beside a seat can be made from: two users' programs and what they say, and nothing that shows anything. */
export const BESIDE_IMAGE = "clarateach/beside-of-tests:1";

/**
 * As neko's recipe does it: its first process is root's and starts one as `neko`, who may listen on a port below 54 and has the media port,
 * and one as `learner`, who leaves a file in the workspace. MEDIA is the port.
 */
const FIRST = `setpriv --reuid=neko --regid=neko --clear-groups --inh-caps=+net_bind_service --ambient-caps=+net_bind_service /usr/bin/python3 -uc '
import os,socket,threading
port=int(os.environ["MEDIA"])
h=socket.socket(); h.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1); h.bind(("127.0.0.1",51)); h.listen(8)
t=socket.socket(); t.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1); t.bind(("0.0.0.0",port)); t.listen(8)
u=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); u.bind(("0.0.0.0",port))
def serve(s,said):
  while True:
    c,_=s.accept(); c.sendall(said); c.close()
threading.Thread(target=serve,args=(h,b"HTTP/1.0 200 OK\\r\\n\\r\\nbeside"),daemon=True).start()
threading.Thread(target=serve,args=(t,b"video"),daemon=True).start()
while True:
  _,who=u.recvfrom(100)
  u.sendto(b"video",who)' &
setpriv --reuid=learner --regid=learner --clear-groups env -i sh -c 'id -un >/workspace/beside; exec sleep infinity' &
trap 'exit 7' TERM
wait`;

/** Made of the seats' own image; there already is fine. */
export async function haveBesideImage(docker: DockerClient, base: string): Promise<void> {
  const id = await docker.createContainer(`beside-of-tests-${process.pid}`, {
    ...{ Image: base, Hostname: "beside", User: "0:0", WorkingDir: "/", Env: [], Labels: {}, Entrypoint: [], Cmd: ["true"] },
    HostConfig: { NetworkMode: "none" },
  });
  const [repository = "", tag = ""] = BESIDE_IMAGE.split(":");
  await docker.commit(id, { repository, tag }, [`CMD ${JSON.stringify(["bash", "-c", FIRST])}`, "ENTRYPOINT []"]);
  await docker.removeContainer(id);
}
