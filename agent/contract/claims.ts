import { type Static, Type } from "@sinclair/typebox";

/** A learner's token: signed by the gateway (EdDSA), good for entering one seat of one machine in one generation. */
export const LearnerClaims = Type.Object({
  iss: Type.String(),
  /** `clarateach-ws-abc`: the machine; tokens of others are refused. */
  aud: Type.String(),
  exp: Type.Integer(),
  workshopId: Type.String(),
  machine: Type.Integer({ minimum: 1 }),
  seat: Type.Integer({ minimum: 1 }),
  odehash: Type.String({ pattern: "^[a-z0-9]{5}$" }),
  vmIp: Type.String(),
  gen: Type.Integer({ minimum: 1 }),
  name: Type.String({ maxLength: 60 }),
});
export type LearnerClaims = Static<typeof LearnerClaims>;

/** A call of the gateway to a machine: 60 s, scope `machine`, audience the machine. */
export const MachineClaims = Type.Object({
  iss: Type.String(),
  aud: Type.String(),
  exp: Type.Integer(),
  scope: Type.Literal("machine"),
});
export type MachineClaims = Static<typeof MachineClaims>;

/** `exp` bounds entry only: time enough to follow the link on bad Wi-Fi; the session then lasts to the workshop's end. */
export const LEARNER_TOKEN_SECONDS = 15 * 60;
export const MACHINE_TOKEN_SECONDS = 60;

/** Clocks of gateway and machine may differ by this much. */
export const CLOCK_TOLERANCE_SECONDS = 30;
