import { createHash } from "node:crypto"
import { type FileHandle, open, rename, rm } from "node:fs/promises"
import { dirname } from "node:path"
import { Effect } from "effect"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { BackupDamaged, FileFailed, NotABackup } from "./backupErrors.ts"

/**
 * The file of a backup: lines of JSON, of which `{"data":N}` is followed by N bytes. The first names the format, so that
 * `head -1` shows what it is; the last holds the SHA-256 of every byte before it.
 */
const format = "event-model-backup"
const version = 1

export interface Header {
  readonly board: string
  /** Start of the backup: ISO 8601, UTC. */
  readonly time: string
  /** The version of the server that it comes from. */
  readonly server: string
}

const maxLineBytes = 4 * 1024 * 1024
const readChunkBytes = 1024 * 1024

/** Writes the parts of a backup one after the other. */
export interface Writer {
  readonly line: (value: object) => Effect.Effect<void, FileFailed>
  readonly data: (bytes: Uint8Array) => Effect.Effect<void, FileFailed>
  /** Completes the backup, syncs it to disk and gives it its name. Without this call the file is removed. */
  readonly finish: Effect.Effect<void, FileFailed>
}

/** Creates a file, readable by its owner only. Fails if the name exists. */
export const create = (file: string, header: Header) =>
  Effect.gen(function* () {
    const partial = `${file}.partial`
    const hash = createHash("sha256")
    const attempt = <A>(work: () => Promise<A>) =>
      Effect.tryPromise({ try: work, catch: (error) => new FileFailed({ file, reason: errorMessage(error) }) })

    // The name is claimed at once, so that two backups cannot both use it.
    const claim = yield* Effect.acquireRelease(
      attempt(async () => (await open(file, "wx", 0o600)).close()).pipe(Effect.as({ isComplete: false })),
      (claim) => (claim.isComplete ? Effect.void : Effect.promise(() => rm(file, { force: true })))
    )
    const handle = yield* Effect.acquireRelease(
      attempt(() => open(partial, "w", 0o600)),
      (handle) => Effect.promise(async () => (await handle.close(), rm(partial, { force: true })))
    )
    const write = (bytes: Uint8Array) =>
      attempt(async () => {
        hash.update(bytes)
        await handle.writeFile(bytes)
      })
    const line = (value: object) => write(Buffer.from(`${JSON.stringify(value)}\n`))
    yield* line({ format, version, ...header })
    const writer: Writer = {
      line,
      data: (bytes) => Effect.andThen(line({ data: bytes.length }), write(bytes)),
      finish: Effect.gen(function* () {
        yield* line({ sha256: hash.copy().digest("hex") })
        yield* attempt(async () => {
          await handle.sync()
          await rename(partial, file)
          const folder = await open(dirname(file))
          await folder.sync()
          await folder.close()
        })
        claim.isComplete = true
      })
    }
    return writer
  })

/** A line, or the bytes after one. `at` is its offset in the file. */
export type Part =
  | { readonly at: number; readonly line: Readonly<Record<string, unknown>> }
  | { readonly at: number; readonly bytes: Uint8Array }

class CorruptFile extends Error {
  readonly at: number
  constructor(at: number, reason: string) {
    super(reason)
    this.at = at
  }
}

/** The parts of a file from an offset on. `onBytes` receives every byte, in order, before the part it belongs to. */
export async function* readParts(
  handle: FileHandle,
  from = 0,
  onBytes: (bytes: Uint8Array, at: number) => void = () => {}
): AsyncGenerator<Part> {
  let buffer = Buffer.alloc(0)
  let at = from
  const readMore = async () => {
    const { buffer: read, bytesRead } = await handle.read(
      Buffer.alloc(readChunkBytes),
      0,
      readChunkBytes,
      at + buffer.length
    )
    buffer = Buffer.concat([buffer, read.subarray(0, bytesRead)])
    return bytesRead > 0
  }
  const consume = (length: number) => {
    const consumed = buffer.subarray(0, length)
    onBytes(consumed, at)
    buffer = buffer.subarray(length)
    at += length
    return consumed
  }
  for (;;) {
    const lineStart = at
    while (!buffer.includes(10)) {
      if (buffer.length > maxLineBytes) throw new CorruptFile(lineStart, "a line does not end")
      if (!(await readMore())) {
        if (buffer.length > 0) throw new CorruptFile(lineStart, "the file ends within a line")
        return
      }
    }
    const line = parseLine(consume(buffer.indexOf(10) + 1), lineStart)
    yield { at: lineStart, line }
    if (!("data" in line)) continue
    const length = Number(line["data"])
    if (!(length > 0 && length <= maxLineBytes)) throw new CorruptFile(lineStart, "a length is invalid")
    while (buffer.length < length) if (!(await readMore())) throw new CorruptFile(at, "the file ends within a stream")
    yield { at, bytes: consume(length) }
  }
}

const parseLine = (bytes: Buffer, at: number): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(bytes.toString())
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>
  } catch {}
  throw new CorruptFile(at, "a line is not JSON")
}

/** A backup that was read completely and verified: its header, and its lines with their offsets. */
export interface VerifiedBackup {
  readonly header: Header
  readonly lines: ReadonlyArray<{ readonly at: number; readonly line: Readonly<Record<string, unknown>> }>
}

/** Opens a file for reading, until the scope closes. */
export const openFile = (file: string) =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: () => open(file),
      catch: (error) => new FileFailed({ file, reason: errorMessage(error) })
    }),
    (handle) => Effect.promise(() => handle.close())
  )

/** Reads the whole file once and verifies its format and its checksum. */
export const verify = (file: string, handle: FileHandle) =>
  Effect.tryPromise({
    try: async (): Promise<VerifiedBackup> => {
      const hash = createHash("sha256")
      let digestBefore = ""
      const lines: Array<{ at: number; line: Readonly<Record<string, unknown>> }> = []
      const updateHash = (bytes: Uint8Array) => {
        digestBefore = hash.copy().digest("hex")
        hash.update(bytes)
      }
      let end: Part | undefined
      for await (const part of readParts(handle, 0, updateHash)) {
        if (end) throw new CorruptFile(part.at, "data follows its end")
        if ("bytes" in part) continue
        if (lines.length === 0) checkFormat(file, part.line)
        if ("sha256" in part.line) {
          end = part
          if (part.line["sha256"] !== digestBefore) throw new CorruptFile(part.at, "its checksum does not match")
        }
        if (!("data" in part.line)) lines.push(part)
      }
      const [header] = lines
      if (!header) throw new NotABackup({ file, reason: "it is empty" })
      if (!end) throw new CorruptFile((await handle.stat()).size, "its end is missing")
      const { board, server, time } = header.line as unknown as Header
      return { header: { board, server, time }, lines }
    },
    catch: (error) => {
      if (error instanceof NotABackup) return error
      if (!(error instanceof CorruptFile)) return new FileFailed({ file, reason: errorMessage(error) })
      return error.at === 0
        ? new NotABackup({ file, reason: `it does not begin with the line {"format":"${format}",…}` })
        : new BackupDamaged({ file, at: error.at, reason: error.message })
    }
  })

const checkFormat = (file: string, line: Readonly<Record<string, unknown>>) => {
  if (line["format"] !== format) throw new NotABackup({ file, reason: `its format is not ${format}` })
  if (line["version"] !== version) {
    throw new NotABackup({ file, reason: `its version is ${String(line["version"])}, not ${version}` })
  }
}
