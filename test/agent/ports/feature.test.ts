import { expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { selfSigned } from "../../../agent/machine/certificate.ts";
import { portsFeature } from "../../../agent/ports/feature.ts";
import { newDocument, newSigner } from "../../support/machine.ts";

const signer = await newSigner();
const of = (more: object) => portsFeature(newDocument(signer, 1, more)).available;
const chainFor = (name: string) => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return selfSigned(privateKey.export({ type: "pkcs8", format: "pem" }).toString(), name);
};

test("names below localhost lead here; below a public name only where its certificate has them", () => {
  expect(of({})).toBe(true);
  expect(of({ publicHost: "ws-abc.example.org:8443" })).toBe(false);
  expect(of({ publicHost: "ws-abc.example.org", namesBelow: true })).toBe(true);
});

test("a door of its own says it by its chain", () => {
  const publicHost = "ws-abc.example.org";
  expect(of({ publicHost, chain: chainFor("*.ws-abc.example.org") })).toBe(true);
  expect(of({ publicHost, chain: chainFor("ws-abc.example.org") })).toBe(false);
  expect(of({ publicHost, chain: "no certificate" })).toBe(false);
});

test("where they can't be had, the operator reads what to do", () => {
  const feature = portsFeature(newDocument(signer, 1, { publicHost: "ws-abc.example.org" }));
  expect(feature).toMatchObject({ available: false, fix: expect.stringContaining("CLARATEACH_DNS") });
});
