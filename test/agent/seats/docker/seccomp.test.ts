import { describe, expect, test } from "bun:test";
import { callDocker } from "../../../../agent/seats/docker/client/http.ts";
import { requireSeccomp } from "../../../../agent/seats/docker/container/seccomp.ts";
import { buildImageFrom } from "../../../../agent/seats/docker/image/builder.ts";
import { canRunDocker } from "../../../support/dockerd.ts";
import { seatsBeforeAll } from "../../../support/seats-before-all.ts";

/** Says which call of the kernel isn't refused by the filter, whose answer is EPERM: without it each is another error, or none. */
const PROBE = `import ctypes, errno, mmap, os, signal, socket, struct
libc = ctypes.CDLL(None, use_errno=True)
numbers = {"x86_64": [248, 249, 250], "aarch64": [217, 218, 219]}[os.uname().machine] + [425, 426, 427]
names = ["add_key", "request_key", "keyctl", "io_uring_setup", "io_uring_enter", "io_uring_register"]
for name, number in zip(names, numbers):
  if libc.syscall(number, -1, 0, 0, 0, 0) >= 0 or ctypes.get_errno() != errno.EPERM: print(name, errno.errorcode.get(ctypes.get_errno()))
for family in [38, 40]:
  for kind in [socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET]:
    for make in [socket.socket, socket.socketpair]:
      try: make(family, kind); print("socket of family", family)
      except OSError as error:
        if error.errno != errno.EPERM: print("socket of family", family, errno.errorcode[error.errno])
# The upper half of an argument is for the filter, the lower one for the kernel.
if libc.syscall(41 if numbers[0] == 248 else 198, ctypes.c_ulong(1 << 32 | 38), ctypes.c_ulong(5), 0) >= 0: print("socket of a wide family")
# The 32-bit way to a socket of AF_ALG, as int 0x80: the process doesn't come back, by the filter, or as the machine itself has no such way.
if numbers[0] == 248 and os.fork() == 0:
  memory = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40, prot=7)
  at = ctypes.addressof(ctypes.c_char.from_buffer(memory))
  memory[2048:2060] = struct.pack("<III", 38, 5, 0)
  memory[:24] = b"\\x53\\xb8\\x66\\x00\\x00\\x00\\xbb\\x01\\x00\\x00\\x00\\xb9" + struct.pack("<I", at + 2048) + b"\\xcd\\x80\\x5b\\xc3" + b"\\x90" * 4
  ctypes.CFUNCTYPE(ctypes.c_int)(at)()
  os._exit(0)
elif numbers[0] == 248:
  ended = os.wait()[1]
  if not os.WIFSIGNALED(ended) or os.WTERMSIG(ended) not in [signal.SIGSYS, signal.SIGSEGV]: print("32-bit calls", ended)
print("probed")
`;

describe.skipIf(!canRunDocker)("the filter on system calls (needs root, dockerd, iptables)", () => {
  const here = seatsBeforeAll([1]);

  test("in a seat neither io_uring, nor the kernel's ciphers, nor virtual machines' sockets, nor keyrings, nor a 32-bit way to them", async () => {
    expect(await (await here.seats.seat(1)).exec(["python3", "-c", PROBE])).toEqual({ code: 0, stdout: "probed\n", stderr: "" });
  });

  test.each([
    ["tmux", "tmux -L other new-session -d && tmux -L other list-sessions | wc -l && tmux -L other kill-server", "1"],
    ["node", 'node -e \'require("fs").promises.readFile("/etc/hostname").then((b) => console.log(String(b)))\'', "seat-01"],
    ["node with workers", 'node -e \'new (require("worker_threads").Worker)("console.log(7)", {eval: true})\'', "7"],
    ["python with processes", "python3 -c 'from multiprocessing import Pool; print(sum(Pool(2).map(abs, [-3, -4])))'", "7"],
    [
      "git",
      "git init -q g && cd g && git -c user.name=a -c user.email=b commit -q --allow-empty -m c && git log --oneline | wc -l",
      "1",
    ],
    [
      "Chromium",
      "chromium --headless --no-sandbox --disable-gpu --dump-dom 'data:text/html,<p>he<script>document.write(\"re\")</script>' 2>/dev/null | grep -c re",
      "1",
    ],
  ])("%s works behind it", async (_, line, said) => {
    expect((await (await here.seats.seat(1)).exec(["bash", "-c", line])).stdout.trim()).toBe(said);
  });

  test("a builder has it too, and can do what builders do", async () => {
    const signal = new AbortController().signal;
    const given = { docker: here.docker.docker, machine: here.seats.machine, signal };
    const script = `python3 - > /probed <<'END'\n${PROBE}END\ncat /probed >&2; [ "$(cat /probed)" = probed ]; chroot / true; chown 7:7 /probed`;
    await buildImageFrom(given, here.docker.image, script, { repository: "clarateach/probed", tag: "1", labels: ["a=b"] });
    const call = { method: "DELETE", path: "/images/clarateach/probed:1", query: { force: true } } as const;
    (await callDocker(here.docker.socket, { what: "remove the image", ...call })).resume();
  });

  test("a daemon without it is refused, with what to do", async () => {
    const info = await here.docker.docker.info();
    expect(() => requireSeccomp(info)).not.toThrow();
    const without = info.SecurityOptions.filter((option) => !option.startsWith("name=seccomp"));
    expect(() => requireSeccomp({ ...info, SecurityOptions: without })).toThrow("CONFIG_SECCOMP_FILTER");
  });
});
