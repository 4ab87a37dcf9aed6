/** One complete operation of the NATS protocol: its line, and its payload if it has one. */
export interface Frame {
  /** `PUB`, `HPUB`, `MSG`, `HMSG`, `PING` … */
  readonly op: string
  /** The arguments of the operation. */
  readonly args: ReadonlyArray<string>
  /** The frame as it was received. */
  readonly bytes: Buffer
  /** The offset of the payload (with headers) in `bytes`; the end of `bytes` if there is none. */
  readonly payload: number
}

const newline = Buffer.from("\r\n")
const withPayload = new Set(["PUB", "HPUB", "MSG", "HMSG"])

/** Splits a byte stream, received in chunks of any size, into frames. */
export const frameSplitter = () => {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk: Buffer): ReadonlyArray<Frame> => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const frames: Array<Frame> = []
    for (let at = 0; ;) {
      const end = rest.indexOf(newline, at)
      if (end < 0) {
        rest = rest.subarray(at)
        return frames
      }
      const [op = "", ...args] = rest.toString("latin1", at, end).split(/[ \t]+/u)
      const name = op.toUpperCase()
      const size = withPayload.has(name) ? Number(args.at(-1)) + 2 : 0
      const next = end + 2 + size
      if (next > rest.length) {
        rest = rest.subarray(at)
        return frames
      }
      frames.push({ op: name, args, bytes: rest.subarray(at, next), payload: end + 2 - at })
      at = next
    }
  }
}

/** The headers of a frame as text, and its body. */
export const partsOf = ({ op, args, bytes, payload }: Frame) => {
  const size = op === "HPUB" || op === "HMSG" ? Number(args.at(-2)) : 0
  return {
    headers: bytes.toString("latin1", payload, payload + size),
    body: bytes.subarray(payload + size, Math.max(payload + size, bytes.length - 2))
  }
}

/** Encodes a publish with headers. */
export const encodePublish = (subject: string, reply: string | undefined, headers: string, body: Buffer): Buffer => {
  const head = Buffer.from(headers, "latin1")
  const to = reply === undefined ? subject : `${subject} ${reply}`
  const line = head.length === 0 ? `PUB ${to} ${body.length}` : `HPUB ${to} ${head.length} ${head.length + body.length}`
  return Buffer.concat([Buffer.from(`${line}\r\n`), head, body, newline])
}

/** The subject and the reply subject of a frame. */
export const destinationOf = ({
  op,
  args
}: Frame): { readonly subject: string; readonly reply: string | undefined } => {
  const sizes = op === "HPUB" ? 2 : 1
  return { subject: args[0] ?? "", reply: args.length > 1 + sizes ? args[1] : undefined }
}
