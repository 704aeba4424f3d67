/** An option with `value` takes one: its name in the help, or the words that it may be. Without, it is a switch. */
export interface Option {
  about: string;
  value?: string | readonly string[];
  required?: true;
}
export type Options = Readonly<Record<string, Option>>;

/** What stands on the line without a name: `SEAT`. */
export interface Word {
  name: string;
  about: string;
  optional?: true;
  /** Any number of them; only the last word. */
  many?: true;
}

/** What a command is, for the help and the completion. */
export interface Described {
  name: string;
  about: string;
  options: Options;
  words?: readonly Word[];
  /** Its last words are a program's, behind `--`. */
  program?: true;
  /** Commands of a group stand together in the help, with a line each. */
  group?: string;
}

export interface DescribedProgram {
  name: string;
  about: string;
  commands: readonly Described[];
  /** The command of a line that names none. Without one, the help is shown. */
  otherwise?: string;
  /** What stands below the help: exit codes, the environment. */
  more?: string;
}
