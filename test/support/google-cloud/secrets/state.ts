export interface SecretVersion {
  number: number;
  state: "ENABLED" | "DISABLED" | "DESTROYED";
  createTime: string;
  destroyTime?: string;
  etag: string;
  data?: Buffer;
  /** The client said a checksum with it. */
  checked: boolean;
}

export interface Secret {
  id: string;
  createTime: string;
  etag: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  replication: Record<string, unknown>;
  /** Milliseconds since 1970. */
  expiresAt?: number;
  versions: SecretVersion[];
}

export interface SecretsState {
  /** By id. */
  secrets: Map<string, Secret>;
}

export const newSecrets = (): SecretsState => ({ secrets: new Map() });
