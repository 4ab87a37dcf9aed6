import { isIPv6 } from "node:net"

/** Identifies a client by its address; for IPv6 by its /64 network, since each client has a whole one. */
export const callerOf = (address: string): string => {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/iu.exec(address)?.[1]
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address
  const [before = "", after] = address.split("%")[0]!.split("::")
  const groups = (text: string | undefined) => (text ? text.split(":") : [])
  const head = groups(before)
  const all =
    after === undefined ? head : [...head, ...Array(8 - head.length - groups(after).length).fill("0"), ...groups(after)]
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`
}
