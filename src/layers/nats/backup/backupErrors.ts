import { Data } from "effect"

/** The file itself could not be written or read. */
export class FileFailed extends Data.TaggedError("FileFailed")<{ readonly file: string; readonly reason: string }> {
  override get message() {
    return `The file ${this.file} cannot be used: ${this.reason}. Name another file, or fix the cause.`
  }
}

/** The file is not a backup, or not one that can be restored here. */
export class NotABackup extends Data.TaggedError("NotABackup")<{ readonly file: string; readonly reason: string }> {
  override get message() {
    return `${this.file} is not a backup that can be restored here: ${this.reason}. Nothing was changed.`
  }
}

/** The file is truncated, or its bytes have changed. */
export class BackupDamaged extends Data.TaggedError("BackupDamaged")<{
  readonly file: string
  readonly at: number
  readonly reason: string
}> {
  override get message() {
    return (
      `The backup ${this.file} is damaged: ${this.reason}, at byte ${this.at}. Nothing was changed. ` +
      "Use another copy of it, or an older backup."
    )
  }
}

/** The server already has streams that the backup would replace. */
export class StreamsExist extends Data.TaggedError("StreamsExist")<{
  readonly streams: ReadonlyArray<{ readonly name: string; readonly messages: number }>
}> {
  override get message() {
    return [
      "A backup is restored only into empty streams, and these hold messages:",
      ...this.streams.map(({ name, messages }) => `  - ${name}: ${messages}`),
      "Nothing was changed. Restore into another DATA_DIR or NATS_URL, or remove them first, if they are not needed:",
      ...this.streams.map(({ name }) => `  nats stream rm ${name}`)
    ].join("\n")
  }
}

/** The server did not send the snapshot of a stream, or not all of it. */
export class SnapshotFailed extends Data.TaggedError("SnapshotFailed")<{
  readonly stream: string
  readonly reason: string
}> {
  override get message() {
    return `The stream ${this.stream} could not be backed up: ${this.reason}. No backup was made; try again.`
  }
}

/** The server did not restore a stream, or not all of it. */
export class RestoreFailed extends Data.TaggedError("RestoreFailed")<{
  readonly stream: string
  readonly reason: string
}> {
  override get message() {
    return (
      `The stream ${this.stream} could not be restored: ${this.reason}. ` +
      "What was restored before it has been removed again; fix the cause and restore again."
    )
  }
}

/** The server does not report where exactly a snapshot ends. */
export class ServerTooOld extends Data.TaggedError("ServerTooOld")<{ readonly version: string }> {
  override get message() {
    return (
      `Backups need nats-server 2.15 or newer, and this is ${this.version}: ` +
      "its snapshots may contain a command's events in part."
    )
  }
}
