import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ADDRESS_FILE } from "../../gateway/commands/link.ts";
import { readConfig } from "../../gateway/config.ts";

const root = new URL("../..", import.meta.url).pathname;
let data: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "clarateach-config-"));
});
afterAll(() => rm(data, { recursive: true, force: true }));

const ANTHROPIC = { base: "https://api.anthropic.com", needsKey: true, keyAsBearerToo: false, local: false };

test("Claude is asked at Anthropic's or where the setting says; the key goes nowhere in the open", () => {
  const at = (url: string) => readConfig({ CLARATEACH_DATA: data, CLARATEACH_LLM_URL: url }).upstream;
  expect(at("")).toEqual(ANTHROPIC);
  expect(at("https://llm.example.org/anthropic/")).toMatchObject({ base: "https://llm.example.org/anthropic", needsKey: true });
  expect(at("http://localhost:8080")).toMatchObject({ base: "http://localhost:8080", needsKey: false });
  expect(() => at("http://llm.example.org")).toThrow("use https, for the key would be readable on its way");
  expect(() => at("llm.example.org")).toThrow("CLARATEACH_LLM_URL");
});

test("without settings it serves on loopback, port 3000", () => {
  expect(readConfig({ CLARATEACH_DATA: data })).toEqual({
    ...{ port: 3000, host: "127.0.0.1", url: "http://localhost:3000", data },
    runtime: "auto",
    tools: join(data, "tools"),
    upstream: ANTHROPIC,
  });
});

test("with a domain it is behind the front: loopback only, https addresses, seats in containers", () => {
  const open = {
    domain: "class.example.org",
    authority: "class.example.org",
    httpPort: 80,
    httpsPort: 443,
    authorities: [{ directory: "https://acme-v02.api.letsencrypt.org/directory" }],
  };
  const settings = { CLARATEACH_DOMAIN: "Class.Example.org.", CLARATEACH_RUNTIME: "docker" };
  expect(readConfig({ CLARATEACH_DATA: data, ...settings })).toEqual({
    ...{ port: 3000, host: "127.0.0.1", url: "https://class.example.org", data },
    runtime: "docker",
    tools: join(data, "tools"),
    public: open,
    upstream: ANTHROPIC,
  });
  // Nothing is chosen by itself where strangers come.
  expect(readConfig({ CLARATEACH_DATA: data, CLARATEACH_DOMAIN: "class.example.org" }).runtime).toBe("docker");
  const other = { CLARATEACH_HTTPS_PORT: "8443", CLARATEACH_ACME: "https://a.test/dir, https://b.test/dir" };
  expect(readConfig({ CLARATEACH_DATA: data, ...settings, ...other })).toMatchObject({
    url: "https://class.example.org:8443",
    public: {
      authority: "class.example.org:8443",
      authorities: [{ directory: "https://a.test/dir" }, { directory: "https://b.test/dir" }],
    },
  });
  const more = { CLARATEACH_DNS: "my-classes-4711/classes", CLARATEACH_ACME_BINDINGS: "a.test=kid-1:bXktaG1hYy1rZXktMTIzNDU" };
  expect(readConfig({ CLARATEACH_DATA: data, ...settings, ...other, ...more }).public).toMatchObject({
    dns: { project: "my-classes-4711", zone: "classes" },
    authorities: [
      { directory: "https://a.test/dir", binding: { kid: "kid-1", hmacKey: "bXktaG1hYy1rZXktMTIzNDU" } },
      { directory: "https://b.test/dir" },
    ],
  });
});

test("the API token itself isn't kept", () => {
  const config = readConfig({ CLARATEACH_DATA: data, CLARATEACH_API_TOKEN: "0123456789abcdef" });
  expect(JSON.stringify(config)).not.toContain("0123456789abcdef0");
  expect(config.apiTokenDigest).toMatch(/^[0-9a-f]{64}$/);
});

test.each([
  [{ PORT: "0" }, /^PORT is "0"; .*1 to 65535\.$/],
  [{ PORT: "3000x" }, /^PORT is "3000x"/],
  [{ CLARATEACH_URL: "class.example.org" }, /^CLARATEACH_URL is "class\.example\.org"/],
  [{ CLARATEACH_URL: "https://class.example.org/path" }, /^CLARATEACH_URL is/],
  [{ CLARATEACH_URL: "ftp://class.example.org" }, /^CLARATEACH_URL is/],
  [{ CLARATEACH_RUNTIME: "podman" }, /^CLARATEACH_RUNTIME \(--runtime\) is "podman"; set it to auto, docker, process\.$/],
  [
    { CLARATEACH_DOMAIN: "class.example.org", CLARATEACH_DNS: "classes" },
    /^CLARATEACH_DNS is "classes"; set it to PROJECT\/ZONE/,
  ],
  [{ CLARATEACH_DNS: "my-classes-4711/classes" }, /^CLARATEACH_DNS is set without a domain; leave it out, or set /],
  [{ CLARATEACH_DOMAIN: "https://class.example.org" }, /^CLARATEACH_DOMAIN \(--domain\) is "https/],
  [{ CLARATEACH_DOMAIN: "203.0.113.5" }, /^CLARATEACH_DOMAIN/],
  [{ CLARATEACH_DOMAIN: "localhost" }, /^CLARATEACH_DOMAIN/],
  [
    { CLARATEACH_DOMAIN: "class.example.org", CLARATEACH_RUNTIME: "process" },
    /not walled off; a public server needs --runtime docker\.$/,
  ],
  [{ CLARATEACH_DOMAIN: "class.example.org", HOST: "0.0.0.0" }, /^HOST is "0\.0\.0\.0"; leave it out together with a domain/],
  [{ CLARATEACH_DOMAIN: "class.example.org", CLARATEACH_HTTP_PORT: "0" }, /^CLARATEACH_HTTP_PORT is "0"/],
  [{ CLARATEACH_DOMAIN: "class.example.org", CLARATEACH_ACME: "http://a.test/dir" }, /^CLARATEACH_ACME names "http:/],
  [{ CLARATEACH_PROXIED: "maybe" }, /^CLARATEACH_PROXIED is "maybe"; set it to yes or no\.$/],
  [{ CLARATEACH_PROXIED: "yes", HOST: "0.0.0.0" }, /^CLARATEACH_PROXIED is yes and HOST is "0\.0\.0\.0"; leave HOST out/],
  [{ CLARATEACH_PROXIED: "yes", CLARATEACH_DOMAIN: "class.example.org" }, /^CLARATEACH_PROXIED is yes; leave it out/],
  [{ CLARATEACH_API_TOKEN: "short" }, /^CLARATEACH_API_TOKEN has 5 characters; use at least 16/],
  [{ CLARATEACH_API_TOKEN: "with spaces in it, quite long" }, /^CLARATEACH_API_TOKEN has/],
])("a broken setting is one sentence: %p", (env, message) => {
  expect(() => readConfig({ CLARATEACH_DATA: data, ...env })).toThrow(message);
});

test("a port that is taken, a data directory that can't be written, a broken setting: one sentence and exit code 1", async () => {
  const taken = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  await writeFile(join(data, "file"), "");
  const cases: [Record<string, string>, RegExp][] = [
    [{ PORT: String(taken.port) }, new RegExp(`^Port ${taken.port} is taken by another program; set PORT to another one\\.\\n$`)],
    [
      { CLARATEACH_DATA: join(data, "file", "sub") },
      /^The data directory ".*" can't be written .*; set CLARATEACH_DATA to one that can\.\n$/,
    ],
    [{ PORT: "many" }, /^PORT is "many"; set it to a number from 1 to 65535\.\n$/],
  ];
  for (const [settings, expected] of cases) {
    const env = { PATH: process.env.PATH ?? "", HOME: data, CLARATEACH_DATA: data, ...settings };
    const child = Bun.spawn([process.execPath, "gateway/main.ts"], { cwd: root, env, stdout: "pipe", stderr: "pipe" });
    const said = await new Response(child.stderr).text();
    expect([await child.exited, said]).toEqual([1, expect.stringMatching(expected)]);
  }
  await taken.stop(true);
});

async function run(argv: string[], settings: Record<string, string> = {}) {
  const env = { PATH: process.env.PATH ?? "", HOME: data, CLARATEACH_DATA: data, ...settings };
  const child = Bun.spawn([process.execPath, "gateway/main.ts", ...argv], { cwd: root, env, stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, out, err };
}

test("`link` prints a fresh sign-in link of the gateway that serves the data", async () => {
  const never = await run(["link"]);
  expect(never).toEqual({ code: 1, out: "", err: expect.stringMatching(/^No ClaraTeach ever served the data in "/) });
  expect(existsSync(join(data, "gateway.sqlite"))).toBe(false);
  writeFileSync(join(data, ADDRESS_FILE), "https://class.example.org:8443");
  expect(await run(["link"])).toEqual({
    code: 0,
    out: expect.stringMatching(/^https:\/\/class\.example\.org:8443\/sign-in#[\w-]{43}\n$/),
    err: "",
  });
});

test("`check` looks at the settings, the command line's first, and serves nothing", async () => {
  expect(await run(["check"])).toEqual({ code: 0, out: "", err: "" });
  const wrong = await run(["check", "--domain", "localhost"], { CLARATEACH_DOMAIN: "class.example.org" });
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringMatching(/^CLARATEACH_DOMAIN \(--domain\) is "localhost"/)]);
  const contradiction = await run(["check", "--runtime=process"], { CLARATEACH_DOMAIN: "class.example.org" });
  expect([contradiction.code, contradiction.err]).toEqual([1, expect.stringContaining("not walled off")]);
});

test.each([
  [["lnik"], 'There is no command "lnik". Is "link" meant?\n'],
  [["fly"], 'There is no command "fly". ./scripts/start knows: serve, link, check, doctor, recover, tools.\n'],
  [["--port", "1"], /^Unknown option '--port'\. "\.\/scripts\/start serve --help" shows what it takes\.\n$/],
  [["--domain"], /^Option '--domain <value>' argument missing\./],
  [["--domain", "--runtime=docker"], /^Option '--domain' lacks its value\./],
  [["--domain="], /^Add --domain NAME\./],
  [["--runtime", "podman"], /^--runtime is "podman"; it may be auto, docker, process\./],
  [["--runtime", "process", "link"], /^Unexpected argument 'link'\./],
  [["link", "extra"], /^Unexpected argument 'extra'\./],
])("%p can't be understood: one sentence, exit code 2, nothing done", async (argv, sentence) => {
  const said = await run(argv);
  expect([said.code, said.out, said.err.split("\n")]).toEqual([2, "", [expect.anything(), ""]]);
  expect(said.err).toMatch(sentence);
});

test("help names every command, and each command what it takes", async () => {
  const all = await run(["--help"]);
  for (const line of [
    "./scripts/start [--domain NAME] [--runtime auto|docker|process]",
    "./scripts/start link",
    "./scripts/start check",
  ])
    expect(all.out).toContain(line);
  for (const argv of [
    ["--domain", "x", "--help"],
    ["link", "--help"],
    ["check", "-h"],
  ]) {
    const one = await run(argv);
    expect([one.code, one.out]).toEqual([0, expect.stringMatching(/--domain NAME.*--domain .*CLARATEACH_DOMAIN/s)]);
  }
});
