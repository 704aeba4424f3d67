/** The parts of Docker's own objects that are used here, in Docker's spelling. */
export type Labels = Readonly<Record<string, string>>;

export interface DaemonVersion {
  Version: string;
  ApiVersion: string;
  MinAPIVersion?: string;
}

export interface DaemonInfo {
  /** Where its images and containers are, on its computer. */
  DockerRootDir: string;
  ServerVersion: string;
  MemoryLimit: boolean;
  CpuCfsQuota: boolean;
  PidsLimit: boolean;
  NCPU: number;
  MemTotal: number;
  Driver: string;
  CgroupVersion?: string;
  CgroupDriver: string;
  LiveRestoreEnabled: boolean;
  /** `name=seccomp,profile=default`, `name=apparmor`. */
  SecurityOptions: string[];
  Runtimes: Record<string, object>;
  /** By specifications of the computer's (CDI). Missing: Docker is older than 28.2. */
  DiscoveredDevices?: { Source: string; ID: string }[];
}

export interface ContainerStats {
  /** Empty when it doesn't run. */
  memory_stats: { usage?: number; limit?: number; stats?: { inactive_file?: number; total_inactive_file?: number } };
  pids_stats: { current?: number };
}

export interface Mount {
  /** A volume's source is its name. */
  Type: "bind" | "volume";
  Source: string;
  Target: string;
  ReadOnly?: boolean;
  BindOptions?: { Propagation: "rprivate" };
}

export interface CreateContainer {
  Image: string;
  /** Not of one in another's network. */
  Hostname?: string;
  User: string;
  WorkingDir: string;
  Env: string[];
  /** Missing: the image's, as the next one. */
  Cmd?: string[];
  Entrypoint?: string[];
  Healthcheck?: { Test: string[] };
  Labels: Labels;
  StopSignal?: string;
  HostConfig: object;
}

export interface ContainerInfo {
  Id: string;
  Name: string;
  State: {
    Status: string;
    Running: boolean;
    Pid: number;
    /** Of its first process, once that has ended. */
    ExitCode: number;
  };
  Config: { Labels: Record<string, string>; Image: string; Env: string[] };
  Image: string;
  /** Of processes begun by exec, ended ones too for a while. */
  ExecIDs: string[] | null;
  HostConfig: { Memory: number; NanoCpus: number; PidsLimit: number };
  NetworkSettings: { SandboxKey: string };
  /** Where what it writes lies on the machine; of other storage drivers than overlay2 not known. */
  GraphDriver: { Data: { UpperDir?: string } | null };
}

export interface ContainerSummary {
  Id: string;
  Names: string[];
  State: string;
  ImageID: string;
  Labels: Record<string, string>;
}

export interface CreateExec {
  AttachStdin: boolean;
  AttachStdout: boolean;
  AttachStderr: boolean;
  Tty: boolean;
  User: string;
  WorkingDir: string;
  Env: string[];
  Cmd: string[];
}

export interface ExecInfo {
  ID: string;
  Running: boolean;
  ExitCode: number | null;
  /** On the machine, not in the container. */
  Pid: number;
}

export interface ImageInfo {
  Id: string;
  RepoTags: string[] | null;
  Size: number;
  /** ISO 8601. */
  Created: string;
  Config?: { Labels: Record<string, string> | null };
  RootFS?: { Layers?: string[] };
}

export interface ImageSummary {
  Id: string;
  RepoTags: string[] | null;
  /** Seconds since 1970. */
  Created: number;
  Labels: Record<string, string> | null;
}

export interface VolumeInfo {
  Name: string;
  /** On the machine. */
  Mountpoint: string;
}

export interface NetworkInfo {
  Id: string;
  Name: string;
  Labels: Record<string, string>;
  IPAM: { Config: { Subnet: string }[] | null };
}

export interface DockerEvent {
  Type: string;
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
}
