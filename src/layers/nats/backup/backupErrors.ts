import { Data } from "effect"

/** The file itself could not be written or read. */
export class FileFailed extends Data.TaggedError("FileFailed")<{ readonly file: string; readonly reason: string }> {
  override get message() {
    return `The file ${this.file} cannot be used: ${this.reason}. Name another, or put that right.`
  }
}

/** The file is something else. */
export class NotABackup extends Data.TaggedError("NotABackup")<{ readonly file: string; readonly reason: string }> {
  override get message() {
    return `${this.file} is no backup that can be restored here: ${this.reason}. Nothing was changed.`
  }
}

/** The file was a backup once: its end is missing, or bytes of it are not what they were. */
export class BackupDamaged extends Data.TaggedError("BackupDamaged")<{
  readonly file: string
  readonly at: number
  readonly reason: string
}> {
  override get message() {
    return (
      `The backup ${this.file} is damaged: ${this.reason}, at byte ${this.at}. Nothing was changed. ` +
      "Take another copy of it, or an older backup."
    )
  }
}

/** Something is there already that the backup would have to replace. */
export class StreamsExist extends Data.TaggedError("StreamsExist")<{
  readonly streams: ReadonlyArray<{ readonly name: string; readonly messages: number }>
}> {
  override get message() {
    return [
      "A backup is restored only where there is nothing yet, and these streams hold messages:",
      ...this.streams.map(({ name, messages }) => `  - ${name}: ${messages}`),
      "Nothing was changed. Restore into another DATA_DIR or NATS_URL, or remove them first, if they may go:",
      ...this.streams.map(({ name }) => `  nats stream rm ${name}`)
    ].join("\n")
  }
}

/** The server would not hand out a stream, or not all of it. */
export class SnapshotFailed extends Data.TaggedError("SnapshotFailed")<{
  readonly stream: string
  readonly reason: string
}> {
  override get message() {
    return `The stream ${this.stream} could not be backed up: ${this.reason}. No backup was made; try again.`
  }
}

/** The server would not take a stream, or not all of it. */
export class RestoreFailed extends Data.TaggedError("RestoreFailed")<{
  readonly stream: string
  readonly reason: string
}> {
  override get message() {
    return (
      `The stream ${this.stream} could not be restored: ${this.reason}. ` +
      "What was restored before it has been removed again; put the reason right, and restore once more."
    )
  }
}

/** The server cannot say of a snapshot where exactly it ends. */
export class ServerTooOld extends Data.TaggedError("ServerTooOld")<{ readonly version: string }> {
  override get message() {
    return `Backups need nats-server 2.15 or newer, and this is ${this.version}: it may cut a command's facts in half.`
  }
}
