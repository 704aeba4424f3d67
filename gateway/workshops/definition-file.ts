/**
 * A definition that came as a file: the text of a workshop.yaml, or an archive. A class, so that nothing that came as JSON can pass for one
 * and name a file of this computer.
 */
export class DefinitionFile {
  constructor(
    /** On the disk. */
    readonly path: string,
    /** As its owner calls it. */
    readonly name: string,
  ) {}
}
