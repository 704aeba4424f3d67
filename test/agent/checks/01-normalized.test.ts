import { expect, test } from "bun:test";
import { CATALOGUE } from "../../../agent/definition/catalogue.ts";
import { readDefinition } from "../../../agent/definition/definition.ts";

const WRITTEN = `
base: debian@12   # as it comes from a person
name: first-steps
connections: [{plug: "node:cache", slot: ":mount"}]
sdks:
  - name: node
    channel: stable
    plugs: {cache: {interface: mount, workshop-target: /home/learner/.npm}, tools: {interface: mount, workshop-target: /opt/tools}}
    slots: {web: {interface: tunnel, endpoint: 8080}}
  - {name: system, plugs: {web: tunnel}}
`;

test("check 1: what is validated comes back normalized: the system first, references, endpoints and what mounts have unless they say otherwise", () => {
  const read = readDefinition(WRITTEN, CATALOGUE);
  expect(read.problems).toBeUndefined();
  const text = read.problems ? "" : read.value.text;
  expect(text).toBe(`name: first-steps
base: debian@12
confinement: container
sdks:
  - name: system
    source: system
    plugs:
      web:
        interface: tunnel
  - name: node
    source: catalogue
    channel: latest/stable
    plugs:
      cache:
        interface: mount
        workshop-target: /home/learner/.npm
        read-only: false
        mode: 0o775
        uid: 1000
        gid: 1000
      tools:
        interface: mount
        workshop-target: /opt/tools
        read-only: false
        mode: 0o755
        uid: 0
        gid: 0
    slots:
      web:
        interface: tunnel
        endpoint: 127.0.0.1:8080/tcp
connections:
  - plug: node:cache
    slot: system:mount
`);
  // What is kept says the same again.
  expect(readDefinition(text, CATALOGUE)).toMatchObject({ value: { text } });
});
