import { Schema } from "effect"

const indent = (log: ReadonlyArray<string>) => log.map((line) => `  ${line}`)

/** The server could not be started. `log` holds the last lines of its log. */
export class EmbeddedServerFailed extends Schema.TaggedError<EmbeddedServerFailed>()("EmbeddedServerFailed", {
  binary: Schema.String,
  dataDir: Schema.String,
  reason: Schema.String,
  log: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return [
      `The nats-server ${this.binary} did not start on ${this.dataDir}: ${this.reason}. ` +
        `Fix the problem that its last lines report, or set NATS_SERVER to another binary or DATA_DIR to another folder.`,
      ...indent(this.log)
    ].join("\n")
  }
}

/** The server cannot listen on any of the given ports; `port` is the last of them. */
export class PortUnusable extends Schema.TaggedError<PortUnusable>()("PortUnusable", {
  port: Schema.Int,
  reason: Schema.String,
  isForBrowsers: Schema.optionalKey(Schema.Boolean)
}) {
  override get message(): string {
    const remedy = this.isForBrowsers
      ? "Set NATS_WEBSOCKET_PORT to another port."
      : "Set NATS_PORT to another port, or leave it out to have a free one found."
    return `The app's nats-server cannot use port ${this.port}: ${this.reason}. ${remedy}`
  }
}

/** The folder cannot hold a server's files. */
export class DataDirUnusable extends Schema.TaggedError<DataDirUnusable>()("DataDirUnusable", {
  dataDir: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `The data folder ${this.dataDir}: the folder cannot be used (${this.reason}). Fix that, or set DATA_DIR to another folder.`
  }
}

/** The server ended unexpectedly. `log` holds the last lines of its log. */
export class ServerDied extends Schema.TaggedError<ServerDied>()("ServerDied", {
  pid: Schema.Int,
  dataDir: Schema.String,
  how: Schema.String,
  log: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return [
      `The nats-server of this app, process ${this.pid}, has ended (${this.how}); acknowledged events are kept in ` +
        `${this.dataDir}. Start the app again.`,
      ...indent(this.log)
    ].join("\n")
  }
}

/** The disk is full: the server runs, but stores nothing until it is restarted. */
export class DiskFull extends Schema.TaggedError<DiskFull>()("DiskFull", { dataDir: Schema.String }) {
  override get message(): string {
    return (
      `The disk of ${this.dataDir} is full, and nats-server stores nothing more; acknowledged events are kept. ` +
      "Make room, and start the app again."
    )
  }
}
